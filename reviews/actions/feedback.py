"""What units are told of their review: drafted and edited by the center, released after the notice (8(2), R8)."""

from django.db.models import F
from django.urls import reverse
from django.utils import timezone

from consortia.seats import people_of
from portal import access, documents, events, notify, workflow
from portal.errors import Conflict, Invalid, NotAllowed, Refused
from portal.models import Document
from reviews.documents.letters import TITLE, letter_snapshot
from reviews.models import Assignment, FeedbackLetter
from reviews.queries import feedback as queries

TEXT_MIN, TEXT_MAX = 20, 2000
BATCH = 50


def _require(by, round) -> None:
    if not access.allowed(by, "reviews.write_feedback", round):
        raise NotAllowed("您的账号不能办理评审意见反馈。", article="8(2)")


@workflow.action
def save_feedback(*, item, text, revision, by) -> FeedbackLetter:
    """Keep the words for one unit; they name no expert of its panel, and are not written over another window's."""
    _require(by, item.round)
    item = workflow.lock(item)
    letter = FeedbackLetter.objects.filter(item=item).first() or FeedbackLetter(item=item)
    if letter.released_at:
        raise Conflict("反馈意见已经发出，不能再改。确有错误的，请另行致函单位。", article="8(2)")
    if letter.revision != revision:
        raise Conflict("反馈意见在您打开本页之后已由他人保存，您的修改没有写入。请核对最新内容后再保存。")
    letter.text, letter.edited_by, letter.revision = _checked(item, text), by, letter.revision + 1
    letter.save()
    events.record("feedback.save", "拟写评审意见反馈", item, by=by, after={"revision": letter.revision})
    return letter


def _checked(item, text: str) -> str:
    text = text.strip()
    if not TEXT_MIN <= len(text) <= TEXT_MAX:
        raise Invalid(f"反馈意见须为 {TEXT_MIN} 至 {TEXT_MAX} 字，现有 {len(text)} 字。")
    names = Assignment.objects.filter(item=item).values_list("expert__user__name", flat=True)
    named = sorted({name for name in names if name and name in text})
    if named:
        raise Invalid(f"反馈意见中出现了评审专家的姓名（{'、'.join(named)}）。专家身份保密，请删去后再保存。")
    return text


@workflow.action
def draft_feedback(round, *, by) -> int:
    """Take the panel's opinion as the first words wherever the chair wrote one and no letter is there; how many.

    Single comments are never taken over by machine: the center reads and edits what leaves the house.
    """
    _require(by, round)
    round = workflow.lock(round)
    items = round.items.filter(feedback__isnull=True).exclude(chair_summary="").filter(application__isnull=False)
    made = []
    for item in items:
        try:
            made.append(FeedbackLetter(item=item, text=_checked(item, item.chair_summary), edited_by=by, revision=1))
        except Invalid:
            continue  # it names an expert or is too short: to be written by hand
    FeedbackLetter.objects.bulk_create(made, batch_size=500)
    events.record("feedback.draft", "以专家组意见起草反馈", round, by=by, after={"letters": len(made)})
    return len(made)


@workflow.action
def release_feedback(round, *, by, items=None) -> int:
    """Release drafted letters of the round (or of chosen items): from now on frozen and open to their units; how many.

    Only after the decision is approved and every supported application is in its public notice, so that no letter
    tells earlier than the notice who was chosen (8(3)).
    """
    _require(by, round)
    round = workflow.lock(round)
    reason = queries.why_not_yet(round)
    if reason:
        raise Refused(reason, article="8(3)")
    letters = FeedbackLetter.objects.filter(item__round=round, released_at__isnull=True)
    if items is not None:
        letters = letters.filter(item__in=items)
    number = letters.update(released_by=by, released_at=timezone.now(), revision=F("revision") + 1)
    if not number:
        raise Refused("没有可以发出的反馈意见：尚未拟写，或都已发出。")
    events.record("feedback.release", "发出评审意见反馈", round, by=by, after={"letters": number})
    return number


@workflow.action
def make_letter(letter) -> Document:
    """Queue the paper of a released letter and tell the unit; the same letter gives the same paper and one message."""
    application = letter.item.application
    document = documents.request_document(
        "feedback_letter", application, letter_snapshot(letter), title=f"{TITLE}（{application.number}）", by=None
    )
    url = reverse("application", args=[application.public_id])
    people = [application.leader, *people_of(application.lead_unit, "drafter", "unitadmin")]
    text = f"“{application.title}”（{application.number}）的评审意见已发出，可在申报书页面的“文书”中下载。"
    notify.tell(people, "评审意见已发出", text, url=url, key=f"feedback-{letter.pk}")
    return document


def make_letters(round_id: int, limit: int = BATCH) -> bool:
    """Make the papers of released letters that have none yet, a batch a run; whether more are waiting."""
    waiting = list(queries.unmade(round_id)[: limit + 1])
    for letter in waiting[:limit]:
        make_letter(letter)
    return len(waiting) > limit
