"""Nouns of calls: what the public sees, dated steps, whom to tell and remind."""

from datetime import date, datetime, time, timedelta

from django.contrib.contenttypes.models import ContentType
from django.db.models import Q
from django.utils import timezone

from consortia.models import Consortium, Seat
from consortia.seats import people_of
from portal.models import Document, User
from projects.models import Call, CallCorrection, Milestone, ProgressReport, SupplementRequest
from projects.states import ApplicationState, CallState, ReportState

PUBLIC_STATES = (CallState.PUBLISHED, CallState.CLOSED, CallState.ARCHIVED)
# Estimates that the measures leave open: calendar days after the deadline; the officer may set other dates.
ESTIMATES = (
    ("formality", "形式审查（预计）", 14),
    ("review", "专家评审（预计）", 35),
    ("notice", "结果公示（预计）", 50),
    ("contract", "签订任务合同（预计）", 60),
)
ACCEPTANCE_AFTER = timedelta(days=30)
# Minutes before the deadline at which people are reminded; units without any application only at the first two.
REMIND = (7 * 24 * 60, 24 * 60, 120)
INVITE_STEPS = frozenset(REMIND[:2])
SUPPLEMENT_REMIND = (3 * 24 * 60, 24 * 60, 120)
REPORT_DAYS = (7, 1, 0, -3)
WORKING_SEATS = ("drafter", "unitadmin")


def public_calls():
    """Calls on the public site, newest first."""
    return Call.objects.filter(state__in=PUBLIC_STATES)


def open_call(now: datetime | None = None) -> Call | None:
    """The published call that takes applications now, the one that closes first."""
    now = now or timezone.now()
    rows = Call.objects.filter(state=CallState.PUBLISHED, opens_at__lte=now, closes_at__gt=now)
    return rows.order_by("closes_at").first()


def phase(call, now: datetime | None = None) -> tuple[str, str]:
    """(words, tone) of where a public call stands by the clock."""
    now = now or timezone.now()
    if call.state == CallState.ARCHIVED:
        return "已归档", "quiet"
    if now < call.opens_at:
        return "即将开始", "info"
    return ("申报中", "ok") if call.state == CallState.PUBLISHED and now < call.closes_at else ("已截止", "quiet")


def is_over(call) -> bool:
    """Whether nothing can be handed in any more, so that no days are counted."""
    return call.state != CallState.PUBLISHED or call.closes_at <= timezone.now()


def milestone_dates(call) -> list[tuple[str, str, datetime, bool]]:
    """(code, name, moment, fixed) of every step of the year; estimated ones are not fixed."""
    zone = timezone.get_default_timezone()
    start, end = (datetime.combine(day, time(0), zone) for day in (call.execution_start, call.execution_end))
    steps = [("opens", "申报开始", call.opens_at, True), ("closes", "申报截止", call.closes_at, True)]
    steps += [(code, name, call.closes_at + timedelta(days=days), False) for code, name, days in ESTIMATES]
    last = end + timedelta(days=1)
    return [
        *steps,
        ("execution_start", "执行期开始", start, True),
        ("execution_end", "执行期结束", last - timedelta(minutes=1), True),
        ("acceptance", "评价验收（预计）", last + ACCEPTANCE_AFTER, False),
    ]


def milestones_of(call) -> list[dict]:
    """Steps in order with whether they are over: name, due_at, is_past."""
    now = timezone.now()
    rows = call.milestones.order_by("due_at", "order")
    return [{"name": row.name, "due_at": row.due_at, "is_past": row.due_at <= now} for row in rows]


def page_of(call) -> dict:
    """What the public page shows of a call's own rows."""
    return {
        "call": call,
        "paragraphs": [line.strip() for line in call.notice_text.splitlines() if line.strip()],
        "kinds": call.attachment_kinds.select_related("template_file"),
        "corrections": corrections_of(call),
        "milestones": milestones_of(call),
    }


