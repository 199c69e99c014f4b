"""Pages of money over HTTP: who sees what, forms, downloads, constant queries."""

import io
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from funding.actions import audits, clawbacks
from funding.models import LedgerLine
from portal.models import Event
from tests import factories
from tests.funding.money_tools import make_scene
from tests.funding.test_import import csv, row

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene():
    return make_scene()


def url(scene, name, *args):
    return reverse(name, args=[scene.project.public_id, *args])


def typed(**changes):
    return {
        "voucher_date": timezone.localdate().isoformat(),
        "voucher_no": "记-1",
        "line_no": "1",
        "summary": "产业创新活动场地租赁费",
        "account": "会议费",
        "payee": "北京虚构会展服务有限公司",
        "amount": "１，２００．５０",
        "source": "grant",
        "category": "meeting_fee",
        "direction": "academic_exchange",
    } | changes


def test_drafter_books_a_line_and_sees_its_verdict(client, scene):
    client.force_login(scene.drafter)
    response = client.post(url(scene, "ledger_add"), typed(summary="客户业务招待宴请"), follow=True)
    assert LedgerLine.objects.get().amount == pytest.approx(1200.50)
    text = response.content.decode()
    assert "第十四条（二）" in text
    assert "招待" in text


def test_check_shows_the_verdict_and_books_nothing(client, scene):
    client.force_login(scene.drafter)
    for address, data in (
        ("ledger_check", typed(summary="支付罚款")),
        ("ledger_add", typed(summary="支付罚款", check="1")),
    ):
        assert "禁列" in client.post(url(scene, address), data).content.decode()
    assert not LedgerLine.objects.exists()


def test_refusal_keeps_what_was_typed(client, scene):
    client.force_login(scene.drafter)
    response = client.post(url(scene, "ledger_add"), typed(amount="999999"))
    assert response.status_code == 409
    assert "超过支持经费余额" in response.content.decode()
    assert 'value="产业创新活动场地租赁费"' in response.content.decode()


def test_page_shows_and_exports_the_same_sums(client, scene):
    scene.book("记-1", "1000.10")
    scene.book("记-2", "0.20")
    scene.book("记-3", "55.55", source="matching")
    client.force_login(scene.finance)
    text = client.get(url(scene, "ledger")).content.decode()
    assert "¥1,000.30" in text
    book = load_workbook(io.BytesIO(client.get(url(scene, "ledger_export")).getvalue()))
    amounts = [cells[6].value for cells in book.active.iter_rows(min_row=2)]
    assert f"{amounts[-1]:.2f}" == f"{sum(amounts[:-1]):.2f}" == "1055.85"
    assert Event.objects.filter(verb="ledger.export", actor=scene.finance).exists()


def test_export_holds_no_live_formula(client, scene):
    scene.book(summary='=HYPERLINK("http://evil","活动")', payee="+1", account="@SUM(1)")
    client.force_login(scene.drafter)
    book = load_workbook(io.BytesIO(client.get(url(scene, "ledger_export")).getvalue()))
    assert not [cell for cells in book.active.iter_rows() for cell in cells if cell.data_type == "f"]


def test_strangers_get_404_and_readers_cannot_write(client, scene):
    line = scene.book()
    names = ["ledger", "ledger_export", "disbursements", "clawbacks"]
    for stranger in (factories.make_person(factories.make_unit(), "drafter"), factories.make_user("auditor")):
        client.force_login(stranger)
        assert {client.get(url(scene, name)).status_code for name in names} == {404}
        assert client.get(url(scene, "ledger_line", line.pk)).status_code == 404
    client.force_login(factories.make_person(scene.project.lead_unit, "supervisor"))
    assert client.get(url(scene, "ledger")).status_code == 200
    assert client.post(url(scene, "ledger_add"), typed()).status_code == 403
    other = make_scene()
    client.force_login(scene.drafter)
    assert client.get(url(scene, "ledger_line", other.book().pk)).status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_ledger_page_needs_constant_queries(client, scene, django_assert_num_queries, count):
    for number in range(count):
        scene.book(f"记-{number}")
    client.force_login(scene.finance)
    client.get(url(scene, "ledger"))
    with django_assert_num_queries(7):
        client.get(url(scene, "ledger"))


