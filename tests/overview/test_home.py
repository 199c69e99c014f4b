"""Home pages: what must I do now, until when; a constant number of queries."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.urls import reverse
from django.utils import timezone

from consortia.models import Membership
from funding.models import AuditEngagement, AuditFinding, Clawback, Disbursement, ProjectAudit, SurplusReturn
from portal import documents, files
from portal.models import Document
from portal.overview import cockpit
from portal.overview.todos import todos
from projects.models import Objection, ProgressReport, Rectification, SupplementRequest
from tests.factories import (
    make_application,
    make_call,
    make_consortium,
    make_contract,
    make_expert,
    make_notice,
    make_person,
    make_project,
    make_unit,
    make_user,
    seat,
    stored_file,
)
from tests.papers import PDF

pytestmark = pytest.mark.django_db


@pytest.fixture
def unit():
    """A lead unit."""
    return make_unit()


@pytest.fixture
def person(unit):
    """Its drafter and unit admin."""
    user = make_person(unit, "drafter")
    seat(user, unit, "unitadmin")
    return user


def page(client, user, name="home") -> str:
    """The page as text."""
    client.force_login(user)
    return client.get(reverse(name), follow=True).content.decode()


def test_home_names_the_draft_and_its_deadline(client, unit, person):
    application = make_application(consortium=make_consortium(unit), title="边缘智能协同示范")
    text = page(client, person)
    assert "继续填报申报书" in text
    assert reverse("application", args=[application.public_id]) in text


def test_home_is_silent_about_drafts_of_a_closed_call(client, unit, person):
    now = timezone.now()
    call = make_call(opens_at=now - timedelta(days=9), closes_at=now - timedelta(days=1))
    make_application(call, make_consortium(unit))
    assert "继续填报申报书" not in page(client, person)


def test_home_lists_contract_and_report_with_projects(client, unit, person):
    project = make_project(make_application(consortium=make_consortium(unit), state="approved"))
    make_contract(project, state="issued")
    ProgressReport.objects.create(
        project=project, kind="progress", title="第一季度进展", due_on=timezone.localdate() + timedelta(days=3)
    )
    text = page(client, person)
    assert "签署任务合同" in text
    assert "第一季度进展" in text
    assert "年度扩容成员单位" in text


def test_home_lists_every_duty_of_a_unit_with_its_link_and_nothing_of_other_units(client, unit, person):
    consortium, officer, day = make_consortium(unit), make_user("officer"), timezone.localdate()
    period = {"start_on": day - timedelta(days=90), "end_on": day + timedelta(days=40)}
    project = make_project(make_application(consortium=consortium, state="approved"), **period)
    contract = make_contract(project)
    case = Clawback.objects.create(
        project=project, number="追-1", ground=1, facts="事实", amount=100, net_paid=1000, opened_by=officer,
        state="decided", repay_due_on=day, decided_by=make_user("director"), decided_at=timezone.now(),
    )  # fmt: skip
    order = Rectification.objects.create(project=project, problems="问题", due_on=day, ordered_by=officer)
    paid = Disbursement.objects.create(
        project=project, instalment=contract.instalments.first(), number=1, amount=100, contract_amount=1000,
        cumulative=100, account_name="户", account_masked="*", state="paid", ordered_by=officer,
        paid_by=make_user("finance"), approved_by=make_user("finance"), paid_on=day, voucher_no="付-1",
        bank_receipt=stored_file(),
    )  # fmt: skip
    SurplusReturn.objects.create(project=project, amount=10, net_paid=100, due_on=day, ordered_by=officer)
    engagement = AuditEngagement.objects.create(
        auditor=make_user("auditor"), firm="所", starts_on=day, ends_on=day, engaged_by=officer
    )
    audit = ProjectAudit.objects.create(engagement=engagement, project=project)
    AuditFinding.objects.bulk_create(AuditFinding(audit=audit, text="问") for _ in range(2))
    joined = Membership.objects.create(consortium=make_consortium(), unit=unit, role="member", joined_on=day)
    one = project.public_id
    duties = {
        "准备并提交验收材料": reverse("package", args=[one]),
        f"确认第 {paid.number} 期经费到账": reverse("disbursements", args=[one]),
        "完成整改并提交报告": reverse("rectification", args=[one, order.pk]),
        "按决定缴回经费": reverse("clawback", args=[one, case.pk]),
        "答复审计提出的 2 个问题": reverse("audit", args=[audit.pk]),
        "退回专项经费结余": reverse("budget", args=[one]),
        "确认加入联合体": reverse("membership_confirm", args=[joined.pk]),
    }
    client.force_login(person)
    shown = {todo.what: todo.url for todo in todos(person)}
    assert shown == duties
    text = page(client, person)
    assert all(what in text and url in text for what, url in duties.items())
    assert "追回案 追-1" in text
    assert todos(make_person(make_unit(), "unitadmin")) == []


def test_home_counts_no_days_for_a_project_in_evaluation(client, unit, person):
    past = {"start_on": timezone.localdate() - timedelta(days=400), "end_on": timezone.localdate() - timedelta(days=84)}
    application = make_application(consortium=make_consortium(unit), state="approved")
    project = make_project(application, state="evaluating", **past)
    text = page(client, person)
    assert "专家正在进行验收评价" in text
    assert "已过 84 天" not in text
    detail = client.get(reverse("project_detail", args=[project.public_id])).content.decode()
    assert "已过 84 天" not in detail


def test_home_of_a_stranger_shows_nothing_of_others(client, unit):
    make_application(consortium=make_consortium(unit), title="别人的申报")
    assert "别人的申报" not in page(client, make_person(make_unit(), "drafter"))


def test_home_of_an_account_without_role_says_what_to_do(client):
    assert "邀请您" in page(client, make_user())


def test_home_of_an_expert_points_to_the_desk(client):
    assert reverse("review_desk") in page(client, make_expert().user)


def test_home_queries_are_constant(client, unit, person, django_assert_num_queries):
    consortium, call = make_consortium(unit), make_call()
    client.force_login(person)
    make_project(make_application(call, consortium, state="approved"))
    client.get(reverse("home"))
    with django_assert_num_queries(12):
        client.get(reverse("home"))
    for _ in range(2):
        other = make_call()
        make_contract(make_project(make_application(other, consortium, state="approved")))
        make_application(other, consortium)
    with django_assert_num_queries(12):
        client.get(reverse("home"))


def test_center_lands_in_the_cockpit_with_counts(client):
    make_application(state="submitted")
    text = page(client, make_user("officer"))
    assert "待形审" in text
    assert "?state__exact=submitted" in text


def test_a_supplement_that_never_came_waits_for_the_officer(client):
    officer, application = make_user("officer"), make_application(state="supplement")
    due = timezone.now() + timedelta(hours=1)
    request = SupplementRequest.objects.create(application=application, text="补", due_at=due, requested_by=officer)
    assert "补正逾期，待决定" not in page(client, officer)
    SupplementRequest.objects.filter(pk=request.pk).update(due_at=timezone.now())
    assert "补正逾期，待决定" in page(client, officer)
    assert "补正逾期，待决定" not in page(client, make_user("finance"))


def test_the_dates_ahead_are_shown_to_the_unit_and_to_the_center(client, unit, person):
    call = make_call()
    call.milestones.create(code="closes", name="申报截止", due_at=call.closes_at)
    call.milestones.create(code="opens", name="申报开始", due_at=call.opens_at)
    for user in (person, make_user("director")):
        text = page(client, user)
        assert "近期日程" in text
        assert "申报截止" in text
        assert "申报开始" not in text


def test_cockpit_leads_nobody_to_objections_that_he_may_not_open(client):
    publisher = make_user("officer")
    notice = make_notice([make_application(make_call(), state="in_notice")], published_by=publisher)
    Objection.objects.create(
        notice=notice,
        application=notice.applications.get(),
        kind="person",
        objector_name="赵明远",
        objector_contact="13800001234",
        text="该项目的技术成果与另一项目相同。",
        query_code="2345-6789-ABCD-EFGH",
    )
    assert "处理异议" not in page(client, publisher)
    assert "处理异议" in page(client, make_user("director"))
    assert reverse("admin:projects_objection_changelist") not in page(client, make_user("finance"))


def test_cockpit_queries_are_constant(client, django_assert_num_queries):
    client.force_login(make_user("officer"))
    make_application(state="submitted")
    client.get(reverse("admin:index"))
    with django_assert_num_queries(5):
        client.get(reverse("admin:index"))
    make_application(state="submitted")
    make_application(state="eligible")
    with django_assert_num_queries(5):
        client.get(reverse("admin:index"))


@pytest.mark.parametrize("duty", ["officer", "finance", "director", "bast"])
def test_every_link_of_the_cockpit_opens_for_its_duty(client, duty, monkeypatch):
    ones = dict.fromkeys(cockpit._counts(make_user(duty)), 1)
    monkeypatch.setattr(cockpit, "_counts", lambda user: ones)
    user = make_user(duty)
    client.force_login(user)
    told = cockpit.context(SimpleNamespace(user=user))
    assert len(told["todos"]) == sum(duty in whose for whose, *_ in cockpit.TODOS)
    for row in told["stages"] + told["todos"]:
        assert client.get(row["url"]).status_code == 200, row


def test_public_home_shows_published_things_only(client):
    now = timezone.now()
    make_call(title="正在受理的通知")
    make_call(title="尚未发布的通知", state="draft", opens_at=now, closes_at=now + timedelta(days=9))
    application = make_application(state="in_notice")
    make_notice([application], title="正在公示的名单")
    make_notice([application], title="未发布的公示", state="draft")
    text = client.get("/").content.decode()
    assert "正在受理的通知" in text
    assert "正在公示的名单" in text
    assert "尚未发布" not in text
    assert "未发布的公示" not in text


def test_search_finds_only_what_the_person_may_see(client, unit, person):
    make_application(consortium=make_consortium(unit), title="智能网联示范")
    make_application(title="智能制造示范")
    client.force_login(person)
    text = client.get(reverse("search"), {"q": "智能"}).content.decode()
    assert "智能网联示范" in text
    assert "智能制造示范" not in text


def test_search_finds_papers_by_the_rule_of_each(client, unit, person):
    mine = make_project(make_application(consortium=make_consortium(unit), state="approved"))
    stored = files.store(PDF, "a.pdf", by=person, formats=("pdf",))
    for project, kind, title in (
        (mine, "acceptance_report_unit", "报告的单位副本"),
        (mine, "acceptance_report", "报告的中心原件"),
        (make_project(), "acceptance_report_unit", "报告的他人副本"),
    ):
        document = documents.request_document(kind, project, {"title": title}, title=title)
        Document.objects.filter(pk=document.pk).update(state="ready", file=stored, sha256=stored.sha256)
    client.force_login(person)
    text = client.get(reverse("search"), {"q": "报告的"}).text
    assert [word in text for word in ("报告的单位副本", "报告的中心原件", "报告的他人副本")] == [True, False, False]


def test_leader_and_drafter_are_not_asked_to_approve(client, unit, person):
    consortium = make_consortium(unit)
    drafter = make_person(unit, "drafter")
    make_application(consortium=consortium, state="unit_review", title="等待单位管理员审核")
    client.force_login(drafter)
    assert "审核并提交申报书" not in client.get(reverse("home")).text
    client.force_login(person)
    assert "审核并提交申报书" in client.get(reverse("home")).text


@pytest.mark.parametrize("q", ["", "%", "_", "' OR 1=1 --", "\x00", "a" * 5000, "<script>alert(1)</script>"])
def test_search_survives_any_text(client, person, q):
    client.force_login(person)
    response = client.get(reverse("search"), {"q": q})
    assert response.status_code in (200, 400)
    assert "<script>alert(1)" not in response.content.decode()
