"""Reminders, mails and deadlines under a race on PostgreSQL: nobody is told twice, nobody slips through (B3, A11)."""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from portal.models import Notification, OutboxMail
from portal.tasks import send_outbox
from projects.actions import applications, calls, formality
from projects.models import Application
from projects.queries.formality import seen
from projects.tasks import send_reminders
from tests import factories
from tests.projects import applying
from tests.races import race

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def test_two_workers_remind_everybody_once_and_send_every_mail_once():
    year = timezone.localdate().year
    factories.make_calendar(year, year + 1)
    team = applying.make_team(factories.make_call(closes_at=timezone.now() + timedelta(hours=20)))
    applying.start(team)
    asked = applying.submitted(team, "待补正的项目")
    due = timezone.now() + timedelta(hours=20)
    formality.ask_supplement(asked, places=["kpis"], text="补", due_at=due, by=factories.make_user("officer"))
    send_outbox()
    mail.outbox.clear()
    assert race([send_reminders] * 4) == ["ok"] * 4
    told = Notification.objects.filter(title__contains="还有")
    assert told.count() == told.values("user", "key").distinct().count() == 2 + 3
    assert OutboxMail.objects.filter(subject__contains="还有").count() == told.count()
    assert race([send_outbox] * 4) == ["ok"] * 4
    assert len(mail.outbox) == told.count()


def test_an_earlier_deadline_and_a_submit_wait_for_each_other():
    officer = factories.make_user("officer")
    for _ in range(3):
        team = applying.make_team()
        draft = applying.ready(team)
        earlier = timezone.now() + timedelta(hours=25)
        jobs = [
            lambda draft=draft, team=team: applications.submit_application(
                Application.objects.get(pk=draft.pk), by=team.admin
            ),
            lambda team=team, earlier=earlier: calls.correct_call(
                call=team.call, text="提前", reason="调整", new_closes_at=earlier, by=officer
            ),
        ]
        assert race(jobs) == ["ok", "ok"]
        draft.refresh_from_db()
        assert draft.state == "submitted"


def test_two_officers_answer_one_row_and_only_one_wins():
    application = applying.submitted(applying.make_team())
    item = application.formality_items.get(rule="leader_employed")
    mark = seen(item)

    def answer(result, officer):
        given = formality.Answer(item.rule, result, "已核对", seen=mark)
        row = Application.objects.get(pk=application.pk)
        return lambda: formality.record_items(row, answers=[given], by=officer)

    officers = [factories.make_user("officer") for _ in range(2)]
    jobs = [answer("pass", officers[0]), answer("fail", officers[1])]
    assert race(jobs) == ["ok", "refused"]
