"""Spreadsheets: every layout of the accounting programs, every hostile file (invariants F3-F6, F13, M9, M12)."""

import io
import zipfile
from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from portal.sheets import SheetError, map_headers, parse_amount, parse_date, read_sheet, write_csv, write_xlsx


def workbook(rows, hidden=()):
    book = Workbook()
    for row in rows:
        book.active.append(row)
    for place in hidden:
        book.active.row_dimensions[place].hidden = True
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def repacked(data, extra=None, replace=None):
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            content = source.read(name)
            target.writestr(name, replace[name](content) if replace and name in replace else content)
        for name, content in (extra or {}).items():
            target.writestr(name, content)
    return out.getvalue()


LEDGER = [
    ["某协会2025年明细账"],
    ["凭证日期", "凭证字号", "摘要", "科目名称", "对方户名", "借方金额", "贷方金额"],
    [date(2025, 6, 3), "记-0001", "活动场租", "会议费", "某会议中心", 1200.5, None],
    [None, None, "本月合计", None, None, 1200.5, None],
    [None] * 7,
    [date(2025, 7, 1), "记-0002", "专家费", "咨询费", "专家3人", 3000, None],
]


def test_xlsx_with_title_and_subtotals_is_read_with_physical_lines():
    sheet = read_sheet(workbook(LEDGER, hidden=[6]), "账.xlsx")
    assert sheet.header_row == 2
    assert [row.line for row in sheet.rows] == [3, 6]
    assert sheet.skipped == (4,)
    assert sheet.hidden_rows == 1
    columns = map_headers(sheet.headers)
    assert sheet.rows[0].cells[columns["summary"]] == "活动场租"
    assert parse_amount(sheet.rows[0].cells[columns["debit"]]) == Decimal("1200.50")
    assert parse_date(sheet.rows[0].cells[columns["spent_on"]]) == date(2025, 6, 3)


TWO_ROWS = [
    ["2025年6月序时账"],
    ["日期", "凭证", None, "摘要", "会计科目", None, "往来单位", "本期发生额", None],
    [None, "字", "号", None, "编码", "名称", None, "借方", "贷方"],
    [date(2025, 6, 3), "记", 1, "活动场租", "5001", "会议费", "某会议中心", 1200.5, None],
    ["日期", "凭证", None, "摘要", "会计科目", None, "往来单位", "本期发生额", None],
    [date(2025, 6, 4), "记", 2, "冲销场租", "5001", "会议费", "某会议中心", None, 300],
]


@pytest.mark.parametrize("title", [0, 1])
def test_header_of_two_rows_with_merged_cells_is_one_header(title):
    sheet = read_sheet(workbook(TWO_ROWS[1 - title :]), "账.xlsx")
    assert sheet.header_row == title + 1
    columns = map_headers(sheet.headers)
    first, second = sheet.rows
    assert (first.line, second.line) == (title + 3, title + 5)
    shown = [first.cells[columns[name]] for name in ("summary", "account", "payee", "debit", "voucher")]
    assert shown == ["活动场租", "会议费", "某会议中心", 1200.5, 1]
    assert second.cells[columns["credit"]] == 300
    assert "amount" not in columns


def test_first_row_of_data_without_amount_is_no_second_header():
    text = "摘要,科目,收款方,金额\n名称,金额,,\n专家费,劳务费,专家,100\n"
    assert [row.line for row in read_sheet(text.encode(), "a.csv").rows] == [2, 3]


def test_worksheet_with_the_table_is_found_behind_a_cover():
    book = load_workbook(io.BytesIO(workbook([["填写说明：请看第二页"]])))
    for row in LEDGER:
        book.create_sheet("明细账") if len(book.worksheets) == 1 else None
        book.worksheets[1].append(row)
    out = io.BytesIO()
    book.save(out)
    sheet = read_sheet(out.getvalue(), "账.xlsx")
    assert [row.line for row in sheet.rows] == [3, 6]
    assert "文件有 2 个工作表，只读取了第 2 个。" in sheet.warnings


