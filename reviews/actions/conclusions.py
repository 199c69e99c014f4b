"""Evaluation and its conclusion: start, draft, issue, report (articles 11, 18, 20; H2, H3)."""

from datetime import timedelta

from django.urls import reverse
from django.utils import timezone

from consortia.seats import people_of
from portal import access, documents, events, notify, workflow
from portal.editions import edition
from portal.errors import Conflict, Invalid, NotAllowed, Refused
from portal.measures.closing import ConclusionChoice, acceptance_gate, check_conclusion, problems_told
from portal.measures.findings import blocks
from portal.models import Document, User
from projects.actions.rectifications import order_rectification
from projects.states import ConclusionCode
from reviews.documents import report_snapshot, unit_snapshot
from reviews.models import AcceptanceConclusion
from reviews.queries.evaluation import acceptance_facts, conclusion_facts, last_item, suggestion_of
from reviews.states import ConclusionState

MOVES = {
    ConclusionCode.PASSED: "accept",
    ConclusionCode.RECTIFICATION: "order_rectification",
    ConclusionCode.PASSED_AFTER: "accept_after",
    ConclusionCode.FAILED: "fail",
}
SOURCES = {
    ConclusionCode.PASSED: ("evaluating",),
    ConclusionCode.RECTIFICATION: ("evaluating",),
    ConclusionCode.PASSED_AFTER: ("rectifying",),
    ConclusionCode.FAILED: ("evaluating", "rectifying"),
}


@workflow.action
def start_evaluation(*, project, by) -> None:
    """Begin the evaluation: period over, package handed in, no rectification or clawback open (11, 17, 20)."""
    project = workflow.lock(project)
    found = blocks(acceptance_gate(acceptance_facts(project), edition(project.call.edition)))
    if found:
        raise Refused.from_findings(found)
    workflow.move(project, "evaluate", by=by)
    text = f"项目“{project.title}”的验收材料已受理，进入专家评价。"
    notify.tell([*people_of(project.lead_unit, "drafter", "unitadmin"), project.leader], "进入验收评价", text)


@workflow.action
def draft_conclusion(*, project, item=None, code, opinion, by) -> AcceptanceConclusion:
    """Draft a conclusion with the system's suggestion beside it; an open draft is replaced (11).

    `item` defaults to the newest evaluated item. Refuses a passing conclusion with an unreached indicator.
    """
    project = workflow.lock(project)
    if not access.allowed(by, "reviews.draft_conclusion", project):
        raise NotAllowed("您的账号不能拟定验收结论。", article="11")
    item = workflow.lock(item) if item else last_item(project)
    suggestion = _check(project, item, code, opinion)
    draft = project.conclusions.filter(state=ConclusionState.DRAFT).first()
    attempt = draft.attempt if draft else project.conclusions.count() + 1
    draft = draft or AcceptanceConclusion(project=project, attempt=attempt)
    draft.item, draft.code, draft.opinion = item, code, opinion.strip()
    draft.suggested, draft.drafted_by = suggestion.code or "", by
    draft.save()
    events.record("acceptanceconclusion.draft", "拟定验收结论", draft, by=by, article="11", after={"code": code})
    url = f"/admin/reviews/acceptanceconclusion/{draft.pk}/change/"
    notify.tell(User.objects.with_duty("director"), "验收结论待签发", f"{project}：{draft.get_code_display()}", url=url)
    return draft


def _check(project, item, code, opinion):
    """The suggestion, after all checks of a conclusion; run again inside the transaction that issues it (K11)."""
    if code not in ConclusionCode.values:
        raise Invalid("请选择验收结论。")
    if not opinion.strip():
        raise Invalid("请填写专家组与管理单位意见。")
    if item is None or item.project_id != project.pk or item.round.state != "closed":
        raise Refused("该项目还没有已结束的专家评价，不能作出验收结论。", article="11")
    if project.state not in SOURCES[ConclusionCode(code)]:
        raise Conflict(f"项目目前的状态是“{project.get_state_display()}”，不能作出这一结论。", article="11")
    _check_recheck(project, code)
    facts = conclusion_facts(project, item)
    found = blocks(check_conclusion(ConclusionChoice(code, opinion, facts), edition(project.call.edition)))
    if found:
        raise Refused.from_findings(found)
    return suggestion_of(project, item)