def upcoming_steps(limit: int = 6) -> list[dict]:
    """The next dated steps of all current calls, soonest first: name, due_at, call, url; one query (B3)."""
    rows = Milestone.objects.filter(call__state__in=(CallState.PUBLISHED, CallState.CLOSED), due_at__gt=timezone.now())
    return [
        {"name": row.name, "due_at": row.due_at, "call": row.call.title, "url": f"/calls/{row.call_id}/"}
        for row in rows.select_related("call").order_by("due_at", "order")[:limit]
    ]


def corrections_of(call) -> list:
    """Corrections, newest first, each with `paper`, its official PDF."""
    rows = list(call.corrections.order_by("-number"))
    kind = ContentType.objects.get_for_model(CallCorrection)
    papers = Document.objects.filter(kind="call_correction", subject_type=kind, subject_id__in=[r.pk for r in rows])
    by_row = {paper.subject_id: paper for paper in papers}
    for row in rows:
        row.paper = by_row.get(row.pk)
    return rows


def people_to_tell():
    """Drafters and admins of units that lead a consortium whose qualification is not revoked."""
    leading = Consortium.objects.with_status(timezone.localdate()).filter(~Q(status="revoked") | Q(status=None))
    return User.objects.filter(
        is_active=True,
        seats__ended_at__isnull=True,
        seats__role__in=WORKING_SEATS,
        seats__unit__state="approved",
        seats__unit__in=leading.values("lead_unit"),
    ).distinct()


def step_due(until: datetime, now: datetime, steps=REMIND) -> int | None:
    """The latest step (in minutes) that is due by now; None before the first and after the end."""
    minutes = (until - now).total_seconds() / 60
    return min((step for step in steps if minutes <= step), default=None) if minutes > 0 else None


def time_until(until: datetime, now: datetime) -> str:
    """What is really left, rounded down: a reminder that was late does not tell what it should have told."""
    minutes = int((until - now).total_seconds() // 60)
    if minutes >= 2 * 24 * 60:
        return f"{minutes // (24 * 60)} 天"
    return f"{minutes // 60} 小时" if minutes >= 60 else f"{max(minutes, 1)} 分钟"


def calls_to_remind(now: datetime):
    """Published calls that take applications now."""
    return Call.objects.filter(state=CallState.PUBLISHED, opens_at__lte=now, closes_at__gt=now)


def without_application(call):
    """People of lead units that may apply and have nothing in this call, not even a draft."""
    return people_to_tell().exclude(
        pk__in=Seat.objects.filter(
            ended_at__isnull=True, unit__in=call.applications.exclude(state="withdrawn").values("lead_unit")
        ).values("user")
    )


def supplements_to_remind(now: datetime):
    """补正 that the units still owe."""
    rows = SupplementRequest.objects.filter(application__state=ApplicationState.SUPPLEMENT, due_at__gt=now)
    return rows.select_related("application__lead_unit", "application__leader")


def unfinished(call):
    """Drafts of a call with the people who can finish them: pairs (application, users)."""
    states = (ApplicationState.DRAFT, ApplicationState.UNIT_REVIEW)
    drafts = list(call.applications.filter(state__in=states).select_related("leader"))
    seats = Seat.objects.filter(
        ended_at__isnull=True, role__in=WORKING_SEATS, unit__in={draft.lead_unit_id for draft in drafts}
    )
    by_unit: dict[int, list] = {}
    for seat in seats.select_related("user"):
        by_unit.setdefault(seat.unit_id, []).append(seat.user)
    return [(draft, [*by_unit.get(draft.lead_unit_id, []), draft.leader]) for draft in drafts]


def reports_to_remind(today: date) -> list[tuple[ProgressReport, int, list]]:
    """Reports that are not handed in, on the days of REPORT_DAYS: (report, days left, users)."""
    days = {today + timedelta(days=left): left for left in REPORT_DAYS}
    rows = ProgressReport.objects.filter(state__in=(ReportState.DUE, ReportState.RETURNED), due_on__in=days)
    found = []
    for report in rows.select_related("project__lead_unit", "project__leader"):
        people = [*people_of(report.project.lead_unit, *WORKING_SEATS), report.project.leader]
        found.append((report, days[report.due_on], people))
    return found


def calls_over(now: datetime):
    """Published calls whose deadline is over."""
    return Call.objects.filter(state=CallState.PUBLISHED, closes_at__lte=now)
