"""The expert pool: list with loads and filters, cards, export, and the import that tells new cards from known ones."""

import io
from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook
from tablib import Dataset

from consortia.actions import imports
from consortia.models import ImportRun
from portal.models import User
from portal.sheets import write_csv
from reviews.actions.import_rows import ExpertResource
from reviews.models import Assignment, Expert, ExpertAbsence, ExpertPost
from tests.factories import make_expert, make_unit, make_user, seat
from tests.reviews.worlds import open_world, seat_of

pytestmark = pytest.mark.django_db
LIST = "admin:reviews_expert_changelist"
HEADERS = (
    *("登录名", "姓名", "手机", "邮箱", "现单位", "现单位信用代码", "职称", "类别", "熟悉领域"),
    *("一轮最多评审项数", "可抽取", "聘期至", "曾任职单位", "不便评审时段"),
)
GOOD = (
    *("zj01", "钱评审", "13900000000", "zj01@example.com", "虚构大学", "", "教授", "技术", "人工智能、高端装备制造"),
    *("8", "是", "2030-12-31", "北京旧单位，2018-01-01，2024-06-30；更早的单位", "2030-05-01，2030-05-10，出国"),
)


@pytest.fixture
def officer(client):
    user = make_user("officer")
    client.force_login(user)
    return user


def _row(**changes) -> tuple:
    return tuple((dict(zip(HEADERS, GOOD, strict=True)) | changes).values())


def _upload(client, *rows, headers=HEADERS):
    data = write_csv(headers, rows)
    file = SimpleUploadedFile("experts.csv", data, content_type="text/csv")
    client.post(reverse("admin:reviews_expert_import"), {"file": file})
    return ImportRun.objects.filter(kind="expert").first()


def _page(client, run):
    return client.get(reverse("admin:reviews_expert_import_run", args=[run.pk])).content.decode()


def _confirm(client, run):
    client.post(reverse("admin:reviews_expert_import_run", args=[run.pk]), {})
    run.refresh_from_db()
    return run


def test_a_table_is_checked_shown_and_written_only_when_confirmed(client, officer):
    run = _upload(client, GOOD)
    assert (run.state, Expert.objects.count()) == ("checked", 0)
    assert "新增 1 行" in _page(client, run)
    assert _confirm(client, run).state == "stored"
    expert = Expert.objects.get()
    assert (expert.user.name, expert.fields, expert.max_load) == ("钱评审", ["人工智能", "高端装备制造"], 8)
    assert {(post.unit_name, post.ended_on) for post in expert.posts.all()} == {
        ("北京旧单位", date(2024, 6, 30)),
        ("更早的单位", None),
    }
    assert (expert.absences.get().away_from, expert.absences.get().note) == (date(2030, 5, 1), "出国")
    assert not expert.user.has_usable_password()
    assert _confirm(client, run).state == "stored"
    assert Expert.objects.count() == 1


def test_known_cards_are_told_from_new_ones_and_empty_cells_leave_what_is_stored(client, officer):
    _confirm(client, _upload(client, GOOD))
    run = _upload(
        client, _row(职称="研究员", 聘期至="", 曾任职单位="", 不便评审时段="", 可抽取=""), _row(登录名="zj02", 手机="")
    )
    assert run.counts["修改"] == run.counts["新增"] == 1
    _confirm(client, run)
    expert = Expert.objects.get(user__username="zj01")
    assert (expert.title, expert.term_until, expert.posts.count()) == ("研究员", date(2030, 12, 31), 2)
    assert expert.absences.count() == 1
    same = _upload(client, _row(职称="研究员"))
    assert same.counts["无变化"] == 1


def test_a_card_without_a_login_name_is_found_by_its_telephone(client, officer):
    _confirm(client, _upload(client, GOOD))
    run = _confirm(client, _upload(client, _row(登录名="", 现单位="另一大学")))
    assert run.state == "stored"
    expert = Expert.objects.get()
    assert expert.unit_name == "另一大学"
    assert {post.unit_name for post in expert.posts.all()} >= {"虚构大学", "北京旧单位"}
    unknown = _upload(client, _row(登录名="", 手机="13911111111"))
    assert unknown.state == "faulty"
    assert "没有凭手机找到已有专家" in _page(client, unknown)


