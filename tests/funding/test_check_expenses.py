"""manage.py check_expenses: one row a line, in both forms, without a database."""

import csv
import io
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from portal.sheets import write_xlsx

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "tests" / "data" / "expense_lines.csv"


def run(path, **options):
    out, err = io.StringIO(), io.StringIO()
    call_command("check_expenses", str(path), stdout=out, stderr=err, **options)
    return out.getvalue(), err.getvalue()


def test_csv_form_has_exact_columns_and_physical_lines():
    out, err = run(EXAMPLES, format="csv")
    rows = list(csv.reader(io.StringIO(out)))
    assert rows[0] == ["line", "verdict", "article_item", "evidence", "reason"]
    assert [row[0] for row in rows[1:]] == [str(line) for line in range(2, 59)]
    assert "exact" in err


def test_table_form_ends_with_the_confusion_table():
    out, _ = run(EXAMPLES)
    assert out.rstrip().splitlines()[-1].startswith("exact: ")


@pytest.mark.parametrize("encoding", ["gbk", "utf-8"])
def test_debit_credit_layout_without_labels_is_checked(tmp_path, encoding):
    path = tmp_path / "账.csv"
    path.write_bytes(
        "日期,凭证号,摘要,会计科目,往来单位,借方,贷方\n2025-6-3,1,交通违章罚款,差旅费,某队,200.00,\n".encode(encoding)
    )
    out, err = run(path, format="csv")
    assert out.splitlines()[1].startswith("2,banned,14(5),")
    assert err == ""


def test_xlsx_with_title_row_is_checked(tmp_path):
    path = tmp_path / "a.xlsx"
    path.write_bytes(
        write_xlsx(
            {"a": (["明细账"], [["摘要", "科目", "收款单位", "金额"], ["专家评审费", "劳务费", "专家3人", 900]])}
        )
    )
    out, _ = run(path, format="csv")
    assert out.splitlines()[1].startswith("3,allowed,13,")


def test_unreadable_amount_is_held(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("摘要,科目,收款方,金额\n专家评审费,劳务费,专家,很多\n", encoding="utf-8")
    assert run(path, format="csv")[0].splitlines()[1].startswith("2,needs-review,")


@pytest.mark.parametrize(
    ("content", "word"),
    [(b"", "空"), ("摘要,科目\na,b\n".encode(), "收款方、金额"), (b"\x89PNG\r\n\x1a\n\x00", "编码")],
)
def test_unreadable_file_ends_with_a_sentence(tmp_path, content, word):
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    with pytest.raises(CommandError, match=word):
        run(path)


def test_other_side_of_a_booking_is_no_expense(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(
        "日期,摘要,科目,往来单位,借方,贷方\n2025-6-3,会场租赁费,会议费,某中心,900,\n2025-6-3,会场租赁费,银行存款,某中心,,900\n",
        encoding="utf-8",
    )
    first, second = list(csv.reader(io.StringIO(run(path, format="csv")[0])))[1:]
    assert first[:4] == ["2", "allowed", "13", "摘要：会场租赁费"]
    assert second[:3] == ["3", "allowed", "—"]
    assert "贷方" in second[4]


def test_refund_has_a_dash_for_its_clause(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("摘要,科目,收款方,金额\n退还展商押金,其他应付款,某公司,900\n", encoding="utf-8")
    assert run(path, format="csv")[0].splitlines()[1].startswith("2,allowed,—,")


def test_line_without_an_amount_is_never_allowed(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("摘要,科目,收款方,金额\n会场租赁费,会议费,某中心,\n缴纳罚款,其他,某局,很多\n", encoding="utf-8")
    first, second = list(csv.reader(io.StringIO(run(path, format="csv")[0])))[1:]
    assert first[1] == "needs-review"
    assert "没有填写金额" in first[4]
    assert second[1:3] == ["banned", "14(5)"]
    assert "金额无法读取" in second[4]


def test_what_was_left_out_is_told_beside_the_table(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("摘要,科目,收款方,金额\n合计,,,9\n", encoding="utf-8")
    out, err = run(path, format="csv")
    assert out == "line,verdict,article_item,evidence,reason\n"
    assert "跳过了 1 行" in err
    assert "没有数据行" in err


def test_csv_is_utf_8_in_any_terminal():
    terminal = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    call_command("check_expenses", str(EXAMPLES), format="csv", stdout=terminal, stderr=io.StringIO())
    terminal.flush()
    assert terminal.buffer.getvalue().decode("utf-8").splitlines()[1].startswith("2,allowed,13,摘要：")


def test_closed_pipe_is_no_error():
    command = f"{sys.executable} manage.py check_expenses {EXAMPLES} | exec <&-"
    done = subprocess.run(["sh", "-c", command], cwd=ROOT, capture_output=True, encoding="utf-8", check=False)
    assert (done.stdout, done.stderr) == ("", "")


def test_folder_ends_with_a_sentence(tmp_path):
    with pytest.raises(CommandError, match="无法打开"):
        run(tmp_path)


def test_missing_file_ends_with_a_sentence(tmp_path):
    with pytest.raises(CommandError, match="无法打开"):
        run(tmp_path / "none.csv")
