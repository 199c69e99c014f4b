"""Who may submit, and when: articles 5(1)1, 8(1), 11, 17 and 20."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from portal.measures.edition_schema import Edition
from portal.measures.findings import Finding, Severity, block, rule, run_rules
from portal.measures.workdays import datetime_cn

_COUNT_WORDS = ("零", "一", "两", "三", "四", "五", "六", "七", "八", "九", "十")


@dataclass(frozen=True)
class ApplicantFacts:
    """The unit and the call at the moment of submitting; moments are aware, closes_at is an exclusive bound.

    `counted_numbers` are the numbers of the unit's other live submitted applications in this call; `qualification` is
    "valid", "rectifying", "revoked" or None when the consortium has no record on that day.
    """

    now: datetime
    call_published: bool
    opens_at: datetime | None
    closes_at: datetime | None
    unit_name: str
    leads_consortium: bool
    consortium_name: str
    qualification: str | None
    counted_numbers: tuple[str, ...] | None
    open_clawbacks: tuple[str, ...] | None
    overdue_acceptances: tuple[str, ...] | None


@rule("5(1)1", needs={"counted_numbers": "本单位已提交项目的记录"}, missing=Severity.BLOCK)
def application_cap(facts: ApplicantFacts, edition: Edition) -> Iterator[Finding]:
    """A unit submits at most the capped number of applications in one call."""
    numbers = facts.counted_numbers or ()
    if len(numbers) >= edition.application_cap:
        yield block(
            f"不能提交：本单位今年已提交 {len(numbers)} 个项目（{short_list(numbers)}）。"
            f"办法第五条（一）1 规定每个申报主体最多申报{count_words(edition.application_cap)}个项目。",
            "unit",
            "可撤回其中一个后再提交。",
        )


@rule("5(1)1")
def lead_of_consortium(facts: ApplicantFacts, _edition: Edition) -> Iterator[Finding]:
    """Only the lead unit of a recognised consortium applies."""
    if not facts.leads_consortium:
        yield block(
            f"不能提交：{facts.unit_name or '本单位'}不是市科协支持建设的科创协同联合体的牵头单位。"
            "办法第五条（一）1 规定申报单位须为联合体牵头单位。",
            "consortium",
            "成员单位请由本联合体牵头单位申报；名录有误的，请联系管理单位更正。",
        )


@rule("20", "5(1)1")
def qualification_valid(facts: ApplicantFacts, _edition: Edition) -> Iterator[Finding]:
    """The consortium's qualification is valid on the day of submitting."""
    reasons = {
        "rectifying": ("正在整改", "整改复核通过后再申报。"),
        "revoked": ("的资格已被撤销", "资格恢复前不能申报；如有异议请联系管理单位。"),
        None: ("在申报日没有有效的资格记录", "请联系管理单位核对联合体名录。"),
    }
    if not facts.leads_consortium or facts.qualification == "valid":
        return
    reason, fix = reasons.get(facts.qualification, reasons[None])
    name = facts.consortium_name or "该联合体"
    yield block(
        f"不能提交：{name}{reason}。办法第二十条规定联合体须保持资格有效。",
        "consortium",
        fix,
    )


@rule("8(1)")
def call_published(facts: ApplicantFacts, _edition: Edition) -> Iterator[Finding]:
    """Applications follow a published call."""
    if not facts.call_published:
        yield _outside("管理单位尚未发布该申报通知", "请等待申报通知发布。")


@rule("8(1)", needs={"opens_at": "申报开始时间", "closes_at": "申报截止时间"}, missing=Severity.BLOCK)
def inside_window(facts: ApplicantFacts, _edition: Edition) -> Iterator[Finding]:
    """Submitting is possible from the opening of the call until just before its closing bound."""
    if facts.opens_at is None or facts.closes_at is None:
        return
    if facts.now < facts.opens_at:
        yield _outside(f"申报尚未开始，开始时间为{datetime_cn(facts.opens_at)}", "草稿已保存，可在开始后提交。")
    elif facts.now >= facts.closes_at:
        yield _outside(f"申报已于{datetime_cn(facts.closes_at)}截止", "草稿仍可查看，不能再提交。")


@rule("17", needs={"open_clawbacks": "资金追回记录"}, missing=Severity.BLOCK)
def no_open_clawback(facts: ApplicantFacts, _edition: Edition) -> Iterator[Finding]:
    """A unit with an unfinished clawback settles it first."""
    if facts.open_clawbacks:
        yield block(
            f"不能提交：本单位有尚未了结的资金追回（{short_list(facts.open_clawbacks)}）。"
            "办法第十七条规定的追回须先履行完毕。",
            "unit",
            "缴回资金并由中心财务核销后再提交。",
        )


@rule("11", needs={"overdue_acceptances": "以往项目的验收记录"}, missing=Severity.BLOCK)
def no_overdue_acceptance(facts: ApplicantFacts, _edition: Edition) -> Iterator[Finding]:
    """A unit whose earlier project is overdue for evaluation finishes that first."""
    if facts.overdue_acceptances:
        yield block(
            f"不能提交：本单位有逾期未验收的项目（{short_list(facts.overdue_acceptances)}）。"
            "办法第十一条规定执行期结束后须接受评价。",
            "unit",
            "提交验收材料并完成评价后再申报。",
        )


APPLICANT_RULES = (
    call_published,
    inside_window,
    lead_of_consortium,
    qualification_valid,
    application_cap,
    no_open_clawback,
    no_overdue_acceptance,
)


def check_applicant(facts: ApplicantFacts, edition: Edition) -> tuple[Finding, ...]:
    """Run every check of the applicant and the moment."""
    return run_rules(APPLICANT_RULES, facts, edition)


def short_list(numbers: Sequence[str]) -> str:
    """Join numbers, leaving out the part before the last hyphen where it repeats: A-0012、-0031."""
    parts: list[str] = []
    previous = None
    for number in numbers:
        head, hyphen, tail = number.rpartition("-")
        parts.append(f"{hyphen}{tail}" if hyphen and head == previous else number)
        previous = head
    return "、".join(parts)


def count_words(number: int) -> str:
    """Write a small count as people say it before a measure word: 2 -> 两."""
    return _COUNT_WORDS[number] if number < len(_COUNT_WORDS) else f" {number} "


def _outside(reason: str, fix: str) -> Finding:
    message = f"不能提交：{reason}。办法第八条（一）规定须按申报通知的要求申报。"
    return block(message, "call", fix)
