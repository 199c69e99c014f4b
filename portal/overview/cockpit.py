"""The center's cockpit: the stages of the year as counts, each a link to the filtered list, and what to do now."""

from django.db.models import Count, Q
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from consortia.models import Revocation, Unit
from funding.models import Clawback, Disbursement, LedgerLine
from portal.access import roles_of
from projects.models import (
    Application,
    Contract,
    Evidence,
    Objection,
    ProgressReport,
    Project,
    PublicNotice,
    Rectification,
)
from reviews.models import AcceptanceConclusion, Proposal, Round

HANDLERS = {"officer", "director"}


def context(request) -> dict:
    """`stages` and `todos` for the admin index (at most 12 queries whatever the number of rows)."""
    counts = _counts(request.user)
    duties = roles_of(request.user)
    todos = [todo for roles, todo in _todos(counts) if roles & duties and todo["count"]]
    return {
        "stages": _stages(counts, duties) if duties & {"officer", "finance", "director", "bast"} else [],
        "todos": todos,
    }


def _by_state(model, *states: str) -> dict[str, int]:
    rows = model.objects.filter(state__in=states).values_list("state").annotate(n=Count("pk")).order_by()
    return dict.fromkeys(states, 0) | dict(rows)


def _objections(user) -> dict:
    """Open cases, and those that the user may handle: free or his own, not about his own decision (N5)."""
    may = Q(handler=None) | Q(handler=user)
    own = Q(objected_user=user) | Q(notice__published_by=user)
    rows = Objection.objects.filter(state__in=("received", "accepted"))
    return rows.aggregate(open=Count("pk"), mine=Count("pk", filter=may) - Count("pk", filter=may & own))


def _counts(user) -> dict:
    today = timezone.localdate()
    overdue_projects = Count("pk", filter=Q(end_on__lt=today, state="running"))
    return {
        "application": _by_state(Application, "submitted", "supplement", "eligible", "under_review", "scored"),
        "notice": _by_state(PublicNotice, "open"),
        "notice_due": PublicNotice.objects.filter(state="open", ends_on__lt=today).count(),
        "objection": _objections(user),
        "project": _by_state(
            Project, "contracting", "running", "final_submitted", "evaluating", "rectifying", "suspended"
        ),
        "project_overdue": Project.objects.aggregate(n=overdue_projects)["n"],
        "contract": _by_state(Contract, "draft", "returned"),
        "evidence": _by_state(Evidence, "claimed"),
        "line": LedgerLine.objects.filter(verdict="needs-review", decisions__isnull=True).count(),
        "rest": _rest(today),
    }


def _rest(today) -> dict:
    return {
        "unit": Unit.objects.filter(state="pending").count(),
        "disbursement": Disbursement.objects.filter(state="ordered").count(),
        "rectification": Rectification.objects.filter(state="replied").count(),
        "rectification_due": Rectification.objects.filter(state="ordered", due_on__lt=today).count(),
        "report": ProgressReport.objects.filter(state="submitted").count(),
        "round_due": Round.objects.filter(state="open", closes_at__lt=timezone.now()).count(),
        "proposal": _by_state(Proposal, "proposed", "confirmed"),
        "conclusion": AcceptanceConclusion.objects.filter(state="draft").count(),
        "clawback": _by_state(Clawback, "notified"),
        "revocation": Revocation.objects.filter(state="notified", hearing_until__lt=today).count(),
    }


def _link(model: str, **filters) -> str:
    try:
        url = reverse(f"admin:{model}_changelist")
    except NoReverseMatch:
        return ""
    return url + ("?" + "&".join(f"{key}={value}" for key, value in filters.items()) if filters else "")


def _stage(label: str, count: int, model: str, overdue: int = 0, **filters) -> dict:
    return {"label": label, "count": count, "url": _link(model, **filters), "overdue": overdue}


