"""The center's pages of money in the admin."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from funding.actions.clawbacks import notify_clawback, open_clawback, reply_clawback
from funding.actions.lexicon import save_version
from funding.models import AuditEngagement, Clawback, Disbursement, LedgerLine, LexiconDraft, LexiconVersion
from tests import factories
from tests.funding.money_tools import make_scene
from tests.papers import PDF

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene():
    return make_scene()


def admin(name, *args):
    return reverse(f"admin:funding_{name}", args=args)


def test_officer_orders_and_finance_pays(client):
    scene = make_scene(paid=False)
    client.force_login(scene.officer)
    page = admin("disbursement_order")
    assert scene.project.number in client.get(page).content.decode()
    first = {"instalment": scene.first().pk}
    first |= {"key": "abc", "amount": "210000.00"}
    assert client.post(page, first).status_code == 200
    assert client.post(page, first).status_code == 200  # the same request again: the same order
    assert Disbursement.objects.count() == 1
    assert client.post(page, first | {"key": "abd"}).status_code == 409
    assert client.post(page, first | {"amount": "1.00"}).status_code == 409
    last = {"instalment": scene.contract.instalments.get(number=2).pk}
    assert "尚未满足" in client.post(page, last).content.decode()
    order = Disbursement.objects.get()
    pay = admin("disbursement_move", order.pk, "pay")
    assert client.get(pay).status_code == 403
    client.force_login(scene.finance)
    assert client.get(page).status_code == 403
    assert "审核通过" in client.get(admin("disbursement_change", order.pk)).content.decode()
    assert client.post(admin("disbursement_move", order.pk, "approve"), {"note": ""}).status_code == 302
    assert "登记拨付" in client.get(admin("disbursement_change", order.pk)).content.decode()
    data = {"paid_on": timezone.localdate().isoformat(), "voucher_no": "付-7", "amount": "210000.00", "key": "k1"}
    slip = lambda: {"bank_receipt": SimpleUploadedFile("回单.pdf", PDF)}  # noqa: E731
    assert client.post(pay, data | slip() | {"voucher_no": ""}).status_code == 400
    assert client.post(pay, data).status_code == 400
    assert client.post(pay, data | slip() | {"amount": "210000.01"}).status_code == 409
    assert client.post(pay, data | slip()).status_code == 302
    assert client.post(pay, data | slip()).status_code == 302  # the same request again: the same payment
    assert client.post(pay, data | slip() | {"key": "k2"}).status_code == 409
    order.refresh_from_db()
    assert (order.state, order.voucher_no) == ("paid", "付-7")


def test_a_decision_made_meanwhile_is_not_passed_over_unread(client, scene):
    line = scene.banned("记-1")
    client.force_login(scene.finance)
    page = f"{admin('ledgerline_decide')}?ids={line.pk}"
    assert 'name="seen" value="0"' in client.get(page).content.decode()
    first = {"verdict": "allowed", "reason": "核对会议通知，属会议餐费", "seen": "0"}
    assert client.post(page, first).status_code == 302
    stale = client.post(page, first | {"verdict": "banned", "article_item": "14(2)"})
    assert stale.status_code == 409
    assert "已有新的认定" in stale.content.decode()
    assert line.decisions.count() == 1


@pytest.mark.parametrize(("duty", "acts"), [("officer", {"open_clawback"}), ("finance", {"decide_many", "recheck"})])
def test_bulk_acts_on_the_ledger_are_those_of_the_duty(client, scene, duty, acts):
    scene.banned()
    client.force_login(getattr(scene, duty))
    page = client.get(admin("ledgerline_changelist"))
    assert {key for key, _ in page.context["action_form"].fields["action"].choices if key} == acts


def test_finance_decides_many_lines_with_one_reason(client, scene):
    lines = [scene.banned("记-1"), scene.banned("记-2")]
    client.force_login(scene.finance)
    chosen = {"action": "decide_many", "_selected_action": [line.pk for line in lines]}
    response = client.post(admin("ledgerline_changelist"), chosen)
    page = client.get(response.url).content.decode()
    assert "记-1" in page
    assert "第十四条（二）" in page
    assert client.post(response.url, {"verdict": "banned", "article_item": "", "reason": "核对发票"}).status_code == 400
    assert client.post(response.url, {"verdict": "allowed", "reason": "核对会议通知，属会议餐费"}).status_code == 302
    assert set(LedgerLine.objects.values_list("verdict", flat=True)) == {"allowed"}


def test_line_page_shows_the_button_to_finance_only(client, scene):
    line = scene.banned()
    for person, shown in ((scene.finance, True), (scene.officer, False)):
        client.force_login(person)
        page = client.get(admin("ledgerline_change", line.pk))
        assert ("ids=" in page.content.decode()) is shown
    assert client.get(admin("ledgerline_decide") + f"?ids={line.pk}").status_code == 403
    assert client.get(admin("ledgerline_move", line.pk, "decide")).status_code == 404


def test_recheck_from_the_list_keeps_old_findings(client, scene):
    line = scene.book()
    client.force_login(scene.finance)
    client.post(admin("ledgerline_changelist"), {"action": "recheck", "_selected_action": [line.pk]})
    assert line.findings.count() == 2


def test_case_is_opened_from_chosen_lines_decided_and_repaid(client, scene):
    line = scene.banned()
    client.force_login(scene.officer)
    response = client.post(admin("ledgerline_changelist"), {"action": "open_clawback", "_selected_action": [line.pk]})
    assert "checked" in client.get(response.url).content.decode()
    data = {"ground": "2", "facts": "以会议费名义列支招待费用", "lines": [line.pk]}
    assert client.post(response.url, data | {"facts": "短"}).status_code == 400
    assert client.post(response.url, data).status_code == 302
    case = Clawback.objects.get()
    assert client.post(admin("clawback_move", case.pk, "notify"), {"note": ""}).status_code == 302
    reply_clawback(case, text="我单位对事实无异议，愿意退回。", by=scene.unitadmin)
    client.force_login(scene.director)
    client.post(admin("clawback_move", case.pk, "decide"), {"note": "事实清楚"})
    client.force_login(scene.finance)
    repay = admin("clawback_repay", case.pk)
    data = {"amount": "5000.01", "received_on": timezone.localdate().isoformat(), "voucher_no": "收-1"}
    assert client.post(repay, data).status_code == 400
    assert client.post(repay, data | {"amount": "5,000.00"}).status_code == 302
    client.force_login(scene.officer)
    client.post(admin("clawback_move", case.pk, "close"), {"note": ""})
    case.refresh_from_db()
    assert case.state == "closed"
    assert "关于追回项目资金的决定" in client.get(admin("clawback_change", case.pk)).content.decode()


def test_lines_of_two_projects_make_no_case(client, scene):
    other = make_scene()
    chosen = [scene.banned().pk, other.banned().pk]
    client.force_login(scene.officer)
    data = {"action": "open_clawback", "_selected_action": chosen}
    assert "同一项目" in client.post(admin("ledgerline_changelist"), data, follow=True).content.decode()


def test_officer_engages_an_auditor(client, scene):
    auditor = factories.make_user("auditor")
    today = timezone.localdate()
    client.force_login(scene.officer)
    data = {
        "projects": [scene.project.pk],
        "auditor": auditor.pk,
        "firm": "虚构会计师事务所",
        "starts_on": today.isoformat(),
        "ends_on": (today - timedelta(days=1)).isoformat(),
    }
    page = admin("auditengagement_engage")
    assert client.post(page, data).status_code == 400
    assert client.post(page, data | {"ends_on": (today + timedelta(days=9)).isoformat()}).status_code == 302
    assert client.get(admin("auditengagement_change", AuditEngagement.objects.get().pk)).status_code == 200


def test_finance_tries_a_line_and_saves_an_entry_as_a_version(client, scene):
    client.force_login(scene.finance)
    entries = admin("lexiconversion_entries")
    tried = client.get(entries, {"summary": "支付违章罚款", "account": "", "payee": ""}).content.decode()
    assert "第十四条（五）" in tried
    page = admin("lexiconversion_entry", "fine")
    form = client.get(page).context["form"].initial
    data = {name: form.get(name, "") for name in ("id", "item", "strength", "reason", "guards", "soften", "unless")}
    data |= {"fields_": form["fields_"], "phrases": form["phrases"] + "\n飞碟费", "seen": form["seen"]}
    assert client.post(page, data | {"phrases": "("}).status_code == 400
    assert client.post(page, data).status_code == 302
    assert not LexiconVersion.objects.exists()
    version = save_version(entries=LexiconDraft.objects.get().entries, note="增加一个词", by=scene.finance)
    assert "飞碟费" in client.get(admin("lexiconversion_change", version.pk)).content.decode()
    assert "第十四条（五）" in client.get(entries, {"summary": "支付飞碟费"}).content.decode()
    data["seen"] = client.get(admin("lexiconversion_new")).context["form"].initial["seen"]
    assert client.post(admin("lexiconversion_new"), data | {"id": "loan"}).status_code == 400
    client.force_login(scene.officer)
    assert client.get(page).status_code == 403


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(
    ("name", "queries"), [("ledgerline", 5), ("disbursement", 6), ("clawback", 5), ("auditengagement", 5)]
)
def test_lists_need_constant_queries(client, scene, django_assert_num_queries, name, queries, count):
    for number in range(count):
        scene.book(f"记-{number}")
        other = make_scene()
        case = open_clawback(
            project=other.project, ground=2, facts="以会议费名义列支招待费用", lines=[other.banned()], by=other.officer
        )
        notify_clawback(case, by=other.officer)
        day = timezone.localdate()
        AuditEngagement.objects.create(
            auditor=factories.make_user("auditor"),
            firm="虚构会计师事务所",
            starts_on=day,
            ends_on=day,
            engaged_by=other.officer,
        )
    client.force_login(scene.finance)
    client.get(admin(f"{name}_changelist"))
    with django_assert_num_queries(queries):
        client.get(admin(f"{name}_changelist"))


@pytest.mark.parametrize("duty", ["sysadmin", "logadmin", "auditor", ""])
def test_people_without_a_duty_in_money_see_no_list(client, duty):
    client.force_login(factories.make_user(duty))
    for name in ("ledgerline", "disbursement", "clawback", "lexiconversion", "auditengagement", "repayment"):
        assert client.get(admin(f"{name}_changelist")).status_code in (302, 403)
