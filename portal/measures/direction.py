"""The budget plan: fixed grant (4), balance, directions (13), banned spending (14) and onward transfer (17)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from portal.measures.articles import article_label, article_number
from portal.measures.edition_schema import Edition
from portal.measures.findings import Finding, ask, block, gap, rule, run_rules
from portal.measures.rmb import format_money, is_positive_money, round_fen

GRANT = "grant"
_ZERO = Decimal("0.00")


@dataclass(frozen=True)
class SourceLine:
    """Money coming in: kind "grant" or any kind of matching, amount in 元."""

    kind: str
    amount: Decimal


@dataclass(frozen=True)
class BudgetLine:
    """A planned spending; amounts in 元, quantity x unit price x times is its costing basis.

    `verdict` (allowed, banned, needs-review), its article and reason come from the ban check of the line's text;
    None means that the check has not run.
    """

    category: str
    direction: str
    source: str
    amount: Decimal
    quantity: Decimal | None = None
    unit_price: Decimal | None = None
    times: Decimal | None = None
    note: str = ""
    verdict: str | None = None
    verdict_article: str = ""
    verdict_reason: str = ""


@dataclass(frozen=True)
class BudgetFacts:
    """The budget of one application version with the call's fixed grant in 元."""

    fixed_grant: Decimal
    sources: tuple[SourceLine, ...]
    lines: tuple[BudgetLine, ...]


@rule("4")
def grant_as_fixed(facts: BudgetFacts, _edition: Edition) -> Iterator[Finding]:
    """The grant asked for and planned is exactly the fixed grant of the call."""
    asked = sum((source.amount for source in facts.sources if source.kind == GRANT), _ZERO)
    planned = sum((line.amount for line in facts.lines if line.source == GRANT), _ZERO)
    for what, amount in (("来源中的市科协支持经费", asked), ("支出中使用的市科协支持经费", planned)):
        if amount != facts.fixed_grant:
            yield _short_or_wrong(amount < facts.fixed_grant)(
                f"{what}合计 {format_money(amount)}，与本次申报的定额 {format_money(facts.fixed_grant)} 不符。"
                "办法第四条规定实行定额支持。",
                "budget",
                "请调整使二者一致。",
            )


@rule("15", "4")
def budget_balances(facts: BudgetFacts, _edition: Edition) -> Iterator[Finding]:
    """There is spending, and sources equal it to the fen."""
    income = sum((source.amount for source in facts.sources), _ZERO)
    spending = sum((line.amount for line in facts.lines), _ZERO)
    if not facts.lines:
        yield gap("经费预算没有支出明细。", "budget", "请逐项填写支出。")
    elif income != spending:
        yield _short_or_wrong(spending < income)(
            f"经费来源合计 {format_money(income)}，支出合计 {format_money(spending)}，"
            f"相差 {format_money(abs(income - spending))}。",
            "budget",
            "请调整使来源与支出相等。",
        )


@rule("7(2)", "15")
def amounts_are_costed(facts: BudgetFacts, _edition: Edition) -> Iterator[Finding]:
    """Amounts are positive, in whole fen, and equal their costing basis."""
    for place, line in _numbered(facts):
        basis = (line.quantity, line.unit_price, line.times)
        if not is_positive_money(line.amount):
            yield block("支出金额须为正数，最多两位小数。", f"{place}.unit_price", "请更正金额。")
        elif any(part is None or part <= 0 for part in basis):
            yield block("测算依据（数量、单价、次数）须全部填写且为正数。", f"{place}.unit_price", "请补充测算依据。")
        elif line.amount != _product(basis):
            total = format_money(_product(basis))
            message = f"金额 {format_money(line.amount)} 与测算依据之积 {total} 不符。"
            yield block(message, f"{place}.unit_price", "请核对数量、单价和次数。")
    for position, source in enumerate(facts.sources, start=1):
        if not is_positive_money(source.amount):
            yield block("来源金额须为正数，最多两位小数。", f"source.{position}", "请更正金额。")


@rule("13")
def direction_allowed(facts: BudgetFacts, edition: Edition) -> Iterator[Finding]:
    """Every grant line serves a direction of article 13, in a category that can serve it."""
    directions = {item.code: item.name for item in edition.directions}
    categories = {item.code: item for item in edition.budget_categories}
    for place, line in _numbered(facts):
        category = categories.get(line.category)
        if category is None:
            yield gap("没有选择预算科目。", f"{place}.category", "请从列表中选择科目。")
            continue
        if category.needs_note and not line.note.strip():
            yield gap(f"“{category.name}”须说明用途。", f"{place}.note", "请填写说明。")
        if line.source != GRANT:
            continue
        if line.direction not in directions:
            names = "、".join(directions.values())
            message = f"没有选择经费方向。办法第十三条规定支持经费用于{names}。"
            yield gap(message, f"{place}.direction", "请选择其中一个方向。")
        elif category.directions and line.direction not in category.directions:
            fitting = "、".join(directions[code] for code in category.directions)
            yield block(
                f"“{category.name}”不能用于“{directions[line.direction]}”方向。",
                f"{place}.direction",
                f"该科目可用于{fitting}；请更改方向或科目。",
            )


@rule("14", "17(5)", "17(7)")
def no_banned_spending(facts: BudgetFacts, _edition: Edition) -> Iterator[Finding]:
    """Banned grant lines are refused, doubtful or unchecked ones put to a person; transfers from any source."""
    for place, line in _numbered(facts):
        article = line.verdict_article or "14"
        if line.source != GRANT and line.verdict is not None and article_number(article) != _TRANSFER_ARTICLE:
            continue
        if line.verdict == "banned":
            reason = line.verdict_reason or f"办法{article_label(article)}不允许列支。"
            yield block(reason, place, "请删除该项，或改列为允许的支出。", article)
        elif line.verdict == "needs-review":
            reason = line.verdict_reason or f"可能涉及办法{article_label(article)}。"
            yield ask(reason, place, "请补充说明，由管理单位形式审查时认定。", article)
        elif line.verdict != "allowed":
            yield ask("该项支出尚未经过禁列检查。", place, "请保存后重新检查。", "14")


_TRANSFER_ARTICLE = 17
BUDGET_RULES = (grant_as_fixed, budget_balances, amounts_are_costed, direction_allowed, no_banned_spending)


def check_budget(facts: BudgetFacts, edition: Edition) -> tuple[Finding, ...]:
    """Run every check of the budget plan."""
    return run_rules(BUDGET_RULES, facts, edition)


def _numbered(facts: BudgetFacts) -> Iterator[tuple[str, BudgetLine]]:
    return ((f"budget.{position}", line) for position, line in enumerate(facts.lines, start=1))


def _short_or_wrong(is_short: bool) -> Callable[..., Finding]:
    """A plan that is still below its sum is unfinished, one above it is wrong; both are refused."""
    return gap if is_short else block


def _product(parts: tuple[Decimal | None, ...]) -> Decimal:
    total = Decimal(1)
    for part in parts:
        total *= part or 0
    return round_fen(total)
