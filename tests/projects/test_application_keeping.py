"""Nothing that was typed is lost: unfinished rows are kept, two tabs are shown side by side (C1, A15)."""

import pytest
from django.urls import reverse

from portal.errors import NotAllowed
from portal.models import Event
from projects.actions import application_editing as editing
from projects.actions import applications
from projects.models import Application
from tests import factories
from tests.projects import applying

pytestmark = pytest.mark.django_db
AUTOSAVE = {"HX-Request": "true"}
STAGE = {"name": "第一阶段", "start_on": "2027-02-01", "end_on": "2027-05-01", "goal": "调研", "deliverable": "报告"}


@pytest.fixture
def team():
    return applying.make_team()


@pytest.fixture
def application(team, client):
    application = applying.start(team)
    client.force_login(team.drafter)
    return application


def part(application, code):
    return reverse("application_part", args=[application.public_id, code])


def table(prefix, *filled):
    """POST data of a formset."""
    data = {f"{prefix}-TOTAL_FORMS": len(filled), f"{prefix}-INITIAL_FORMS": 0}
    return data | {f"{prefix}-{index}-{key}": value for index, row in enumerate(filled) for key, value in row.items()}


def stages(*rows, revision):
    return table("rows", *rows) | {"revision": revision}


def names(application):
    return list(application.stages.values_list("name", flat=True))


def test_half_a_row_is_kept_by_the_autosave_and_comes_back(client, application):
    half = {"name": "第二阶段", "start_on": "2027-05-02"}
    answer = client.post(part(application, "stages"), stages(STAGE, half, revision=0), headers=AUTOSAVE)
    assert answer.status_code == 200
    assert 'id="part-revision"' in answer.text
    assert 'value="1"' in answer.text
    assert 'data-field="id_rows-1-end_on"' in answer.text
    assert "data-empty" in answer.text
    assert names(application) == []
    page = client.get(part(application, "stages")).text
    assert 'value="第二阶段"' in page
    assert "id_rows-2-name" in page
    assert "id_rows-3-name" not in page
    assert "已按原样保留" in page
    whole = half | {"end_on": "2027-09-01", "goal": "研发", "deliverable": "样机"}
    assert client.post(part(application, "stages"), stages(STAGE, whole, revision=1)).status_code == 302
    assert names(application) == ["第一阶段", "第二阶段"]
    assert application.sections.get(code="stages").typed == {}


def test_a_save_by_button_keeps_too_and_goes_on_from_the_new_revision(client, application):
    answer = client.post(part(application, "stages"), stages({"name": "只有名称"}, revision=0))
    assert answer.status_code == 422
    assert 'name="revision" value="1"' in answer.text
    assert 'href="#id_rows-0-goal"' in answer.text
    assert "第 1 行：" in answer.text
    assert client.post(part(application, "stages"), stages(STAGE, revision=1)).status_code == 302


def test_submitting_is_refused_while_something_is_kept(team, client, application):
    applying.fill(application, team)
    client.post(part(application, "team"), table("rows", {"name": "张"}) | {"revision": 1}, headers=AUTOSAVE)
    applications.declare(application, by=team.leader)
    applications.send_to_unit(application, by=team.drafter)
    client.force_login(team.admin)
    step = reverse("application_step", args=[application.public_id, "submit"])
    assert "还不能办理：1 项须办妥" in client.get(step).text
    answer = client.post(step)
    assert answer.status_code == 409
    assert f"{part(application, 'team')}#part-problems" in answer.text
    application.refresh_from_db()
    assert application.state == "unit_review"


def test_target_below_the_floor_is_told_at_its_field_by_the_autosave(client, application):
    data = {"revision": "0", "kpi-member_expansion-target": "5"} | table("further")
    answer = client.post(part(application, "kpis"), data, headers=AUTOSAVE)
    assert 'data-field="id_kpi-member_expansion-target"' in answer.text
    assert "不能低于办法第十条（一）1的底线 6 家" in answer.text
    assert not application.kpi_targets.exists()
    page = client.get(part(application, "kpis")).text
    assert 'value="5"' in page
    assert "底线 6 家，可以更高" in page


