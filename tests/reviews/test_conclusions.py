"""From the package to the issued conclusion and its report (11, 18, 20; H2, H3, K11)."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from portal import documents
from portal.errors import Conflict, Refused
from portal.measures.progress import KpiProgress
from projects.models import Project
from reviews.actions import conclusions
from reviews.documents import report_snapshot
from reviews.queries import evaluation
from tests.factories import make_person, make_unit, make_user
from tests.portal.pdf_samples_report import ACCEPTANCE_REPORT, UNIT_REPORT
from tests.reviews.acceptance import evaluated, finished_project
from tests.reviews.worlds import seat_of

pytestmark = pytest.mark.django_db
OPINION = "专家组审阅材料后认为，项目完成了约定任务。"


@pytest.fixture
def met(monkeypatch):
    """All indicators met: evidence has its own tests in projects."""
    rows = tuple(
        KpiProgress(code, name, "项", "10(1)", 1, 1, 1, 1, (), False)
        for code, name in [("tech_transfer", "在京转化"), ("case_report", "案例报告")]
    )
    monkeypatch.setattr(evaluation, "progress", lambda project: rows)


def _issue(project, item, officer, code):
    draft = conclusions.draft_conclusion(project=project, item=item, code=code, opinion=OPINION, by=officer)
    conclusions.issue_conclusion(draft, by=make_user("director"))
    return Project.objects.get(pk=project.pk), draft


def test_evaluation_waits_for_the_package_and_the_end_of_the_period():
    project = finished_project()
    project.package.state = "draft"
    type(project.package).objects.filter(pk=project.package.pk).update(state="returned")
    with pytest.raises(Refused, match="验收材料尚未提交"):
        conclusions.start_evaluation(project=Project.objects.get(pk=project.pk), by=make_user("officer"))


def test_a_good_project_passes_and_its_report_is_queued(met):
    project = finished_project()
    item, officer = evaluated(project)
    assert evaluation.suggestion_of(project, item).code == "passed"
    project, draft = _issue(project, item, officer, "passed")
    assert (project.state, project.conclusion, draft.suggested) == ("accepted", "passed", "passed")
    assert documents.latest("acceptance_report", project).state == "queued"


def test_an_unreached_indicator_never_passes():
    project = finished_project(with_evidence=False)
    item, officer = evaluated(project)
    with pytest.raises(Refused, match="尚未完成"):
        conclusions.draft_conclusion(project=project, item=item, code="passed", opinion=OPINION, by=officer)


def test_the_gate_is_asked_again_when_the_conclusion_is_issued(met, monkeypatch):
    project = finished_project()
    item, officer = evaluated(project)
    draft = conclusions.draft_conclusion(project=project, item=item, code="passed", opinion=OPINION, by=officer)
    unmet = (KpiProgress("tech_transfer", "在京转化", "项", "10(1)2", 3, 3, 2, 2, (), False),)
    monkeypatch.setattr(evaluation, "progress", lambda project: unmet)
    with pytest.raises(Refused, match="在京转化"):
        conclusions.issue_conclusion(draft, by=make_user("director"))
    assert Project.objects.get(pk=project.pk).state == "evaluating"


def test_rectification_is_ordered_with_the_reasons_and_a_term(met):
    project = finished_project(lines=[("记-0001", "300000.00", "banned")])
    item, officer = evaluated(project)
    assert evaluation.suggestion_of(project, item).code == "rectification_required"
    project, _ = _issue(project, item, officer, "rectification_required")
    order = project.rectifications.get()
    assert project.state == "rectifying"
    assert "禁列支出" in order.problems


@pytest.mark.parametrize(
    ("recheck", "code", "state"),
    [("fulfilled", "passed_after_rectification", "accepted_after"), ("unfulfilled", "failed", "failed")],
)
def test_after_a_rectification_the_conclusion_follows_its_recheck(met, recheck, code, state):
    project = finished_project()
    item, officer = evaluated(project, share=65)
    project, _ = _issue(project, item, officer, "rectification_required")
    with pytest.raises(Refused, match="复核"):
        conclusions.draft_conclusion(project=project, item=item, code=code, opinion=OPINION, by=officer)
    project.rectifications.update(state=recheck)
    project, draft = _issue(project, item, officer, code)
    assert (project.state, project.conclusion, draft.attempt) == (state, code, 2)


def test_passed_is_not_open_to_a_project_under_rectification(met):
    project = finished_project()
    item, officer = evaluated(project, share=65)
    project, _ = _issue(project, item, officer, "rectification_required")
    with pytest.raises(Conflict):
        conclusions.draft_conclusion(project=project, item=item, code="passed", opinion=OPINION, by=officer)


def test_two_people_conclude(met):
    project = finished_project()
    item, officer = evaluated(project)
    draft = conclusions.draft_conclusion(project=project, item=item, code="passed", opinion=OPINION, by=officer)
    type(officer).objects.filter(pk=officer.pk).update(duty="director")
    with pytest.raises(Refused, match="同一人"):
        conclusions.issue_conclusion(draft, by=type(officer).objects.get(pk=officer.pk))


def _shape(value):
    """Keys and types, lists by their first element."""
    if isinstance(value, dict):
        return {key: _shape(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_shape(value[0])] if value else []
    return type(value).__name__


def test_the_report_has_the_shape_of_the_template(met):
    project = finished_project(lines=[("记-0001", "280000.00", "allowed"), ("记-0002", "10000.00", "needs-review")])
    item, officer = evaluated(project)
    project, _ = _issue(project, item, officer, "passed")
    snapshot = report_snapshot(project.conclusions.get())
    assert set(snapshot) == set(ACCEPTANCE_REPORT)
    for key in ("project", "conclusion", "budget_rows", "budget_totals", "ledger", "findings", "scores", "opinions"):
        assert _shape(snapshot[key]) == _shape(ACCEPTANCE_REPORT[key]) or not snapshot[key], key
    assert json.loads(json.dumps(snapshot)) == snapshot
    assert snapshot["conclusion"]["conditions"] == ["已拨付经费结余¥10,000.00，须说明原因并按规定退回。"]
    names = [seat.expert.user.name for seat in item.assignments.all()]
    assert not [name for name in names if name in json.dumps(snapshot, ensure_ascii=False)]


def test_the_same_conclusion_gives_the_same_document(met):
    project = finished_project()
    item, officer = evaluated(project)
    project, _ = _issue(project, item, officer, "passed")
    first = conclusions.request_report(project=project, by=officer)
    assert conclusions.request_report(project=project, by=officer) == first
    assert documents.of(project).filter(kind="acceptance_report").count() == 1


def test_render_report_writes_the_pdf(met, tmp_path):
    project = finished_project()
    item, officer = evaluated(project)
    project, _ = _issue(project, item, officer, "passed")
    out, words = tmp_path / "report.pdf", StringIO()
    call_command("render_report", project.number, "--out", str(out), stdout=words)
    assert out.read_bytes().startswith(b"%PDF")
    first = words.getvalue()
    call_command("render_report", project.number, "--out", str(out), stdout=words)
    assert words.getvalue() == first * 2


def _issued(met):
    project = finished_project()
    item, officer = evaluated(project)
    return _issue(project, item, officer, "passed")[0]


def test_the_unit_finds_its_copy_on_the_project_page(met, client):
    project = _issued(met)
    copy = documents.latest("acceptance_report_unit", project)
    for person in (project.leader, make_person(project.lead_unit, "supervisor")):
        client.force_login(person)
        page = client.get(reverse("project_detail", args=[project.public_id])).text
        assert reverse("document", args=[copy.verification_code]) in page
        assert client.get(reverse("document", args=[copy.verification_code])).status_code == 200
        report = documents.latest("acceptance_report", project)
        assert client.get(reverse("document", args=[report.verification_code])).status_code == 404
    client.force_login(make_person(make_unit(), "drafter"))
    assert client.get(reverse("document", args=[copy.verification_code])).status_code == 404


def test_the_copy_of_the_unit_is_the_same_whatever_the_experts_gave(met):
    project = finished_project()
    item, officer = evaluated(project)
    project, _ = _issue(project, item, officer, "passed")
    snapshot = documents.latest("acceptance_report_unit", project).snapshot
    assert set(snapshot) == set(UNIT_REPORT)
    assert set(snapshot["conclusion"]) == set(UNIT_REPORT["conclusion"])
    text = json.dumps(snapshot, ensure_ascii=False)
    for seat in item.assignments.select_related("sheet", "expert__user"):
        assert seat.expert.user.name not in text
        assert seat.sheet.comment not in text
        assert f'"{seat.sheet.total}"' not in text


def test_the_order_to_rectify_keeps_the_score_inside(met):
    project = finished_project()
    item, officer = evaluated(project, share=50)
    project, _ = _issue(project, item, officer, "rectification_required")
    problems = project.rectifications.get().problems
    assert "专家评价未达到合格线" in problems
    assert str(item.score) not in problems


def test_render_report_says_when_there_is_none(tmp_path):
    project = finished_project()
    for number, sentence in ((project.number, "还没有下达验收结论"), ("无此编号", "没有编号为")):
        with pytest.raises(CommandError, match=sentence):
            call_command("render_report", number, "--out", str(tmp_path / "x.pdf"))


def test_experts_judge_an_acceptance_beside_indicators_and_money(client):
    project = finished_project()
    item, _ = evaluated(project)
    seat = seat_of(item.round, item.assignments.first().expert)
    client.force_login(seat.expert.user)
    page = client.get(reverse("review_seat", args=[seat.pk])).content.decode()
    assert "任务指标完成情况" in page
    assert "300,000.00" in page
