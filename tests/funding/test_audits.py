"""Audit engagements (17, 18): days, grants, findings, report."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from funding.actions import audits
from funding.models import ProjectAudit
from portal import access
from portal.errors import Conflict, Invalid, NotAllowed, Refused
from portal.models import User
from projects.models import Project
from tests import factories
from tests.funding.money_tools import make_scene
from tests.papers import PDF

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene():
    return make_scene()


def engage(scene, auditor, **changes):
    today = timezone.localdate()
    values = {
        "firm": "虚构会计师事务所",
        "starts_on": today,
        "ends_on": today + timedelta(days=10),
        "by": scene.officer,
    }
    return audits.engage_auditor(**({"projects": [scene.project], "auditor": auditor} | values | changes))


def test_auditor_sees_the_project_between_the_days_only(scene):
    auditor = factories.make_user("auditor", valid_until=timezone.now() + timedelta(days=90))
    engage(scene, auditor)
    assert access.allowed(auditor, "funding.view_ledger", scene.project)
    assert list(Project.objects.visible_to(auditor)) == [scene.project]
    with time_machine.travel(timezone.now() + timedelta(days=11)):
        later = User.objects.get(pk=auditor.pk)
        assert not access.allowed(later, "funding.view_ledger", scene.project)
        assert not Project.objects.visible_to(later).exists()
        assert not ProjectAudit.objects.visible_to(later).exists()


def test_engagement_that_begins_later_gives_nothing_yet(scene):
    auditor = factories.make_user("auditor")
    engage(scene, auditor, starts_on=timezone.localdate() + timedelta(days=2))
    assert not Project.objects.visible_to(auditor).exists()


def test_engagement_needs_an_auditor_whose_account_lasts(scene):
    with pytest.raises(Invalid, match="审计账号"):
        engage(scene, factories.make_user("finance"))
    with pytest.raises(Refused, match="有效期"):
        engage(scene, factories.make_user("auditor"), ends_on=timezone.localdate() + timedelta(days=60))
    with pytest.raises(NotAllowed):
        engage(scene, factories.make_user("auditor"), by=scene.unitadmin)


def test_findings_are_answered_until_the_report(scene):
    auditor = factories.make_user("auditor")
    audit = engage(scene, auditor).project_audits.get()
    finding = audits.add_finding(audit=audit, text="请说明该笔支出用途", lines=[scene.banned()], by=auditor)
    audits.answer_finding(finding, text="已改由自有资金列支", by=scene.unitadmin)
    with pytest.raises(NotAllowed):
        audits.add_finding(audit=audit, text="请说明该笔支出用途", by=factories.make_user("auditor"))
    audits.submit_audit_report(audit, report=(PDF, "审计报告.pdf"), opinion="无保留意见", by=auditor)
    audit.refresh_from_db()
    assert (audit.state, audit.report.name) == ("reported", "审计报告.pdf")
    with pytest.raises(Conflict):
        audits.answer_finding(finding, text="补充答复内容", by=scene.unitadmin)