def _check_recheck(project, code) -> None:
    """After a rectification the conclusion follows its re-check (20)."""
    if project.state != "rectifying":
        return
    last = project.rectifications.order_by("-pk").first()
    right = {ConclusionCode.PASSED_AFTER: "fulfilled", ConclusionCode.FAILED: "unfulfilled"}.get(ConclusionCode(code))
    if last is None or last.state != right:
        raise Refused(
            "整改复核结论与拟作出的验收结论不符。“整改后通过”须先认定整改到位，“未通过”须先认定整改不到位。",
            article="20",
        )


@workflow.action
def issue_conclusion(conclusion, *, by, note="") -> AcceptanceConclusion:
    """Issue: move the project, order a rectification when that is the conclusion, and queue the report (11, 20).

    All checks run anew here; the issuer is not the person who drafted.
    """
    project = workflow.lock(conclusion.project)
    conclusion = workflow.lock(conclusion)
    if conclusion.drafted_by_id == by.pk:
        raise Refused("验收结论的拟定人和签发人不能是同一人。", article="11")
    if conclusion.state == ConclusionState.DRAFT:
        _check(project, conclusion.item, conclusion.code, conclusion.opinion)
    workflow.move(conclusion, "issue", by=by, note=note, issued_by=by, issued_at=timezone.now())
    if conclusion.code == ConclusionCode.RECTIFICATION:
        _order(project, conclusion, by)
    workflow.move(project, MOVES[ConclusionCode(conclusion.code)], by=by, note=note, conclusion=conclusion.code)
    request_report(project=project, by=by)
    text = f"项目“{project.title}”的验收结论：{conclusion.get_code_display()}。评价验收报告（单位副本）可在项目页下载。"
    url = reverse("project_detail", args=[project.public_id])
    people = [*people_of(project.lead_unit, "drafter", "unitadmin"), project.leader]
    notify.tell(people, "验收结论已下达", text, url=url)
    return conclusion


def _order(project, conclusion, by) -> None:
    """The problems are those of the system's check, or the opinion where experts alone found them."""
    year = edition(project.call.edition)
    is_suggested = suggestion_of(project, conclusion.item).code == conclusion.code
    told = problems_told(conclusion_facts(project, conclusion.item), year)
    problems = list(told) if is_suggested else [conclusion.opinion]
    days = year.periods.rectification_days
    due_on = timezone.localdate() + timedelta(days=days)
    order_rectification(project=project, problems="\n".join(problems), articles="20", due_on=due_on, by=by)


@workflow.action
def request_report(*, project, by) -> Document:
    """Queue the acceptance report of the newest issued conclusion; the same input gives the same document (H3).

    The unit gets a copy of its own without the panel's scores, comments and experts (R8).
    """
    if by is not None and not access.allowed(by, "reviews.view_report", project):
        raise NotAllowed("您的账号不能生成验收报告。", article="11")
    conclusion = project.conclusions.filter(state=ConclusionState.ISSUED).order_by("-attempt").first()
    if conclusion is None:
        raise Refused(f"项目 {project.number} 还没有下达验收结论，没有验收报告。", article="11")
    snapshot = report_snapshot(conclusion)
    title = f"评价验收报告（{project.number}）"
    report = documents.request_document("acceptance_report", project, snapshot, title=title, by=by)
    copy = unit_snapshot(snapshot, conclusion.opinion)
    title = f"评价验收报告（单位副本，{project.number}）"
    documents.request_document("acceptance_report_unit", project, copy, title=title, by=by)
    return report