def _stages(c: dict, duties: frozenset[str]) -> list[dict]:
    application, project = c["application"], c["project"]
    objections = [_stage("异议", c["objection"]["open"], "projects_objection")] if duties & HANDLERS else []
    accepting = project["final_submitted"] + project["evaluating"]
    return [
        _stage("待形审", application["submitted"], "projects_application", state__exact="submitted"),
        _stage("待补正", application["supplement"], "projects_application", state__exact="supplement"),
        _stage("评审中", application["under_review"], "projects_application", state__exact="under_review"),
        _stage("公示中", c["notice"]["open"], "projects_publicnotice", c["notice_due"], state__exact="open"),
        *objections,
        _stage("待签约", project["contracting"], "projects_project", state__exact="contracting"),
        _stage("执行", project["running"], "projects_project", c["project_overdue"], state__exact="running"),
        _stage("待核佐证", c["evidence"]["claimed"], "projects_evidence", state__exact="claimed"),
        _stage("待核凭证", c["line"], "funding_ledgerline", verdict__exact="needs-review"),
        _stage("待验收", accepting, "projects_project", state__exact="final_submitted"),
        _stage(
            "整改", project["rectifying"], "projects_project", c["rest"]["rectification_due"], state__exact="rectifying"
        ),
    ]


def _todo(what: str, count: int, url: str, button: str) -> dict:
    return {"what": what, "count": count, "project": f"{count} 项", "until": None, "url": url, "button": button}


def _todos(c: dict) -> list[tuple[set[str], dict]]:
    rest, application = c["rest"], c["application"]
    officer, finance, director, bast = {"officer"}, {"finance"}, {"director"}, {"bast"}
    applications = _link("projects_application", state__exact="submitted")
    eligible = _link("projects_application", state__exact="eligible")
    return [
        (officer, _todo("审核单位注册", rest["unit"], _link("consortia_unit", state__exact="pending"), "去审核")),
        (officer, _todo("形式审查", application["submitted"], applications, "去审查")),
        (officer, _todo("形审通过，待进入评审", application["eligible"], eligible, "去安排")),
        (officer, _todo("评审已到截止时间，待结束", rest["round_due"], _link("reviews_round"), "去结束")),
        (officer, _todo("评审完成，待提出名单", application["scored"], _link("reviews_proposal"), "去拟定")),
        (director, _todo("确认拟支持名单", rest["proposal"]["proposed"], _link("reviews_proposal"), "去确认")),
        (bast, _todo("审定拟支持名单", rest["proposal"]["confirmed"], _link("reviews_proposal"), "去审定")),
        (officer, _todo("公示期满，待结束公示", c["notice_due"], _link("projects_publicnotice"), "去办理")),
        (officer | director, _todo("处理异议", c["objection"]["mine"], _link("projects_objection"), "去处理")),
        (officer, _todo("签发任务合同", c["contract"]["draft"], _link("projects_contract"), "去签发")),
        (director, _todo("核对已签署合同", c["contract"]["returned"], _link("projects_contract"), "去核对")),
        (finance, _todo("登记拨付", rest["disbursement"], _link("funding_disbursement"), "去登记")),
        (
            finance,
            _todo("核定待核明细", c["line"], _link("funding_ledgerline", verdict__exact="needs-review"), "去核定"),
        ),
        (
            officer,
            _todo("核实佐证", c["evidence"]["claimed"], _link("projects_evidence", state__exact="claimed"), "去核实"),
        ),
        (officer, _todo("审阅进展报告", rest["report"], _link("projects_progressreport"), "去审阅")),
        (officer, _todo("组织验收评价", c["project"]["final_submitted"], _link("projects_project"), "去组织")),
        (director, _todo("签发验收结论", rest["conclusion"], _link("reviews_acceptanceconclusion"), "去签发")),
        (officer | director, _todo("复核整改", rest["rectification"], _link("projects_rectification"), "去复核")),
        (director, _todo("决定追回案", rest["clawback"]["notified"], _link("funding_clawback"), "去决定")),
        (bast, _todo("决定资格撤销案", rest["revocation"], _link("consortia_revocation"), "去决定")),
    ]
