"""Import of ledger files (F3; M10-M12): mapping, errors by cell, all or nothing, once."""

from datetime import timedelta

import pytest
from django.utils import timezone

from funding.models import BanFinding, LedgerImport, LedgerLine
from funding.queries import money_summary
from funding.queries.ledger_import import dry_run
from portal.errors import Invalid, NotAllowed, Refused
from portal.sheets import write_xlsx
from tests.funding.money_tools import make_scene

pytestmark = pytest.mark.django_db
HEAD = ["日期", "凭证字号", "摘要", "科目", "收款方", "金额", "资金来源", "发票号码"]


@pytest.fixture
def scene():
    return make_scene()


def row(voucher="记-1", summary="产业创新活动场地租赁费", amount="1000.00", **changes):
    values = {
        "日期": timezone.localdate().isoformat(),
        "凭证字号": voucher,
        "摘要": summary,
        "科目": "会议费",
        "收款方": "北京虚构会展服务有限公司",
        "金额": amount,
        "资金来源": "财政专项",
        "发票号码": "",
    } | changes
    return [values[name] for name in HEAD]


def csv(*rows, head=HEAD, encoding="utf-8-sig"):
    return "\n".join(",".join(f'"{cell}"' for cell in line) for line in [head, *rows]).encode(encoding)


def book(scene, data, name="账.csv", **changes):
    return scene.import_file(data, name, **changes)


@pytest.mark.parametrize("encoding", ["gbk", "utf-8-sig"])
def test_file_is_booked_with_verdict_category_and_finding(scene, encoding):
    data = csv(
        row(), row("记-2", "客户业务招待宴请", "800.00"), ["合计", "", "", "", "", "1800", "", ""], encoding=encoding
    )
    record = book(scene, data)
    lines = list(record.lines.order_by("voucher_no"))
    assert [(line.verdict, line.category) for line in lines] == [("allowed", "meeting_fee"), ("banned", "meeting_fee")]
    assert (record.row_count, record.skipped, BanFinding.objects.count()) == (2, [[4, "小计、合计或重复表头"]], 2)
    assert record.file.sha256 == record.sha256


def test_xlsx_in_debit_and_credit_skips_the_bank_side(scene):
    today = timezone.localdate()
    rows = [
        [today, "记-7", "专家评审费", "劳务费", "外部专家三人", 900, None],
        [today, "记-7", "专家评审费", "银行存款", "", None, 900],
    ]
    data = write_xlsx({"账": (["日期", "凭证号", "摘要", "科目", "收款方", "借方金额", "贷方金额"], rows)})
    record = book(scene, data, "账.xlsx")
    assert (record.lines.get().amount, record.skipped) == (900, [[3, "贷方对应科目，不是支出"]])


def test_errors_name_row_and_column_and_nothing_is_booked(scene):
    late = (timezone.localdate() + timedelta(days=3)).isoformat()
    data = csv(row(), row("记-2", 日期=late), row("", amount="很多"), row("记-4", "字" * 201))
    preview = dry_run(scene.project, data, "账.csv")
    assert {line.line: set(line.errors) for line in preview.wrong} == {
        3: {"spent_on"},
        4: {"voucher", "amount"},
        5: {"summary"},
    }
    with pytest.raises(Refused, match="第 3 行：凭证日期"):
        book(scene, data)
    assert not LedgerLine.objects.exists()
    assert not LedgerImport.objects.exists()


def test_same_file_and_same_rows_are_refused(scene):
    book(scene, csv(row(), row("记-2")))
    with pytest.raises(Refused, match="同一文件已于"):
        book(scene, csv(row(), row("记-2")))
    with pytest.raises(Refused, match="已入账"):
        book(scene, csv(row("记-2"), row(), encoding="gbk"))
    assert LedgerLine.objects.count() == 2


def test_file_above_the_grant_left_is_refused_whole(scene):
    with pytest.raises(Refused, match="超过可用余额"):
        book(scene, csv(row(amount="200000"), row("记-2", amount="10000.01")))
    book(scene, csv(row(amount="210000"), row("记-2", amount="9999", 资金来源="单位自筹")))
    assert money_summary(scene.project).available == 0


def test_red_entry_is_tied_to_its_original_in_file_and_ledger(scene):
    scene.book("记-0", "77.00")
    book(scene, csv(row(amount="500"), row("记-2", "冲销误记", "-500"), row("记-3", "冲销误记", "-77")))
    assert LedgerLine.objects.filter(reverses__isnull=False).count() == 2
    money = money_summary(scene.project)
    assert (money.spent, money.pending_count, money.available) == (0, 0, 210000)


def test_red_entry_without_original_gives_no_money_back(scene):
    book(scene, csv(row(amount="210000"), row("记-2", "冲销误记", "-500")))
    money = money_summary(scene.project)
    assert (money.available, money.pending_count) == (0, 1)
    with pytest.raises(Refused, match=r"余额 ¥0\.00"):
        scene.book("记-9", "500.00")


def test_columns_can_be_named_by_a_person(scene):
    head = ["a", "b", "c", "d", "e", "f"]
    data = csv([timezone.localdate().isoformat(), "记-1", "专家评审费", "劳务费", "外部专家", "9"], head=head)
    assert "没有找到列" in dry_run(scene.project, data, "a.csv").problems[0]
    mapping = {"spent_on": 0, "voucher": 1, "summary": 2, "account": 3, "payee": 4, "amount": 5}
    assert book(scene, data, mapping=mapping).row_count == 1


def test_invoice_booked_elsewhere_holds_the_row(scene):
    make_scene().book(invoice_no="2400002")
    assert book(scene, csv(row(发票号码="2400002"))).lines.get().verdict == "needs-review"


@pytest.mark.parametrize("data", [b"", b"\x89PNG\r\n\x00", b"PK\x03\x04broken"])
def test_unreadable_file_is_refused_with_a_sentence(scene, data):
    with pytest.raises(Invalid, match="。"):
        book(scene, data)


def test_people_who_do_not_keep_the_ledger_cannot_import(scene):
    with pytest.raises(NotAllowed):
        scene.bring(csv(row()), by=scene.finance)