DATA_WITH_WORDS_OF_TOTALS = ["累计折旧", "月计划会议场租", "合计费用报销", "总计算力租赁", "小计算机教具"]
TOTALS = [
    "合  计",
    "小计：",
    "6月小计",
    "管理费用合计",
    "合计（大写）壹佰元整",
    "共计",
    "期末余额",
    "本期合计",
    "过次页",
]


@pytest.mark.parametrize("text", DATA_WITH_WORDS_OF_TOTALS)
def test_row_that_only_begins_like_a_total_is_not_lost(text):
    sheet = read_sheet(f"摘要,科目,收款方,金额\n{text},会议费,某公司,100\n".encode(), "a.csv")
    assert [row.line for row in sheet.rows] == [2]


@pytest.mark.parametrize("text", TOTALS)
def test_row_of_totals_is_skipped_and_told(text):
    sheet = read_sheet(f"摘要,科目,收款方,金额\n{text},,,100\n专家费,劳务费,专家,1\n".encode(), "a.csv")
    assert (sheet.skipped, [row.line for row in sheet.rows]) == ((2,), [3])


def test_open_quote_is_refused_with_its_line_instead_of_losing_rows():
    text = '摘要,科目,收款方,金额\n甲,a,b,1\n"乙,a,b,2\n丙,a,b,3\n'
    with pytest.raises(SheetError, match="第 3 行起引号不成对"):
        read_sheet(text.encode(), "a.csv")


def test_amounts_with_commas_do_not_hide_the_tabs_between_columns():
    text = "摘要\t科目\t收款方\t金额\n" + "专家费,评审,讲课,咨询\t劳务费\t专家\t1,234,567.00\n" * 3
    sheet = read_sheet(text.encode("gbk"), "a.txt")
    assert sheet.headers == ("摘要", "科目", "收款方", "金额")
    assert parse_amount(sheet.rows[0].cells[3]) == Decimal("1234567.00")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_encodings_and_delimiters_are_found(encoding, delimiter):
    text = "\n".join(
        delimiter.join(row) for row in [["摘要", "科目", "收款方", "金额"], ["场租", "会议费", "甲", "1200"]]
    )
    sheet = read_sheet(text.encode(encoding), "a.csv")
    assert sheet.headers == ("摘要", "科目", "收款方", "金额")
    assert sheet.rows[0].cells == ("场租", "会议费", "甲", "1200")


def test_csv_row_after_a_cell_with_a_line_break_keeps_its_line():
    sheet = read_sheet('摘要,科目,收款方,金额\n"甲\n乙",a,b,1\n丙,a,b,2\n'.encode(), "a.csv")
    assert [row.line for row in sheet.rows][-1] == 4


def test_lying_dimension_loses_no_rows():
    rows = [["摘要", "科目", "收款方", "金额"], *[[f"行{n}", "a", "b", n] for n in range(300)]]
    import re

    data = repacked(
        workbook(rows),
        replace={
            "xl/worksheets/sheet1.xml": lambda xml: re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="A1:B2"', xml)
        },
    )
    assert len(read_sheet(data, "a.xlsx").rows) == 300


