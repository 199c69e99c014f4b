"""Pages of applications over HTTP: forms, autosave, conflicts, steps, and what strangers see (A5, A12-A16)."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from portal import access
from projects.actions import applications
from projects.models import Application
from tests import factories
from tests.projects import applying
from tests.projects.applying import url

pytestmark = pytest.mark.django_db


@pytest.fixture
def team():
    return applying.make_team()


def part(application, code):
    return url(application, "application_part", code)


def rows(prefix, *filled, initial=0):
    """POST data of a formset."""
    data = {f"{prefix}-TOTAL_FORMS": len(filled), f"{prefix}-INITIAL_FORMS": initial}
    return data | {f"{prefix}-{index}-{key}": value for index, row in enumerate(filled) for key, value in row.items()}


BUDGET_ROW = {
    "category": "meeting_fee", "item": "产业创新活动场地", "direction": "academic_exchange", "source": "grant",
    "unit_price": "３００，０００", "quantity": "1", "times": "1", "basis": "活动一场",
}  # fmt: skip


def test_unit_walks_from_start_to_receipt(client, team):
    client.force_login(team.drafter)
    form = {"call": team.call.pk, "consortium": team.consortium.pk, "title": "由页面开始的项目"}
    response = client.post(reverse("application_start"), form)
    application = Application.objects.get(title=form["title"])
    assert response.url == url(application)
    applying.fill(application, team)
    client.force_login(team.leader)
    assert client.post(url(application, "application_declare"), {"confirm": "on"}).status_code == 302
    client.force_login(team.drafter)
    assert client.post(url(application, "application_step", "send")).status_code == 302
    client.force_login(team.admin)
    assert "提交申报" in client.get(url(application)).text
    response = client.post(url(application, "application_step", "submit"), follow=True)
    application.refresh_from_db()
    assert application.number in response.text
    assert application.versions.get().receipt in response.text


@pytest.mark.parametrize("name", ["application_list", "application_start"])
def test_lists_open_for_the_unit(client, team, name):
    client.force_login(team.drafter)
    assert client.get(reverse(name)).status_code == 200


def test_every_part_opens_and_shows_its_label(client, team):
    application = applying.start(team)
    client.force_login(team.drafter)
    for code, label in (
        ("cover", "封面信息"),
        ("unit", team.unit.credit_code),
        ("rationale", "立项依据"),
        ("kpis", "底线 6"),
        ("budget", "支出明细"),
        ("stages", "进度安排"),
        ("team", "项目团队"),
        ("attachments", "法人证照"),
    ):
        response = client.get(part(application, code))
        assert response.status_code == 200, code
        assert label in response.text


def test_reading_pages_open_for_unit_and_center(client, team):
    application = applying.submitted(team)
    for user in (team.drafter, team.leader, factories.make_user("officer"), factories.make_user("bast")):
        client.force_login(user)
        for name, args in (
            ("application", ()),
            ("application_check", ()),
            ("application_receipt", ()),
            ("application_versions", ()),
            ("application_version", (1,)),
        ):
            assert client.get(url(application, name, *args)).status_code == 200, name


def test_strangers_and_center_see_no_draft(client, team):
    application = applying.start(team)
    stranger = applying.make_team(call=team.call).drafter
    member = factories.make_person(team.consortium.memberships.filter(role="member").first().unit, "drafter")
    for user in (stranger, member, factories.make_user("officer"), factories.make_person(team.unit, "member")):
        client.force_login(user)
        for path in (url(application), part(application, "cover"), url(application, "application_check")):
            assert client.get(path).status_code in (403, 404)


def test_text_is_saved_and_autosave_answers_with_the_new_revision(client, team):
    application = applying.start(team)
    client.force_login(team.drafter)
    path = part(application, "rationale")
    response = client.post(path, {"text": "第一稿", "revision": "0"}, headers={"HX-Request": "true"})
    assert 'value="1"' in response.text
    assert client.post(path, {"text": "第二稿", "revision": "1"}).status_code == 302
    assert application.sections.get(code="rationale").body["text"] == "第二稿"


def test_stale_tab_gets_both_versions(client, team):
    application = applying.start(team)
    applications.save_section(application, code="rationale", data={"text": "同事的内容"}, revision=0, by=team.admin)
    client.force_login(team.drafter)
    response = client.post(part(application, "rationale"), {"text": "我的内容", "revision": "0"})
    assert response.status_code == 409
    assert "同事的内容" in response.text
    assert "我的内容" in response.text
    assert application.sections.get(code="rationale").body["text"] == "同事的内容"


@pytest.mark.parametrize("revision", ["", "x", "-1", "９", "99999999999999999999", "9" * 5000])
def test_nonsense_revision_overwrites_nothing(client, team, revision):
    application = applying.start(team)
    client.force_login(team.drafter)
    response = client.post(part(application, "rationale"), {"text": "甲", "revision": revision})
    assert response.status_code == 409
    assert application.sections.filter(body__text="甲").count() == 0


def test_kpi_below_floor_is_named_in_the_form(client, team):
    application = applying.start(team)
    client.force_login(team.drafter)
    data = {"revision": "0", "kpi-member_expansion-target": "5"} | rows("further")
    response = client.post(part(application, "kpis"), data)
    assert response.status_code == 422
    assert "第十条（一）1" in response.text
    assert 'value="5"' in response.text


def test_kpis_are_saved_with_further_rows(client, team):
    application = applying.start(team)
    client.force_login(team.drafter)
    data = {f"kpi-{row['code']}-target": row["target"] for row in applying.KPIS} | {"revision": "0"}
    data |= {
        "kpi-industry_map-map_kind": "talent",
        "kpi-innovation_event-attendance": "１２０",
        "kpi-innovation_event-partner_kind": "national_society",
    }
    data |= rows("further", {"name": "技术培训", "unit": "场", "target": "3"})
    assert client.post(part(application, "kpis"), data).status_code == 302
    saved = {row.code: row for row in application.kpi_targets.all()}
    assert (len(saved), saved["innovation_event"].attendance, saved["further_1"].target) == (7, 120, 3)


def test_budget_is_saved_with_full_width_numbers(client, team):
    application = applying.start(team)
    client.force_login(team.drafter)
    data = {"revision": "0"} | rows("sources") | rows("lines", BUDGET_ROW)
    assert client.post(part(application, "budget"), data).status_code == 302
    assert application.budget_lines.get().amount == applying.Decimal("300000.00")


def test_banned_budget_line_keeps_what_was_typed(client, team):
    application = applying.start(team)
    client.force_login(team.drafter)
    banned = BUDGET_ROW | {"item": "宴请客户商务餐费", "basis": ""}
    data = {"revision": "0"} | rows("sources") | rows("lines", banned)
    response = client.post(part(application, "budget"), data)
    assert response.status_code == 422
    assert "第14条第（二）项" in response.text
    assert 'href="#id_lines-0-item"' in response.text
    assert "第十四条（二）" in client.post(url(application, "application_budget_check"), data).text
    assert "宴请客户商务餐费" in response.text
    assert not application.budget_lines.exists()


@pytest.mark.parametrize("number", ["NaN", "1e9", "-1", "0", "1_000", "١", "9" * 40, "=1+1"])
def test_hostile_numbers_are_refused_in_the_form(client, team, number):
    application = applying.start(team)
    client.force_login(team.drafter)
    data = {"revision": "0"} | rows("sources") | rows("lines", BUDGET_ROW | {"unit_price": number})
    assert client.post(part(application, "budget"), data).status_code == 422
    assert client.post(url(application, "application_budget_check"), data).status_code == 200


def test_astronomic_product_is_refused_and_shown(client, team):
    application = applying.start(team)
    client.force_login(team.drafter)
    row = BUDGET_ROW | {"unit_price": "9999999999.99", "quantity": "99999999.99", "times": "999999.99"}
    data = {"revision": "0"} | rows("sources") | rows("lines", row)
    assert client.post(url(application, "application_budget_check"), data).status_code == 200
    assert client.post(part(application, "budget"), data).status_code == 422
    assert not application.budget_lines.exists()


def test_missing_management_form_is_an_error_not_a_crash(client, team):
    application = applying.start(team)
    client.force_login(team.drafter)
    for code in ("kpis", "budget", "stages", "team"):
        assert client.post(part(application, code), {"revision": "0"}).status_code == 422
    assert not application.sections.exclude(typed={}).exists()


def test_attachment_is_uploaded_previewed_and_removed(client, team):
    application = applying.start(team)
    client.force_login(team.drafter)
    upload = SimpleUploadedFile("证照.pdf", applying.PDF)
    path = part(application, "attachments")
    assert client.post(path, {"kind": "licence", "licence-file": upload}).status_code == 302
    attachment = application.attachments.get()
    assert client.get(reverse("file", args=[attachment.file.public_id])).status_code == 200
    remove = url(application, "application_attachment_remove", attachment.file.public_id)
    assert "移除附件" in client.get(remove).text
    client.post(remove)
    attachment.refresh_from_db()
    assert attachment.replaced_at is not None


@pytest.mark.parametrize(("name", "data"), [("a.pdf", b"<html>"), ("a.exe", b"MZ"), ("a.pdf", b"")])
def test_bad_files_are_refused_with_a_sentence(client, team, name, data):
    application = applying.start(team)
    client.force_login(team.drafter)
    form = {"kind": "licence", "licence-file": SimpleUploadedFile(name, data)}
    assert client.post(part(application, "attachments"), form).status_code == 400
    assert not application.attachments.exists()


def test_files_of_a_draft_are_hidden_from_others_and_open_to_the_center_once_frozen(client, team):
    application = applying.ready(team)
    path = reverse("file", args=[application.attachments.get().file.public_id])
    officer, stranger = factories.make_user("officer"), applying.make_team(call=team.call).drafter
    for user in (officer, stranger):
        client.force_login(user)
        assert client.get(path).status_code == 404
    applications.submit_application(application, by=team.admin)
    client.force_login(officer)
    assert client.get(path).status_code == 200
    client.force_login(stranger)
    assert client.get(path).status_code == 404


def test_unknown_parts_and_steps_are_not_found(client, team):
    application = applying.start(team)
    client.force_login(team.drafter)
    for path in (
        part(application, "nothing"),
        url(application, "application_step", "approve"),
        url(application, "application_version", 99999999),
    ):
        assert client.get(path).status_code == 404


def test_versions_are_compared_paragraph_by_paragraph(client, team):
    application = applying.submitted(team)
    applications.withdraw_application(application, by=team.admin)
    applications.reopen_application(application, by=team.admin)
    applications.save_section(
        application, code="rationale", data={"text": applying.TEXT + "\n新增一段。"}, revision=1, by=team.drafter
    )
    applications.declare(application, by=team.leader)
    applications.send_to_unit(application, by=team.drafter)
    applications.submit_application(application, by=team.admin)
    client.force_login(team.drafter)
    response = client.get(url(application, "application_versions"), {"old": "1", "new": "2"})
    assert "<ins>新增一段。" in response.text
    assert client.get(url(application, "application_versions"), {"old": "x", "new": "9"}).status_code == 200


def test_typed_markup_is_shown_as_text(client, team):
    application = applying.start(team, "<b>标题</b>")
    applications.save_section(
        application, code="rationale", data={"text": "<script>x</script>"}, revision=0, by=team.drafter
    )
    client.force_login(team.drafter)
    for path in (url(application), url(application, "application_check"), part(application, "rationale")):
        text = client.get(path).text
        assert "<b>标题" not in text
        assert "<script>x" not in text


@pytest.mark.parametrize("count", [1, 3])
def test_list_takes_a_fixed_number_of_queries(client, team, count, django_assert_num_queries):
    for index in range(count):
        applying.start(team, f"项目{index}")
    client.force_login(team.drafter)
    with django_assert_num_queries(6):
        assert client.get(reverse("application_list")).status_code == 200


def test_overview_takes_a_fixed_number_of_queries(client, team, django_assert_num_queries):
    application = applying.fill(applying.start(team), team)
    client.force_login(team.drafter)
    client.get(url(application))  # Django looks up the content type once a process
    with django_assert_num_queries(10):
        client.get(url(application))


def test_draft_print_is_queued_once_for_the_same_content(client, team):
    application = applying.start(team)
    client.force_login(team.drafter)
    first = client.post(url(application, "application_print"))
    assert first.url == client.post(url(application, "application_print")).url


def test_center_is_sent_to_its_own_list(client):
    client.force_login(factories.make_user("officer"))
    assert client.get(reverse("application_list")).url == reverse("admin:projects_application_changelist")


def test_copy_page_makes_a_new_draft(client, team):
    previous = applying.submitted(team)
    client.force_login(team.drafter)
    response = client.get(url(previous, "application_copy"), follow=True)
    assert f'value="{previous.public_id}" selected' in response.text
    client.post(reverse("application_copy_from"), {"source": previous.public_id, "call": team.call.pk})
    assert Application.objects.filter(state="draft", title=previous.title).count() == 1


def test_only_the_leader_opens_the_declaration(client, team):
    application = applying.fill(applying.start(team), team)
    for user, status in ((team.leader, 200), (team.drafter, 404), (team.admin, 404)):
        client.force_login(user)
        assert client.get(url(application, "application_declare")).status_code == status


def test_refused_start_stays_on_the_page_with_the_article(client):
    team = applying.make_team(status="revoked")
    client.force_login(team.drafter)
    form = {"call": team.call.pk, "consortium": team.consortium.pk, "title": "撤销后申报"}
    response = client.post(reverse("application_start"), form)
    assert response.status_code == 409
    assert "第二十条" in response.text
    assert "撤销后申报" in response.text


@pytest.mark.parametrize("state", ["draft", "submitted"])
def test_lists_and_predicate_agree_for_every_role(team, state):
    application = applying.submitted(team) if state == "submitted" else applying.start(team)
    people = [team.drafter, team.leader, team.admin, applying.make_team(call=team.call).admin]
    people += [factories.make_person(team.unit, role) for role in ("supervisor", "member")]
    people += [factories.make_user(duty) for duty in ("officer", "finance", "director", "bast", "sysadmin", "auditor")]
    people.append(factories.make_expert().user)
    for person in people:
        listed = Application.objects.visible_to(person).filter(pk=application.pk).exists()
        assert listed == access.allowed(person, "projects.view_application", application), (person.duty, person.name)
