"""Draft, test on past decisions, publish (F4): what is in force changes only by a tested draft."""

import pytest
from django.urls import reverse

from funding.actions import lexicon as actions
from funding.actions.ledger import decide_line
from funding.actions.lexicon_tests import run_test, stuck
from funding.models import LexiconDraft, LexiconTest, LexiconVersion
from funding.queries import lexicon as words
from funding.queries.spending import effective_lexicon
from portal.errors import Conflict, Invalid, NotAllowed, Refused
from tests.funding.money_tools import make_scene

pytestmark = pytest.mark.django_db
ENTRY = {"id": "test.word", "item": "14(6)", "strength": "strong", "phrases": ["飞碟"], "reason": "测试词条"}


@pytest.fixture
def scene():
    return make_scene()


def admin(name, *args):
    return reverse(f"admin:funding_lexiconversion_{name}", args=args)


def seen():
    draft = words.draft_of()
    return words.digest_seen(draft, draft.entries if draft else words.current_data())


def draft_word(scene, word="飞碟"):
    return actions.save_entry(entry=ENTRY | {"phrases": [word]}, seen=seen(), by=scene.finance)


def finished(scene, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        test = actions.request_test(by=scene.finance)
    test.refresh_from_db()
    return test


@pytest.fixture
def run(scene, django_capture_on_commit_callbacks):
    return lambda: finished(scene, django_capture_on_commit_callbacks)


def test_draft_changes_nothing_in_force_until_it_is_published(scene, run):
    draft_word(scene)
    assert scene.book("记-1", summary="产业创新活动飞碟模型制作").verdict == "allowed"
    test = run()
    assert (test.state, test.progress, test.digest) == ("ready", 100, words.draft_of().digest)
    version = actions.publish_draft(seen=seen(), note="增加飞碟", by=scene.finance)
    assert (version.test, version.override_reason) == (test, "")
    assert not LexiconDraft.objects.exists()
    assert scene.book("记-2", summary="产业创新活动飞碟模型制作").verdict == "banned"


def test_publishing_needs_a_test_of_exactly_this_content(scene, run):
    draft_word(scene)
    with pytest.raises(Refused, match="请先测试"):
        actions.publish_draft(seen=seen(), note="增加飞碟", by=scene.finance)
    run()
    actions.save_entry(entry=ENTRY | {"id": "test.more"}, seen=seen(), by=scene.finance)
    with pytest.raises(Refused, match="请先测试"):
        actions.publish_draft(seen=seen(), note="增加飞碟", by=scene.finance)
    actions.remove_entry(code="test.more", seen=seen(), by=scene.finance)
    with pytest.raises(Invalid, match="修改说明"):
        actions.publish_draft(seen=seen(), note=" ", by=scene.finance)
    assert actions.publish_draft(seen=seen(), note="增加飞碟", by=scene.finance).number == 1


def test_human_decisions_are_the_regression_set(scene, run):
    line = scene.book("记-1", summary="活动物资款", payee="某商贸有限公司")
    decide_line(line, verdict="allowed", article_item="", reason="核对合同，为活动搭建", by=scene.finance)
    waiting = scene.book("记-2", summary="活动物资款", payee="某商贸有限公司")
    draft_word(scene, "活动物资款")
    test = run()
    assert test.result["confusion"] == [["allowed", line.findings.get().verdict, "banned", 1]]
    assert [case[0] for case in test.result["against"]] == [line.pk]
    assert [case[0] for case in test.result["waiting_flips"]] == [waiting.pk]
    with pytest.raises(Refused, match="1 笔人工认定相反"):
        actions.publish_draft(seen=seen(), note="增加", by=scene.finance, override_reason="短")
    reason = "原认定依据的合同已被撤销，今后一律核对"
    version = actions.publish_draft(seen=seen(), note="增加", by=scene.finance, override_reason=reason)
    line.refresh_from_db()
    assert (version.override_reason, line.verdict) == (reason, "allowed")


def test_reverse_is_against_people_too(scene, run):
    line = scene.banned("记-1")
    decide_line(line, verdict="banned", article_item="14(2)", reason="核对发票为宴请", by=scene.finance)
    for entry in [row for row in words.current_data()["entry"] if row["item"] == "14(2)"]:
        actions.remove_entry(code=entry["id"], seen=seen(), by=scene.finance)
    entry = ENTRY | {"id": "x.purpose", "strength": "weak"}
    actions.save_entry(entry=entry, seen=seen(), by=scene.finance)
    assert run().result["confusion"][0][:2] == ["banned", "banned"]


def test_a_decision_after_the_test_makes_it_old(scene, run):
    draft_word(scene)
    run()
    decide_line(scene.banned(), verdict="banned", article_item="14(2)", reason="核对为宴请", by=scene.finance)
    with pytest.raises(Refused, match="重新测试"):
        actions.publish_draft(seen=seen(), note="增加飞碟", by=scene.finance)


def test_no_update_is_lost_between_two_editors(scene, client):
    before = seen()
    draft_word(scene)
    with pytest.raises(Conflict, match="他人修改了词库草稿"):
        actions.save_entry(entry=ENTRY | {"id": "other"}, seen=before, by=scene.finance)
    client.force_login(scene.finance)
    form = client.get(admin("entry", "test.word")).context["form"].initial
    data = {name: form.get(name, "") for name in ("id", "item", "strength", "reason", "phrases", "fields_", "seen")}
    actions.save_entry(entry=ENTRY | {"reason": "别人改的"}, replaces="test.word", seen=seen(), by=scene.finance)
    late = client.post(admin("entry", "test.word"), data | {"reason": "我改的"})
    assert late.status_code == 409
    assert "我改的" in late.content.decode()
    assert words.entry_of(words.draft_of().entries, "test.word")["reason"] == "别人改的"


def test_a_form_of_a_discarded_draft_does_not_reach_the_next_one(scene):
    draft_word(scene)
    stale = seen()
    actions.discard_draft(seen=stale, by=scene.finance)
    draft_word(scene, "别的词")
    with pytest.raises(Conflict):
        actions.publish_draft(seen=stale, note="旧页面", by=scene.finance)
    assert not LexiconVersion.objects.exists()


def test_only_finance_edits_tests_and_publishes(scene, client):
    with pytest.raises(NotAllowed):
        actions.save_entry(entry=ENTRY, seen=seen(), by=scene.officer)
    with pytest.raises(NotAllowed):
        actions.request_test(by=scene.officer)
    client.force_login(scene.officer)
    assert client.get(admin("draft")).status_code == 403


def test_test_is_idempotent_and_gives_up_after_three_deaths(scene, run):
    draft_word(scene)
    test = run()
    run_test(test.pk)
    test.refresh_from_db()
    assert (test.attempts, stuck().count()) == (1, 0)
    dead = LexiconTest.objects.create(
        edition="2025", digest="x", entries={}, attempts=3, state="running", requested_by=scene.finance
    )
    run_test(dead.pk)
    dead.refresh_from_db()
    assert dead.state == "failed"


def test_pages_of_the_draft(scene, client, run):
    client.force_login(scene.finance)
    assert "没有词库草稿" in client.get(admin("draft")).content.decode()
    assert client.post(admin("draft")).status_code == 409
    decide_line(
        scene.book("记-1", summary="付款"), verdict="allowed", article_item="", reason="核对为场租", by=scene.finance
    )
    draft_word(scene, "付款")
    run()
    page = client.get(admin("draft")).content.decode()
    assert [text for text in ("就是这份草稿", "发布", "词语：付款") if text not in page] == []
    test = LexiconTest.objects.get()
    assert "与人工认定相反" in client.get(admin("test", test.pk)).content.decode()
    assert client.get(admin("test_progress", test.pk)).status_code == 200
    publish = admin("publish")
    data = {"seen": seen(), "note": "增加"}
    assert client.post(publish, data).status_code == 409
    assert client.post(publish, data | {"override_reason": "短"}).status_code == 400
    assert client.post(publish, data | {"override_reason": "今后一律先核对合同再列支"}).status_code == 302
    assert effective_lexicon("2025")[1] == "词库第1版"
    for name in ("publish", "discard"):
        assert client.get(admin(name)).url == admin("draft")
        assert client.post(admin(name), data).status_code == 409


def test_entry_keeps_a_note_of_its_own(scene):
    actions.save_entry(entry=ENTRY | {"note": "见2026年审计意见"}, seen=seen(), by=scene.finance)
    rows = words.difference(words.current_data(), words.draft_of().entries)
    assert "备注：见2026年审计意见" in rows[0]["added"]