def test_what_is_kept_has_a_limit_and_holds_nothing_but_the_form(client, application):
    data = stages({"name": "甲" * 300_000}, revision=0)
    assert client.post(part(application, "stages"), data, headers=AUTOSAVE).status_code == 400
    endless = stages({"name": "甲"}, revision=0) | {"rows-TOTAL_FORMS": "9" * 5000}
    assert client.post(part(application, "stages"), endless, headers=AUTOSAVE).status_code == 422
    data = stages({"name": "甲\x00乙"}, revision=0) | {"is_staff": "1", "rows-0-hidden": "x"}
    client.post(part(application, "stages"), data, headers=AUTOSAVE)
    fields = application.sections.get(code="stages").typed["fields"]
    assert fields["rows-0-name"] == "甲乙"
    assert not {"is_staff", "rows-0-hidden", "revision", "csrfmiddlewaretoken"} & set(fields)


def test_autosave_says_who_saved_when_and_what_is_left(client, team, application):
    answer = client.post(part(application, "rationale"), {"text": "太短", "revision": "0"}, headers=AUTOSAVE)
    assert f"（北京时间），{team.drafter.name}" in answer.text
    assert "已自动保存" in answer.text
    assert "还缺 1 项" in answer.text
    assert "目前 2 字" in answer.text


def test_autosave_of_a_stale_tab_tells_so_on_the_page(client, team, application):
    applications.save_section(application, code="rationale", data={"text": "同事的"}, revision=0, by=team.admin)
    answer = client.post(part(application, "rationale"), {"text": "我的", "revision": "0"}, headers=AUTOSAVE)
    assert answer.status_code == 409
    assert 'id="part-stale"' in answer.text
    assert f"已由{team.admin.name}于" in answer.text
    assert 'id="part-revision"' not in answer.text
    assert application.sections.get(code="rationale").body["text"] == "同事的"


@pytest.fixture
def two_tabs(client, team, application):
    """The other tab saved three stages; ours, opened before, has the first changed, the second gone, one more."""
    theirs = [STAGE | {"name": name} for name in ("甲", "乙", "丙")]
    client.post(part(application, "stages"), stages(*theirs, revision=0))
    mine = [STAGE | {"name": "甲", "goal": "我的目标"}, STAGE | {"name": "丙"}, STAGE | {"name": "丁"}]
    return stages(*mine, revision=0)


def test_conflict_shows_every_difference_and_changes_nothing(client, application, two_tabs):
    answer = client.post(part(application, "stages"), two_tabs)
    assert answer.status_code == 409
    assert "共 3 处不同" in answer.text
    assert "我的目标" in answer.text
    assert "（没有）" in answer.text
    assert names(application) == ["甲", "乙", "丙"]


@pytest.mark.parametrize(
    ("choices", "result", "goal"),
    [
        (("theirs", "theirs", "theirs"), ["甲", "乙", "丙"], "调研"),
        (("mine", "theirs", "mine"), ["甲", "乙", "丙", "丁"], "我的目标"),
        (("theirs", "mine", "mine"), ["甲", "丙", "丁"], "调研"),
    ],
)
def test_each_difference_is_settled_by_a_choice(client, application, two_tabs, choices, result, goal):
    chosen = {f"choose-{place}": side for place, side in enumerate(choices)}
    answer = client.post(part(application, "stages"), two_tabs | {"revision": 1, "merge": "chosen"} | chosen)
    assert answer.status_code == 302
    assert names(application) == result
    assert application.stages.get(name="甲").goal == goal


