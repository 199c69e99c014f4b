"""Writes of change requests (17(4)): asked by the unit, decided by the director, carried by a new contract version."""

from django.utils import timezone

from consortia.seats import people_of
from portal import access, notify, workflow
from portal.errors import Conflict, Invalid, NotAllowed, Refused
from portal.measures.workdays import date_cn
from portal.models import User
from projects.actions.contracts import draft_version
from projects.models import ChangeRequest
from projects.queries.changes import KINDS, proposal
from projects.queries.contracts import IN_PREPARATION, effective_contract
from projects.states import ChangeState, ProjectState

TERMINATION = "termination"


@workflow.action
def request_change(*, project, kind, reason, after, by) -> ChangeRequest:
    """Ask for a change of the contract in force; see queries.changes.proposal for the shape of `after` (17(4))."""
    project = workflow.lock(project)
    if not access.allowed(by, "projects.request_change", project):
        raise NotAllowed("您的账号不能申请变更。", article="17(4)")
    if kind not in KINDS or not reason.strip():
        raise Invalid("请选择变更类型并写明事由。", article="17(4)")
    contract = effective_contract(project)
    _check_moment(project, contract)
    _check_conflicts(project, kind)
    before, wanted = proposal(project, contract, kind, after)
    change = ChangeRequest.objects.create(
        project=project, kind=kind, reason=reason.strip(), before=before, after=wanted, requested_by=by
    )
    workflow.move(change, "submit", by=by, note=reason.strip())
    people = [*User.objects.with_duty("director"), project.officer]
    notify.tell(people, f"变更申请：{project.title}"[:120], f"{change.get_kind_display()}。{reason.strip()}")
    return change


def _check_moment(project, contract) -> None:
    if contract is None or project.state not in (ProjectState.RUNNING, ProjectState.SUSPENDED):
        raise Conflict("项目没有在执行的任务合同，不能申请变更。", article="17(4)")
    if timezone.localdate() > contract.end_on:
        raise Refused(f"执行期已于{date_cn(contract.end_on)}届满，不能再申请变更。", article="17(4)")
    if project.contracts.filter(state__in=IN_PREPARATION).exists():
        raise Conflict("上一次变更的补充合同尚未生效，请先完成签署。", article="17(4)")


def _check_conflicts(project, kind: str) -> None:
    """One open request of a kind; a termination excludes all others."""
    waiting = set(project.change_requests.filter(state=ChangeState.SUBMITTED).values_list("kind", flat=True))
    if kind in waiting:
        raise Conflict("同类变更申请正在审批，请等待结果。", article="17(4)")
    if TERMINATION in waiting or (kind == TERMINATION and waiting):
        raise Conflict("终止申请不能与其他变更同时办理，请先等待在办申请的结果。", article="17(4)")


def _decide(change, by) -> ChangeRequest:
    workflow.lock(change.project.application)
    workflow.lock(change.project)
    change = workflow.lock(change)
    if change.requested_by_id == by.pk:
        raise NotAllowed("变更由您申请，须由另一人审批。", article="17(4)")
    return change


@workflow.action
def approve_change(change, *, by, note="") -> ChangeRequest:
    """Approve: a termination ends project and contract, any other change becomes a draft of the next version."""
    change = _decide(change, by)
    project, contract = change.project, effective_contract(change.project)
    _check_moment(project, contract)
    workflow.move(
        change, "approve", by=by, note=note, decided_by=by, decided_at=timezone.now(), decision_note=note[:300]
    )
    if change.kind == TERMINATION:
        workflow.move(contract, "terminate", by=by, note=change.reason)
        workflow.move(project, "terminate", by=by, note=change.reason)
    else:
        draft_version(project, by=project.officer or change.requested_by, change=change)
    _tell(change, "已批准", note)
    return change


@workflow.action
def refuse_change(change, *, by, note="") -> ChangeRequest:
    """Refuse, with the reason; the contract stays as it is."""
    change = _decide(change, by)
    if not note.strip():
        raise Invalid("请填写不予批准的理由。", article="17(4)")
    workflow.move(
        change, "refuse", by=by, note=note, decided_by=by, decided_at=timezone.now(), decision_note=note.strip()[:300]
    )
    _tell(change, "未批准", note)
    return change


def _tell(change, result: str, note: str) -> None:
    project = change.project
    people = [change.requested_by, *people_of(project.lead_unit, "unitadmin"), project.leader]
    title = f"{change.get_kind_display()}变更{result}：{project.title}"
    notify.tell(people, title[:120], note, url=f"/projects/{project.public_id}/contract/")
