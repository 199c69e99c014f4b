"""Import and export of units, consortia and members: dry run, errors by cell, all or nothing (A5, F13, M11)."""

import io
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from consortia.actions import imports
from consortia.models import Consortium, ImportRun, Invitation, Membership, Unit
from consortia.tasks import run_import, sweep_imports
from portal import events
from portal.measures.credit_code import make_credit_code
from portal.models import Event, OutboxMail
from portal.sheets import write_xlsx
from tests import factories

pytestmark = pytest.mark.django_db
UNIT_HEADERS = ["统一社会信用代码", "单位全称", "单位性质", "所在区", "会计制度", "法定代表人", "id"]


def _unit_row(number: int, **changes):
    row = {
        "code": make_credit_code("91110108", f"MA77{number:04d}"),
        "name": f"北京导入{number}有限公司",
        "kind": "民营企业",
        "district": "海淀区",
        "books": "企业会计准则",
        "person": "周导入",
        "id": 1,
    }
    return list((row | changes).values())


def _upload(client, model: str, headers, rows, name="表.xlsx"):
    data = write_xlsx({"表": (headers, rows)})
    return _send(client, model, SimpleUploadedFile(name, data))


def _send(client, model: str, upload):
    url = reverse(f"admin:consortia_{model}_import")
    return client.post(url, {"file": upload}, follow=True)


def _confirm(client, model: str):
    run = ImportRun.objects.filter(kind=model).first()
    return client.post(reverse(f"admin:consortia_{model}_import_run", args=[run.pk]), follow=True)


def _errors(client, model: str):
    run = ImportRun.objects.filter(kind=model).first()
    book = client.get(reverse(f"admin:consortia_{model}_import_errors", args=[run.pk]))
    return list(load_workbook(io.BytesIO(book.content)).active.values)


@pytest.fixture
def officer(client):
    user = factories.make_user("officer")
    client.force_login(user)
    return user


def test_units_are_checked_first_then_stored_as_approved(client, officer):
    known = factories.make_unit(district="海淀区")
    changed = _unit_row(0, code=known.credit_code.lower(), name=known.name, district="昌平区", person="赵测试")
    page = _upload(client, "unit", [*UNIT_HEADERS, "联系邮箱"], [[*_unit_row(1), "A@example.com"], [*changed, ""]])
    assert "新增 1 行，修改 1 行" in page.content.decode()
    assert Unit.objects.count() == 1
    assert "已写入" in _confirm(client, "unit").content.decode()
    known.refresh_from_db()
    assert known.district == "昌平区"
    fresh = Unit.objects.get(name="北京导入1有限公司")
    assert fresh.state == "approved"
    assert Invitation.objects.get(unit=fresh).email == "a@example.com"
    assert OutboxMail.objects.filter(to="a@example.com").count() == 1
    verbs = set(Event.objects.values_list("verb", flat=True))
    assert {"unit.register", "unit.update", "unit.invite", "unit.import"} <= verbs
    assert events.first_break() is None


def test_the_same_file_twice_writes_nothing_twice(client, officer):
    rows = [_unit_row(n) for n in range(3)]
    _upload(client, "unit", UNIT_HEADERS, rows)
    _confirm(client, "unit")
    assert "已写入" in _confirm(client, "unit").content.decode()
    page = _upload(client, "unit", UNIT_HEADERS, rows).content.decode()
    assert "没有需要写入的" in page
    assert "无变化 3 行" in page
    assert "确认导入" not in page
    _confirm(client, "unit")
    assert Unit.objects.count() == 3
    assert Event.objects.filter(verb="unit.import").count() == 1


def test_wrong_cells_are_named_and_the_whole_file_stays_out(client, officer):
    rows = [_unit_row(1), _unit_row(2, kind="私企"), _unit_row(3, code="91110108MA77000311"), _unit_row(4, person="")]
    rows += [_unit_row(1), _unit_row(5, district="火星", kind="甲"), _unit_row(6, name="甲" * 101)]
    text = _upload(client, "unit", UNIT_HEADERS, rows).content.decode()
    for told in (
        "C 列“单位性质”", "，填的是“私企”", "“私企”不在可填的范围内", "校验位", "请填写“法定代表人”",
        "与本表第 1 条数据重复", "“火星”不在可填的范围内", "100",
    ):  # fmt: skip
        assert told in text
    cells = _errors(client, "unit")
    assert [row[-2] for row in cells[1:]] == [3, 4, 5, 6, 7, 8]
    assert "C 列“单位性质”" in cells[1][-1]
    _confirm(client, "unit")
    assert not Unit.objects.exists()