def test_a_missing_choice_is_asked_for_and_the_others_stay(client, application, two_tabs):
    data = two_tabs | {"revision": 1, "merge": "chosen", "choose-0": "mine", "choose-1": "neither"}
    answer = client.post(part(application, "stages"), data)
    assert answer.status_code == 409
    assert "请为“第 2 行”选择一份" in answer.text
    assert 'id="choose-0-mine" value="mine" checked' in answer.text
    assert names(application) == ["甲", "乙", "丙"]


@pytest.mark.parametrize(
    ("merge", "status", "result"),
    [("mine", 302, ["甲", "丙", "丁"]), ("theirs", 302, ["甲", "乙", "丙"]), ("edit", 409, ["甲", "乙", "丙"])],
)
def test_a_whole_side_is_taken_or_merged_by_hand(client, application, two_tabs, merge, status, result):
    answer = client.post(part(application, "stages"), two_tabs | {"revision": 1, "merge": merge})
    assert answer.status_code == status
    assert names(application) == result
    if merge == "edit":
        assert 'name="revision" value="1"' in answer.text
        assert 'value="丁"' in answer.text


def test_a_third_save_meanwhile_is_a_new_conflict(client, application, two_tabs):
    client.post(part(application, "stages"), stages(STAGE | {"name": "戊"}, revision=1))
    answer = client.post(part(application, "stages"), two_tabs | {"revision": 1, "merge": "mine"})
    assert answer.status_code == 409
    assert "戊" in answer.text
    assert names(application) == ["戊"]


def test_cover_and_numbers_are_merged_field_by_field(client, team, application):
    cover = {"title": "同事改的题目", "field": "人工智能", "supervisor_name": "孙监督"}
    client.post(part(application, "cover"), cover | {"revision": 0})
    mine = {"title": "我改的题目", "field": "人工智能", "supervisor_name": "钱监督", "digital_undertaking": "on"}
    page = client.post(part(application, "cover"), mine | {"revision": 0}).text
    assert "共 3 处不同" in page
    chosen = {"choose-0": "theirs", "choose-1": "mine", "choose-2": "mine", "merge": "chosen", "revision": 1}
    client.post(part(application, "cover"), mine | chosen)
    application.refresh_from_db()
    assert (application.title, application.supervisor_name) == ("同事改的题目", "钱监督")
    assert application.digital_undertaking


def test_kept_content_takes_part_in_a_conflict(client, application):
    client.post(part(application, "stages"), stages({"name": "同事的半行"}, revision=0), headers=AUTOSAVE)
    answer = client.post(part(application, "stages"), stages(STAGE, revision=0))
    assert answer.status_code == 409
    assert "同事的半行" in answer.text


def test_a_draft_never_submitted_is_deleted_with_a_log_entry(client, team, application):
    path = reverse("application_discard", args=[application.public_id])
    assert "删除后不能恢复" in client.get(path).text
    assert client.post(path, follow=True).redirect_chain[-1][0] == reverse("application_list")
    assert not Application.objects.filter(pk=application.pk).exists()
    event = Event.objects.get(verb="application.discard")
    assert (event.before["title"], event.actor) == ("智能关节协同攻关", team.drafter)


def test_what_was_submitted_once_is_never_deleted(client, team):
    application = applying.submitted(team)
    applications.withdraw_application(application, by=team.admin)
    applications.reopen_application(application, by=team.admin)
    client.force_login(team.admin)
    path = reverse("application_discard", args=[application.public_id])
    assert client.get(path).status_code == 404
    assert client.post(path).status_code == 403
    assert Application.objects.filter(pk=application.pk).exists()
    with pytest.raises(NotAllowed):
        editing.discard_draft(application, by=team.admin)


def test_strangers_leaders_and_the_center_delete_nothing(client, team, application):
    path = reverse("application_discard", args=[application.public_id])
    people = [team.leader, applying.make_team(call=team.call).drafter, factories.make_user("officer")]
    for person in people:
        client.force_login(person)
        assert client.post(path).status_code in (403, 404)
    assert Application.objects.filter(pk=application.pk).exists()
