"""The ban check: is a line of spending allowed, banned, or for a person to decide (art. 13, 14, 17)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Literal

from portal.measures.lexicon import FIELDS, Entry, Lexicon, Text, Where
from portal.measures.normalise import bare
from portal.measures.spending_context import Reading, force_of, is_covered, is_excused, read_summary
from portal.measures.spending_patterns import Question, questions

Verdict = Literal["allowed", "banned", "needs-review"]
_CONTEST = re.compile(r"获奖|参赛|优胜|大赛|挑战赛|竞赛|外部|外单位|学生|选手|志愿")
# Money handed over as such, not paid for something.
_PASSING = re.compile(r"(?:转|划|下|分)?拨(?:付|款|给|至|入)|转拨|划转|转付|转移支付|调拨")
_BENEFIT = re.compile(r"奖|激励|津贴|补贴|补助|绩效|慰问|红包|酬谢|酬金")
# What the title of an event or product does not excuse: meetings of the unit itself, the party, gifts, passing on.
_OWN_AFFAIRS = frozenset({"doubt", "gift", "own"})
_LONG = 1000
_REMEMBERED = 200
_LINES_REMEMBERED = 8192


@dataclass(frozen=True, slots=True)
class ExpenseLine:
    """One line of a ledger as the check sees it; ``amount`` in 元, negative for a red entry."""

    summary: str
    account: str = ""
    payee: str = ""
    amount: Decimal = Decimal(0)
    source: Literal["grant", "matching"] = "grant"
    category: str = ""
    payee_is_member: bool = False
    payee_is_related: bool = False
    payee_is_staff: bool = False
    event_titles: frozenset[str] = frozenset()
    invoice: str = ""
    day: date | None = None
    label: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was seen where, and which entry of the lexicon saw it."""

    where: Where
    text: str
    entry_id: str