def test_bad_cells_are_named_with_line_and_column_and_nothing_is_stored(client, officer):
    make_user("finance", username="clerk", name="财务甲")
    make_user(username="holder", name="赵同号", phone="13822222222")
    run = _upload(
        client,
        GOOD,
        GOOD,
        _row(登录名="a", 手机="", 类别="哲学"),
        _row(登录名="b", 手机="", 熟悉领域="炼金术"),
        _row(登录名="c", 手机="", 聘期至="昨天"),
        _row(登录名="d", 手机="", 邮箱="no mail"),
        _row(登录名="e", 手机="", 姓名=""),
        _row(登录名="f", 手机="", 曾任职单位="旧单位，去年"),
        _row(登录名="g", 手机="", 不便评审时段="2025-05-10，2025-05-01"),
        _row(登录名="clerk", 手机="", 姓名="财务甲"),
        _row(登录名="h", 手机="13822222222"),
        _row(登录名="i", 手机="", 一轮最多评审项数="0"),
        _row(登录名="j", 手机="", 现单位信用代码="123"),
        _row(登录名="holder", 手机="", 姓名="赵同名"),
    )
    page = _page(client, run)
    words = (
        *("重复", "哲学", "炼金术", "昨天", "不是有效的邮箱", "请填写“姓名”", "去年", "止期早于起期", "管理单位人员"),
        *("属于账号“holder”", "须为 1 至 99", "与账号“holder”的姓名“赵同号”不同", "F 列"),
    )
    assert [word for word in words if word not in page] == []
    assert (run.state, run.counts["有误"], Expert.objects.count()) == ("faulty", 13, 0)
    book = load_workbook(
        io.BytesIO(client.get(reverse("admin:reviews_expert_import_errors", args=[run.pk])).content)
    ).active
    assert (book.max_row, book.cell(row=2, column=15).value) == (14, 3)