@pytest.mark.parametrize(
    "query", ["?verdict=x", "?page=99999999999999999999", "?start=2025-99-99", "?text=%25%5C", "?category="]
)
def test_odd_filters_are_no_error(client, scene, query):
    client.force_login(scene.finance)
    assert client.get(url(scene, "ledger") + query).status_code == 200


def test_file_goes_from_upload_over_dry_run_to_the_ledger(client, scene):
    client.force_login(scene.drafter)
    data = csv(row(), row("记-2", "客户业务招待宴请", "800.00"))
    response = client.post(url(scene, "ledger_upload"), {"file": SimpleUploadedFile("账.csv", data)})
    assert response.status_code == 302
    preview = client.get(response.url).content.decode()
    assert "确认导入 2 行" in preview
    assert not LedgerLine.objects.exists()
    assert client.post(response.url, follow=True).status_code == 200
    assert LedgerLine.objects.count() == 2
    again = client.post(response.url, follow=True).content.decode()
    assert "可能已由他人或另一个窗口处理" in again
    assert LedgerLine.objects.count() == 2


def test_list_of_errors_is_a_workbook(client, scene):
    client.force_login(scene.drafter)
    data = csv(row(), row("记-2", amount="很多"))
    response = client.post(url(scene, "ledger_upload"), {"file": SimpleUploadedFile("账.csv", data)})
    assert "须改正" in client.get(response.url).content.decode()
    book = load_workbook(io.BytesIO(client.get(response.url + "list/").content))
    assert [cell.value for cell in book["问题"][2]][:2] == [3, "金额"]


def test_person_who_does_not_keep_the_ledger_cannot_open_an_uploaded_file(client, scene):
    client.force_login(scene.drafter)
    response = client.post(url(scene, "ledger_upload"), {"file": SimpleUploadedFile("账.csv", csv(row()))})
    client.force_login(factories.make_person(scene.project.lead_unit, "supervisor"))
    assert client.get(response.url).status_code == 403
    client.force_login(make_scene().drafter)
    assert client.get(response.url).status_code == 404


@pytest.mark.parametrize(
    ("name", "data"), [("账.csv", b""), ("账.xlsx", b"PK\x03\x04"), ("a.exe", b"MZ"), ("账.csv", b"\x00\x01")]
)
def test_bad_uploads_are_told_in_the_form(client, scene, name, data):
    client.force_login(scene.drafter)
    response = client.post(url(scene, "ledger_upload"), {"file": SimpleUploadedFile(name, data)})
    assert response.status_code == 400
    assert "error-summary" in response.content.decode()


def test_line_is_reversed_on_its_page(client, scene):
    line = scene.banned()
    client.force_login(scene.drafter)
    data = {"voucher_date": timezone.localdate().isoformat(), "voucher_no": "记-10", "reason": "改由自有资金列支"}
    assert client.post(url(scene, "ledger_reverse", line.pk), data).status_code == 302
    assert client.post(url(scene, "ledger_reverse", line.pk), data | {"voucher_no": "记-11"}).status_code == 409
    assert "已冲销" in client.get(url(scene, "ledger")).content.decode()


def test_unit_confirms_receipt_once(client, scene):
    payment = scene.project.disbursements.get()
    client.force_login(scene.unitadmin)
    assert "确认到账" in client.get(url(scene, "disbursements")).content.decode()
    assert client.post(url(scene, "disbursement_confirm", payment.pk)).status_code == 302
    assert client.post(url(scene, "disbursement_confirm", payment.pk)).status_code == 409
    client.force_login(scene.drafter)
    assert client.get(url(scene, "disbursement_confirm", payment.pk)).status_code == 403