def test_what_others_changed_meanwhile_is_found_before_writing(client, officer):
    _upload(client, "unit", UNIT_HEADERS, [_unit_row(1), _unit_row(2)])
    factories.make_unit(credit_code=_unit_row(1)[0], name="抢先登记的单位")
    page = _confirm(client, "unit").content.decode()
    assert "更名请在单位页面办理" in page
    assert Unit.objects.count() == 1


def test_renaming_by_import_is_refused(client, officer):
    known = factories.make_unit()
    page = _upload(client, "unit", UNIT_HEADERS, [_unit_row(0, code=known.credit_code, name="别的名称")])
    assert "更名请在单位页面办理" in page.content.decode()


def test_missing_columns_and_other_files_get_a_sentence(client, officer):
    assert "缺少这些列" in _upload(client, "unit", ["单位全称", "所在区"], [["甲", "海淀区"]]).content.decode()
    assert "没有数据行" in _upload(client, "unit", UNIT_HEADERS, []).content.decode()
    for name, data in (("表.xlsx", b"PK\x03\x04nonsense"), ("表.pdf", b"%PDF-1.4"), ("表.csv", b"")):
        answer = _send(client, "unit", SimpleUploadedFile(name, data))
        assert "error" in answer.content.decode()
    assert not Unit.objects.exists()


@pytest.mark.parametrize("encoding", ["gbk", "utf-8-sig"])
def test_csv_of_office_programs_is_read_with_a_title_above_the_header(client, officer, encoding):
    lines = [["单位名录"], UNIT_HEADERS, list(map(str, _unit_row(1)))]
    data = "\n".join(",".join(line) for line in lines).encode(encoding)
    _send(client, "unit", SimpleUploadedFile("名录.csv", data))
    _confirm(client, "unit")
    assert Unit.objects.get().name == "北京导入1有限公司"


def test_a_run_of_another_person_or_list_cannot_be_confirmed(client, officer):
    _upload(client, "unit", UNIT_HEADERS, [_unit_row(1)])
    run = ImportRun.objects.get()
    assert client.get(reverse("admin:consortia_membership_import_run", args=[run.pk])).status_code == 404
    client.force_login(factories.make_user("officer"))
    assert "由上传人" in client.get(reverse("admin:consortia_unit_import_run", args=[run.pk])).content.decode()
    _confirm(client, "unit")
    assert not Unit.objects.exists()


def test_the_template_is_read_back_and_says_what_belongs_into_each_column(client, officer):
    for model in ("unit", "consortium", "membership"):
        book = load_workbook(io.BytesIO(client.get(reverse(f"admin:consortia_{model}_template")).content))
        assert len(book.worksheets) == 2
        assert [cell.value for cell in book.worksheets[1][1]] == ["列", "要求", "怎样填写"]
    client.force_login(factories.make_user("bast"))
    assert client.get(reverse("admin:consortia_unit_template")).status_code == 403


def test_a_large_table_is_checked_and_written_by_the_worker(
    client, officer, django_capture_on_commit_callbacks, django_assert_max_num_queries
):
    headers = [*UNIT_HEADERS, "联系邮箱"]
    rows = [[*_unit_row(n), f"c{n}@example.com"] for n in range(600)]
    page = _upload(client, "unit", headers, rows).content.decode()
    run = ImportRun.objects.get()
    assert not imports.is_small(run)
    assert "排队" in page
    assert f"/import/{run.pk}/progress/" in page
    url = reverse("admin:consortia_unit_import_progress", args=[run.pk])
    assert "progress" in client.get(url).content.decode()
    with django_assert_max_num_queries(60):
        run_import(run.pk)
    assert client.get(url).headers["HX-Refresh"] == "true"
    with django_capture_on_commit_callbacks(execute=True), django_assert_max_num_queries(90):
        _confirm(client, "unit")
    run.refresh_from_db()
    assert (run.state, run.counts["新增"], Unit.objects.count()) == ("stored", 600, 600)
    assert Invitation.objects.count() == 600
    assert officer.notifications.filter(title__contains="已写入").exists()
    assert events.first_break() is None


def test_a_lost_or_killed_run_is_woken_and_gives_up_after_some_times(client, officer):
    _upload(client, "unit", UNIT_HEADERS, [_unit_row(n) for n in range(600)])
    run = ImportRun.objects.get()
    assert sweep_imports() == 0
    ImportRun.objects.update(touched_at=timezone.now() - timedelta(minutes=5))
    assert sweep_imports() == 1
    run.refresh_from_db()
    assert run.state == "checked"
    ImportRun.objects.update(attempts=3, touched_at=timezone.now() - timedelta(minutes=5))
    imports.confirm_import(run, by=officer)
    ImportRun.objects.update(attempts=3)
    run_import(run.pk)
    run.refresh_from_db()
    assert run.state == "failed"
    assert not Unit.objects.exists()
    page = reverse("admin:consortia_unit_import_run", args=[run.pk])
    assert "重新检查" in client.get(page).content.decode()
    client.post(page, {"retry": "1"})
    run_import(run.pk)
    run.refresh_from_db()
    assert run.state == "checked"