@dataclass(frozen=True, slots=True)
class SpendingVerdict:
    """The proposal of the machine; a person's decision with a reason is the record of truth."""

    verdict: Verdict
    article_item: str
    evidence: tuple[Evidence, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class _Hit:
    entry_id: str
    item: str
    strong: bool
    where: Where
    text: str
    reason: str
    rank: int
    yields: bool = False


_MEMORY: dict[tuple[object, ...], SpendingVerdict] = {}


def check_line(line: ExpenseLine, lexicon: Lexicon) -> SpendingVerdict:
    """Propose a verdict for one line; total on any text (art. 14; art. 17 also for matching funds)."""
    if len(line.summary) > _REMEMBERED or line.amount < 0:
        return _judge(line, lexicon)
    # Ledgers repeat their lines month by month, with other amounts, invoices and categories.
    key = (
        line.summary, line.account, line.payee, line.source, line.payee_is_member, line.payee_is_related,
        line.payee_is_staff, line.event_titles, lexicon,
    )  # fmt: skip
    verdict = _MEMORY.get(key)
    if verdict is None:
        if len(_MEMORY) >= _LINES_REMEMBERED:
            _MEMORY.clear()
        verdict = _MEMORY[key] = _judge(line, lexicon)
    # A line of a budget has no day: its costing basis is read by people, and no payee is known yet.
    if line.day and line.amount >= lexicon.limits.large and verdict.verdict == "allowed" and verdict.article_item:
        return _large(line, verdict, lexicon)
    return verdict


def _large(line: ExpenseLine, verdict: SpendingVerdict, lexicon: Lexicon) -> SpendingVerdict:
    """A large sum needs more than a word of a purpose: a brief summary or a missing payee is asked about (art. 13)."""
    is_brief = len(Text.of(line.summary).value) <= lexicon.limits.brief
    if not is_brief and line.payee.strip():
        return verdict
    what = "摘要过于简略" if is_brief else "没有写明收款方"
    seen = (*verdict.evidence, Evidence("金额", f"{line.amount:,.2f}", "large"))
    told = f"金额达到 {lexicon.limits.large:,.0f} 元而{what}，看不出用于第13条的哪一方向"
    return SpendingVerdict("needs-review", "14(6)", seen, _sentence(told, "14(6)", lexicon))


def _judge(line: ExpenseLine, lexicon: Lexicon) -> SpendingVerdict:
    reading = read_summary(line.summary, line.event_titles, lexicon)
    hits = _summary_hits(reading, lexicon)
    hits += _field_hits(line.account, "account", lexicon)
    hits += _field_hits(line.payee, "payee", lexicon)
    hits += _relation_hits(line, reading, hits)
    if line.source == "matching":
        hits = [hit for hit in hits if hit.item.startswith("17")]
        if not hits:
            return SpendingVerdict("allowed", "", (), "自筹配套资金不受第14条限制，未见第17条所列情形。")
    if reading.purposes:
        hits = [hit for hit in hits if not hit.yields]
    if reading.refund:
        # What comes back or is given back passes through accounts of balances; the payee says nothing of its use.
        hits = [hit for hit in hits if hit.where == "摘要" or hit.strong or _is_of_payee(hit)]
    if len(line.summary) > _LONG:
        hits.append(_Hit("long", "14(6)", False, "摘要", "摘要过长", "摘要超过一千字，无法完整核对", 999))
    return _decide(line, reading, sorted(hits, key=_precedence), lexicon)


def _is_of_payee(hit: _Hit) -> bool:
    return hit.where == "收款方" and hit.item.startswith("17")


def _precedence(hit: _Hit) -> tuple[int, int, int]:
    return (not hit.strong, hit.where != "摘要", hit.rank)


def _summary_hits(reading: Reading, lexicon: Lexicon) -> list[_Hit]:
    entries = lexicon.by_field["summary"]
    hits = [hit for entry in reading.candidates if (hit := _hit(entry, reading))]
    for quoted in reading.quoted:
        hits += _plain_hits(quoted, entries, "摘要", "引号内容含有禁列词语，需核实是否只是名称")
    for title in reading.titles:
        own = [entry for entry in entries if entry.topical in _OWN_AFFAIRS]
        hits += _plain_hits(title, own, "摘要", "名称像本单位自身事务，需核实")
    cut = bare(reading.text.value)
    if cut and not any(hit.strong for hit in hits):
        hits += _plain_hits(Text.plain(cut), entries, "摘要", "词语被符号隔开，疑似规避核对")
    return hits


def _plain_hits(text: Text, entries: Sequence[Entry], where: Where, reason: str) -> list[_Hit]:
    """Strong words found where they are not evidence by themselves: weak hits."""
    found = []
    for entry in entries:
        match = entry.phrases.search(text.value, text.letters) if entry.strong else None
        if match and not is_covered(match, entry.guards, text):
            found.append(_Hit(entry.id, entry.item, False, where, match.group(), reason, entry.rank))
    return found


def _hit(entry: Entry, reading: Reading) -> _Hit | None:
    """The first unguarded match of an entry in the summary, weakened or dropped by its context."""
    text = reading.text
    pattern = entry.phrases.pattern
    if not pattern.search(text.value) or is_excused(entry, reading):
        return None
    for match in pattern.finditer(text.value):
        if is_covered(match, entry.guards, text):
            continue
        force = force_of(entry, match, reading)
        if force != "void":
            strong = entry.strong and force == "full"
            return _Hit(entry.id, entry.item, strong, "摘要", match.group(), entry.reason, entry.rank, entry.yields)
    return None


@lru_cache(maxsize=4096)
def _field_hits(raw: str, name: str, lexicon: Lexicon) -> tuple[_Hit, ...]:
    text = Text.of(raw)
    hits = []
    for entry in lexicon.by_field[name]:
        match = entry.phrases.search(text.value, text.letters)
        if match and not is_covered(match, entry.guards, text):
            hits.append(
                _Hit(
                    entry.id,
                    entry.item,
                    entry.strong,
                    FIELDS[name],
                    match.group(),
                    entry.reason,
                    entry.rank,
                    entry.yields,
                )
            )
    return tuple(hits)


def _relation_hits(line: ExpenseLine, reading: Reading, hits: Sequence[_Hit]) -> list[_Hit]:
    """What the portal knows about the payee, beyond its name (17(5)(7), 14(1))."""
    found = []
    if line.payee_is_member or line.payee_is_related:
        passing = any(hit.entry_id in {"transfer.member", "petty"} for hit in hits)
        passing = passing or (not reading.purposes and bool(_PASSING.search(reading.text.value)))
        text = "联合体成员单位" if line.payee_is_member else "关联单位"
        why = "收款方是成员或关联单位" + ("且没有采购服务" if passing else "，需核对合同和定价")
        found.append(_Hit("relation.unit", "17(5)(7)", passing, "收款方", text, why, 0))
    if line.payee_is_staff:
        found.append(_Hit("relation.staff", "14(1)", False, "收款方", "本单位人员", "收款人是本单位人员", 500))
    if line.payee_is_staff or any(hit.entry_id == "payee.people" for hit in hits):
        found += [
            replace(hit, strong=True, reason="奖金、补贴发给本单位人员")
            for hit in hits
            if hit.entry_id == "pay" and _BENEFIT.search(hit.text) and not _CONTEST.search(reading.text.value)
        ]
    return found


def _decide(line: ExpenseLine, reading: Reading, hits: list[_Hit], lexicon: Lexicon) -> SpendingVerdict:
    reversal = reading.reversal or (line.amount < 0 and not reading.refund)
    evidence = tuple(Evidence(hit.where, hit.text, hit.entry_id) for hit in hits)
    if reversal:
        item = hits[0].item if hits else "13"
        told = "红字或冲销行，须与原凭证配对后判断净额"
        return SpendingVerdict("needs-review", item, evidence or _amount(line), _sentence(told, item, lexicon))
    if not hits:
        return _clean(reading, lexicon)
    first = hits[0]
    seen = f"{first.where}中有“{first.text}”，{first.reason}"
    if not first.strong:
        return SpendingVerdict("needs-review", first.item, evidence, _sentence(f"需核实：{seen}", first.item, lexicon))
    if first.where != "摘要" and _explained(reading, hits):
        told = f"{seen}，但摘要写明的是项目用途，两者不一致，需核实"
        return SpendingVerdict("needs-review", first.item, evidence, _sentence(told, first.item, lexicon))
    return SpendingVerdict("banned", first.item, evidence, _sentence(seen, first.item, lexicon))


def _explained(reading: Reading, hits: Sequence[_Hit]) -> bool:
    """A banned account is only doubted when the summary names a purpose, a refund or a weaker doubt of another kind."""
    if hits[0].entry_id.startswith("relation"):
        return False
    others = [hit for hit in hits if hit.where == "摘要" and hit.item != hits[0].item and hit.entry_id != "vague"]
    return bool(reading.purposes) or reading.refund or bool(others)


def _clean(reading: Reading, lexicon: Lexicon) -> SpendingVerdict:
    if reading.refund:
        return SpendingVerdict("allowed", "", (), "退还或收回款项，不是第14条所列支出；请附原收付款凭证。")
    if reading.purposes:
        seen = (Evidence("摘要", reading.purpose_text, f"purpose.{reading.purposes[0]}"),)
        return SpendingVerdict(
            "allowed", "13", seen, "摘要写明的用途属于第13条支持的方向，未见第14条、第17条所列情形。"
        )
    told = "摘要没有写明可识别的项目用途"
    return SpendingVerdict("needs-review", "14(6)", (), _sentence(told, "14(6)", lexicon))


def _amount(line: ExpenseLine) -> tuple[Evidence, ...]:
    return (Evidence("金额", f"{line.amount}", "reversal"),) if line.amount < 0 else ()


def _sentence(told: str, item: str, lexicon: Lexicon) -> str:
    clause = lexicon.items[item]
    return f"{clause.title}：{told}。{clause.fix}。"


def check_ledger(lines: Sequence[ExpenseLine], lexicon: Lexicon) -> list[SpendingVerdict]:
    """Check every line, pair reversals with their originals, hold repeated invoices, doubles and split bills (M8)."""
    verdicts = [check_line(line, lexicon) for line in lines]
    _pair_reversals(lines, verdicts)
    _hold_repeats(lines, verdicts)
    for place, question in questions(lines, lexicon.limits).items():
        if verdicts[place].verdict == "allowed":
            verdicts[place] = asked(question, lexicon)
    return verdicts


def asked(question: Question, lexicon: Lexicon) -> SpendingVerdict:
    """The verdict on an allowed line that raises a question together with others."""
    seen = (Evidence("金额", question.seen, question.pattern),)
    return SpendingVerdict("needs-review", "17(4)", seen, _sentence(question.told, "17(4)", lexicon))


def _pair_reversals(lines: Sequence[ExpenseLine], verdicts: list[SpendingVerdict]) -> None:
    """Tell at a red entry which earlier line it cancels: same payee, opposite amount, each used once."""
    waiting: dict[tuple[str, Decimal], list[int]] = {}
    for place, line in enumerate(lines):
        key = (Text.of(line.payee).value, abs(line.amount))
        if line.amount > 0:
            waiting.setdefault(key, []).append(place)
        elif line.amount < 0 and waiting.get(key):
            original = waiting[key].pop()
            found = verdicts[place]
            item = verdicts[original].article_item if verdicts[original].verdict != "allowed" else found.article_item
            told = f"{found.reason}与第{original + 1}笔（{lines[original].summary[:30]}）金额相抵，净额为零。"
            verdicts[place] = replace(found, article_item=item, reason=told)


def _hold_repeats(lines: Sequence[ExpenseLine], verdicts: list[SpendingVerdict]) -> None:
    """An invoice number that returns with the same payee may be booked twice or split: an allowed line is held."""
    first: dict[tuple[str, str], int] = {}
    for place, line in enumerate(lines):
        number = Text.of(line.invoice).value
        if not number or line.amount <= 0:
            continue
        original = first.setdefault((Text.of(line.payee).value, number), place)
        if original != place and verdicts[place].verdict == "allowed":
            told = f"发票号码与第{original + 1}笔相同，需核实是否重复报销或拆分列支。"
            verdicts[place] = SpendingVerdict(
                "needs-review", "17(4)", (Evidence("摘要", line.invoice, "repeat"),), told
            )
