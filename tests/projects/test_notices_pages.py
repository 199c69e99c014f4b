"""Public pages of notices and objections, and their places in the admin (N2, N6)."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from projects.actions import notices, objections
from projects.models import Objection, PublicNotice
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer():
    return factories.make_user("officer")


@pytest.fixture
def working_day():
    """The next one: what is published at a weekend begins, and takes objections, from Monday on."""
    with time_machine.travel(timezone.now() + timedelta(days=(0, 0, 0, 0, 0, 2, 1)[timezone.localdate().weekday()])):
        yield


@pytest.fixture
def notice(officer, working_day):
    year = timezone.localdate().year
    factories.make_calendar(year, year + 1)
    call = factories.make_call()
    rows = [factories.make_application(call, state="proposed") for _ in range(2)]
    draft = notices.draft_notice(call=call, applications=rows, title="拟支持项目公示", by=officer)
    return notices.publish_notice(draft, by=officer)


def filled(notice, **changes):
    application = notice.applications.order_by("number").first()
    return {
        "application": str(application.public_id),
        "kind": "person",
        "objector_name": "赵明远",
        "objector_contact": "13800001234",
        "text": "成果<script>alert(1)</script>与他人相同，附说明。",
        "declared": "on",
    } | changes


def file_url(notice):
    return reverse("objection_file", args=[notice.public_id])


def test_draft_is_not_public(client, officer):
    call = factories.make_call()
    rows = [factories.make_application(call, state="proposed")]
    draft = notices.draft_notice(call=call, applications=rows, title="尚未发布的公示", by=officer)
    assert client.get(reverse("notice_detail", args=[draft.public_id])).status_code == 404
    assert "尚未发布" not in client.get(reverse("notice_list")).content.decode()


def test_public_page_shows_frozen_list_digest_and_no_person(client, notice):
    page = client.get(reverse("notice_detail", args=[notice.public_id])).content.decode()
    application = notice.applications.first()
    assert notice.sha256 in page
    assert application.title in page
    for private in (application.leader.name, application.supervisor_name, application.supervisor_phone):
        assert private not in page


@pytest.mark.parametrize("rows", [1, 3])
def test_notice_list_takes_constant_queries(client, rows, django_assert_num_queries):
    for _ in range(rows):
        factories.make_notice([factories.make_application(state="in_notice")])
    with django_assert_num_queries(2):
        client.get(reverse("notice_list"))


def test_objection_gives_receipt_and_can_be_queried_without_identity(client, notice):
    page = client.post(file_url(notice), filled(notice), follow=True)
    objection = Objection.objects.get()
    assert objection.query_code in page.content.decode()
    client.logout()
    client.cookies.clear()
    assert client.get(reverse("objection_receipt", args=[objection.query_code])).status_code == 302
    answer = client.post(reverse("objection_query"), {"code": objection.query_code.lower()}).content.decode()
    assert "已收到" in answer
    assert objection.objector_name not in answer


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"objector_name": "匿名"}, "匿名的不予受理"),
        ({"objector_contact": "无"}, "没有有效的联系方式"),
        ({"text": "太短"}, "至少 10 个字"),
        ({"declared": ""}, "请勾选"),
        ({"application": "x"}, "application"),
        ({"kind": "robot"}, "robot"),
        ({"text": "x" * 5001}, "最多 5000 个字"),
    ],
)
def test_bad_objection_is_refused_with_a_sentence_and_keeps_the_text(client, notice, changes, sentence):
    page = client.post(file_url(notice), filled(notice, **changes))
    assert page.status_code in (200, 400)
    assert sentence in page.content.decode()
    assert not Objection.objects.exists()


def test_fourth_objection_of_a_session_is_refused(client, notice):
    for number in range(3):
        assert (
            client.post(file_url(notice), filled(notice, text=f"第{number}件异议，理由如下所述。")).status_code == 302
        )
    page = client.post(file_url(notice), filled(notice))
    assert page.status_code == 409
    assert Objection.objects.count() == 3


def admin_page(client, person, name, *args):
    client.force_login(person)
    return client.get(reverse(f"admin:projects_{name}", args=args))


def test_admin_shows_identity_to_the_handler_only(client, notice, officer):
    client.post(file_url(notice), filled(notice))
    objection = Objection.objects.get()
    handler, other = factories.make_user("officer"), factories.make_user("director")
    before = admin_page(client, handler, "objection_change", objection.pk).content.decode()
    assert objection.objector_name not in before
    objections.accept_objection(objection, by=handler)
    page = admin_page(client, handler, "objection_change", objection.pk)
    assert objection.objector_name in page.content.decode()
    assert "<script>alert" not in page.content.decode()
    for person in (other, officer):
        assert admin_page(client, person, "objection_change", objection.pk).status_code in (302, 403, 404)
        listed = admin_page(client, person, "objection_changelist").content.decode()
        assert objection.objector_name not in listed


def test_admin_search_does_not_find_the_objector(client, notice):
    client.post(file_url(notice), filled(notice))
    client.force_login(factories.make_user("officer"))
    url = reverse("admin:projects_objection_changelist")
    code = Objection.objects.get().query_code
    assert code not in client.get(url, {"q": "赵明远"}).content.decode()
    assert code in client.get(url, {"q": code}).content.decode()
    assert client.get(url, {"objector_name__startswith": "赵"}).status_code == 400


def test_officer_drafts_and_publishes_in_the_admin(client, officer):
    year = timezone.localdate().year
    factories.make_calendar(year, year + 1)
    application = factories.make_application(state="proposed")
    client.force_login(officer)
    values = {
        "call": application.call_id, "title": "拟支持项目公示", "working_days": "5", "how_to_object": "实名提出。",
        "applications": [application.pk],
    }  # fmt: skip
    assert client.post(reverse("admin:projects_publicnotice_add"), values).status_code == 302
    notice = PublicNotice.objects.get()
    move = reverse("admin:projects_publicnotice_move", args=[notice.pk, "publish"])
    assert "发布公示" in client.get(move).content.decode()
    client.post(move, {"note": ""})
    notice.refresh_from_db()
    assert notice.state == "open"


def test_director_approves_a_clear_notice_in_the_admin(client):
    application = factories.make_application(state="in_notice")
    today = timezone.localdate()
    notice = factories.make_notice(
        [application], state="closed", starts_on=today - timedelta(9), ends_on=today - timedelta(1)
    )
    director = factories.make_user("director")
    assert "批准立项" in admin_page(client, director, "publicnotice_change", notice.pk).content.decode()
    client.post(reverse("admin:projects_publicnotice_approve", args=[notice.pk]))
    application.refresh_from_db()
    assert application.state == "approved"
    assert application.project.number.endswith("-0001")


def test_officer_may_not_approve(client, officer):
    application = factories.make_application(state="in_notice")
    today = timezone.localdate()
    notice = factories.make_notice(
        [application], state="closed", starts_on=today - timedelta(9), ends_on=today - timedelta(1)
    )
    client.force_login(officer)
    client.post(reverse("admin:projects_publicnotice_approve", args=[notice.pk]))
    application.refresh_from_db()
    assert application.state == "in_notice"


@pytest.mark.parametrize("application", ["", "9" * 24])
def test_notice_form_answers_nonsense_with_a_sentence(client, officer, application):
    client.force_login(officer)
    sent = {"call": "", "title": "", "working_days": "x", "how_to_object": "", "applications": application}
    response = client.post(reverse("admin:projects_publicnotice_add"), sent)
    # SQLite cannot hold the number (400, a page); PostgreSQL looks for it and finds nothing (200, the form).
    assert response.status_code in ((200, 400) if application else (200,))
    assert ("errorlist" if response.status_code == 200 else "超出可用范围") in response.content.decode()


def test_form_of_a_notice_names_unit_and_state_without_foreign_words(client, officer):
    row = factories.make_application(factories.make_call(), state="proposed")
    client.force_login(officer)
    announced = factories.make_application(row.call, state="in_notice")
    page = client.get(reverse("admin:projects_publicnotice_add")).content.decode()
    assert f"{row.number} {row.title}（{row.lead_unit}，{row.call}，拟支持）" in page
    assert announced.number not in page
    assert "selectfilter" not in page


def test_refused_draft_of_a_notice_comes_back_with_all_that_was_typed(client, officer):
    call = factories.make_call()
    row = factories.make_application(call, state="proposed")
    client.force_login(officer)
    data = {"call": call.pk, "title": "公示草稿甲", "working_days": "0", "applications": [row.pk]}
    response = client.post(reverse("admin:projects_publicnotice_add"), data)
    assert "公示天数须为" in response.content.decode()
    assert "公示草稿甲" in response.content.decode()
    other = factories.make_call()
    page = client.post(reverse("admin:projects_publicnotice_add"), data | {"call": other.pk, "working_days": "5"})
    assert "同一申报通知的项目" in page.content.decode()
    assert not PublicNotice.objects.exists()


def test_publication_is_confirmed_with_the_list_before_the_eyes(client, officer):
    call = factories.make_call()
    row = factories.make_application(call, state="proposed")
    draft = notices.draft_notice(call=call, applications=[row], title="公示", by=officer)
    client.force_login(officer)
    page = client.get(reverse("admin:projects_publicnotice_move", args=[draft.pk, "publish"])).content.decode()
    assert f"{row.title}（{row.lead_unit}）" in page
    assert "5 个工作日" in page


def test_correction_keeps_its_list_and_is_reached_from_the_old_notice(client, notice, officer):
    draft = notices.replace_notice(notice, by=officer, note="名称有误")
    client.force_login(officer)
    link = reverse("admin:projects_publicnotice_change", args=[draft.pk])
    assert link in client.get(reverse("admin:projects_publicnotice_change", args=[notice.pk])).content.decode()
    assert notice.applications.first().number in client.get(link).content.decode()


def test_running_notice_has_no_button_that_ends_it(client, notice, officer):
    client.force_login(officer)
    page = client.get(reverse("admin:projects_publicnotice_change", args=[notice.pk])).content.decode()
    assert "结束公示" not in page
    assert "以新公示更正" in page


def test_page_of_a_project_leads_to_what_belongs_to_it(client, officer):
    project = factories.make_project(factories.make_application(factories.make_call(), state="approved"))
    factories.make_contract(project)
    client.force_login(officer)
    page = client.get(reverse("admin:projects_project_change", args=[project.pk])).content.decode()
    link = f"{reverse('admin:projects_contract_changelist')}?project__exact={project.pk}"
    assert link in page
    assert "只显示一个项目的记录" in client.get(link).content.decode()