def test_a_failure_while_writing_stores_nothing(client, officer, monkeypatch):
    run = _upload(client, GOOD, _row(登录名="zj02", 手机=""))
    monkeypatch.setattr("reviews.actions.experts.void_conflicted", lambda *args: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        _confirm(client, run)
    assert not Expert.objects.exists()
    assert not User.objects.filter(username__in=["zj01", "zj02"]).exists()


def test_formulas_and_markup_in_a_table_stay_text(client, officer):
    run = _confirm(client, _upload(client, _row(姓名="<b>=1+1</b>", 现单位="=HYPERLINK(1)")))
    assert run.state == "stored"
    assert "<b>=1+1" not in client.get(reverse(LIST)).content.decode()
    book = load_workbook(io.BytesIO(client.get(reverse("admin:reviews_expert_export")).content)).active
    cells = {cell.value: cell.data_type for row in book.iter_rows() for cell in row}
    assert "f" not in cells.values()
    assert "'=HYPERLINK(1)" in cells


def test_the_export_can_be_imported_again_without_a_change(client, officer):
    _confirm(client, _upload(client, GOOD))
    data = client.get(reverse("admin:reviews_expert_export")).content
    file = SimpleUploadedFile("experts.xlsx", data)
    client.post(reverse("admin:reviews_expert_import"), {"file": file})
    assert ImportRun.objects.first().counts["无变化"] == 1


def test_the_export_follows_the_filter_and_directors_do_not_import(client, officer):
    make_expert(background="finance", user=make_user(name="财务专家"))
    make_expert(user=make_user(name="技术专家"))
    data = client.get(reverse("admin:reviews_expert_export") + "?background__exact=finance").content
    assert load_workbook(io.BytesIO(data)).active.max_row == 2
    client.force_login(make_user("director"))
    assert client.get(reverse("admin:reviews_expert_export")).status_code == 200
    assert client.get(reverse("admin:reviews_expert_import")).status_code == 403


def test_large_tables_go_to_the_worker(client, officer, monkeypatch):
    monkeypatch.setattr(imports, "INLINE_BYTES", 10)
    run = _upload(client, GOOD)
    assert run.state == "queued"
    imports.work(run.pk)
    run.refresh_from_db()
    assert run.state == "checked"
    note = officer.notifications.get(title__startswith="导入评审专家")
    assert client.get(note.url).status_code == 200


def test_checking_a_table_takes_a_constant_number_of_queries(officer, django_assert_max_num_queries):
    for count in (2, 40):
        rows = [_row(登录名=f"x{n}", 手机="") for n in range(count)]
        with django_assert_max_num_queries(4):
            resource = ExpertResource()
            result = resource.import_data(Dataset(*rows, headers=HEADERS), use_transactions=False)
        assert len(resource.planned) == count
        assert not result.has_validation_errors()


def _names(client, query: str) -> set[str]:
    page = client.get(f"{reverse(LIST)}?{query}")
    assert page.status_code == 200
    return {expert.user.name for expert in page.context["cl"].result_list}


def test_the_list_filters_by_field_availability_unit_and_load(client, officer):
    today = timezone.localdate()
    round, people, _ = open_world(experts=3)
    User.objects.filter(pk=people[0].user_id).update(name="在评者")
    Expert.objects.filter(pk=people[0].pk).update(fields=["商业航天"], max_load=1)
    make_expert(user=make_user(name="停用者"), available=False)
    make_expert(user=make_user(name="届满者"), term_until=today - timedelta(days=1), unit_name="别处")
    away = make_expert(user=make_user(name="不便者"))
    ExpertAbsence.objects.create(expert=away, away_from=today, note="出国")
    ExpertPost.objects.create(expert=away, unit_name="从前的研究院", ended_on=today)
    assert _names(client, "field=商业航天") == {"在评者"}
    assert _names(client, "can=off") == {"停用者"}
    assert _names(client, "can=term") == {"届满者"}
    assert _names(client, "can=away") == {"不便者"}
    assert _names(client, "can=free") == {"在评者", people[1].user.name, people[2].user.name}
    assert _names(client, "unit_name=别处") == {"届满者"}
    assert "在评者" in _names(client, "load=some")
    assert _names(client, "load=full") == {"在评者"}
    assert _names(client, "load=none") == {"停用者", "届满者", "不便者"}
    assert _names(client, "load=many") == set()
    assert _names(client, "q=从前的研究院") == {"不便者"}
    assert "不便：" in client.get(reverse(LIST)).content.decode()
    seat_of(round, people[0])


def test_loads_are_counted_by_the_database(client, officer):
    round, people, _ = open_world(applications=2, experts=3)
    Assignment.objects.filter(expert=people[0], item=round.items.first()).update(state="voided", reason="作废")
    rows = {row.pk: row for row in client.get(reverse(LIST)).context["cl"].result_list}
    assert [(rows[p.pk].now, rows[p.pk].in_call, rows[p.pk].ever) for p in people[:2]] == [(1, 1, 1), (2, 2, 2)]
    round.state = "closed"
    round.save()
    rows = {row.pk: row for row in client.get(reverse(LIST)).context["cl"].result_list}
    assert (rows[people[1].pk].now, rows[people[1].pk].ever) == (0, 2)


@pytest.mark.parametrize("count", [1, 30])
def test_the_list_takes_a_constant_number_of_queries(client, officer, count, django_assert_num_queries):
    for _ in range(count):
        make_expert()
    client.get(reverse(LIST))
    with django_assert_num_queries(7):
        client.get(reverse(LIST))


CARD = {
    "unit_name": "虚构大学",
    "title": "研究员",
    "background": "finance",
    "fields": ["人工智能"],
    "max_load": "8",
    "available": "on",
    "history": "北京旧单位，2018-01-01，2024-06-30",
    "away": "2030-05-01，，进修",
}


def test_a_card_keeps_history_and_absences_and_refuses_wrong_lines(client, officer):
    user, unit = make_user(name="孙评审"), make_unit()
    add = reverse("admin:reviews_expert_add")
    for wrong in ({"history": "旧单位，去年"}, {"away": "，2025-01-01"}, {"unit": "没有这个单位"}, {"max_load": "x"}):
        page = client.post(add, {"user": user.pk} | CARD | wrong)
        assert page.status_code == 400
    assert client.post(add, {"user": user.pk, "unit": unit.credit_code} | CARD).status_code == 302
    expert = Expert.objects.get(user=user)
    assert (expert.unit, expert.posts.get().unit_name, expert.absences.get().away_to) == (unit, "北京旧单位", None)
    change = reverse("admin:reviews_expert_change", args=[expert.pk])
    page = client.get(change).content.decode()
    assert "将有不便：2030年5月1日起，另行通知，进修" in page
    assert "2030-05-01，，进修" in page
    assert client.post(change, CARD | {"unit": unit.name, "away": ""}).status_code == 302
    assert expert.absences.count() == 0
    told = client.get(reverse("admin:reviews_expert_history", args=[expert.pk])).content.decode()
    assert "维护专家信息" in told


def test_a_card_flags_the_same_person_in_other_accounts(client, officer):
    expert = make_expert(user=make_user(name="李双号", phone="13800000009"))
    seat(make_user(name="李双号二", phone="13800000009", username="second"), make_unit(name="申报单位甲"), "drafter")
    seat(make_user(name="李双号", username="namesake"), make_unit(name="申报单位乙"), "member")
    page = client.get(reverse("admin:reviews_expert_change", args=[expert.pk])).content.decode()
    assert "账号“second”（李双号二）与本人手机号相同，按同一人回避" in page
    assert "账号“namesake”与本人同名" in page
