"""Rectification and revocation: order, reply, re-check, hearing, decision (20, K10, K12)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from consortia.actions import revocations
from consortia.models import Revocation
from portal.errors import Conflict, Invalid, NotAllowed, Refused
from portal.models import Document
from projects.actions import rectifications as actions
from projects.models import Rectification
from tests import factories
from tests.papers import PDF

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    project = factories.make_project(state="rectifying")
    factories.make_contract(project)
    return project


@pytest.fixture
def director():
    return factories.make_user("director")


@pytest.fixture
def officer():
    return factories.make_user("officer")


def order(project, by, **changes):
    values = {
        "problems": "核实新增成员单位5家，低于底线。\n工作总结不足2000字。",
        "articles": "10(1)1,10(1)6",
        "due_on": timezone.localdate() + timedelta(30),
    }
    return actions.order_rectification(project=project, by=by, **(values | changes))


def overdue(project, by):
    """An order whose term ran out yesterday."""
    row = order(project, by)
    Rectification.objects.filter(pk=row.pk).update(due_on=timezone.localdate() - timedelta(1))
    row.refresh_from_db()
    return row


def test_order_makes_an_official_notice_with_articles(project, director):
    row = order(project, director)
    paper = Document.objects.get(kind="rectification_notice").snapshot
    assert [problem["article"] for problem in paper["problems"]] == ["10(1)1", "10(1)6"]
    assert paper["official"]["addressee"] == project.lead_unit.name
    assert row.articles == "10(1)1、10(1)6"


def test_numbers_of_official_papers_count_up(project, director):
    order(project, director)
    other = factories.make_project(state="rectifying")
    order(other, director)
    numbers = [row.snapshot["doc"]["number"] for row in Document.objects.order_by("id")]
    assert len(set(numbers)) == 2


@pytest.mark.parametrize(
    "changes",
    [{"problems": "  \n "}, {"articles": "99"}, {"due_on": timezone.localdate()}],
    ids=["no problem", "no such article", "no time"],
)
def test_incomplete_order_is_refused(project, director, changes):
    with pytest.raises(Refused):
        order(project, director, **changes)
    assert not Rectification.objects.exists()


def test_second_open_order_is_refused(project, director):
    order(project, director)
    with pytest.raises(Refused, match="未办结"):
        order(project, director)


def test_reply_with_files_then_fulfilled(project, director):
    row = actions.reply_rectification(
        order(project, director), reply="已补充三家单位的协议。", sent=[(PDF, "协议.pdf")], by=project.leader
    )
    row = actions.recheck_rectification(row, fulfilled=True, by=director, note="材料属实，整改到位。")
    assert (row.state, row.files.count()) == ("fulfilled", 1)
    project.refresh_from_db()
    assert project.state == "rectifying"


def test_recheck_without_reply_before_the_term_is_refused(project, director):
    row = order(project, director, due_on=timezone.localdate() + timedelta(1))
    Rectification.objects.filter(pk=row.pk).update(due_on=timezone.localdate())
    row.refresh_from_db()
    with pytest.raises(Refused, match="尚未提交整改报告"):
        actions.recheck_rectification(row, fulfilled=False, by=director, note="无报告")


def test_missed_term_without_reply_is_unfulfilled(project, director):
    row = actions.recheck_rectification(overdue(project, director), fulfilled=False, by=director, note="逾期未报")
    assert row.state == "unfulfilled"


def test_outsider_may_not_reply(project, director):
    stranger = factories.make_person(factories.make_unit(), "drafter")
    with pytest.raises(NotAllowed):
        actions.reply_rectification(order(project, director), reply="已整改", by=stranger)


def open_case(project, officer):
    return revocations.open_revocation(
        consortium=project.consortium, project_number=project.number, facts="整改后仍不达标。", by=officer
    )


def failed(project, director):
    actions.recheck_rectification(overdue(project, director), fulfilled=False, by=director, note="逾期未报")


def end_hearing(case):
    Revocation.objects.filter(pk=case.pk).update(hearing_until=timezone.localdate() - timedelta(1))
    case.refresh_from_db()
    return case


def test_revocation_without_failed_rectification_is_refused(project, officer):
    with pytest.raises(Refused, match="没有整改不到位的记录"):
        open_case(project, officer)


def test_revocation_waits_for_the_hearing(project, officer, director):
    failed(project, director)
    case = open_case(project, officer)
    with pytest.raises(Refused, match="尚未届满"):
        revocations.decide_revocation(case, by=factories.make_user("bast"), note="撤销")


def test_revocation_is_dated_once_and_on_paper(project, officer, director):
    failed(project, director)
    case = end_hearing(open_case(project, officer))
    bast = factories.make_user("bast")
    entry = revocations.decide_revocation(case, by=bast, note="整改不到位，撤销资格。")
    assert project.consortium.qualification_on(timezone.localdate()) == "revoked"
    assert entry.since == timezone.localdate()
    paper = Document.objects.get(kind="revocation_decision").snapshot
    assert paper["official"]["issuer_mark"] == "北京市科学技术协会"
    with pytest.raises(Conflict):
        revocations.decide_revocation(case, by=bast, note="再次撤销")
    with pytest.raises(Refused, match="已经撤销"):
        open_case(project, officer)
    assert project.consortium.qualifications.filter(status="revoked").count() == 1


def test_statement_must_be_answered(project, officer, director):
    failed(project, director)
    case = open_case(project, officer)
    admin = factories.make_person(project.lead_unit, "unitadmin")
    revocations.record_statement(case, statement="我单位已在补充成员，请求延期。", by=admin)
    case = end_hearing(case)
    with pytest.raises(Refused, match="尚未答复"):
        revocations.decide_revocation(case, by=factories.make_user("bast"), note=" ")
    with pytest.raises(Refused, match="届满"):
        revocations.record_statement(case, statement="补充意见", by=admin)


def test_officer_may_not_decide_and_dismissal_needs_reason(project, officer, director):
    failed(project, director)
    case = end_hearing(open_case(project, officer))
    with pytest.raises(NotAllowed):
        revocations.decide_revocation(case, by=factories.make_user("officer"), note="撤销")
    bast = factories.make_user("bast")
    with pytest.raises(Invalid):
        revocations.dismiss_revocation(case, by=bast, note="")
    assert revocations.dismiss_revocation(case, by=bast, note="陈述成立").state == "dismissed"
    assert project.consortium.qualification_on(timezone.localdate()) == "valid"
