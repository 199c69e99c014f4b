"""The 22 articles of the measures: how they are cited, what each is about, why some are beyond a machine."""

import re
from dataclasses import dataclass

_DIGITS = "〇一二三四五六七八九"
_REFERENCE = re.compile(r"(?P<article>[1-9]|1[0-9]|2[0-2])(?:(?P<items>(?:\([1-9]\))+)(?P<point>[1-9]?))?")


@dataclass(frozen=True)
class Article:
    """One article: its number, what it is about in our own words, and the screens where it is met."""

    number: int
    topic: str
    screens: tuple[str, ...] = ()
    unchecked: str = ""


def article_label(reference: str) -> str:
    """Write a reference as officials do: 5(1)1 -> 第五条（一）1; ValueError for anything else."""
    match = _REFERENCE.fullmatch(reference)
    if match is None:
        raise ValueError(f"not a reference to an article: {reference!r}")
    items = "".join(f"（{_numeral(int(number))}）" for number in re.findall(r"[0-9]", match["items"] or ""))
    return f"第{_numeral(int(match['article']))}条{items}{match['point'] or ''}"


def article_number(reference: str) -> int:
    """Return the number of the article that a reference points into."""
    match = _REFERENCE.fullmatch(reference)
    if match is None:
        raise ValueError(f"not a reference to an article: {reference!r}")
    return int(match["article"])


def _numeral(number: int) -> str:
    tens, ones = divmod(number, 10)
    lead = {0: "", 1: "十"}.get(tens, f"{_DIGITS[tens]}十")
    return lead + (_DIGITS[ones] if ones or not tens else "")


ARTICLES: tuple[Article, ...] = (
    Article(1, "制定目的与依据", unchecked="States purpose and legal basis; no data can meet or break it."),
    Article(2, "重点产业领域与产学研合作", ("申报书：基本信息、立项依据", "后台：联合体名录")),
    Article(3, "项目目标与服务区域", ("申报书：目标与主要任务", "专家评审：评分表")),
    Article(4, "组织领导与定额支持", ("后台：申报通知", "申报书：经费预算")),
    Article(5, "申报条件与申报数量", ("申报书：提交前检查", "后台：形式审查")),
    Article(6, "申报单位职责", ("申报书：团队", "项目：重大事项报告")),
    Article(7, "项目负责人职责", ("申报书：负责人声明", "项目：验收材料")),
    Article(8, "申报、评审、公示与签约", ("申报书：提交前检查", "后台：评审轮次", "公示：异议", "后台：任务合同")),
    Article(9, "按申报书和合同执行", ("项目：进度报告", "项目：成员单位确认")),
    Article(10, "任务指标、落地成效与数字化管理", ("申报书：绩效指标", "项目：指标佐证", "项目：工作台账")),
    Article(11, "评价验收", ("项目：验收材料", "验收评价：评分表", "后台：验收结论")),
    Article(12, "专款专用与统一拨付", ("后台：拨付",)),
    Article(13, "经费使用方向", ("申报书：经费预算", "项目：经费明细账")),
    Article(14, "禁止列支", ("申报书：经费预算", "项目：经费明细账", "后台：待核凭证")),
    Article(15, "单独核算", ("项目：经费明细账",)),
    Article(16, "执行期内完成并执行完毕", ("项目：指标与经费", "后台：任务合同")),
    Article(17, "监督检查与资金追回", ("后台：资金追回", "项目：经费明细账")),
    Article(18, "绩效跟踪、宣传与审计", ("项目：验收材料", "后台：审计委托")),
    Article(
        19,
        "信息收集与按时报告",
        ("项目：工作台账", "项目：进度报告"),
        unchecked="What is collected is set by Digital BAST; the portal keeps, exports and reminds.",
    ),
    Article(20, "考核、整改与撤销资格", ("项目：整改", "后台：联合体资格")),
    Article(
        21,
        "解释权",
        unchecked="Names who interprets the measures; open questions are settings.",
    ),
    Article(22, "施行日期", unchecked="Fixes when the measures begin; a call names its edition."),
)
