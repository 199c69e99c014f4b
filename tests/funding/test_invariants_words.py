"""Named tests of the invariants M5 to M8 and M13: disguise, synonyms, harmless words, split bills, passing on."""

import csv
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.utils import timezone

from funding.actions.ledger import decide_line, recheck_project, reverse_line
from funding.actions.related import save_related
from funding.models import RelatedUnit
from funding.queries.spending import Booking, check_bookings
from portal.errors import Conflict, Invalid, NotAllowed
from portal.measures.lexicon import load_lexicon
from portal.measures.spending import ExpenseLine, check_line
from portal.sheets import write_xlsx
from tests import factories
from tests.funding.money_tools import make_scene

LEXICON = load_lexicon(2025)
CORPUS = Path(__file__).parents[1] / "portal" / "measures" / "corpus.csv"
M5 = [
    "罰款", "罚\u200b款", "罚\u3000款", "ＦＡＫＵＡＮ款罚款", "罚\ufe0f款", "\u202e罚款\u202c", "罚\U000e0041款",
    "罚\u0301款", "罸款", "罰欵", "罚\u00ad款", "罚\u2060款",
]  # fmt: skip
M6 = [
    "罸欵", "出囯考察", "岀国考察", "fakuan", "fine", "宴请客户", "餐费", "因公临时出境", "年终慰问", "绩效奖发放",
    "罚-款", "office rent", "annual bonus",
]  # fmt: skip
M7 = [
    "输出国产设备技术手册翻译", "派出国内专家赴长沙技术辅导差旅费", "退出国家标准修订的技术论证会专家费",
    "避免罚款的合规讲座讲课费", "办公室主任授课费（外聘讲师，政策解读培训）",
]  # fmt: skip


@pytest.fixture
def scene(db):
    return make_scene()


@pytest.mark.parametrize("word", M5)
@pytest.mark.parametrize("place", ["summary", "account", "payee"])
def test_m5_disguised_ban_is_found_in_every_column(word, place):
    values = {"summary": "产业创新活动场地租赁费", "account": "会议费", "payee": "某单位"} | {place: word}
    found = check_line(ExpenseLine(**values, amount=Decimal(500)), LEXICON)
    if place == "summary":
        assert (found.verdict, found.article_item) == ("banned", "14(5)")
    elif place == "account":
        assert found.verdict in ("banned", "needs-review")


def test_m5_disguise_in_the_name_of_an_attachment_holds_the_line(scene):
    line = scene.book(attachment=(write_xlsx({"a": (["x"], [["y"]])}), "罚\u200b款收据.xlsx"))
    assert (line.verdict, line.article_item) == ("needs-review", "14(5)")


@pytest.mark.parametrize("word", M6)
def test_m6_look_alikes_and_synonyms_never_pass(word):
    for account in ("业务活动成本—学术交流", "研发支出—材料费"):
        assert check_line(ExpenseLine(word, account, "某单位", Decimal(800)), LEXICON).verdict != "allowed"


@pytest.mark.parametrize("summary", M7)
def test_m7_harmless_words_are_never_banned(summary):
    assert (
        check_line(ExpenseLine(summary, "业务活动成本—劳务费", "外聘专家", Decimal(2000)), LEXICON).verdict != "banned"
    )


def test_m7_a_held_line_is_decided_by_a_person_and_logged(scene):
    line = scene.book("记-1", summary="办公室主任授课费")
    decide_line(line, verdict="allowed", article_item="", reason="外聘讲师授课，附签领表", by=scene.finance)
    line.refresh_from_db()
    assert (line.verdict, line.decisions.get().decided_by) == ("allowed", scene.finance)


def test_m8_category_does_not_clear_a_line_about_travel():
    found = check_line(ExpenseLine("旅游", "学术交流", "某旅行社", Decimal(28000)), LEXICON)
    assert found.verdict != "allowed"


def test_m8_one_bill_in_ten_small_ones_is_held(scene):
    day = timezone.localdate() - timedelta(days=20)
    bookings = [
        Booking(
            day + timedelta(days=n % 3),
            f"记-{n}",
            1,
            "产业创新活动搭建服务费",
            "会议费",
            "甲会展公司",
            Decimal(9900 + n),
        )
        for n in range(10)
    ]
    found, _ = check_bookings(scene.project, bookings)
    assert {verdict.verdict for verdict in found} == {"needs-review"}
    assert "拆分" in found[0].reason
    assert "凭证记-" in found[0].reason


def test_m8_split_is_seen_across_single_bookings_and_invoices_across_projects(scene):
    verdicts = [scene.book(f"记-{n}", f"990{n}.00").verdict for n in range(3)]
    assert verdicts == ["allowed", "allowed", "needs-review"]
    other = make_scene()
    scene.book("记-9", "321.00", invoice_no="12345678", payee="乙公司")
    again = other.book("记-1", "123.00", invoice_no="12345678", payee="乙公司")
    assert again.verdict == "needs-review"
    assert scene.project.number in again.findings.get().reason
    booking = Booking(
        timezone.localdate(), "记-2", 1, "活动搭建服务费", "会议费", "乙公司", Decimal(77), invoice_no="12345678"
    )
    assert check_bookings(other.project, [booking])[0][0].verdict == "needs-review"


