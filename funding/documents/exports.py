"""Tables that leave the house: the ledger and the budget of a project, read while they are sent."""

from collections.abc import Iterator

from django.utils import timezone

from funding.queries.budget import changes_of, pace
from funding.queries.ledger import COLUMNS, export_row, export_words, totals
from funding.queries.money import budget_vs_actual, money_summary
from portal.batches import in_batches

CHUNK = 1000
Book = dict[str, tuple]


def ledger_rows(project, lines) -> Iterator[tuple]:
    """Rows of the ledger table with the sum as the last one; the sum is asked first, so it may not see later rows."""
    words, total = export_words(project), totals(lines)["all"]
    for line in in_batches(lines, CHUNK):
        yield export_row(words, line)
    yield ("合计", "", "", "", "", "", total)


def ledger_book(project, lines) -> Book:
    """Ledger lines with their sum."""
    return {"明细账": (COLUMNS, ledger_rows(project, lines))}


def budget_book(project) -> Book:
    """Plan against spending, the pace, and each version with before and after."""
    money = money_summary(project)
    head = (
        "预算科目",
        "专项预算（元）",
        "专项支出（元）",
        "专项剩余（元）",
        "执行率（%）",
        "自筹预算（元）",
        "自筹支出（元）",
    )
    keys = ("name", "planned", "spent", "left", "rate", "matching_planned", "matching_spent")
    rows = [tuple(row[key] for key in keys) for row in budget_vs_actual(project, money)]
    version_head = (
        "版本",
        "时间（北京时间）",
        "调整人",
        "理由",
        "预算科目",
        "资金来源",
        "调整前（元）",
        "调整后（元）",
    )
    return {
        "预算执行": (head, rows),
        "执行进度": (("项目", "数值"), _pace(project, money)),
        "预算版本": (version_head, _versions(project)),
    }


def _pace(project, money) -> list[tuple]:
    now = pace(project, money)
    return [
        ("合同金额（元）", money.contract),
        ("已拨付（元）", money.paid),
        ("已缴回（元）", money.repaid + money.surplus_returned),
        ("专项已支出（元）", money.spent),
        ("自筹已支出（元）", money.spent_matching),
        ("结余（元）", money.surplus),
        ("执行期已过（%）", now.time),
        ("执行率（%）", now.rate),
        ("按目前进度到期末支出（元）", now.forecast),
    ]


def _versions(project) -> list[tuple]:
    return [
        (
            version.number,
            timezone.localtime(version.made_at).strftime("%Y-%m-%d %H:%M:%S"),
            str(version.made_by),
            version.reason,
            change.name,
            change.source,
            change.before,
            change.after,
        )
        for version in project.budget_versions.select_related("made_by").order_by("number")
        for change in changes_of(project, version)
    ]
