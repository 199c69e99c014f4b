"""Calls in the admin: added with defaults, previewed, published, corrected (B1, B2)."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from projects.actions import calls
from projects.models import Call
from tests import factories
from tests.papers import PDF
from tests.projects.test_calls import fields

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer(client):
    user = factories.make_user("officer")
    client.force_login(user)
    return user


def _cells(name: str, rows: list) -> dict:
    """A table of the form as a browser posts it."""
    data = {f"{name}-rows": len(rows)}
    for place, row in enumerate(rows):
        for key, value in row.items():
            if value is True:
                data[f"{name}-radio"] = place
            elif value is not False:
                data[f"{name}-{place}-{key}"] = value
    return data


def _plan(*rows) -> dict:
    keys = ("ratio", "condition", "text")
    return _cells("instalment_plan", [dict(zip(keys, row, strict=True)) for row in rows])


def _scheme(*rows) -> dict:
    keys = ("code", "name", "maximum", "hints", "tie")
    return _cells("selection_scheme", [dict(zip(keys, row, strict=True)) for row in rows])


def _posted(client, url, **changes):
    """What a browser would post: the form as it is shown, with changes."""
    form = client.get(url).context["adminform"].form
    data = {}
    for bound in form:
        value = bound.value()
        if bound.name in ("opens_at", "closes_at"):
            data[bound.name] = (value or timezone.localtime()).strftime("%Y-%m-%dT%H:%M:%S")
        elif isinstance(value, list):
            data |= _cells(bound.name, value)
        else:
            data[bound.name] = "" if value is None else value
    return data | changes


def _new(client, **changes):
    url = reverse("admin:projects_call_add")
    closes = timezone.localtime() + timedelta(days=20)
    today = timezone.localdate()
    values = {
        "title": "管理端拟定的通知",
        "year": today.year,
        "notice_text": "一、总体要求",
        "closes_at": f"{closes:%Y-%m-%d}T17:00:00",
        "fixed_grant": "300000",
        "number_of_grants": "10",
        "execution_start": (today + timedelta(days=40)).isoformat(),
        "execution_end": (today + timedelta(days=300)).isoformat(),
    }
    return client.post(url, _posted(client, url, **(values | changes)))


def test_officer_drafts_a_call_with_the_defaults_shown(client, officer):
    response = _new(client)
    assert response.status_code == 302, response.context["errors"]
    call = Call.objects.get()
    assert call.instalment_plan[0]["ratio"] == 70
    assert call.selection_scheme["tie_break"] == "goals"
    assert call.attachment_kinds.count() == 9
    assert timezone.localtime(call.closes_at).hour == 17


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (_plan(("70", "contract_effective", "首款"), ("20", "acceptance_passed", "尾款")), "现在合计 90%"),
        (_plan(("70", "", "首款")), "第 1 行请选择“拨付条件”"),
        (_plan(("100", "leader_agrees", "一次")), "第 1 行请选择“拨付条件”"),
        (_scheme(("goals", "目标", "NaN", "要点", True)), "1 至 100 的整数"),
        (_scheme(("goals", "目标", "100", "要点", False)), "同分比较项"),
        ({"closes_at": "2001-01-01T00:00:00"}, "截止时间应晚于"),
        ({"acceptance_pass_line": "95"}, "验收合格线"),
    ],
)
def test_wrong_settings_come_back_with_what_was_typed(client, officer, changes, words):
    response = _new(client, **changes)
    assert response.status_code == 200
    assert words in response.content.decode()
    assert "管理端拟定的通知" in response.content.decode()
    assert not Call.objects.exists()


def test_a_changed_scheme_keeps_its_other_parts(client, officer):
    rows = (
        ("goals", "目标与指标", "６０", "可考核;超出底线", True),
        ("", "方案", "40", "进度", False),
        ("",) * 4 + (False,),
    )
    _new(client, **_scheme(*rows))
    scheme = Call.objects.get().selection_scheme
    assert [row["code"] for row in scheme["criteria"]] == ["goals", "item_1"]
    assert (scheme["tie_break"], scheme["criteria"][0]["maximum"]) == ("goals", 60)
    assert scheme["criteria"][0]["hints"] == ["可考核", "超出底线"]
    assert scheme["recommendations"]


def _with_parts(client, url) -> dict:
    """What a browser would post for a stored draft, its attachment kinds and milestones included."""
    data = _posted(client, url)
    for formset in client.get(url).context["inline_admin_formsets"]:
        for form in [formset.formset.management_form, *formset.formset.initial_forms]:
            for bound in form:
                value = bound.value()
                if "due_at" in bound.name and value:
                    data[bound.html_name] = value.strftime("%Y-%m-%dT%H:%M:%S")
                elif value is not None and value is not False:
                    data[bound.html_name] = value
    return data


def test_a_code_that_stands_twice_is_named_in_chinese(client, officer):
    url = reverse("admin:projects_call_change", args=[calls.save_call(by=officer, **fields()).pk])
    data = _with_parts(client, url)
    page = client.post(url, data | {"milestones-0-code": data["milestones-1-code"]}).content.decode()
    assert "代码不能重复" in page
    assert "<title>有误：" in page
    assert "code的" not in page


def test_attachment_kinds_take_a_template(client, officer):
    call = calls.save_call(by=officer, **fields())
    kind = call.attachment_kinds.get(code="undertaking")
    url = reverse("admin:projects_call_change", args=[call.pk])
    data = _with_parts(client, url)
    row = next(key for key, value in data.items() if key.startswith("attachment") and value == "undertaking")
    data[row.replace("-code", "-upload")] = SimpleUploadedFile("承诺书.pdf", PDF)
    response = client.post(url, data)
    assert response.status_code == 302, [f.errors for i in response.context["inline_admin_formsets"] for f in i.formset]
    kind.refresh_from_db()
    assert kind.template_file.name == "承诺书.pdf"
    client.force_login(factories.make_person(factories.make_unit(), "drafter"))
    file_url = reverse("file", args=[kind.template_file.public_id])
    assert client.get(file_url).status_code == 404
    calls.publish_call(call, by=officer)
    assert client.get(file_url).status_code == 200


def test_publishing_shows_the_notice_first_and_then_freezes(client, officer):
    call = calls.save_call(by=officer, **fields())
    url = reverse("admin:projects_call_move", args=[call.pk, "publish"])
    preview = client.get(url).content.decode()
    assert "请各联合体牵头单位" in preview
    assert "¥300,000.00" in preview
    assert client.post(url).status_code == 302
    call.refresh_from_db()
    assert call.state == "published"
    change = reverse("admin:projects_call_change", args=[call.pk])
    page = client.get(change).content.decode()
    assert "发布更正" in page
    assert "查看公开页面" in page
    assert client.post(change, {"title": "改写"}).status_code == 403


def test_a_correction_is_written_and_a_refused_one_stays_on_the_page(client, officer):
    call = factories.make_call()
    url = reverse("admin:projects_call_correct", args=[call.pk])
    response = client.post(url, {"text": "因故提前", "reason": "调整", "new_closes_at": "2001-01-01T00:00"})
    assert response.status_code == 400
    assert "因故提前" in response.text
    assert "更正理由" in client.post(url, {"text": "联系电话有误，以本更正为准。"}).text
    given = {"text": "联系电话有误，以本更正为准。", "reason": "印刷错误"}
    assert client.post(url, given).status_code == 302
    assert call.corrections.get().number == 1


def test_other_duties_see_calls_but_touch_nothing(client):
    call = factories.make_call()
    for duty in ("finance", "director", "bast"):
        client.force_login(factories.make_user(duty))
        assert client.get(reverse("admin:projects_call_change", args=[call.pk])).status_code == 200
        assert client.get(reverse("admin:projects_call_add")).status_code == 403
        assert client.post(reverse("admin:projects_call_correct", args=[call.pk]), {"text": "x"}).status_code == 403


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_takes_the_same_queries_for_any_number_of_calls(client, officer, django_assert_num_queries, count):
    for _ in range(count):
        factories.make_call()
    url = reverse("admin:projects_call_changelist")
    client.get(url)
    with django_assert_num_queries(6):
        client.get(url)


def test_contradictions_are_shown_together_each_at_its_field(client, officer):
    response = _new(client, closes_at="2001-01-01T00:00:00", acceptance_pass_line="95", number_of_grants="0")
    form = response.context["adminform"].form
    assert {"closes_at", "acceptance_pass_line", "number_of_grants"} <= set(form.errors)
    assert "办法第十一条" in response.text


def test_two_officers_on_one_draft_see_both_contents(client, officer):
    call = calls.save_call(by=officer, **fields())
    url = reverse("admin:projects_call_change", args=[call.pk])
    mine = _with_parts(client, url) | {"title": "我改的标题"}
    colleague = factories.make_user("officer", name="钱经办")
    call.refresh_from_db()
    calls.save_call(by=colleague, call=call, revision=call.revision, title="同事改的标题")
    response = client.post(url, mine)
    assert response.status_code == 200
    for words in ("钱经办", "同事改的标题", "我改的标题", "没有覆盖"):
        assert words in response.text
    call.refresh_from_db()
    assert call.title == "同事改的标题"
    again = mine | {"seen_revision": response.context["adminform"].form["seen_revision"].value()}
    assert client.post(url, again).status_code == 302
    call.refresh_from_db()
    assert call.title == "我改的标题"


def test_a_draft_is_previewed_as_the_public_will_see_it_and_copied(client, officer):
    call = calls.save_call(by=officer, **fields())
    page = client.get(reverse("admin:projects_call_preview", args=[call.pk]))
    assert "公众现在还看不到" in page.text
    assert "请各联合体牵头单位" in page.text
    url = reverse("admin:projects_call_copy", args=[call.pk])
    assert client.get(url).status_code == 200
    assert client.post(url).status_code == 302
    assert Call.objects.filter(state="draft", year=call.year + 1).count() == 1
