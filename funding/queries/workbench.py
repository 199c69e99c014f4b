"""The workbench of the ban check: the queue of undecided lines, all that stands beside a line, and statistics (14)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db.models import Count, Exists, F, Max, Min, OuterRef, Q, QuerySet
from django.utils import timezone

from funding.models import BanDecision, BanFinding, LedgerLine, LineAnswer
from funding.queries.answers import answers_of, with_answered
from funding.queries.money import total
from funding.states import Verdict
from portal.measures.highlight import Part, highlight
from portal.measures.normalise import normalise
from portal.measures.rmb import format_money, round_fen

OLD_DAYS = 30
CANDIDATES = 200
SHOWN = 6
TEXTS = ("project", "unit", "text")


def queue(user, wanted: dict[str, Any]) -> QuerySet:
    """Lines of the workbench that the user may see, oldest first.

    `wanted`: state (open|decided|all), project, unit, text, clause, verdict, low and high (元), age (days), answered.
    """
    rows = LedgerLine.objects.visible_to(user)
    rows = {"decided": _decided(rows), "all": rows.standing()}.get(wanted.get("state", ""), rows.undecided())
    rows = with_answered(rows)
    for name, condition in _conditions(wanted).items():
        if wanted.get(name) not in (None, ""):
            rows = rows.filter(condition)
    return rows.order_by("id")


def _decided(rows: QuerySet) -> QuerySet:
    clear = BanDecision.objects.filter(line=OuterRef("pk")).exclude(verdict=Verdict.NEEDS_REVIEW)
    return rows.standing().filter(Exists(clear)).exclude(verdict=Verdict.NEEDS_REVIEW)


def _conditions(wanted: dict[str, Any]) -> dict[str, Q]:
    project, unit, text = (str(wanted.get(name) or "").strip() for name in TEXTS)
    found = Q(summary__icontains=text) | Q(payee__icontains=text) | Q(voucher_no__icontains=text)
    days = int(wanted.get("age") or 0)
    return {
        "project": Q(project__number__icontains=project) | Q(project__title__icontains=project),
        "unit": Q(project__lead_unit__name__icontains=unit),
        "text": found | Q(invoice_no__icontains=text),
        "clause": Q(article_item=wanted.get("clause")),
        "verdict": Q(verdict=wanted.get("verdict")),
        "low": Q(amount__gte=wanted.get("low")),
        "high": Q(amount__lte=wanted.get("high")),
        "age": Q(entered_at__lt=timezone.now() - timedelta(days=days)),
        "answered": Q(answered=wanted.get("answered") == "yes"),
    }


def place_in(rows: QuerySet, pk: int) -> dict[str, int | None]:
    """Where a line stands in the queue: total, before, previous, next, in one query."""
    return rows.order_by().aggregate(
        total=Count("pk"),
        before=Count("pk", filter=Q(pk__lt=pk)),
        previous=Max("pk", filter=Q(pk__lt=pk)),
        next=Min("pk", filter=Q(pk__gt=pk)),
    )


def counters(user) -> list[dict]:
    """Tiles over the queue: open, answered by the unit, proposed as banned, old, and what the person decided today."""
    now = timezone.now()
    rows = LedgerLine.objects.visible_to(user).undecided().order_by()
    answered = with_answered(rows).filter(answered=True).count()
    sums = rows.aggregate(
        open=Count("pk"),
        sum=total(),
        banned=Count("pk", filter=Q(verdict=Verdict.BANNED)),
        old=Count("pk", filter=Q(entered_at__lt=now - timedelta(days=OLD_DAYS))),
    )
    today = BanDecision.objects.filter(decided_by=user, decided_at__date=timezone.localdate()).count()
    return [
        {"label": "待认定", "value": sums["open"], "hint": format_money(round_fen(sums["sum"])), "url": "?"},
        {"label": "单位已答复", "value": answered, "hint": "可以认定", "url": "?answered=yes"},
        {"label": "提示禁列", "value": sums["banned"], "hint": "还没有人认定", "url": "?verdict=banned"},
        {
            "label": f"超过 {OLD_DAYS} 天",
            "value": sums["old"],
            "hint": "登记后未认定",
            "url": f"?age={OLD_DAYS}",
            "tone": "warn" if sums["old"] else "",
        },
        {"label": "我今天认定", "value": today, "hint": "条"},
    ]


@dataclass(frozen=True)
class Beside:
    """All that stands beside a line: what was found and answered, decided before and elsewhere, and its neighbours."""

    findings: list[BanFinding]
    decisions: list[BanDecision]
    answers: list[LineAnswer]
    similar: list[dict] = field(default_factory=list)
    neighbours: list[LedgerLine] = field(default_factory=list)
    marked: dict[str, list[Part]] = field(default_factory=dict)

    @property
    def finding(self) -> BanFinding | None:
        """The newest finding."""
        return self.findings[0] if self.findings else None


def beside(line: LedgerLine, user) -> Beside:
    """Everything a person needs to decide `line`, in seven queries whatever its history."""
    findings = list(line.findings.order_by("-id")[:SHOWN])
    evidence = findings[0].evidence if findings else []
    marked = {
        name: highlight(getattr(line, name), [item["text"] for item in evidence if item["where"] == where])
        for name, where in (("summary", "摘要"), ("account", "科目"), ("payee", "收款方"))
    }
    return Beside(
        findings=findings,
        decisions=list(line.decisions.select_related("decided_by").order_by("-id")),
        answers=answers_of(line),
        similar=similar_decisions(line, findings[0] if findings else None, user),
        neighbours=neighbours(line, user),
        marked=marked,
    )


def similar_decisions(line: LedgerLine, finding: BanFinding | None, user) -> list[dict]:
    """Past decisions about lines of the same payee, the same entry of the lexicon or a like summary, the likest first.

    One query over at most CANDIDATES decisions; rows {decision, why, likeness in percent}.
    """
    payee, summary = normalise(line.payee)[:240], normalise(line.summary)[:400]
    entry = finding.evidence[0]["entry"] if finding and finding.evidence else ""
    like = Q(summary_key=summary) | Q(summary_key__startswith=summary[:4])
    like |= Q(payee_key=payee) if payee else Q()
    like |= Q(entry=entry) if entry else Q()
    rows = BanDecision.objects.filter(like, line__in=LedgerLine.objects.visible_to(user)).exclude(line=line)
    rows = rows.exclude(verdict=Verdict.NEEDS_REVIEW).select_related("line__project", "decided_by")
    found = [_likeness(row, payee, summary, entry) for row in rows.order_by("-id")[:CANDIDATES]]
    return sorted(found, key=lambda row: (-row["likeness"], -row["decision"].pk))[:SHOWN]


def _likeness(row: BanDecision, payee: str, summary: str, entry: str) -> dict:
    share = _share(summary, row.summary_key)
    why = ["同一收款方"] * bool(payee and row.payee_key == payee)
    why += ["同一词条"] * bool(entry and row.entry == entry)
    why += ["摘要相近"] * (share >= 0.5)
    return {"decision": row, "why": why, "likeness": round(100 * (0.6 * share + 0.2 * len(why[:2])))}


def _share(one: str, other: str) -> float:
    """Likeness of two texts by their pairs of characters, 0 to 1 (Jaccard)."""
    left, right = ({text[i : i + 2] for i in range(len(text) - 1)} or {text} for text in (one, other))
    return len(left & right) / len(left | right)


def neighbours(line: LedgerLine, user) -> list[LedgerLine]:
    """Other lines of the same invoice (any project) or of the same payee in this project, newest first; one query."""
    same = Q(invoice_no=line.invoice_no) if line.invoice_no else Q()
    if line.payee:
        same |= Q(project=line.project_id, payee=line.payee)
    same |= Q(project=line.project_id, voucher_no=line.voucher_no)
    rows = LedgerLine.objects.visible_to(user).filter(same).exclude(pk=line.pk)
    return list(rows.select_related("project").with_reversed().order_by("-voucher_date", "-id")[: 2 * SHOWN])


def choosable(user, keys: Sequence[int]) -> list[LedgerLine]:
    """Lines for a bulk decision with their newest finding's verdict, oldest first."""
    rows = with_answered(LedgerLine.objects.visible_to(user).standing().filter(pk__in=keys))
    return list(rows.select_related("project__lead_unit", "project__call").order_by("id"))


