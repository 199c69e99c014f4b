"""The ledger as people read it: period, filtered rows with reasons, the facts of booking a line (15, 16)."""

from datetime import date
from decimal import Decimal

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from funding.models import BanDecision, BanFinding, LedgerLine
from funding.queries.money import money_summary, total, total_of
from funding.queries.spending import Booking
from portal.editions import edition
from portal.measures.chart import load_chart
from portal.measures.findings import Finding, Severity
from portal.measures.ledger import LedgerFacts, ReversalFacts, check_ledger_line
from portal.measures.rmb import round_fen
from projects.models import Project
from projects.queries.contracts import effective_contract

COLUMNS = (
    "凭证日期",
    "凭证字号",
    "分录行号",
    "摘要",
    "会计科目",
    "收款方",
    "金额（元）",
    "资金来源",
    "预算科目",
    "第十三条方向",
    "发票号码",
    "核查结论",
    "条款",
    "核查理由",
    "人工认定",
)


def period_of(project: Project) -> tuple[date, date]:
    """First and last day of the contract in force, else of the project."""
    contract = effective_contract(project)
    return (contract.start_on, contract.end_on) if contract else (project.start_on, project.end_on)


def category_names(project: Project) -> dict[str, str]:
    """Budget categories of the project's edition: code -> name."""
    return {item.code: item.name for item in edition(project.call.edition).budget_categories}


def direction_names(project: Project) -> dict[str, str]:
    """Directions of article 13: code -> name."""
    return {item.code: item.name for item in edition(project.call.edition).directions}


def spending_accounts(project: Project) -> list[str]:
    """Accounts that spending is booked on in the lead unit's accounting system: "code name"."""
    chart = load_chart(project.lead_unit.accounting_system, period_of(project)[1])
    return [f"{account.code} {account.name}" for account in chart.spending] if chart else []


def with_reasons(rows: QuerySet) -> QuerySet:
    """Annotate `finding_reason`, `decision_reason` (newest of each) and `is_reversed`."""
    findings = BanFinding.objects.filter(line=OuterRef("pk")).order_by("-id")
    decisions = BanDecision.objects.filter(line=OuterRef("pk")).order_by("-id")
    return rows.with_reversed().annotate(
        finding_reason=Subquery(findings.values("reason")[:1]), decision_reason=Subquery(decisions.values("reason")[:1])
    )


def filtered_lines(project: Project, wanted: dict) -> QuerySet:
    """Lines of a project, newest first; `wanted` holds verdict, category, source, start, end, text."""
    rows = project.ledger_lines.all()
    for name in ("verdict", "category", "source"):
        if wanted.get(name):
            rows = rows.filter(**{name: wanted[name]})
    if wanted.get("start"):
        rows = rows.filter(voucher_date__gte=wanted["start"])
    if wanted.get("end"):
        rows = rows.filter(voucher_date__lte=wanted["end"])
    if text := wanted.get("text", "").strip():
        rows = rows.filter(
            Q(summary__icontains=text)
            | Q(payee__icontains=text)
            | Q(account__icontains=text)
            | Q(voucher_no__icontains=text)
            | Q(invoice_no__icontains=text)
        )
    return with_reasons(rows).order_by("-voucher_date", "-id")


def totals(rows: QuerySet) -> dict[str, Decimal]:
    """Sums of the rows in 元: grant, matching, all."""
    sums = rows.order_by().aggregate(grant=total(filter=Q(source="grant")), matching=total(filter=Q(source="matching")))
    grant, matching = round_fen(sums["grant"]), round_fen(sums["matching"])
    return {"grant": grant, "matching": matching, "all": grant + matching}


def export_words(project: Project) -> tuple[dict[str, str], dict[str, str]]:
    """Names of categories and directions, asked once for a whole table."""
    return category_names(project), direction_names(project)


def export_row(words: tuple[dict[str, str], dict[str, str]], line: LedgerLine) -> tuple:
    """One row of the ledger table in the order of COLUMNS; the amount stays Decimal."""
    categories, directions = words
    return (
        line.voucher_date,
        line.voucher_no,
        line.line_no,
        line.summary,
        line.account,
        line.payee,
        line.amount,
        line.get_source_display(),
        categories.get(line.category, line.category),
        directions.get(line.direction, line.direction),
        line.invoice_no,
        line.get_verdict_display(),
        line.article_item,
        line.finding_reason or "",
        line.decision_reason or "",
    )


def booking_findings(project: Project, booking: Booking, *, original: LedgerLine | None = None) -> list[Finding]:
    """What the measures say to booking this line now: period, balance, reversal; call with the project locked."""
    start, end = period_of(project)
    facts = LedgerFacts(
        booked_on=booking.voucher_date,
        today=timezone.localdate(),
        period_start=start,
        period_end=end if original is None else max(end, timezone.localdate()),
        amount=abs(booking.amount) if original is not None else booking.amount,
        source=booking.source,
        grant_left=money_summary(project).available,
        closed_month=closed_month(project, booking.voucher_date),
        reversal=_reversal(project, original),
    )
    found = list(check_ledger_line(facts, edition(project.call.edition)))
    return found + _frame(project, booking)


def closed_month(project: Project, day: date | None) -> str:
    """The name of the closed month that a day lies in, "" when it is open."""
    shut = project.closings.filter(reopened_at__isnull=True, first_day__lte=day, last_day__gte=day) if day else []
    return next((str(month) for month in shut), "")


def _reversal(project: Project, original: LedgerLine | None) -> ReversalFacts | None:
    if original is None:
        return None
    reversed_total = -total_of(LedgerLine.objects.filter(reverses=original))
    return ReversalFacts(
        original_amount=original.amount,
        reversed_total=reversed_total,
        same_project=original.project_id == project.pk,
        original_is_reversal=original.reverses_id is not None,
    )


def _frame(project: Project, booking: Booking) -> list[Finding]:
    """Category and direction are those of the edition, texts fit their columns."""
    wrong = []
    if booking.category and booking.category not in category_names(project):
        wrong.append("预算科目不在本年度科目表中，请从列表选择。")
    if booking.direction and booking.direction not in direction_names(project):
        wrong.append("支出方向不属于办法第十三条所列方向，请从列表选择。")
    wrong += [f"“{label}”超过 {limit} 个字，请缩短。" for label, limit, text in _texts(booking) if len(text) > limit]
    wrong += [f"缺少“{label}”，请填写。" for label, _, text in _texts(booking)[:2] if not text.strip()]
    return [Finding("15", Severity.BLOCK, "ledger_frame", message, "ledger") for message in wrong]


def _texts(booking: Booking) -> list[tuple[str, int, str]]:
    return [
        ("凭证字号", 40, booking.voucher_no),
        ("摘要", 200, booking.summary),
        ("会计科目", 120, booking.account),
        ("收款方", 120, booking.payee),
        ("发票号码", 40, booking.invoice_no),
    ]
