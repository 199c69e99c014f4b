"""The center's cockpit: the stages of the year as counts, each a link to the filtered list, and what to do now."""

from django.db.models import CharField, Count, Q, QuerySet, Value
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from consortia.models import Registration, Revocation, Unit, UnitChange
from funding.models import Clawback, Disbursement, LedgerLine
from portal.access import roles_of
from projects.models import (
    Application,
    ChangeRequest,
    Contract,
    Evidence,
    Objection,
    ProgressReport,
    Project,
    PublicNotice,
    Rectification,
)
from projects.queries.calls import upcoming_steps
from projects.queries.formality import overdue
from reviews.models import AcceptanceConclusion, Proposal, Round

CENTER_DUTIES = {"officer", "finance", "director", "bast"}
HANDLERS = {"officer", "director"}


def context(request) -> dict:
    """`stages` and `todos` for the admin index, counted in one query, the next dates in another."""
    counts = _counts(request.user)
    duties = roles_of(request.user)
    return {
        "stages": _stages(counts, duties) if duties & CENTER_DUTIES else [],
        "todos": _todos(counts, duties),
        "steps": upcoming_steps() if duties & CENTER_DUTIES else [],
    }


def _tally(**rows: QuerySet) -> dict[str, int]:
    """The number of rows of each queryset, by its name, in a single query."""
    parts = [
        row.order_by().annotate(tally=Value(name, output_field=CharField())).values("tally").annotate(n=Count("pk"))
        for name, row in rows.items()
    ]
    first, *others = [part.values_list("tally", "n") for part in parts]
    return dict.fromkeys(rows, 0) | dict(first.union(*others, all=True))


def _open_objections(user) -> dict[str, QuerySet]:
    """Open cases, and those that the user may handle: free or his own, not about his own decision (N5)."""
    rows = Objection.objects.filter(state__in=("received", "accepted"))
    own = Q(objected_user=user) | Q(notice__published_by=user)
    return {"objection": rows, "objection_mine": rows.filter(Q(handler=None) | Q(handler=user)).exclude(own)}


def _counts(user) -> dict[str, int]:
    """What waits at each station."""
    today = timezone.localdate()
    application, project = Application.objects, Project.objects
    return _tally(
        submitted=application.filter(state="submitted"),
        supplement=application.filter(state="supplement"),
        supplement_due=overdue(application.all()),
        eligible=application.filter(state="eligible"),
        under_review=application.filter(state="under_review"),
        scored=application.filter(state="scored"),
        notice=PublicNotice.objects.filter(state="open"),
        notice_due=PublicNotice.objects.filter(state="open", ends_on__lt=today),
        **_open_objections(user),
        contracting=project.filter(state="contracting"),
        running=project.filter(state="running"),
        overdue=project.filter(state="running", end_on__lt=today),
        final_submitted=project.filter(state="final_submitted"),
        evaluating=project.filter(state="evaluating"),
        rectifying=project.filter(state="rectifying"),
        contract_draft=Contract.objects.filter(state="draft"),
        contract_returned=Contract.objects.filter(state="returned"),
        claimed=Evidence.objects.filter(state="claimed"),
        line=LedgerLine.objects.filter(verdict="needs-review"),
        unit=Unit.objects.filter(state="pending"),
        repeat=Registration.objects.filter(is_repeat=True, answered_at__isnull=True),
        unit_legal=UnitChange.objects.filter(state="pending", kind="legal"),
        unit_bank=UnitChange.objects.filter(state="pending", kind="bank"),
        disbursement=Disbursement.objects.filter(state="ordered"),
        to_pay=Disbursement.objects.filter(state="approved"),
        rectification=Rectification.objects.filter(state="replied"),
        rectification_due=Rectification.objects.filter(state="ordered", due_on__lt=today),
        change=ChangeRequest.objects.filter(state="submitted"),
        report=ProgressReport.objects.filter(state="submitted"),
        round_due=Round.objects.filter(state="open", closes_at__lt=timezone.now()),
        proposed=Proposal.objects.filter(state="proposed"),
        confirmed=Proposal.objects.filter(state="confirmed"),
        conclusion=AcceptanceConclusion.objects.filter(state="draft"),
        clawback=Clawback.objects.filter(state="notified"),
        revocation=Revocation.objects.filter(state="notified", hearing_until__lt=today),
    )


def _link(model: str, **filters) -> str:
    try:
        url = reverse(f"admin:{model}_changelist")
    except NoReverseMatch:
        return ""
    return url + ("?" + "&".join(f"{key}={value}" for key, value in filters.items()) if filters else "")


def _stage(label: str, count: int, model: str, overdue: int = 0, **filters) -> dict:
    return {"label": label, "count": count, "url": _link(model, **filters), "overdue": overdue}


