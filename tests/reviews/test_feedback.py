"""What units are told of their review: never early, never an expert's name or score, once (8(2), 8(3), R8)."""

import json

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from portal import documents
from portal.errors import Conflict, Invalid, NotAllowed, Refused
from portal.tasks import render_document
from projects.models import Application, PublicNotice
from projects.queries.decisions import shown_state
from reviews.actions import feedback, lists, proposals
from reviews.models import Assignment, FeedbackLetter, Proposal
from reviews.queries import feedback as queries
from reviews.tasks import make_feedback_letters, sweep_feedback
from tests.factories import make_person, make_user, make_version
from tests.reviews.wide import wide_round

pytestmark = pytest.mark.django_db
TEXT = "专家组认为项目需求真实，但成果转化的承接单位尚未落实，建议先与应用单位签订意向协议，并细化进度安排。"


@pytest.fixture
def decided():
    """A closed round of four with two grants, its list approved, nothing announced yet."""
    round, officer = wide_round(4, experts=2, grants=2)
    proposal = lists.start_list(round=round, by=officer)
    proposal = proposals.submit_list(round=round, seen=proposal.digest, by=officer)
    proposals.confirm_proposal(proposal, by=make_user("director"), digest=proposal.digest)
    proposals.approve_proposal(proposal, by=make_user("bast"), digest=proposal.digest)
    return round, list(round.items.order_by("rank").select_related("application__lead_unit")), officer


def _announce(items):
    Application.objects.filter(pk__in=[item.application_id for item in items], state="proposed").update(
        state="in_notice"
    )


def _save(item, officer, text=TEXT, revision=0):
    return feedback.save_feedback(item=item, text=text, revision=revision, by=officer)


def _url(round, name="feedback", *args):
    return reverse(f"admin:reviews_round_{name}", args=[round.pk, *args])


def test_letters_leave_only_after_decision_and_notice(decided):
    round, items, officer = decided
    _save(items[3], officer)
    with pytest.raises(Refused, match="都已进入公示"):
        feedback.release_feedback(round, by=officer)
    _announce(items)
    assert feedback.release_feedback(round, by=officer) == 1
    assert queries.feedback_counts(round) == {"total": 4, "none": 3, "drafted": 0, "released": 1, "made": 0}


def test_a_unit_reads_its_own_letter_and_nobody_elses(client, decided):
    round, items, officer = decided
    for item in items:
        _save(item, officer)
    _announce(items)
    feedback.release_feedback(round, by=officer)
    make_feedback_letters(round.pk)
    mine, other = items[3].application, items[0].application
    letters = {item.pk: documents.latest("feedback_letter", item.application) for item in items}
    drafter = make_person(mine.lead_unit, "drafter")
    client.force_login(drafter)
    page = client.get(reverse("application", args=[mine.public_id])).content.decode()
    assert letters[items[3].pk].verification_code in page
    address = reverse("document", args=[letters[items[3].pk].verification_code])
    assert client.get(address).status_code == 200
    if other.lead_unit_id != mine.lead_unit_id:
        assert client.get(reverse("document", args=[letters[items[0].pk].verification_code])).status_code == 404
    for stranger in (Assignment.objects.first().expert.user, make_user("finance"), make_user()):
        client.force_login(stranger)
        assert client.get(address).status_code == 404
    assert mine.leader.notifications.filter(title="评审意见已发出").count() >= 1


def test_a_letter_is_out_of_sight_while_its_decision_is_taken_up_again(client, decided):
    round, items, officer = decided
    _save(items[3], officer)
    _announce(items)
    feedback.release_feedback(round, by=officer)
    make_feedback_letters(round.pk)
    proposals.reopen_proposal(Proposal.objects.get(), by=make_user("bast"), note="一项异议成立，由候补递补")
    letter = documents.latest("feedback_letter", items[3].application)
    client.force_login(make_person(items[3].application.lead_unit, "drafter"))
    assert client.get(reverse("document", args=[letter.verification_code])).status_code == 404


def test_no_name_score_or_single_comment_gets_into_a_letter(decided):
    round, items, officer = decided
    name = Assignment.objects.filter(item=items[0]).first().expert.user.name
    with pytest.raises(Invalid, match="专家身份保密"):
        _save(items[0], officer, text=f"{TEXT}{name}专家另有意见。")
    for item in items:
        _save(item, officer)
    _announce(items)
    feedback.release_feedback(round, by=officer)
    make_feedback_letters(round.pk)
    for item in items:
        told = json.dumps(documents.latest("feedback_letter", item.application).snapshot, ensure_ascii=False)
        seats = Assignment.objects.filter(item=item).select_related("sheet", "expert__user")
        secrets = [str(item.score), str(item.mean), *(seat.expert.user.name for seat in seats)]
        secrets += [seat.sheet.comment for seat in seats]
        assert not [secret for secret in secrets if secret in told]


@pytest.mark.parametrize(("text", "words"), [("太短", "20 至 2000"), ("长" * 2001, "现有 2001 字"), ("　", "20 至")])
def test_words_have_a_length(decided, text, words):
    with pytest.raises(Invalid, match=words):
        _save(decided[1][0], decided[2], text=text)


def test_two_windows_do_not_write_over_each_other_and_what_left_stays(decided):
    round, items, officer = decided
    _save(items[0], officer)
    with pytest.raises(Conflict, match="已由他人保存"):
        _save(items[0], officer)
    _save(items[0], officer, text=f"{TEXT}已修改。", revision=1)
    _announce(items)
    feedback.release_feedback(round, by=officer)
    with pytest.raises(Conflict, match="已经发出"):
        _save(items[0], officer, revision=3)
    with pytest.raises(IntegrityError), transaction.atomic():
        FeedbackLetter.objects.update(text="改过")
    with pytest.raises(Refused, match="没有可以发出的"):
        feedback.release_feedback(round, by=officer)