def test_unit_answers_a_clawback_and_sees_no_draft(client, scene):
    case = clawbacks.open_clawback(
        project=scene.project, ground=2, facts="以会议费名义列支招待费用", lines=[scene.banned()], by=scene.officer
    )
    client.force_login(scene.unitadmin)
    assert client.get(url(scene, "clawback", case.pk)).status_code == 404
    clawbacks.notify_clawback(case, by=scene.officer)
    assert case.number in client.get(url(scene, "clawbacks")).content.decode()
    assert client.post(url(scene, "clawback", case.pk), {"text": "短"}).status_code == 400
    assert client.post(url(scene, "clawback", case.pk), {"text": "我单位对事实无异议，愿意退回。"}).status_code == 302
    case.refresh_from_db()
    assert "愿意退回" in case.reply


def test_auditor_asks_unit_answers_and_report_ends_it(client, scene):
    auditor = factories.make_user("auditor")
    today = timezone.localdate()
    engagement = audits.engage_auditor(
        projects=[scene.project],
        auditor=auditor,
        firm="虚构会计师事务所",
        starts_on=today,
        ends_on=today + timedelta(days=5),
        by=scene.officer,
    )
    line = scene.banned()
    audit = engagement.project_audits.get()
    page = reverse("audit", args=[audit.pk])
    client.force_login(auditor)
    assert scene.project.title in client.get(reverse("audits")).content.decode()
    assert client.get(url(scene, "ledger")).status_code == 200
    assert client.post(url(scene, "ledger_add"), typed()).status_code == 403
    ask = reverse("audit_finding", args=[audit.pk])
    data = {"kind": "question", "text": "请说明该笔支出用途", "vouchers": line.voucher_no}
    assert client.post(ask, data | {"vouchers": "记-404"}).status_code == 400
    assert client.post(ask, data).status_code == 302
    finding = audit.audit_findings.get()
    assert list(finding.lines.all()) == [line]
    client.force_login(scene.unitadmin)
    assert "虚构会计师事务所" in client.get(url(scene, "project_audits")).content.decode()
    assert "提交答复" in client.get(page).content.decode()
    client.post(reverse("audit_answer", args=[audit.pk, finding.pk]), {"text": "已改由自有资金列支"})
    client.force_login(auditor)
    assert "已改由自有资金列支" in client.get(page).content.decode()
    assert client.post(reverse("audit_ask", args=[audit.pk, finding.pk]), {"text": "请补充凭证"}).status_code == 302
    assert client.post(reverse("audit_settle", args=[audit.pk, finding.pk]), {"text": ""}).status_code == 302
    finding.refresh_from_db()
    assert (finding.state, finding.messages.count()) == ("settled", 2)
    data = {"opinion": "无保留意见", "report": SimpleUploadedFile("x.pdf", b"nope")}
    assert client.post(reverse("audit_report", args=[audit.pk]), data).status_code == 400
    client.force_login(factories.make_person(factories.make_unit(), "unitadmin"))
    assert client.get(page).status_code == 404


def test_rows_drawn_by_functions_escape_what_was_typed(client, scene):
    nasty = "<script>window.__x=1</script>"
    scene.book("记-<b>1", summary=f"活动场地租赁费{nasty}", account=nasty, payee=f'"{nasty}', invoice_no="<i>9")
    client.force_login(scene.finance)
    text = client.get(url(scene, "ledger")).content.decode()
    assert "<script>window" not in text
    assert "&lt;script&gt;window.__x=1&lt;/script&gt;" in text
    assert "记-&lt;b&gt;1" in text
    assert "&lt;i&gt;9" in text


@pytest.mark.parametrize("count", [1, 3])
def test_pages_of_money_need_constant_queries(client, scene, django_assert_num_queries, count):
    for number in range(count):
        scene.book(f"记-{number}", category="meeting_fee")
    client.force_login(scene.finance)
    for name, queries in (("budget", 14), ("disbursements", 8), ("clawbacks", 5), ("project_audits", 5)):
        client.get(url(scene, name))
        with django_assert_num_queries(queries):
            client.get(url(scene, name))
