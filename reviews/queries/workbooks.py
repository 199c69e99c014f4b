"""The ranking and every score of a round as a workbook, streamed from a constant number of queries (D5)."""

from collections.abc import Iterator

from django.utils import timezone

from reviews import scoring
from reviews.models import Assignment, Round, ScoreEntry
from reviews.queries.results import expert_code, ranking

RANKING_HEADERS = (
    "排名", "编号", "项目", "牵头单位", "领域", "有效评分数", "得分", "平均分", "去极值平均分", "中位数", "标准差",
    "极差", "同分比较项均分", "离散预警", "名单结果", "候补次序", "与排名不一致的理由",
)  # fmt: skip
SHEET_HEADERS = ("排名", "编号", "项目", "专家", "姓名", "单位", "总分", "推荐意见", "总体评价", "提交时间")


def round_workbook(round: Round) -> dict:
    """Pages of the workbook: ranking, sheets by criterion with comments, notes on how it was worked out."""
    items = list(ranking(round))
    scheme = scoring.scheme_of(round.scheme)
    heads = [f"{row.name}（{scoring.plain(row.maximum)} 分）" for row in scheme.criteria]
    heads += [f"{row.name}评语" for row in scheme.criteria]
    return {
        "排名": (RANKING_HEADERS, map(_ranking_row, items)),
        "评分明细": ((*SHEET_HEADERS, *heads), _sheet_rows(round, scheme, items)),
        "说明": (("事项", "内容"), _notes(round, scheme)),
    }


def _ranking_row(item) -> tuple:
    subject = item.application or item.project
    chosen = getattr(item, "proposal_item", None)
    application = item.judged_application
    return (
        item.rank, item.number, item.title, subject.lead_unit.name, application.field, item.n, item.score, item.mean,
        item.trimmed_mean, item.median, item.sd, item.score_range, item.tie_break, "；".join(item.flags),
        chosen.get_outcome_display() if chosen else "", chosen.place if chosen else None,
        chosen.reason if chosen else "",
    )  # fmt: skip


def _sheet_rows(round: Round, scheme: scoring.Scheme, items) -> Iterator[tuple]:
    """A row for each locked sheet, item by item in order of rank, experts in seating order."""
    entries: dict[int, dict[str, tuple]] = {}
    rows = ScoreEntry.objects.filter(
        sheet__locked=True, sheet__assignment__state="submitted", sheet__assignment__item__round=round
    ).order_by()
    columns = ("sheet_id", "criterion", "points", "comment", "not_applicable")
    for sheet, code, points, comment, is_skipped in rows.values_list(*columns).iterator():
        entries.setdefault(sheet, {})[code] = ("不适用" if is_skipped else points, comment)
    sheets: dict[int, list[tuple]] = {}
    seats = Assignment.objects.filter(item__round=round, state="submitted", sheet__locked=True).order_by("pk")
    fields = ("item_id", "sheet__pk", "expert__user__name", "expert__unit_name", "sheet__total",
              "sheet__recommendation", "sheet__comment", "submitted_at")  # fmt: skip
    for item, *seat in seats.values_list(*fields).iterator():
        sheets.setdefault(item, []).append(seat)
    for item in items:
        for place, (sheet, name, unit, total, word, comment, at) in enumerate(sheets.get(item.pk, ())):
            given = [entries.get(sheet, {}).get(row.code, (None, "")) for row in scheme.criteria]
            yield (
                item.rank, item.number, item.title, expert_code(place), name, unit, total, scheme.recommendation(word),
                comment, timezone.localtime(at), *(points for points, _ in given), *(remark for _, remark in given),
            )  # fmt: skip


def _notes(round: Round, scheme: scoring.Scheme) -> list[tuple]:
    return [
        ("评审轮次", round.title),
        ("计分方法", round.get_aggregation_display()),
        ("去极值", f"有效评分不少于 {scheme.trim_from} 份时，去掉一个最高分和一个最低分；不足时取平均分"),
        ("同分", scoring.tie_rule(scheme)),
        ("缺评", "没有提交的评分不计入，不按 0 分计"),
        (
            "离散预警",
            f"极差超过 {scheme.range_alert} 分，或某位专家偏离平均分超过 {scheme.deviation_alert} 分；原始分保留",
        ),
        ("评分不齐的书面说明", round.waiver or "无"),
        ("结束时间", timezone.localtime(round.closed_at)),
    ]