def test_consortia_and_members_are_imported_by_name_and_code(client, officer):
    lead, unit = factories.make_unit(), factories.make_unit()
    member = factories.make_person(unit, "member")
    headers = ["联合体名称", "牵头单位信用代码", "重点领域", "服务区域", "成立日期", "成立（批复）文件"]
    row = ["虚构航天联合体", lead.credit_code, "商业航天、人工智能", "海淀区", "2023.5.1", "批复"]
    _upload(client, "consortium", headers, [row])
    _confirm(client, "consortium")
    consortium = Consortium.objects.get()
    assert consortium.fields == ["商业航天", "人工智能"]
    assert consortium.lead_terms.get().unit == lead
    headers = ["联合体名称", "成员单位信用代码", "加入日期", "承担任务", "退出日期"]
    rows = [["虚构航天联合体", unit.credit_code, "20240102", "载荷测试", ""]]
    _upload(client, "membership", headers, rows)
    _confirm(client, "membership")
    assert Membership.objects.get(unit=unit).task == "载荷测试"
    assert member.notifications.filter(title__contains="请确认加入").exists()
    assert "无变化 1 行" in _upload(client, "membership", headers, rows).content.decode()
    rows[0][-1] = "20240601"
    _upload(client, "membership", headers, rows)
    _confirm(client, "membership")
    assert Membership.objects.get(unit=unit).left_on is not None


def test_wrong_consortia_and_members_are_told_by_cell(client, officer):
    lead, pending = factories.make_unit(), factories.make_unit(state="pending")
    consortium = factories.make_consortium(lead, members=1)
    member = consortium.memberships.get(role="member")
    headers = ["联合体名称", "牵头单位信用代码", "重点领域", "服务区域", "成立日期", "成立（批复）文件"]
    rows = [
        [consortium.name, factories.make_unit().credit_code, "人工智能", "海淀区", "2023-05-01", "批复"],
        ["甲联合体", lead.credit_code, "炼金术", "海淀区", "2999-01-01", "批复"],
        ["乙联合体", pending.credit_code, "人工智能", "海淀区", "昨天", "批复"],
    ]
    text = _upload(client, "consortium", headers, rows).content.decode()
    for told in ("更换牵头单位", "“炼金术”不在可填的范围内", "不能晚于今天", "不是日期"):
        assert told in text
    headers = ["联合体名称", "成员单位信用代码", "加入日期", "退出日期"]
    revoked = factories.make_consortium(members=0, status="revoked")
    rows = [
        [consortium.name, pending.credit_code, "2024-01-01", ""],
        ["没有的联合体", lead.credit_code, "2024-01-01", ""],
        [consortium.name, member.unit.credit_code, "2024-01-01", ""],
        [revoked.name, factories.make_unit().credit_code, "2024-01-01", ""],
        [consortium.name, factories.make_unit().credit_code, "2001-01-01", "2000-01-01"],
        [consortium.name, lead.credit_code, "2023-05-01", "2024-01-01"],
    ]
    text = _upload(client, "membership", headers, rows).content.decode()
    for told in (
        "尚未开通或已合并", "名录中没有联合体", "加入日期不能修改", "资格已撤销", "联合体成立", "牵头单位不能退出",
    ):  # fmt: skip
        assert told in text
    assert Membership.objects.count() == 3


def test_only_the_officer_imports(client):
    client.force_login(factories.make_user("director"))
    assert client.get(reverse("admin:consortia_unit_import")).status_code == 403


def test_export_holds_no_live_formula_and_follows_the_filters(client, officer):
    factories.make_unit(name="=1+1", district="海淀区", address="@SUM(A1)")
    factories.make_unit(kind="park")
    response = client.get(reverse("admin:consortia_unit_export"), {"kind__exact": "private"})
    sheet = load_workbook(io.BytesIO(response.content)).active
    rows = list(sheet.iter_rows(values_only=True))
    assert len(rows) == 2
    assert rows[1][1] == "'=1+1"
    assert {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value} == {"s"}
    assert Event.objects.filter(verb="unit.export").exists()
    plain = client.get(reverse("admin:consortia_unit_export"), {"kind__exact": "private", "file_format": "csv"})
    assert plain["Content-Type"] == "text/csv"
    lines = plain.content.decode("utf-8-sig").splitlines()
    assert len(lines) == 2
    assert "'=1+1" in lines[1]