def test_m8_what_was_cancelled_is_no_double_of_its_replacement(scene):
    wrong = scene.book("记-1", "800.00", invoice_no="77")
    day = timezone.localdate()
    reverse_line(wrong, by=scene.drafter, reason="科目登记错误", voucher_no="冲-1", voucher_date=day)
    right = scene.book("记-2", "800.00", invoice_no="77")
    assert recheck_project(scene.project, by=scene.finance) == 0
    right.refresh_from_db()
    assert right.verdict == "allowed"


def test_m8_ban_hidden_in_an_attachment_only_holds_the_line(scene):
    said = write_xlsx({"清单": (["项目", "金额"], [["KTV 娱乐消费", "1000.00"]])})
    assert scene.book(attachment=(said, "清单.xlsx")).verdict == "needs-review"


def member_of(scene):
    return scene.project.consortium.memberships.exclude(unit=scene.project.lead_unit).first().unit


def booked(scene, payee, summary="样机测试服务费", voucher="记-1"):
    line = scene.book(voucher, "1000.00", summary=summary, payee=payee, account="委托业务费")
    return line.verdict, line.article_item


def test_m13_money_to_a_member_is_held_and_passing_on_is_banned(scene):
    unit = member_of(scene)
    name = unit.name
    assert booked(scene, name) == ("needs-review", "17(5)(7)")
    assert booked(scene, f"{name}海淀分公司", voucher="记-2") == ("needs-review", "17(5)(7)")
    assert booked(scene, f"代收户 {unit.credit_code}", voucher="记-3") == ("needs-review", "17(5)(7)")
    assert booked(scene, "\u200b".join(name), voucher="记-4") == ("needs-review", "17(5)(7)")
    assert booked(scene, name, "拨付任务经费", "记-5") == ("banned", "17(5)(7)")


def test_m13_units_of_the_register_and_of_the_same_head_are_related(scene):
    unit = member_of(scene)
    assert booked(scene, "北京虚构衡远科技有限公司")[0] == "allowed"
    row = save_related(
        unit=unit, name="北京虚构衡远 科技有限公司", relation="subsidiary", source="工商登记信息", by=scene.finance
    )
    assert booked(scene, "北京虚构衡远科技有限公司", voucher="记-2") == ("needs-review", "17(5)(7)")
    ended = timezone.localdate() - timedelta(days=1)
    save_related(
        unit=unit, name=row.name, relation="subsidiary", source="已转让", ended_on=ended, row=row, by=scene.finance
    )
    assert booked(scene, "北京虚构衡远科技有限公司", voucher="记-3")[1] != "17(5)(7)"
    twin = factories.make_unit(name="北京同一法人科技有限公司", legal_representative="同一法人甲")
    type(unit).objects.filter(pk=unit.pk).update(legal_representative="同一法人甲")
    assert booked(scene, twin.name, voucher="记-4") == ("needs-review", "17(5)(7)")


def test_m13_register_takes_no_wrong_code_no_double_and_no_stranger(scene):
    unit = member_of(scene)
    values = {"unit": unit, "relation": "other", "source": "单位说明", "by": scene.finance}
    for wrong in ({"name": " "}, {"name": "甲", "credit_code": "123"}, {"name": unit.name}):
        with pytest.raises(Invalid):
            save_related(**values | wrong)
    save_related(**values, name="北京甲子公司")
    with pytest.raises(Conflict):
        save_related(**values, name="北京 甲子公司")
    with pytest.raises(NotAllowed):
        save_related(**values | {"by": scene.drafter}, name="北京乙子公司")
    assert RelatedUnit.objects.count() == 1


def test_corpus_meets_the_figures_that_must_be_shown():
    with CORPUS.open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    found = [
        (row, check_line(ExpenseLine(row["摘要"], row["科目"], row["收款方"], Decimal(row["金额"])), LEXICON))
        for row in rows
    ]
    banned = [(row, verdict) for row, verdict in found if row["label"] == "banned"]
    allowed = [verdict for row, verdict in found if row["label"] == "allowed"]
    called = [row for row, verdict in found if verdict.verdict == "banned"]
    assert sum(verdict.verdict != "allowed" for _, verdict in banned) / len(banned) >= 0.99
    assert sum(row["label"] == "banned" for row in called) / len(called) >= 0.97
    assert sum(verdict.verdict == "banned" for verdict in allowed) / len(allowed) <= 0.01
    assert sum(verdict.verdict == "needs-review" for verdict in allowed) / len(allowed) <= 0.15
    assert sum(verdict.article_item == row["article_item"] for row, verdict in banned) / len(banned) >= 0.9
