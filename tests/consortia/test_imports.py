"""Import and export of units, consortia and members: dry run, errors by cell, all or nothing (A5, F13, M11)."""

import io
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from openpyxl import load_workbook

from consortia.models import Consortium, Membership, Unit
from portal.measures.credit_code import make_credit_code
from portal.models import Event
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
    return client.post(reverse(f"admin:consortia_{model}_import"), {"file": SimpleUploadedFile(name, data)})


def _confirm(client, model: str, response, **extra):
    token = re.search(r'name="token" value="([^"]+)"', response.content.decode())[1]
    return client.post(reverse(f"admin:consortia_{model}_import"), {"token": token, **extra})


@pytest.fixture
def officer(client):
    user = factories.make_user("officer")
    client.force_login(user)
    return user


def test_units_are_checked_first_then_stored_as_approved(client, officer):
    known = factories.make_unit(district="海淀区")
    changed = _unit_row(0, code=known.credit_code.lower(), name=known.name, district="昌平区", person="赵测试")
    page = _upload(client, "unit", UNIT_HEADERS, [_unit_row(1), changed])
    assert page.status_code == 200
    assert "新增 1 行，修改 1 行" in page.content.decode()
    assert Unit.objects.count() == 1
    assert _confirm(client, "unit", page).status_code == 302
    known.refresh_from_db()
    assert known.district == "昌平区"
    assert Unit.objects.get(name="北京导入1有限公司").state == "approved"
    assert Event.objects.filter(verb="unit.import").exists()


def test_wrong_cells_are_named_and_the_whole_file_stays_out(client, officer):
    rows = [_unit_row(1), _unit_row(2, kind="私企"), _unit_row(3, code="91110108MA77000311"), _unit_row(4, person="")]
    page = _upload(client, "unit", UNIT_HEADERS, rows)
    text = page.content.decode()
    assert "“私企”不在可填的范围内" in text
    assert "校验位" in text
    assert "请填写“法定代表人”" in text
    book = _confirm(client, "unit", page, errors="1")
    cells = list(load_workbook(io.BytesIO(book.content)).active.values)
    assert [row[-2] for row in cells[1:]] == [3, 4, 5]
    assert _confirm(client, "unit", page).status_code == 409
    assert not Unit.objects.exists()


def test_renaming_by_import_is_refused(client, officer):
    known = factories.make_unit()
    page = _upload(client, "unit", UNIT_HEADERS, [_unit_row(0, code=known.credit_code, name="别的名称")])
    assert "更名请在单位页面办理" in page.content.decode()


def test_missing_columns_and_other_files_get_a_sentence(client, officer):
    page = _upload(client, "unit", ["单位全称", "所在区"], [["甲", "海淀区"]])
    assert page.status_code == 400
    assert "缺少这些列" in page.content.decode()
    url = reverse("admin:consortia_unit_import")
    answer = client.post(url, {"file": SimpleUploadedFile("表.xlsx", b"PK\x03\x04nonsense")})
    assert answer.status_code == 400
    assert client.post(url, {"token": "forged"}).status_code == 400


def test_a_token_of_another_person_or_list_is_worthless(client, officer):
    page = _upload(client, "unit", UNIT_HEADERS, [_unit_row(1)])
    client.force_login(factories.make_user("officer"))
    assert _confirm(client, "unit", page).status_code == 400
    assert not Unit.objects.exists()


def test_consortia_and_members_are_imported_by_name_and_code(client, officer):
    lead, unit = factories.make_unit(), factories.make_unit()
    headers = ["联合体名称", "牵头单位信用代码", "重点领域", "服务区域", "成立日期", "成立（批复）文件"]
    row = ["虚构航天联合体", lead.credit_code, "商业航天、人工智能", "海淀区", "2023.5.1", "批复"]
    page = _upload(client, "consortium", headers, [row])
    assert _confirm(client, "consortium", page).status_code == 302
    consortium = Consortium.objects.get()
    assert consortium.fields == ["商业航天", "人工智能"]
    headers = ["联合体名称", "成员单位信用代码", "加入日期", "承担任务", "退出日期"]
    rows = [["虚构航天联合体", unit.credit_code, "20240102", "载荷测试", ""]]
    assert _confirm(client, "membership", _upload(client, "membership", headers, rows)).status_code == 302
    assert Membership.objects.get(unit=unit).task == "载荷测试"
    again = _upload(client, "membership", headers, rows)
    assert "无变化 1 行" in again.content.decode()
    rows[0][-1] = "20240601"
    assert _confirm(client, "membership", _upload(client, "membership", headers, rows)).status_code == 302
    assert Membership.objects.get(unit=unit).left_on is not None


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