def _stages(n: dict[str, int], duties: frozenset[str]) -> list[dict]:
    objections = [_stage("异议", n["objection"], "projects_objection")] if duties & HANDLERS else []
    accepting = n["final_submitted"] + n["evaluating"]
    return [
        _stage("待形审", n["submitted"], "projects_application", state__exact="submitted"),
        _stage("待补正", n["supplement"], "projects_application", n["supplement_due"], state__exact="supplement"),
        _stage("评审中", n["under_review"], "projects_application", state__exact="under_review"),
        _stage("公示中", n["notice"], "projects_publicnotice", n["notice_due"], state__exact="open"),
        *objections,
        _stage("待签约", n["contracting"], "projects_project", state__exact="contracting"),
        _stage("执行", n["running"], "projects_project", n["overdue"], state__exact="running"),
        _stage("待核佐证", n["claimed"], "projects_evidence", state__exact="claimed"),
        _stage("待核凭证", n["line"], "funding_ledgerline", verdict__exact="needs-review"),
        _stage("待验收", accepting, "projects_project", state__in="final_submitted,evaluating"),
        _stage("整改", n["rectifying"], "projects_project", n["rectification_due"], state__exact="rectifying"),
    ]


OFFICER, FINANCE, DIRECTOR, BAST = {"officer"}, {"finance"}, {"director"}, {"bast"}
# Whose duty it is, what, the count, the list (model and filter), and the button; in the order of the year.
TODOS = (
    (OFFICER, "审核单位注册", "unit", "consortia_unit", "pending", "去审核"),
    (OFFICER, "答复重复注册", "repeat", "consortia_registration", "", "去答复"),
    (OFFICER, "确认单位登记事项变更", "unit_legal", "consortia_unitchange", "pending", "去确认"),
    (FINANCE, "确认收款账户变更", "unit_bank", "consortia_unitchange", "pending", "去确认"),
    (OFFICER, "形式审查", "submitted", "projects_application", "submitted", "去审查"),
    (OFFICER, "补正逾期，待决定", "supplement_due", "projects_application", "supplement", "去决定"),
    (OFFICER, "形审通过，待进入评审", "eligible", "projects_application", "eligible", "去安排"),
    (OFFICER, "评审已到截止时间，待结束", "round_due", "reviews_round", "open", "去结束"),
    (OFFICER, "评审完成，待提出名单", "scored", "reviews_round", "closed", "去拟定"),
    (DIRECTOR, "确认拟支持名单", "proposed", "reviews_proposal", "proposed", "去确认"),
    (BAST, "审定拟支持名单", "confirmed", "reviews_proposal", "confirmed", "去审定"),
    (OFFICER, "公示期满，待结束公示", "notice_due", "projects_publicnotice", "open", "去办理"),
    (OFFICER | DIRECTOR, "处理异议", "objection_mine", "projects_objection", "", "去处理"),
    (OFFICER, "签发任务合同", "contract_draft", "projects_contract", "draft", "去签发"),
    (DIRECTOR, "核对已签署合同", "contract_returned", "projects_contract", "returned", "去核对"),
    (FINANCE, "审核拨付指令", "disbursement", "funding_disbursement", "ordered", "去审核"),
    (FINANCE, "付款并登记", "to_pay", "funding_disbursement", "approved", "去登记"),
    (FINANCE, "核定待核明细", "line", "funding_ledgerline", "needs-review", "去核定"),
    (OFFICER, "核实佐证", "claimed", "projects_evidence", "claimed", "去核实"),
    (OFFICER, "审阅进展报告", "report", "projects_progressreport", "submitted", "去审阅"),
    (DIRECTOR, "批准变更申请", "change", "projects_changerequest", "submitted", "去批准"),
    (OFFICER, "组织验收评价", "final_submitted", "projects_project", "final_submitted", "去组织"),
    (DIRECTOR, "签发验收结论", "conclusion", "reviews_acceptanceconclusion", "draft", "去签发"),
    (OFFICER | DIRECTOR, "复核整改", "rectification", "projects_rectification", "replied", "去复核"),
    (DIRECTOR, "决定追回案", "clawback", "funding_clawback", "notified", "去决定"),
    (BAST, "决定资格撤销案", "revocation", "consortia_revocation", "notified", "去决定"),
)


def _todos(n: dict[str, int], duties: frozenset[str]) -> list[dict]:
    return [
        {"what": what, "project": f"{n[key]} 项", "until": None, "url": _todo_link(model, state), "button": button}
        for whose, what, key, model, state, button in TODOS
        if whose & duties and n[key]
    ]


def _todo_link(model: str, state: str) -> str:
    if model == "funding_ledgerline":
        return f"{reverse('admin:funding_ledgerline_workbench')}?verdict={state}"
    return _link(model, **({"state__exact": state} if state else {}))
