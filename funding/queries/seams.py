"""What money says to the app below: obstacles, checks of the package, figures, tabs (projects.extensions)."""

from uuid import UUID

from django.db.models import Count, OuterRef, Subquery
from django.urls import reverse
from django.utils import timezone

from funding.models import Clawback, Disbursement, LedgerLine, ProjectAudit, SurplusReturn
from funding.queries.clawbacks import application_obstacle, open_cases
from funding.queries.ledger import period_of
from funding.queries.money import budget_vs_actual, money_summary
from funding.queries.spending import effective_lexicon
from funding.states import OPEN_CLAWBACK_STATES, AuditState, DisbursementState
from portal.bundle import Question
from portal.editions import edition
from portal.measures.findings import Finding, Severity
from portal.measures.lexicon import Lexicon
from portal.measures.process import ExecutionFacts, grant_spent_in_period
from portal.measures.rmb import format_money
from projects.models import Project

__all__ = [
    "application_obstacle",
    "audited_today",
    "closing_checks",
    "figures",
    "package_checks",
    "project_facts",
    "project_tabs",
]


def lexicon_in_force(edition_code: str) -> Lexicon:
    """The lexicon by which budgets and ledger lines of an edition are judged now."""
    return effective_lexicon(edition_code)[0]


def package_checks(project) -> list[Finding]:
    """What money lacks for acceptance: rate of execution, undecided and banned lines, open cases (14, 16, 17)."""
    money = money_summary(project)
    facts = ExecutionFacts(
        spent=money.spent,
        budget=money.paid,
        today=timezone.localdate(),
        period_end=period_of(project)[1],
        surplus_settled=_surplus_explained(project),
    )
    found = list(grant_spent_in_period(facts, edition(project.call.edition)))
    if money.pending_count:
        message = f"还有 {money.pending_count} 条凭证待核。"
        found.append(Finding("14", Severity.ASK, "ledger_settled", message, "money", "请中心财务认定后再评价。"))
    if money.banned_count:
        message = f"有 {money.banned_count} 条禁列支出尚未处理。"
        fix = "请冲销并改由自有资金列支，或由中心追回。"
        found.append(Finding("14", Severity.WARN, "banned_lines_open", message, "money", fix))
    return found + closing_checks(project)


def closing_checks(project) -> list[Finding]:
    """Money that is still claimed back (17)."""
    found = [
        Finding("17", Severity.BLOCK, "open_clawback", f"资金追回（{number}）未了结。", "money", "请先了结。")
        for number in open_cases(project).values_list("number", flat=True)
    ]
    waiting = project.surplus_returns.filter(state="ordered").first()
    if waiting is not None:
        message = f"专项经费结余 {format_money(waiting.amount)} 尚未退回。"
        found.append(Finding("16", Severity.BLOCK, "surplus_waiting", message, "money", "请先登记到账或撤销通知。"))
    return found


def audited_today(user):
    """Projects whose audit by this person runs today, both days of the engagement included (17, 18)."""
    return ProjectAudit.objects.running(user).values("project")


def _surplus_explained(project) -> bool:
    package = getattr(project, "package", None)
    if project.surplus_returns.filter(state="returned").exists():
        return True
    return bool(package and package.final_accounts_note.strip())


def figures(project) -> dict:
    """JSON-safe figures of a project; amounts are decimal strings in 元, rates in percent or None."""
    money = money_summary(project)
    rows = budget_vs_actual(project, money)
    return {
        "contract_amount": str(money.contract),
        "paid": str(money.paid),
        "repaid": str(money.repaid),
        "spent": str(money.spent),
        "spent_matching": str(money.spent_matching),
        "surplus": str(money.surplus),
        "surplus_returned": str(money.surplus_returned),
        "pending": str(money.pending),
        "pending_count": money.pending_count,
        "banned": str(money.banned),
        "banned_count": money.banned_count,
        "execution_rate": None if money.execution_rate is None else str(money.execution_rate),
        "categories": [
            {key: row[key] if key in ("code", "name") else str(row[key]) for key in row if key != "rate"}
            for row in rows
        ],
    }


def _waiting(project: UUID):
    """What waits in each tab of the money of a project: one row of counts."""
    lines = LedgerLine.objects.waiting().filter(project=OuterRef("pk"))
    moves = SurplusReturn.objects.filter(project=OuterRef("pk"), state="ordered")
    unconfirmed = Disbursement.objects.filter(project=OuterRef("pk"), state=DisbursementState.PAID)
    cases = Clawback.objects.filter(project=OuterRef("pk"), state__in=OPEN_CLAWBACK_STATES)
    audits = ProjectAudit.objects.filter(project=OuterRef("pk"), state=AuditState.OPEN)
    rows = (lines, moves, unconfirmed, cases, audits)
    counts = {f"n_{name}": Subquery(_count(found)) for name, found in zip(_TABS, rows, strict=True)}
    return Project.objects.filter(public_id=project).annotate(**counts)


_TABS = {
    "ledger": "经费明细",
    "budget": "预算",
    "disbursements": "拨付",
    "clawbacks": "追回",
    "project_audits": "审计",
}
project_facts = {"money_tabs": Question(_waiting, tuple(f"n_{name}" for name in _TABS))}


def project_tabs(project, user) -> list[tuple]:
    """Tabs of the project page with what waits in each: (label, url, url name, count or None)."""
    (counts,) = project.facts["money_tabs"]
    return [
        (label, reverse(name, args=[project.public_id]), name, counts[f"n_{name}"]) for name, label in _TABS.items()
    ]


def _count(rows):
    """Number of rows of a subquery, or nothing."""
    return rows.order_by().values("project").annotate(n=Count("pk")).values("n")
