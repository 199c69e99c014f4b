"""What a call's settings must agree with: each other and the measures (4, 8, 11, 12, 16); all faults at once."""

from portal import editions
from portal.errors import Invalid
from portal.measures.articles import article_label
from portal.measures.edition import EditionError
from portal.measures.findings import Finding, block

CONDITIONS = ("contract_effective", "acceptance_passed")


def edition_of(code):
    """The edition of the measures, or Invalid with the years there are."""
    try:
        return editions.edition(code)
    except EditionError as error:
        raise Invalid(str(error), findings=[block(str(error), "edition")]) from error


def check(call) -> None:
    """Refuse (Invalid) settings that contradict each other or the measures; a finding each, subject = column."""
    found = contradictions(call)
    if found:
        articles = "、".join(dict.fromkeys(item.article for item in found))
        raise Invalid("".join(item.message for item in found), article=articles, findings=found)


def contradictions(call) -> list[Finding]:
    """Everything that is wrong with the settings, in the order of the form."""
    year = edition_of(call.edition)
    line = year.acceptance
    found = []
    if call.closes_at <= call.opens_at:
        found.append(block("申报截止时间应晚于开始时间。", "closes_at", article="8(1)"))
    if call.execution_end <= call.execution_start:
        found.append(block("执行期止应晚于执行期起。", "execution_end", article="16"))
    if call.fixed_grant <= 0:
        found.append(block("定额支持金额应大于 0。", "fixed_grant", article="4"))
    if call.number_of_grants < 1:
        found.append(block("拟支持项目数应大于 0。", "number_of_grants", article="4"))
    for name in ("notice_working_days", "supplement_days", "experts_per_application"):
        if getattr(call, name) < 1:
            label = call._meta.get_field(name).verbose_name
            found.append(block(f"“{label}”至少为 1。", name, article="8"))
    if not line.pass_line_min <= call.acceptance_pass_line <= line.pass_line_max:
        text = f"验收合格线应在 {line.pass_line_min} 至 {line.pass_line_max} 分之间。"
        found.append(block(text, "acceptance_pass_line", article="11"))
    found += _instalments(call.instalment_plan)
    found += _scheme("立项评分表", "selection_scheme", call.selection_scheme, "8(2)")
    return found + _scheme("验收评分表", "acceptance_scheme", call.acceptance_scheme, "11")


def _instalments(plan) -> list[Finding]:
    found = []
    total = sum(item["ratio"] for item in plan)
    if total != 100 or any(item["ratio"] <= 0 for item in plan):
        text = f"拨付计划各期比例应为正数，合计 100%，现在合计 {total}%。"
        found.append(block(text, "instalment_plan", article="12"))
    if any(item["condition"] not in CONDITIONS for item in plan):
        found.append(block("拨付条件只有“合同生效”和“验收通过”。", "instalment_plan", article="12"))
    return found


def _scheme(label: str, column: str, scheme: dict, article: str) -> list[Finding]:
    criteria = scheme.get("criteria") or []
    codes = [item["code"] for item in criteria]
    total = sum(item["maximum"] for item in criteria)
    found = []
    if total != 100:
        text = f"{label}各项满分合计应为 100 分，现在合计 {total} 分。"
        found.append(block(text, column, article=article))
    if len(set(codes)) != len(codes):
        found.append(block(f"{label}有两项代码相同。", column, article=article))
    if scheme.get("tie_break") not in codes:
        found.append(block(f"{label}须指定一项为同分比较项。", column, article=article))
    return found


def sentence(found: Finding) -> str:
    """The fact with its article, as the form shows it."""
    return f"{found.message}（办法{article_label(found.article)}）" if found.article else found.message
