"""Nouns of notices and objections."""

from django.db.models import Count, Q
from django.utils import timezone

from portal.measures.process import NoticeFacts
from projects.models import Objection, PublicNotice
from projects.states import OPEN_OBJECTION_STATES, NoticeState, ObjectionState


def public_notices():
    """Notices that the public may read: published ones, newest first; drafts never (N2)."""
    return PublicNotice.objects.exclude(state=NoticeState.DRAFT).select_related("call")


def is_open_for_objections(notice) -> bool:
    """Whether an objection may be filed today (Beijing)."""
    return notice.state == NoticeState.OPEN and notice.starts_on <= timezone.localdate() <= notice.ends_on


def notice_of(application):
    """The newest notice that names the application and was not replaced, or None."""
    rows = application.notices.exclude(state__in=[NoticeState.REPLACED, NoticeState.DRAFT])
    return rows.order_by("-id").first()


def notice_facts(application) -> NoticeFacts:
    """What the gate of 8(3) needs to know about one application, read anew: three queries."""
    notice = notice_of(application)
    objections = list(application.objections.values_list("state", "query_code"))
    return NoticeFacts(
        published=notice is not None,
        ends_on=notice.ends_on if notice else None,
        today=timezone.localdate(),
        open_objections=tuple(code for state, code in objections if state in OPEN_OBJECTION_STATES),
        upheld_objections=tuple(code for state, code in objections if state == ObjectionState.UPHELD),
    )


def with_counts(rows):
    """Annotate notices with `item_count` and `open_objection_count`."""
    waiting = Q(objections__state__in=OPEN_OBJECTION_STATES)
    return rows.annotate(
        item_count=Count("applications", distinct=True),
        open_objection_count=Count("objections", filter=waiting, distinct=True),
    )


def due_notices():
    """Open notices whose last day is over."""
    return PublicNotice.objects.filter(state=NoticeState.OPEN, ends_on__lt=timezone.localdate())


def objection_by_code(code: str) -> Objection | None:
    """The objection of a query code, however it was typed."""
    return Objection.objects.select_related("application", "notice").filter(query_code=code.strip().upper()).first()
