"""What is left of a word of the ban list by its context: themes, techniques, refunds, disguises (art. 13, 14)."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NamedTuple

from portal.measures.lexicon import MOST, Entry, Lexicon, Text
from portal.measures.normalise import normalise
from portal.measures.phrases import PhraseSet

Force = Literal["full", "soft", "void"]
# What is left of a hit that is the theme of an event, or part of a technique, by the kind of entry.
_TOPICAL: Mapping[str, tuple[Force, Force]] = {
    "theme": ("void", "void"),
    "technique": ("soft", "void"),
    "doubt": ("soft", "full"),
    "gift": ("soft", "soft"),
    "abroad": ("void", "full"),
    "own": ("full", "soft"),
}
_TECHNICAL = frozenset({"research", "people", "transfer"})
_PAYING = re.compile(r"支付|缴|归还|偿还|补交|购买|认购|发放|付")
# A match longer than this says something between the place and the event.
_PLACE_AND_EVENT = 6
_TITLE = re.compile(r"《[^《》]*》")
_QUOTED = re.compile(r"“([^“”]*)”")
_EVENT_AFTER = re.compile(
    r"^[^,;。]{0,6}(?:专题|主题|讲座|论坛|沙龙|研讨|培训|课程|公开课|对接|宣讲|路演|报告会|交流会|大会|峰会|研修|活动|课|会议|发布会|推介会|工作坊|训练营|问卷|调查|"
    r"图书|专著|报告|直播|大赛|展)"
)
_EVENT_TITLE = re.compile(
    r"(?:大会|论坛|沙龙|讲座|大讲堂|公开课|(?:研讨|交流|对接|推介|宣讲|报告|座谈|分享|展览|博览|发布)会|路演|研讨班|培训班|训练营|工作坊|大赛|挑战赛|竞赛|峰会|"
    r"科技周|创新周|活动周|科技节|开放日)$"
)
# A product is named when work on it follows the name.
_PRODUCT_TITLE = re.compile(
    r"(?:系统|平台|算法|模型|机器人|装置|软件|小程序|区块链|芯片|材料|技术|设备|装备|样机|产品|数据库|图谱|标准|指南|引擎)$"
)
_WORK_AFTER = re.compile(
    r"^[^,;。]{0,4}(?:测试|测评|检测|评测|验证|开发|研发|试制|样机|标注|登记|专利|软著|软件著作权|查新|检索|论证|评审|打样|加工)"
)
_TOPIC = re.compile(
    r"专题|主题(?!党|教育|团)|讲座|论坛|沙龙|研讨|培训|课程|课(?!题)|对接会|宣讲|路演|报告会|交流会|大会|峰会|研修|工作坊|公开课|题库|研究|案例(?:撰写|报告|汇编|集|征集)|白皮书|访谈|问卷|课题调研|政策|解读|风险防范|知识|对接"
)
_TECHNIQUE = re.compile(
    r"技术|算法|模型|系统|样机|机器人|传感|节能|控制|识别|平台|数据|产业|行业|工艺|标准|专利|场景|芯片|材料|智能|数字化|检测|样品|设备研发|软件开发"
)
_JOURNEY = re.compile(
    r"培训团|考察团|代表团|赴|前往|参加|出席|机票|航班|差旅|住宿|签证|护照|团组|往返|考察|出访|出差|布展|旅费|访问|游学|研修|参展"
)
# What a line pays for stands at its end: work on software, data or a sample, whatever words describe its object.
_TAIL = re.compile(
    r"(?:检测|测试|测评|评测|试验|实验|检验|标注|仿真|检索|登记|适配|试制|打样)(?:分析|加工|技术)?(?:服务)?费?用?$"
    r"|(?:算法|模型|软件|小程序|系统|平台|图谱|数据库|数据集|样机|样件|模组|芯片|终端|标签|材料|数据|算力)"
    r"[^,;。]{0,6}(?:测试|测评|检测|开发|构建|建设|标注|试制|加工|材料|采集|租用|试验)(?:服务)?费?$"
)
_BREAK = re.compile(r"[-—:,;。、]")
_PAID = re.compile(
    r"(?:支付|缴纳|交纳|上交|补缴|补交|偿还|归还|缴|购买|采购|购置|购入|发放|购|实为|实付|安装|更换|维修|换)[^,;。]{0,3}$"
)
_DISGUISE = re.compile(r"实为|实付|实际|其实|名义|名为|变相|冲抵|代替|列支|走账|入账|顶账")
_VENUE = re.compile(
    r"^(?:大厦|大楼|酒店|宾馆|饭店|会馆|会议中心|国际会议)[^,;。]{0,8}(?:场租|会场|会议室|会议厅|场地|住宿|租)"
)
# A line that begins with the name of its account says what it is for only after that.
_CATEGORY = re.compile(
    r"^(?:会议|培训|差旅|劳务|(?:专家)?咨询|专家|印刷|租赁|委托业务|邮电|宣传|资料|出版|知识产权(?:事务)?|测试(?:化验加工)?|材料|研发|活动|"
    r"科普活动|(?:产业|行业|专题)?调研|学术交流|技术服务|服务|软件|其他|人员|业务|成果转化|产品研发|往来)(?:费用?|支出|款)?[-:]"
)
# The whole line hires a hall of an organisation or building: its name is no evidence.
_HALL = re.compile(
    r"^(?:支付|付|租用|租赁|借用|租)?(?!捐|赞助|资助|向|给|为|招待|接待|宴)"
    r"([^,;。:()、-]{2,16}?(?:基金会|协会|学会|研究会|联合会|促进会|商会|总工会|总公司|银行|博物馆|图书馆|科技馆|大厦))"
    r"(?=[^,;。]{0,4}(?:会议室|会议厅|报告厅|多功能厅|路演厅|展厅|礼堂|教室|会场|场地|会议中心)[^,;。]{0,4}"
    r"(?:租|使用费?|场租|会议费|场地费))"
)
_REVERSAL = re.compile(r"冲销|冲回|红冲|红字|冲减|误记|更正|抵销|转回")
_REFUND = re.compile(
    r"退还|退回|返还|退款|退费|收回|退赔|收到|退押|退多[收缴付]|退票|退展|原路退|退(?:赞助|订金|定金|保证金|场租|注册费|报名费|参展)"
)


class Reading(NamedTuple):
    """A summary prepared once: quoted titles masked, entries in reach, purposes, and the kinds of line it may be."""

    text: Text
    candidates: Sequence[Entry]
    quoted: tuple[Text, ...]
    titles: tuple[Text, ...]
    purposes: tuple[str, ...]
    purpose_text: str
    disguised: bool
    refund: bool
    reversal: bool


def read_summary(summary: str, event_titles: Iterable[str], lexicon: Lexicon) -> Reading:
    """Normalise a summary, mask its titles, and tell its purposes and kind."""
    text = normalise(summary[:MOST])
    for title in event_titles:
        plain = normalise(title[:MOST])
        text = text.replace(plain, "□") if len(plain) > 3 else text
    masked = _TITLE.sub("□", text) if "《" in text else text
    quoted: list[Text] = []
    titles: list[Text] = []

    def hide(match: re.Match[str]) -> str:
        if _EVENT_TITLE.search(match.group(1)):
            titles.append(Text.plain(match.group(1)))
            return "□大会"
        rest = match.string[match.end() :]
        if _PRODUCT_TITLE.search(match.group(1)) and _WORK_AFTER.match(rest):
            titles.append(Text.plain(match.group(1)))
        elif not _EVENT_AFTER.match(rest):
            quoted.append(Text.plain(match.group(1)))
        return "□"

    masked = _QUOTED.sub(hide, masked) if "“" in masked else masked
    hall = _HALL.match(masked)
    if hall:
        masked = f"□{masked[hall.end() :]}"
    value = Text.plain(masked)
    mask = lexicon.reach(value.letters)
    purposes = lexicon.purposes_in(_CATEGORY.sub("", masked), mask)
    return Reading(
        text=value,
        candidates=lexicon.candidates(mask),
        quoted=tuple(quoted),
        titles=tuple(titles),
        purposes=tuple(purposes),
        purpose_text=next((match.group() for match in purposes.values()), ""),
        disguised=bool(_DISGUISE.search(masked)),
        refund=bool(_REFUND.search(masked)),
        reversal=bool(_REVERSAL.search(masked)),
    )


def is_excused(entry: Entry, reading: Reading) -> bool:
    """True when the whole summary says that the concept does not apply; a journey is not excused by "online"."""
    if reading.disguised or (entry.topical == "abroad" and _JOURNEY.search(reading.text.value)):
        return False
    return _found(entry.unless, reading.text)


def is_covered(match: re.Match[str], guards: PhraseSet | None, text: Text) -> bool:
    """True when a guard phrase overlaps the hit: the word means something else here."""
    if guards is None:
        return False
    guard = guards.search(text.value, text.letters)
    while guard and guard.start() < match.end():
        if match.start() < guard.end():
            return True
        # From the next character on: a guard may begin inside one that ends too early.
        guard = guards.pattern.search(text.value, guard.start() + 1)
    return False


def force_of(entry: Entry, match: re.Match[str], reading: Reading) -> Force:
    """How much of a hit is left: refunds, themes of events and techniques take its force away."""
    if reading.disguised:
        return "full"
    if reading.refund and entry.refund:
        return "void" if entry.refund == "void" else "soft"
    context = _context(entry, match, reading)
    if context:
        return context
    return "soft" if _found(entry.soften, reading.text) and not _found(entry.firm, reading.text) else "full"


def _found(phrases: PhraseSet | None, text: Text) -> bool:
    return phrases is not None and phrases.search(text.value, text.letters) is not None


def _context(entry: Entry, match: re.Match[str], reading: Reading) -> Force | None:
    """What is left of a word that only names what an event or a technique is about, when a purpose is named."""
    if not entry.topical or not reading.purposes:
        return None
    return _theme_or_technique(entry, match, reading) or ("soft" if _worked_on(entry, match) else None)


def _worked_on(entry: Entry, match: re.Match[str]) -> bool:
    """True when technical work is paid for; own projects of the unit (doubt) stay banned whatever the work."""
    head = match.string.partition("(")[0]
    before, after = match.string[: match.start()], match.string[match.end() :]
    if entry.topical == "doubt" or match.end() > len(head) or _PAID.search(before):
        return False
    if entry.topical == "abroad" and (_JOURNEY.search(before) or _JOURNEY.search(after)):
        return False
    # The end of the line must say more than the hit itself does.
    tail = _TAIL.search(head)
    return tail is not None and tail.end() > match.end()


def _theme_or_technique(entry: Entry, match: re.Match[str], reading: Reading) -> Force | None:
    if entry.topical == "abroad" and _JOURNEY.search(match.string):
        return None
    theme, technique = _TOPICAL[entry.topical]
    rest = _BREAK.split(match.string[match.end() :], maxsplit=1)[0]
    if _VENUE.match(rest):
        return "soft"
    force: Force = "full"
    if entry.topical == "abroad" and len(match.group()) > _PLACE_AND_EVENT and _TOPIC.search(match.group() + rest[:2]):
        # A place abroad before the name of an event: where it is held, or what it is about.
        force = "soft"
    elif _TOPIC.search(rest[:16]):
        force = theme
    elif not _TECHNICAL.isdisjoint(reading.purposes):
        force = _technique(rest, technique)
    if force == "full":
        return None
    return "soft" if _PAID.search(match.string[: match.start()]) or _PAYING.search(match.group()) else force


def _technique(rest: str, force: Force) -> Force:
    """A word that is part of a technique loses its force; one merely explained so in brackets is still in doubt."""
    if _TECHNIQUE.search(rest.partition("(")[0][:10]):
        return force
    return "soft" if force != "full" and _TECHNIQUE.search(rest[:10]) else "full"
