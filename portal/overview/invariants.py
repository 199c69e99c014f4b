"""What must never break, as named read-only queries over the database (invariants A, C, D, E, W)."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from django.conf import settings
from django.db.models import Count, F, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce

from consortia.models import Consortium, Membership, Unit
from funding.models import (
    Clawback,
    ClawbackLine,
    Disbursement,
    LedgerImport,
    LedgerLine,
    MonthClosing,
    Repayment,
    SurplusReturn,
)
from portal import events
from portal.measures.credit_code import check_credit_code
from portal.models import Document
from portal.overview import invariants_money
from portal.overview.demo.accounts import traces
from projects.models import Application, ApplicationVersion, Contract, Evidence, Instalment, KpiTarget, Project
from projects.queries.versions import frozen_files, problems_of
from projects.states import LIVE_STATES, OPEN_OBJECTION_STATES
from reviews.models import Assignment, Proposal, ScoreSheet

ZERO = Decimal(0)


@dataclass(frozen=True)
class Check:
    """A named check: `breaches()` returns one line per breach, nothing when all is well."""

    name: str
    title: str
    breaches: Callable[[], list[str]]


CHECKS: list[Check] = []


def check(name: str, title: str):
    """Register a check."""

    def register(function: Callable[[], list[str]]):
        CHECKS.append(Check(name, title, function))
        return function

    return register


def _labels(rows, form: str = "{}") -> list[str]:
    return [form.format(row) for row in rows[:100]]


@check("application-cap", "每个单位每次申报最多占两个名额（5(1)1）")
def application_cap():
    """More than two live applications of one unit in one call."""
    live = Application.objects.filter(state__in=LIVE_STATES).values("call", "lead_unit").annotate(n=Count("pk"))
    return [f"call {row['call']} unit {row['lead_unit']}: {row['n']}" for row in live.filter(n__gt=2)]


@check("live-application-frozen", "已提交的申报书都有冻结版本和编号（8(1)）")
def live_application_frozen():
    """Live applications without a frozen version."""
    return _labels(Application.objects.filter(state__in=LIVE_STATES, versions__isnull=True))


@check("version-digest", "冻结版本的摘要与内容一致，附件与提交时相同（7(1)）")
def version_digest():
    """Frozen versions whose digest or files are not what was handed in."""
    rows = ApplicationVersion.objects.order_by("pk").prefetch_related("files").iterator(chunk_size=200)
    return [str(row.pk) for row in rows if problems_of(row, frozen_files(row))]


@check("kpi-floors", "第十条（一）六项指标齐全且不低于底线")
def kpi_floors():
    """Live applications with fewer than six KPI rows, or a row below its floor."""
    below = KpiTarget.objects.filter(target__lt=F("floor"))
    few = (
        Application.objects.filter(state__in=LIVE_STATES)
        .annotate(n=Count("kpi_targets", filter=Q(kpi_targets__floor__gt=0)))
        .filter(n__lt=6)
    )
    return _labels(below) + _labels(few, "{}：指标不足六项")


@check("budget-balance", "已提交申报书的预算来源等于支出")
def budget_balance():
    """Live applications whose sources and spending differ."""
    live = Application.objects.filter(state__in=LIVE_STATES)
    sources = dict(live.values_list("pk").annotate(total=Coalesce(Sum("funding_sources__amount"), ZERO)))
    lines = dict(live.values_list("pk").annotate(total=Coalesce(Sum("budget_lines__amount"), ZERO)))
    return [f"application {pk}: {total} != {lines[pk]}" for pk, total in sources.items() if total != lines[pk]]


@check("credit-codes", "已开通单位的统一社会信用代码校验正确（GB 32100）")
def credit_codes():
    """Approved units with a code that fails its check digit."""
    codes = Unit.objects.filter(state="approved").values_list("credit_code", flat=True)
    return [code for code in codes if check_credit_code(code).error]


@check("one-lead", "每个联合体恰有一个现任牵头单位，且与登记一致")
def one_lead():
    """Consortia whose active lead membership is missing or another unit."""
    leads = Q(memberships__role="lead", memberships__left_on__isnull=True, memberships__unit=F("lead_unit"))
    return _labels(Consortium.objects.annotate(n=Count("memberships", filter=leads)).exclude(n=1))


@check("membership-dates", "成员退出日期不早于加入日期")
def membership_dates():
    """Memberships that end before they begin."""
    return _labels(Membership.objects.filter(left_on__lt=F("joined_on")))


@check("contract-gate", "有合同的项目都经过公示且无未决异议（8(3)）")
def contract_gate():
    """Contracts of projects without a finished notice, or with an open objection."""
    contracts = Contract.objects.filter(state__in=["issued", "returned", "effective"])
    unannounced = contracts.exclude(project__application__notices__state__in=["closed", "replaced"])
    objected = contracts.filter(project__application__objections__state__in=OPEN_OBJECTION_STATES)
    return _labels(unannounced, "{}：未公示结束") + _labels(objected, "{}：有未决异议")


@check("contract-within-award", "合同金额不超过立项金额，期次之和等于合同金额")
def contract_within_award():
    """Contracts above the award, or whose instalments do not add up."""
    over = Contract.objects.filter(amount__gt=F("project__grant_amount"))
    sums = Contract.objects.annotate(total=Coalesce(Sum("instalments__amount"), ZERO))
    return _labels(over) + _labels(sums.exclude(total=F("amount")), "{}：期次之和不等")


@check("running-has-contract", "执行中的项目都有生效合同（8(3)）")
def running_has_contract():
    """Projects past contracting without an effective contract; a terminated one keeps its own in the archive."""
    past = Project.objects.exclude(state__in=["contracting", "terminated"])
    ended = Q(state="closed", contracts__state="terminated")
    return _labels(past.exclude(contracts__state="effective").exclude(ended))


@check("paid-within-contract", "拨付不重复、不超过合同金额（12）")
def paid_within_contract():
    """Projects paid more than the contract, or instalments paid twice."""
    live = Disbursement.objects.exclude(state__in=["cancelled", "returned"])
    sums = live.values("project", "project__number", "contract_amount").annotate(total=Sum("amount"))
    over = [f"{row['project__number']}: {row['total']}" for row in sums.filter(total__gt=F("contract_amount"))]
    ended = Q(disbursements__state__in=["cancelled", "returned"])
    twice = Instalment.objects.annotate(n=Count("disbursements", filter=~ended))
    return over + _labels(twice.filter(n__gt=1), "{}：重复拨付")


@check("two-persons", "拨付、合同、佐证、名单、结论均由不同的人经办和确认")
def two_persons():
    """Maker equals checker anywhere."""
    return (
        _labels(Disbursement.objects.filter(Q(paid_by=F("ordered_by")) | Q(approved_by=F("ordered_by"))))
        + _labels(SurplusReturn.objects.filter(recorded_by=F("ordered_by")))
        + _labels(Contract.objects.filter(confirmed_by=F("prepared_by")))
        + _labels(Evidence.objects.filter(verified_by=F("claimed_by")))
        + _labels(Proposal.objects.filter(Q(confirmed_by=F("proposed_by")) | Q(approved_by=F("confirmed_by"))))
        + _labels(Clawback.objects.filter(decided_by=F("opened_by")))
    )


@check("reversals", "冲销行与原行同项目、金额相反")
def reversals():
    """Reversal lines of another project or another amount."""
    rows = LedgerLine.objects.filter(reverses__isnull=False)
    return _labels(rows.exclude(project=F("reverses__project"))) + _labels(rows.exclude(amount=-F("reverses__amount")))


@check("grant-spending", "专项支出不超过已拨付金额（12、15）")
def grant_spending():
    """Projects that spent more grant money than was paid to them."""
    paid = dict(
        Disbursement.objects.filter(state__in=["paid", "received"]).values_list("project").annotate(total=Sum("amount"))
    )
    spent = LedgerLine.objects.filter(source="grant").values_list("project", "project__number")
    return [
        f"{number}: {total} > {paid.get(pk, ZERO)}"
        for pk, number, total in spent.annotate(total=Sum("amount"))
        if total > paid.get(pk, ZERO)
    ]


@check("every-line-checked", "每行明细账都有禁列核查结果（14）")
def every_line_checked():
    """Ledger lines without a finding."""
    return _labels(LedgerLine.objects.filter(findings__isnull=True))


@check("closed-months", "已结账月份的分录数和金额与结账时相同（15）")
def closed_months():
    """Closed months whose lines do not sum to what was closed."""
    own = LedgerLine.objects.filter(
        project=OuterRef("project"), voucher_date__gte=OuterRef("first_day"), voucher_date__lte=OuterRef("last_day")
    )
    own = own.order_by().values("project")
    months = MonthClosing.objects.filter(reopened_at__isnull=True).annotate(
        lines=Coalesce(Subquery(own.annotate(n=Count("pk")).values("n")), 0),
        grant=Coalesce(Subquery(own.filter(source="grant").annotate(n=Sum("amount")).values("n")), ZERO),
        matching=Coalesce(Subquery(own.filter(source="matching").annotate(n=Sum("amount")).values("n")), ZERO),
    )
    kept = {"lines": F("line_count"), "grant": F("grant_total"), "matching": F("matching_total")}
    return [f"{row.project_id} {row}" for row in months.exclude(**kept)]


@check("imports-whole", "导入批次的行数与明细账一致（15）")
def imports_whole():
    """Imports of which not every row stands in the ledger."""
    return _labels(LedgerImport.objects.annotate(booked=Count("lines")).exclude(booked=F("row_count")))


@check("clawback-within-paid", "追回金额不超过净拨付，依据行只追一次（17）")
def clawback_within_paid():
    """Cases above the money paid, repaid above the case, or lines claimed twice."""
    over = Clawback.objects.filter(amount__gt=F("net_paid"))
    repaid = Repayment.objects.values("clawback", "clawback__amount").annotate(total=Sum("amount"))
    twice = ClawbackLine.objects.filter(active=True).values("line").annotate(n=Count("pk")).filter(n__gt=1)
    return (
        _labels(over)
        + [f"clawback {row['clawback']}" for row in repaid.filter(total__gt=F("clawback__amount"))]
        + [f"line {row['line']}" for row in twice]
    )


CHECKS += [Check(*values) for values in invariants_money.CHECKS]


@check("evidence-once", "同一事实、同一文件只计入一次（10）")
def evidence_once():
    """Verified evidence with the same key counted twice."""
    rows = Evidence.objects.filter(state="verified").exclude(unique_key="").values("kpi_code", "unique_key")
    return [f"{row['kpi_code']} {row['unique_key']}" for row in rows.annotate(n=Count("pk")).filter(n__gt=1)]


@check("score-sheets", "已提交评分表总分等于分项之和，且只属于有效席位（8(2)）")
def score_sheets():
    """Locked sheets whose total is not the sum of points, or submitted seats without a locked sheet."""
    sums = ScoreSheet.objects.filter(locked=True).annotate(points=Sum("entries__points"))
    unlocked = Assignment.objects.filter(state="submitted").exclude(sheet__locked=True)
    return _labels(sums.exclude(points=F("total"))) + _labels(unlocked, "{}：未锁定")


@check("conclusion-state", "已通过验收的项目都有已下达的结论（11）")
def conclusion_state():
    """Accepted projects without an issued conclusion."""
    accepted = Project.objects.filter(state__in=["accepted", "accepted_after", "failed"])
    return _labels(accepted.exclude(conclusions__state="issued"))


@check("documents-ready", "已生成的文书都有文件和摘要")
def documents_ready():
    """Ready documents without a file of the same digest."""
    ready = Document.objects.filter(state="ready")
    return _labels(ready.filter(file__isnull=True)) + _labels(ready.exclude(file__sha256=F("sha256")))


@check("event-chain", "操作日志哈希链连续")
def event_chain():
    """The chain of events is broken."""
    broken = events.first_break()
    return [f"event {broken[0]}: {broken[1]}"] if broken else []


@check("demo-data", "正式环境的数据库没有装载过演示数据")
def demo_data():
    """Demo data, outside the demo."""
    return [] if settings.DEMO else _labels(traces())
