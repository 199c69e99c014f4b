"""What must hold across an edition beyond the types of its keys."""

from collections.abc import Iterable, Iterator

from portal.measures.edition_schema import Edition, ScoreScheme

KPI_KINDS = frozenset({"membership", "transfer", "document", "map", "event", "text"})
CONDITIONS = frozenset({"contract_effective", "acceptance_passed"})
MODES = frozenset({"automatic", "data", "manual"})
AGGREGATIONS = frozenset({"mean", "trimmed_mean", "median"})
_HUNDRED = 100


def problems_of(edition: Edition) -> Iterator[str]:
    """Yield a Chinese sentence for each contradiction in an edition."""
    yield from _repeated_codes(edition)
    yield from _target_problems(edition)
    yield from _budget_problems(edition)
    yield from _money_problems(edition)
    yield from _execution_problems(edition)
    yield from _review_problems(edition)
    yield from _number_problems(edition)


def _repeated_codes(edition: Edition) -> Iterator[str]:
    lists: dict[str, Iterable[str]] = {
        "fields": (item.code for item in edition.fields),
        "districts": (item.code for item in edition.districts),
        "directions": (item.code for item in edition.directions),
        "sections": (item.code for item in edition.sections),
        "kpis": (item.code for item in edition.kpis),
        "budget_categories": (item.code for item in edition.budget_categories),
        "attachments": (item.code for item in edition.attachments),
        "formality": (item.code for item in edition.formality),
        "acceptance.package": (item.code for item in edition.acceptance.package),
    }
    for place, codes in lists.items():
        seen = list(codes)
        if not seen:
            yield f"{place}：不能为空。"
        for code in sorted({code for code in seen if seen.count(code) > 1}):
            yield f"{place}：代码 {code} 重复。"


def _target_problems(edition: Edition) -> Iterator[str]:
    if edition.application_cap < 1:
        yield "application_cap：须不少于 1。"
    for kpi in edition.kpis:
        if kpi.kind not in KPI_KINDS:
            yield f"kpis.{kpi.code}.kind：{kpi.kind} 不在 {'、'.join(sorted(KPI_KINDS))} 之中。"
        if kpi.floor < 1:
            yield f"kpis.{kpi.code}.floor：须不少于 1。"
        if kpi.kind == "map" and not kpi.options:
            yield f"kpis.{kpi.code}.options：图谱类指标须列出可选类型。"


def _budget_problems(edition: Edition) -> Iterator[str]:
    known = {item.code for item in edition.directions}
    for category in edition.budget_categories:
        for direction in category.directions:
            if direction not in known:
                yield f"budget_categories.{category.code}.directions：{direction} 不在 directions 之中。"
    for rule in edition.formality:
        if rule.mode not in MODES:
            yield f"formality.{rule.code}.mode：{rule.mode} 不在 {'、'.join(sorted(MODES))} 之中。"


def _money_problems(edition: Edition) -> Iterator[str]:
    if sum(item.ratio for item in edition.instalments) != _HUNDRED:
        yield "instalments：各期比例之和须为 100。"
    if [item.number for item in edition.instalments] != list(range(1, len(edition.instalments) + 1)):
        yield "instalments：期次须从 1 起连续编号。"
    for item in edition.instalments:
        if item.condition not in CONDITIONS or item.ratio < 1:
            yield f"instalments[{item.number}]：条件须为 {'、'.join(sorted(CONDITIONS))} 之一，比例须为正数。"


def _execution_problems(edition: Edition) -> Iterator[str]:
    budget = edition.budget
    if not 0 <= budget.free_percent <= _HUNDRED or budget.return_days < 1 or budget.category_alert < 1:
        yield "budget：free_percent 须在 0 与 100 之间，其余须为正数。"
    times = [alert.time for alert in budget.alerts]
    if times != sorted(set(times)) or any(not 0 < alert.time <= _HUNDRED for alert in budget.alerts):
        yield "budget.alerts：time 须从小到大，在 1 与 100 之间。"
    if any(not 0 < alert.rate <= _HUNDRED for alert in budget.alerts):
        yield "budget.alerts：rate 须在 1 与 100 之间。"


def _review_problems(edition: Edition) -> Iterator[str]:
    if edition.review.aggregation not in AGGREGATIONS:
        yield f"review.aggregation：须为 {'、'.join(sorted(AGGREGATIONS))} 之一。"
    if not 1 <= edition.review.quorum <= edition.review.experts_per_application:
        yield "review.quorum：须在 1 与 experts_per_application 之间。"
    acceptance = edition.acceptance
    if not 0 < acceptance.pass_line_min <= acceptance.pass_line <= acceptance.pass_line_max <= _HUNDRED:
        yield "acceptance.pass_line：须在 pass_line_min 与 pass_line_max 之间。"
    ratios = [band.from_ratio for band in edition.bands]
    if not ratios or ratios != sorted(ratios, reverse=True) or ratios[-1] != 0:
        yield "bands：须从高到低排列，最后一档从 0 开始。"
    yield from _scheme_problems(edition.selection)
    yield from _scheme_problems(edition.evaluation)
    yield from (f"periods.{name}：须不少于 1。" for name, days in vars(edition.periods).items() if days < 1)


def _scheme_problems(scheme: ScoreScheme) -> Iterator[str]:
    codes = [criterion.code for criterion in scheme.criteria]
    if len(set(codes)) != len(codes):
        yield f"{scheme.code}.criteria：代码重复。"
    if scheme.tie_break not in codes:
        yield f"{scheme.code}.tie_break：{scheme.tie_break} 不是评分指标。"
    if sum(criterion.maximum for criterion in scheme.criteria) != _HUNDRED:
        yield f"{scheme.code}.criteria：各指标满分之和须为 100。"
    if any(criterion.maximum < 1 for criterion in scheme.criteria):
        yield f"{scheme.code}.criteria：满分须为正数。"


def _number_problems(edition: Edition) -> Iterator[str]:
    for place, pattern in (("project", edition.numbers.project), ("document", edition.numbers.document)):
        try:
            first, second = (pattern.format(year=edition.year, seq=sequence) for sequence in (1, 2))
        except (KeyError, IndexError, ValueError):
            yield f"numbers.{place}：只能使用 {{year}} 和 {{seq}}。"
            continue
        if first == second:
            yield f"numbers.{place}：须包含 {{seq}}。"