def test_only_the_officer_writes_and_releases(client, decided):
    round, items, _ = decided
    for duty in ("director", "bast", "finance"):
        user = make_user(duty)
        for act in (
            lambda user=user: _save(items[0], user),
            lambda user=user: feedback.draft_feedback(round, by=user),
            lambda user=user: feedback.release_feedback(round, by=user),
        ):
            with pytest.raises(NotAllowed):
                act()
    client.force_login(make_user("director"))
    assert client.get(_url(round)).status_code == 200
    assert client.get(_url(round, "feedback_edit", items[0].pk)).status_code == 403
    assert client.post(_url(round, "feedback_release")).status_code == 403


def test_the_panels_opinion_is_the_first_draft_unless_it_names_somebody(decided):
    round, items, officer = decided
    name = Assignment.objects.filter(item=items[1]).first().expert.user.name
    type(items[0]).objects.filter(pk=items[0].pk).update(chair_summary=TEXT)
    type(items[0]).objects.filter(pk=items[1].pk).update(chair_summary=f"{TEXT}（{name}执笔）")
    assert feedback.draft_feedback(round, by=officer) == 1
    assert FeedbackLetter.objects.get().item == items[0]
    assert feedback.draft_feedback(round, by=officer) == 0


def test_letters_are_written_and_released_in_the_browser(client, decided, django_capture_on_commit_callbacks):
    round, items, officer = decided
    client.force_login(officer)
    edit = _url(round, "feedback_edit", items[0].pk)
    assert "总体可行，建议支持" in client.get(edit).content.decode()
    bad = client.post(edit, {"text": "短", "revision": "0"})
    assert bad.status_code == 400
    assert "20 至 2000" in bad.content.decode()
    assert client.post(edit, {"text": TEXT, "revision": "0"})["Location"] == _url(round)
    page = client.get(_url(round)).content.decode()
    assert "现在还不能发出" in page
    client.post(_url(round, "feedback_release"))
    assert not FeedbackLetter.objects.filter(released_at__isnull=False).exists()
    _announce(items)
    with django_capture_on_commit_callbacks(execute=True):
        client.post(_url(round, "feedback_release"), {"chosen": "1", "item": [items[0].pk]})
    letter = documents.latest("feedback_letter", items[0].application)
    render_document(letter.pk)
    assert queries.feedback_counts(round)["made"] == 1
    assert "查看函件" in client.get(_url(round)).content.decode()
    assert "data-hx-get" not in client.get(_url(round, "feedback_progress")).content.decode()


def test_a_lost_message_loses_no_letter_and_nobody_is_told_twice(decided, monkeypatch):
    round, items, officer = decided
    for item in items:
        _save(item, officer)
    _announce(items)
    feedback.release_feedback(round, by=officer)
    assert feedback.make_letters(round.pk, limit=3) is True
    sweep_feedback()
    assert queries.rounds_waiting() == []
    sweep_feedback()
    leader = items[0].application.leader
    assert leader.notifications.filter(title="评审意见已发出").count() == 4
    assert all(documents.latest("feedback_letter", item.application).version == 1 for item in items)


@pytest.mark.parametrize("count", [3, 60])
def test_the_page_of_letters_takes_a_constant_number_of_queries(client, django_assert_num_queries, count):
    round, officer = wide_round(count, experts=1)
    client.force_login(officer)
    client.get(_url(round))
    with django_assert_num_queries(11):
        client.get(_url(round))


def _seen_by(client, application, url) -> str:
    client.force_login(make_person(application.lead_unit, "drafter"))
    return client.get(url).content.decode()


@pytest.mark.parametrize("rank", [0, 2, 3])
def test_a_unit_learns_the_decision_with_the_notice_and_not_before(client, decided, rank):
    _, items, officer = decided
    application = Application.objects.get(pk=items[rank].application_id)
    make_version(application)  # without one there is no receipt to show
    word = application.get_state_display()
    assert word in ("拟支持", "候补", "未入选")
    urls = [reverse(name, args=[application.public_id]) for name in ("application", "application_receipt")]
    urls += [reverse("application_list"), f"{reverse('search')}?q={application.number}"]
    for url in urls:
        page = _seen_by(client, application, url)
        assert "评审完成" in page
        assert word not in page.replace(f'">{word}</option>', "").replace("拟支持项目经公示无异议后", "")
        assert "列为" not in page
    listed = f"{reverse('application_list')}?state={application.state}"
    assert application.title not in _seen_by(client, application, listed)
    client.force_login(officer)
    assert word in client.get(urls[0]).content.decode()
    _announce(items)
    application.refresh_from_db()
    assert application.get_state_display() in _seen_by(client, application, urls[0])


def test_a_decision_once_told_is_not_taken_back_when_a_reserve_moves_up(decided):
    _, items, _ = decided
    _announce(items)
    told = Application.objects.get(pk=items[3].application_id)
    day = timezone.localdate()
    frozen = {"starts_on": day, "ends_on": day, "sha256": "0" * 64, "snapshot": {"rows": []}, "doc_number": "一"}
    PublicNotice.objects.create(call=told.call, title="公示", state="open", published_at=timezone.now(), **frozen)
    Application.objects.filter(pk=items[2].application_id).update(state="proposed")
    drafter = make_person(told.lead_unit, "drafter")
    assert shown_state(told, drafter) == "not_selected"
    moved_up = Application.objects.get(pk=items[2].application_id)
    assert shown_state(moved_up, make_person(moved_up.lead_unit, "drafter")) == "scored"
