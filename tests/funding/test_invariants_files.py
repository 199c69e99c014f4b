"""What must never break in the files of a ledger, one named test a row (invariants M12, M15, F3-F6)."""

import ast
import io
import re
import time
import zipfile
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import models
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from funding.models import LedgerLine
from funding.queries import money_summary
from funding.queries.ledger_import import dry_run
from portal.errors import Invalid
from portal.sheets import SheetError, parse_amount, read_sheet
from tests.funding.money_tools import make_scene
from tests.funding.test_import import HEAD, csv, row
from tests.funding.workbooks import repacked, xlsx

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate


@pytest.fixture
def scene():
    return make_scene()


# M12


@pytest.mark.parametrize(
    ("day", "part"),
    [
        (lambda scene: scene.contract.start_on - timedelta(days=1), "不在任务合同执行期"),
        (lambda scene: TODAY() + timedelta(days=1), "晚于今天"),
        (lambda scene: scene.contract.end_on + timedelta(days=1), "晚于今天"),
        (lambda scene: "2025-02-29", "不是日历上有的日期"),
        (lambda scene: "昨天", "不是日期"),
        (lambda scene: "", "没有填写"),
        (lambda scene: "03/04/2026", "不是日期"),
    ],
)
def test_m12_days_outside_the_period_and_days_that_are_none_are_refused(scene, day, part):
    run = dry_run(scene.project, csv(row(日期=str(day(scene)))), "账.csv")
    assert part in run.wrong[0].errors["spent_on"]


def test_m12_first_and_last_day_count_and_no_zone_shifts_them(scene):
    first = scene.contract.start_on
    data = xlsx([HEAD, row(日期=first), row("记-2", 日期=TODAY())])
    job = scene.settle(scene.bring(data, "账.xlsx"))
    assert set(job.record.lines.values_list("voucher_date", flat=True)) == {first, TODAY()}


@pytest.mark.parametrize("as_number", [False, True])
def test_m12_workbook_that_counts_from_1904_gives_the_day_that_excel_shows(scene, as_number):
    day = TODAY() - timedelta(days=3)
    cell = (day - date(1904, 1, 1)).days if as_number else day
    job = scene.bring(xlsx([HEAD, row(日期=cell)], epoch=CALENDAR_MAC_1904), "账.xlsx")
    assert job.standing_rows.get().voucher_date == day


def test_m12_serial_numbers_and_texts_are_days(scene):
    day = TODAY() - timedelta(days=3)
    spellings = [
        (day - date(1899, 12, 30)).days,
        f"{day:%Y%m%d}",
        f"{day.year}年{day.month}月{day.day}日",
        f"{day:%Y.%m.%d}",
    ]
    job = scene.bring(xlsx([HEAD, *(row(f"记-{n}", 日期=cell) for n, cell in enumerate(spellings))]), "账.xlsx")
    assert set(job.standing_rows.values_list("voucher_date", flat=True)) == {day}


# M15


def test_m15_amounts_stay_decimal_to_the_fen_through_file_ledger_and_sums(scene):
    amounts = ["0.1", "0.2", "33.33", "33.33", "33.34"]
    job = scene.bring(xlsx([HEAD, *(row(f"记-{n}", amount=float(cell)) for n, cell in enumerate(amounts))]), "账.xlsx")
    record = scene.settle(job).record
    booked = list(record.lines.values_list("amount", flat=True))
    assert all(isinstance(amount, Decimal) for amount in booked)
    assert sum(booked) == sum(map(Decimal, amounts)) == Decimal("100.30")
    money = money_summary(scene.project)
    assert (money.spent, money.available) == (Decimal("100.30"), Decimal("209899.70"))


@given(st.lists(st.decimals("0.01", "99999.99", places=2), min_size=1, max_size=30))
def test_m15_parts_read_from_floats_sum_to_the_total(parts):
    assert sum(parse_amount(float(part)) for part in parts) == sum(parts)


def test_m15_no_float_holds_money():
    from django.apps import apps

    own = {"portal", "consortia", "projects", "funding", "reviews"}
    fields = [field for model in apps.get_models() if model._meta.app_label in own for field in model._meta.fields]
    assert not [str(field) for field in fields if isinstance(field, models.FloatField)]
    for path in (settings.BASE_DIR / "funding").rglob("*.py"):
        calls = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
        assert not [node for node in calls if getattr(node.func, "id", "") == "float"], path