BAD = {
    "空的": (b"", "a.xlsx"),
    "不是": (b"%PDF-1.7", "a.xlsx"),
    "损坏": (b"PK\x03\x04" + b"x" * 200, "a.xlsx"),
    "宏": (repacked(workbook(LEDGER), {"xl/vbaProject.bin": b"x"}), "a.xlsm"),
    "外部文件": (repacked(workbook(LEDGER), {"xl/externalLinks/externalLink1.xml": b"<x/>"}), "a.xlsx"),
    "过大": (repacked(workbook(LEDGER), {"xl/media/x.bin": b"0" * 130_000_000}), "a.xlsx"),
    "内部结构": (repacked(workbook(LEDGER), {f"xl/x{n}.xml": b"" for n in range(600)}), "a.xlsx"),
    "实体": (repacked(workbook(LEDGER), {"docProps/y.xml": b'<!DOCTYPE x [<!ENTITY a "b">]><x/>'}), "a.xlsx"),
    "打开密码": (b"\xd0\xcf\x11\xe0" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"), "a.xlsx"),
    "编码": (b"\xff\xfe\x00" + b"\x00\x81" * 30 + b"\xd8", "a.csv"),
}


@pytest.mark.parametrize("word", list(BAD))
def test_bad_file_is_refused_with_a_sentence(word):
    with pytest.raises(SheetError, match=word):
        read_sheet(*BAD[word])


def test_old_binary_rubbish_is_refused():
    with pytest.raises(SheetError, match="损坏"):
        read_sheet(b"\xd0\xcf\x11\xe0" + b"\0" * 5000, "a.xls")


def test_too_many_rows_or_columns_are_refused():
    rows = [["摘要", "金额"], *[["x", 1]] * 200]
    with pytest.raises(SheetError, match="行"):
        read_sheet(workbook(rows), "a.xlsx", max_rows=100)
    with pytest.raises(SheetError, match="行"):
        read_sheet("\n".join("a,b" for _ in range(300)).encode(), "a.csv", max_rows=100)
    with pytest.raises(SheetError, match="列"):
        read_sheet((",".join("abc" * 40) + "\n").encode(), "a.csv")


def test_one_far_cell_is_refused_quickly():
    book = Workbook()
    book.active["XFD1048576"] = 1
    book.active["A1"] = "摘要"
    out = io.BytesIO()
    book.save(out)
    with pytest.raises(SheetError):
        read_sheet(out.getvalue(), "a.xlsx")


@given(st.binary(max_size=300))
def test_random_bytes_as_csv_raise_only_sheet_errors(data):
    try:
        sheet = read_sheet(data if not data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")) else b"", "a.csv")
    except SheetError:
        return
    assert sheet.headers


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1,234.50", "1234.50"), ("￥1,234.5", "1234.50"), ("(500)", "-500.00"),
        ("（500.00）", "-500.00"), ("１２３．４５", "123.45"),
        ("1,234.50元", "1234.50"), (0.1 + 0.2, "0.30"), (-0.0, "0.00"), ("", "0.00"), (None, "0.00"),
        ("¥-3", "-3.00"), (12, "12.00"),
    ],
)  # fmt: skip
def test_amounts_of_accounting_programs_are_read(text, amount):
    assert str(parse_amount(text)) == amount


@pytest.mark.parametrize(
    "text", ["abc", "=100", "1_000", "1,23", "NaN", "Infinity", "1e99", "0.001", "12 34", True, "٣", "--1"]
)
def test_wrong_amount_is_refused_in_chinese(text):
    with pytest.raises(ValueError, match="金额"):
        parse_amount(text)


@pytest.mark.parametrize(
    "value",
    ["20250603", "2025.6.3", "2025/6/3", "2025-06-03", "2025年6月3日", "２０２５．６．３", 45811, 45811.0, "45811",
     datetime(2025, 6, 3, 23, 59), "2025-06-03 10:20:30"],  # noqa: DTZ001
)  # fmt: skip
def test_dates_of_accounting_programs_are_read(value):
    assert parse_date(value) == date(2025, 6, 3)


@pytest.mark.parametrize("value", ["2025-02-29", "明天", "", None, "20251301", True])
def test_wrong_date_is_refused_in_chinese(value):
    with pytest.raises(ValueError, match="日"):
        parse_date(value)


LIVE = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "==1+1", "＝1", " =1", "＠x", "\n=1", "\u200b=1"]


@pytest.mark.parametrize("text", LIVE)
def test_export_never_holds_a_live_formula(text):
    book = load_workbook(io.BytesIO(write_xlsx({"表": (["名称"], [[text], [Decimal("1.5")], ["123"]])})))
    cell = book.active["A2"]
    assert cell.data_type == "s"
    assert str(cell.value).startswith("'")
    assert (book.active["A3"].value, book.active["A4"].value) == (1.5, "123")
    line = write_csv(["名称"], [[text]]).decode("utf-8-sig").split("\r\n", 1)[1]
    assert line.lstrip('"').startswith("'")


def test_written_workbook_is_read_back():
    data = write_xlsx({"明细": (["摘要", "金额"], [["场租", Decimal("12.30")], ["a\x00b\ud800", None]])})
    sheet = read_sheet(data, "a.xlsx")
    assert sheet.rows[0].cells == ("场租", 12.3)
    assert sheet.rows[1].cells[0] == "ab"
