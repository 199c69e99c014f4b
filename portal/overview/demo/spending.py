"""Stories of the project ledger: expense lines of the data file, scaled to what was paid, checked by the real rules."""

from datetime import timedelta
from decimal import Decimal
from functools import cache

from funding.actions import answers, closing, ledger, ledger_import
from funding.models import LedgerLine
from portal.measures.lexicon import load_lexicon
from portal.measures.spending import ExpenseLine, check_line
from portal.overview.demo import content
from portal.overview.demo.content import Theme
from portal.overview.demo.world import Story, World
from portal.sheets import write_xlsx

FEN = Decimal("0.01")
_CATEGORIES = (
    ("会议", "meeting_fee"), ("培训", "training_fee"), ("差旅", "travel_fee"), ("劳务", "labour_fee"),
    ("咨询", "expert_fee"), ("印刷", "printing_fee"), ("租赁", "rental_fee"), ("委托", "outsourcing_fee"),
    ("邮寄", "postage_fee"), ("测试", "testing_fee"), ("材料", "material_fee"), ("活动", "meeting_fee"),
)  # fmt: skip
_DIRECTIONS = {"testing_fee": "product_rd", "material_fee": "product_rd", "expert_fee": "consulting",
               "outsourcing_fee": "tech_transfer", "travel_fee": "tech_transfer"}  # fmt: skip


@cache
def by_verdict() -> dict[str, tuple[dict, ...]]:
    """The expense lines by what the ban check says of them alone."""
    lexicon = load_lexicon()
    sorted_rows: dict[str, list[dict]] = {"allowed": [], "banned": [], "needs-review": []}
    for row in content.expenses():
        if row["金额"] > 0:
            line = ExpenseLine(row["摘要"], row["科目"], row["收款方"], row["金额"])
            sorted_rows[check_line(line, lexicon).verdict].append(row)
    return {verdict: tuple(rows) for verdict, rows in sorted_rows.items()}


def category_of(row: dict) -> str:
    """The budget category that account and summary suggest."""
    text = row["科目"] + row["摘要"]
    return next((code for word, code in _CATEGORIES if word in text), "other_fee")


def picked(theme: Theme, banned: int, review: int) -> list[dict]:
    """Lines of a project: some banned, some to be looked at, and all allowed ones but two."""
    allowed, rows = by_verdict()["allowed"], []
    skipped = {theme.number % len(allowed), (theme.number + 5) % len(allowed)}
    for verdict, number in (("banned", banned), ("needs-review", review)):
        pool = by_verdict()[verdict]
        rows += [pool[(theme.number * 3 + place * 5) % len(pool)] for place in range(number)]
    return [*rows, *(row for place, row in enumerate(allowed) if place not in skipped)]


def scaled(rows: list[dict], total: Decimal) -> list[Decimal]:
    """Amounts of the rows, in proportion, that sum to `total` 元."""
    given = sum((row["金额"] for row in rows), Decimal(0))
    amounts = [max((row["金额"] * total / given).quantize(FEN), FEN) for row in rows]
    amounts[0] += total - sum(amounts)
    return amounts


def ledger_story(
    world: World,
    theme: Theme,
    variant: int,
    *,
    first: int,
    last: int,
    total: str,
    banned: int = 0,
    review: int = 0,
    as_file: bool = False,
) -> Story:
    """Book lines from day `first` to `last`, in four sittings; `as_file` brings the first ones as a workbook."""
    rows = picked(theme, banned, review)
    amounts = scaled(rows, Decimal(total))
    share = -(-len(rows) // 4)
    step = (last - first) // 4
    for sitting in range(4):
        day = first + step * (sitting + 1)
        yield world.plan.moment(day, 16, theme.number)
        chunk = range(sitting * share, min((sitting + 1) * share, len(rows)))
        lines = [_booking(world, theme, rows[place], amounts[place], place, day - 2 - place % 5) for place in chunk]
        project, drafter = world.project("finished", theme.key, variant), world.staff(theme, "drafter")
        if as_file and sitting == 0:
            name = f"经费明细账-{world.plan.day(day):%Y%m}.xlsx"
            _bring_in(project, _workbook(lines), name, drafter)
        else:
            for line in lines:
                ledger.add_line(project=project, by=drafter, **line)
        if as_file and sitting == 2:
            before = world.plan.day(day).replace(day=1) - timedelta(days=1)
            closing.close_months(project=project, until=before.replace(day=1), by=drafter)
    held = LedgerLine.objects.waiting().filter(project=project).order_by("id").first()
    if held is not None:
        answers.answer_line(held, text="该笔用于任务合同约定的活动，合同和验收单已备，可随时提供。", by=drafter)


def _bring_in(project, data: bytes, name: str, drafter) -> None:
    """Upload a file, look at the dry run, confirm it."""
    job = ledger_import.upload_ledger(project=project, data=data, name=name, by=drafter)
    ledger_import.work(job.pk)
    job.refresh_from_db()
    ledger_import.confirm_import(job, by=drafter)
    ledger_import.work(job.pk)


def _booking(world: World, theme: Theme, row: dict, amount: Decimal, place: int, day: int) -> dict:
    booked, category = world.plan.day(day), category_of(row)
    return {
        "voucher_date": booked,
        "voucher_no": f"记-{booked:%Y%m}-{place + 1:03d}",
        "summary": row["摘要"],
        "account": row["科目"],
        "payee": row["收款方"],
        "amount": amount,
        "category": category,
        "direction": _DIRECTIONS.get(category, "academic_exchange"),
        "invoice_no": f"25{theme.number:04d}{world.serial():014d}",
    }


def _workbook(lines: list[dict]) -> bytes:
    headers = ("凭证日期", "凭证字号", "摘要", "会计科目", "收款方", "金额", "发票号码", "资金来源")
    keys = ("voucher_date", "voucher_no", "summary", "account", "payee", "amount", "invoice_no")
    return write_xlsx({"明细账": (headers, [(*(line[key] for key in keys), "财政专项") for line in lines])})


def settle_story(world: World, theme: Theme, variant: int, *, day: int, reverse: bool) -> Story:
    """Finance decides what waits; the unit reverses banned lines when `reverse` is set."""
    yield world.plan.moment(day, 10, theme.number)
    project = world.project("finished", theme.key, variant)
    for line in LedgerLine.objects.waiting().filter(project=project):
        reason = "已核对合同、审批单和用途说明，与任务直接相关，可以列支。"
        ledger.decide_line(line, verdict="allowed", article_item="", reason=reason, by=world.user("finance"))
    if reverse:
        drafter = world.staff(theme, "drafter")
        for place, line in enumerate(LedgerLine.objects.open_banned().filter(project=project)):
            booked = world.plan.day(day)
            ledger.reverse_line(
                line, by=drafter, reason="不属于专项开支范围，改由单位自有资金承担",
                voucher_no=f"冲-{booked:%Y%m}-{place + 1:03d}", voucher_date=booked,
            )  # fmt: skip