# F3


@pytest.mark.parametrize(
    ("name", "data", "part"),
    [
        ("账.xlsm", repacked(xlsx([HEAD]), {"xl/vbaProject.bin": b"x"}), "宏|格式|xlsx"),
        ("账.xlsx", repacked(xlsx([HEAD]), {"xl/vbaProject.bin": b"x"}), "宏"),
        ("账.xlsx", repacked(xlsx([HEAD]), {"xl/macrosheets/sheet1.xml": b"<x/>"}), "宏"),
        ("账.xlsx", repacked(xlsx([HEAD]), {"xl/externalLinks/externalLink1.xml": b"<x/>"}), "外部文件"),
        ("账.xlsx", b"\xd0\xcf\x11\xe0" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"), "密码|不一致|内容"),
        ("账.xls", b"\xd0\xcf\x11\xe0" + b"\0" * 600 + "_VBA_PROJECT".encode("utf-16-le"), "宏"),
    ],
)
def test_f3_macros_links_and_encryption_are_refused_with_a_reason(client, scene, name, data, part):
    client.force_login(scene.drafter)
    page = reverse("ledger_upload", args=[scene.project.public_id])
    response = client.post(page, {"file": SimpleUploadedFile(name, data)}, follow=True)
    assert re.search(part, response.content.decode())
    assert not LedgerLine.objects.exists()


def test_f3_hidden_rows_are_read_and_reported(scene):
    job = scene.bring(xlsx([HEAD, row(), row("记-2"), row("记-3")], hidden=[3]), "账.xlsx")
    assert (job.total, job.warnings) == (3, ["有 1 行被隐藏，也已读取。"])


def test_f3_formula_texts_of_a_file_are_no_formula_in_the_list_of_errors(scene, client):
    job = scene.bring(csv(row("记-1", "=1+1"), row("记-2", "＝cmd|' /C calc'!A0", 收款方="@SUM(1)")))
    client.force_login(scene.drafter)
    data = client.get(reverse("ledger_import_errors", args=[scene.project.public_id, job.pk])).content
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        pages = b"".join(book.read(name) for name in book.namelist() if "worksheets" in name)
    assert b"<f>" not in pages
    assert "'=1+1" in pages.decode()


PROGRAMS = {
    "title rows and two header rows": (
        [
            ["2026年度项目辅助明细账", None, None, None, None, None],
            ["单位：虚构中心", None, None, None, None, None],
            ["日期", "凭证", None, "摘要", "本期发生额", None],
            [None, "字", "号", None, "借方", "贷方"],
        ],
        lambda day: [day, "记", "记-1", "专家评审费", "￥1，200.50", None],
    ),
    "signed amounts": (
        [["凭证日期", "凭证号", "摘要", "金额（元）"]],
        lambda day: [day, "记-1", "专家评审费", " 1,200.50 "],
    ),
    "full width and parentheses": (
        [["记账日期", "凭证字号", "业务摘要", "发生额"]],
        lambda day: [day, "记-1", "专家评审费", "１２００．５０"],
    ),
}


@pytest.mark.parametrize("program", PROGRAMS)
def test_f3_files_of_accounting_programs_are_read_without_their_sums(scene, program):
    head, line = PROGRAMS[program]
    width = len(head[-1])
    sums = [
        [text, *[None] * (width - 2), 9] for text in ("本页小计", "承前页", "合  计", "本月合计", "本年累计", "过次页")
    ]
    job = scene.bring(xlsx([*head, *sums[:2], line(TODAY()), *sums[2:]]), "账.xlsx")
    if program.startswith("title"):
        chosen = {"spent_on": 0, "voucher": 2, "summary": 3, "debit": 4, "credit": 5}
        job = scene.bring(xlsx([*head, *sums[:2], line(TODAY()), *sums[2:]]), "账.xlsx", mapping=chosen)
    found = job.standing_rows.get()
    assert (found.amount, found.errors, len(job.skipped)) == (Decimal("1200.50"), None, 6)


def test_f3_parentheses_are_negative_and_credits_reduce(scene):
    head = ["日期", "凭证号", "摘要", "收款方", "借方", "贷方"]
    day = TODAY()
    cells = [
        [day, "记-1", "专家评审费", "甲", 50, None],
        [day, "记-2", "冲销", "甲", None, 20],
        [day, "记-3", "冲销", "甲", "（５．５）", None],
    ]
    job = scene.bring(xlsx([head, *cells]), "账.xlsx")
    assert [str(line.amount) for line in job.standing_rows] == ["50.00", "-20.00", "-5.50"]


# F4


def refused_in_seconds(scene, data: bytes, seconds: float, part: str = "") -> None:
    started = time.process_time()
    try:
        told = scene.bring(data, "账.xlsx").error
    except Invalid as refusal:  # the check of every upload saw it first
        told = refusal.message
    assert part in told
    assert told
    assert time.process_time() - started < seconds
    assert not LedgerLine.objects.exists()


@pytest.mark.parametrize("name", ["unpacked size", "ratio", "many entries", "far cell", "too many rows", "lying size"])
def test_f4_bombs_are_refused_before_or_inside_the_limited_child(scene, name):
    small = xlsx([HEAD])
    bombs = {
        "unpacked size": lambda: repacked(small, {"xl/worksheets/sheet1.xml": b"<a>" + b" " * 130_000_000}),
        "ratio": lambda: repacked(small, {"xl/media/x.bin": b"\0" * 60_000_000}),
        "many entries": lambda: repacked(small, {f"xl/x{n}.xml": b"" for n in range(600)}),
        "far cell": lambda: repacked(
            small, {"xl/worksheets/sheet1.xml": _sheet('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')}
        ),
        "too many rows": lambda: repacked(
            small,
            {
                "xl/worksheets/sheet1.xml": _sheet(
                    "".join(f'<row r="{n}"><c r="A{n}"><v>1</v></c></row>' for n in range(1, 100_100))
                )
            },
        ),
        "lying size": lambda: _lying(repacked(small, {"xl/worksheets/sheet1.xml": b"<a>" + b" " * 130_000_000})),
    }
    refused_in_seconds(scene, bombs[name](), 4)


def _sheet(rows: str) -> bytes:
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return f'<worksheet xmlns="{main}"><sheetData>{rows}</sheetData></worksheet>'.encode()


def _lying(data: bytes) -> bytes:
    """The archive says that its page is small."""
    size = (130_000_003).to_bytes(4, "little")
    return data.replace(size, (1000).to_bytes(4, "little"))


# F5


@pytest.mark.parametrize(
    "part", ["xl/workbook.xml", "xl/worksheets/sheet1.xml", "docProps/core.xml", "xl/_rels/workbook.xml.rels"]
)
@pytest.mark.parametrize("attack", ["file", "laughs"])
def test_f5_entities_in_a_ledger_file_are_refused_not_resolved(scene, part, attack):
    declared = '<!ENTITY a SYSTEM "file:///etc/passwd">'
    if attack == "laughs":
        declared = '<!ENTITY a "ha">' + "".join(f'<!ENTITY b{n} "{"&a;" * 10}">' for n in range(9))
    xml = f'<?xml version="1.0"?><!DOCTYPE x [{declared}]><x>&a;</x>'.encode()
    refused_in_seconds(scene, repacked(xlsx([HEAD, row()]), {part: xml}), 2, "实体")


# F6


def test_f6_lying_dimension_loses_no_row_of_a_ledger(scene):
    data = xlsx([HEAD, *(row(f"记-{n}", amount="1") for n in range(300))])
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        page = book.read("xl/worksheets/sheet1.xml")
    lie = re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="A1:B2"', page)
    assert lie != page
    job = scene.settle(scene.bring(repacked(data, {"xl/worksheets/sheet1.xml": lie}), "账.xlsx"))
    assert (job.total, job.record.lines.count()) == (300, 300)


def test_f6_sheet_of_more_rows_than_are_allowed_is_refused_not_cut(scene):
    data = csv(*[row(f"记-{n}") for n in range(30)])
    with pytest.raises(SheetError, match="超过 10 行"):
        read_sheet(data, "账.csv", max_rows=10)