def statistics(user) -> dict[str, list[dict]]:
    """Per clause and per unit: lines held or banned by check or person, decided, open, overturned; two queries.

    A line counts under the clause that the check (or, once decided, the person) names; overturned is a decision that
    says otherwise than the check did.
    """
    lines = LedgerLine.objects.visible_to(user).standing()
    decided = BanDecision.objects.filter(line=OuterRef("pk")).exclude(verdict=Verdict.NEEDS_REVIEW)
    overturned = decided.exclude(proposed="").exclude(proposed=Verdict.NEEDS_REVIEW).exclude(verdict=F("proposed"))
    rows = lines.annotate(is_decided=Exists(decided), is_overturned=Exists(overturned))
    rows = rows.filter(~Q(verdict=Verdict.ALLOWED) | Q(is_decided=True))
    clauses = rows.order_by().values("article_item").annotate(**_figures()).order_by("article_item")
    units = rows.order_by().values("project__lead_unit__name").annotate(**_figures()).order_by("-open", "-number")
    return {"clauses": [_to_fen(row) for row in clauses], "units": [_to_fen(row) for row in units]}


def _to_fen(row: dict) -> dict:
    """SQLite adds decimals as floating numbers with zeros behind."""
    return row | {name: round_fen(row[name]) for name in ("sum", "open_amount")}


def _figures() -> dict:
    is_open = Q(verdict=Verdict.NEEDS_REVIEW) | Q(verdict=Verdict.BANNED, is_decided=False)
    return {
        "number": Count("pk"),
        "sum": total(),
        "open": Count("pk", filter=is_open),
        "open_amount": total(filter=is_open),
        "decided": Count("pk", filter=Q(is_decided=True) & ~Q(verdict=Verdict.NEEDS_REVIEW)),
        "banned": Count("pk", filter=Q(is_decided=True, verdict=Verdict.BANNED)),
        "allowed": Count("pk", filter=Q(is_decided=True, verdict=Verdict.ALLOWED)),
        "overturned": Count("pk", filter=Q(is_overturned=True)),
    }


STATISTICS_COLUMNS = (
    "笔数", "金额（元）", "待认定笔数", "待认定金额（元）", "已认定笔数", "其中禁列", "其中可列支", "推翻核查结论",
)  # fmt: skip
KEYS = ("number", "sum", "open", "open_amount", "decided", "banned", "allowed", "overturned")
