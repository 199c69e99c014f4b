"""Nouns of the formality check: what rules say, how far each application is, which one comes next."""

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from portal.measures.findings import Finding
from portal.measures.formality import FAILED, FormalityResult, formality_table
from projects.models import Application, FormalityItem
from projects.queries.application_tasks import ATTACHMENTS, BUDGET, COVER, KPIS
from projects.queries.applications import Case, case_of
from projects.queries.whole import as_whole

CLAWBACK_ROW = "no_open_clawback"
# Where the unit mends what a row is about; the officer may choose another part.
RULE_PLACES = {
    "attachments_complete": ATTACHMENTS,
    "targets_at_floor": KPIS,
    "budget_sound": BUDGET,
    "leader_within_cap": COVER,
    "name_matches_seal": ATTACHMENTS,
    "leader_employed": ATTACHMENTS,
}
PASSED_STATES = (
    "eligible", "under_review", "scored", "proposed", "reserve", "not_selected", "in_notice", "objection_hold",
    "approved", "rejected",
)  # fmt: skip
_SUBMITTED = Q(state="submitted")
_SUPPLIED = Q(supplement_request__supplied_at__isnull=False)
# Code -> (words, condition on rows of with_progress()): every application of the center is in exactly one, save those
# that the unit has withdrawn.
STAGES = {
    "waiting": ("待审", _SUBMITTED & ~_SUPPLIED & Q(is_begun=False)),
    "checking": ("审查中", _SUBMITTED & ~_SUPPLIED & Q(is_begun=True)),
    "asked": ("待补正", Q(state="supplement")),
    "supplied": ("已补正", _SUBMITTED & _SUPPLIED),
    "passed": ("通过", Q(state__in=PASSED_STATES)),
    "failed": ("不通过", Q(state="ineligible")),
}


def with_progress(rows: QuerySet[Application]) -> QuerySet[Application]:
    """Rows with `is_begun`: an officer has answered at least one row of the check."""
    begun = FormalityItem.objects.filter(application=OuterRef("pk"), checked_by__isnull=False)
    return rows.annotate(is_begun=Exists(begun))


def in_stage(rows: QuerySet[Application], code: str) -> QuerySet[Application]:
    """Rows in one stage of the check; all for a code that does not exist."""
    return with_progress(rows).filter(STAGES[code][1]) if code in STAGES else rows


def stage_counts(rows: QuerySet[Application]) -> dict[str, int]:
    """How many rows are in each stage, in one query."""
    counts = {code: Count("pk", filter=condition) for code, (_, condition) in STAGES.items()}
    return with_progress(rows.order_by()).aggregate(**counts)


def overdue(rows: QuerySet[Application]) -> QuerySet[Application]:
    """Rows whose 补正 never came and whose term is over: the officer decides."""
    return rows.filter(state="supplement", supplement_request__due_at__lte=timezone.now())


def next_to_check(after: Application | None, rows: QuerySet[Application]) -> Application | None:
    """The application that waits longest among `rows`, after this one in the queue, else from its head."""
    queue = rows.filter(_SUBMITTED).order_by("submitted_at", "pk")
    if after is None or after.submitted_at is None:
        return queue.first()
    later = Q(submitted_at__gt=after.submitted_at) | Q(submitted_at=after.submitted_at, pk__gt=after.pk)
    return queue.filter(later).first() or queue.exclude(pk=after.pk).first()


def seen(item: FormalityItem) -> str:
    """A mark of what a row says now: who answers it sends the mark back, so that no answer is overwritten unread."""
    return f"{item.result}.{item.checked_by_id or 0}.{item.checked_at.timestamp() if item.checked_at else 0:.6f}"


def default_place(item: FormalityItem) -> str:
    """The part where a row is usually mended; "" when only the officer can tell."""
    return item.place or RULE_PLACES.get(item.rule, "")


def automatic_results(application, case: Case | None = None) -> tuple[FormalityResult, ...]:
    """What the rules say of every row, as of the moment of submitting (8(1)); manual rows come out open.

    `case` is the one of that moment, when the caller has it already.
    """
    if case is None:
        current = as_whole(application)
        case = case_of(current, current.submitted_at)
    rows = formality_table(case.applicant.facts, case.facts, {}, case.edition)
    return tuple(_with_obstacles(row, case.applicant.obstacles) for row in rows)


def _with_obstacles(row: FormalityResult, obstacles: tuple[Finding, ...]) -> FormalityResult:
    """Clawbacks live above this app: what they have to say belongs to the row about them (17)."""
    if row.rule.code != CLAWBACK_ROW or not obstacles:
        return row
    return FormalityResult(row.rule, FAILED, (*row.findings, *obstacles), row.note)
