"""manage.py check_expenses: one row a line, in both forms, without a database."""

import csv
import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from portal.sheets import write_xlsx

EXAMPLES = Path(__file__).parents[1] / "data" / "expense_lines.csv"


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


def test_missing_file_ends_with_a_sentence(tmp_path):
    with pytest.raises(CommandError, match="无法打开"):
        run(tmp_path / "none.csv")
