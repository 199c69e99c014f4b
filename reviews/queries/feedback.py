"""Letters to units: where each stands, and whether they may leave yet (8(2), 8(3), R8)."""

from django.contrib.contenttypes.models import ContentType
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from portal.models import Document
from projects.models import Application
from reviews.models import Assignment, FeedbackLetter, ReviewItem, Round
from reviews.rules import is_decision_public


def why_not_yet(round: Round) -> str:
    """Why letters of the round may not leave; "" when they may."""
    if is_decision_public(round):
        return ""
    return (
        "审定名单并公示后才能发出反馈意见：本轮名单须经市科协审定，且名单中的拟支持项目都已进入公示。"
        "在此之前可以拟写和修改。"
    )


def _papers():
    subject = ContentType.objects.get_for_model(Application)
    return Document.objects.filter(
        kind="feedback_letter", subject_type=subject, subject_id=OuterRef("item__application_id")
    )


def unmade(round_id: int) -> QuerySet[FeedbackLetter]:
    """Released letters without a paper."""
    rows = FeedbackLetter.objects.filter(item__round=round_id, released_at__isnull=False).exclude(Exists(_papers()))
    return rows.select_related("item__application__call", "item__application__lead_unit", "item__proposal_item",
                               "item__application__leader").order_by("pk")  # fmt: skip


def rounds_waiting() -> list[int]:
    """Rounds with released letters that have no paper."""
    rows = FeedbackLetter.objects.filter(released_at__isnull=False).exclude(Exists(_papers()))
    return list(rows.order_by().values_list("item__round_id", flat=True).distinct()[:20])


STATES = (("none", "未拟写"), ("drafted", "已拟写"), ("released", "已发出"))


def feedback_rows(round: Round, state: str = "", text: str = "") -> QuerySet[ReviewItem]:
    """Items of the round with their letter, its paper's state and code, in order of rank."""
    papers = _papers_of_item().order_by("-version")
    rows = round.items.filter(application__isnull=False).select_related(
        "application__lead_unit", "feedback__edited_by", "feedback__released_by", "proposal_item"
    )
    rows = rows.annotate(
        paper_state=Subquery(papers.values("state")[:1]), paper_code=Subquery(papers.values("verification_code")[:1])
    )
    known = {
        "none": {"feedback__isnull": True},
        "drafted": {"feedback__isnull": False, "feedback__released_at__isnull": True},
        "released": {"feedback__released_at__isnull": False},
    }
    rows = rows.filter(**known.get(state, {}))
    if text:
        rows = rows.filter(Q(application__title__icontains=text) | Q(application__number__icontains=text))
    return rows.order_by(F("rank").asc(nulls_last=True), "pk")


def _papers_of_item():
    subject = ContentType.objects.get_for_model(Application)
    return Document.objects.filter(kind="feedback_letter", subject_type=subject, subject_id=OuterRef("application_id"))


def feedback_counts(round: Round) -> dict[str, int]:
    """How many items have no letter, a drafted one, a released one, and a finished paper."""
    items = round.items.filter(application__isnull=False)
    letters = FeedbackLetter.objects.filter(item__round=round)
    released = letters.filter(released_at__isnull=False)
    total, drafted, out = items.count(), letters.filter(released_at__isnull=True).count(), released.count()
    made = released.filter(Exists(_papers().filter(state="ready"))).count()
    return {"total": total, "none": total - drafted - out, "drafted": drafted, "released": out, "made": made}


def material(item: ReviewItem) -> list[dict]:
    """What the center reads while it writes: comments by code, without names and points, and the panel's opinion."""
    seats = Assignment.objects.filter(item=item, state="submitted", sheet__locked=True).select_related("sheet")
    seats = seats.prefetch_related("sheet__entries").order_by("pk")
    return [
        {
            "comment": seat.sheet.comment,
            "remarks": [entry.comment for entry in seat.sheet.entries.all() if entry.comment],
        }
        for seat in seats
    ]
