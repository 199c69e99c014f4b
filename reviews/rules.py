"""Who may see and judge what. One predicate for list, page, file, search, export, PDF and mail."""

import rules
from django.utils import timezone

from portal import access
from portal.access import has_role
from portal.bundle import Question
from projects.rules import is_in_unit, is_leader, may_see_project
from reviews import conflicts
from reviews.models import Assignment, Expert, FeedbackLetter, Proposal, Undertaking
from reviews.states import SEEING_STATES


def expert_of(user) -> Expert | None:
    """The expert card of a user, fetched once per user object."""
    if not user.is_authenticated:
        return None
    if not hasattr(user, "_expert"):
        user._expert = next(iter(access.standing_of(user)["expert"]), None)
        if user._expert is not None:
            user._expert.user = user
    return user._expert


def is_serving(expert: Expert | None) -> bool:
    """The expert may be asked today: in the pool and within his term (R13)."""
    if expert is None or not expert.available:
        return False
    return expert.term_until is None or expert.term_until >= timezone.localdate()


access.register_standing(
    "expert",
    Question(lambda user: Expert.objects.filter(user=user), model=Expert),
    lambda user, rows: {"expert"} if rows else set(),
)

is_officer = has_role("officer")
is_director = has_role("director")
is_bast = has_role("bast")
sees_scores = has_role("officer", "director", "bast")
is_center = has_role("officer", "finance", "director", "bast")


def has_signed(assignment) -> bool:
    """Whether the expert of a seat signed its round's undertaking; asked of the row when it was read along with it."""
    if hasattr(assignment, "is_signed"):
        return assignment.is_signed
    return Undertaking.objects.filter(round_id=assignment.item.round_id, expert_id=assignment.expert_id).exists()


def has_conflict(user, application) -> bool:
    """Whether the expert is in conflict with the application now; asked once per user object and application (R2)."""
    if not hasattr(user, "_review_conflicts"):
        user._review_conflicts = {}
    cache = user._review_conflicts
    if application.pk not in cache:
        cache[application.pk] = bool(conflicts.detect(expert_of(user), application))
    return cache[application.pk]


@rules.predicate
def is_own_seat(user, assignment) -> bool:
    """The assignment is the serving expert's own, and it has not ended."""
    expert = expert_of(user)
    return (
        assignment is not None
        and is_serving(expert)
        and assignment.expert_id == expert.pk
        and assignment.state in SEEING_STATES
    )


@rules.predicate
def is_free_of_conflict(user, assignment) -> bool:
    """No conflict of interest exists now, however and whenever it came up (R1, R2)."""
    return assignment is not None and not has_conflict(user, assignment.item.judged_application)


@rules.predicate
def is_round_running(user, assignment) -> bool:
    """The round is open for scoring."""
    return assignment is not None and assignment.item.round.state == "open"


@rules.predicate
def is_round_started(user, assignment) -> bool:
    """The round is open or closed: before that an expert sees nothing."""
    return assignment is not None and assignment.item.round.state in ("open", "closed")


@rules.predicate
def has_opened(user, assignment) -> bool:
    """The expert signed the undertaking and accepted the seat: only then the content is shown (D3)."""
    return assignment is not None and assignment.state in ("accepted", "submitted") and has_signed(assignment)


def is_decision_public(round) -> bool:
    """The list of the round is approved, and no supported application still waits for its notice (8(3))."""
    decided = Proposal.objects.filter(round=round, state="approved")
    waiting = decided.filter(items__item__application__state__in=("scored", "proposed"))
    return decided.exists() and not waiting.exists()


@rules.predicate
def is_told(user, application) -> bool:
    """The application's own people, once its letter was released and while the decision behind it stands (R8)."""
    if application is None or not (is_in_unit(user, application) or is_leader(user, application)):
        return False
    letter = FeedbackLetter.objects.filter(item__application=application, released_at__isnull=False)
    found = letter.select_related("item__round").order_by("-item__round_id").first()
    return found is not None and is_decision_public(found.item.round)


sees_seat = is_own_seat & is_round_started & is_free_of_conflict
reads_seat = sees_seat & has_opened


def _reads_any(user, **subject) -> bool:
    expert = expert_of(user)
    if not is_serving(expert):
        return False
    seats = Assignment.objects.live().with_subjects().filter(expert=expert, **subject)
    return any(reads_seat(user, seat) for seat in seats)


@rules.predicate
def is_reading_version(user, version) -> bool:
    """An open seat of the expert is about exactly this frozen version."""
    return version is not None and _reads_any(user, item__version=version)


@rules.predicate
def is_reading_package_file(user, row) -> bool:
    """An open acceptance seat of the expert is about the package's project."""
    return row is not None and _reads_any(user, item__project=row.package.project_id)


@rules.predicate
def is_reading_evidence_file(user, row) -> bool:
    """An open acceptance seat of the expert is about the evidence's project."""
    return row is not None and _reads_any(user, item__project=row.evidence.project_id)


rules.add_perm("reviews.view_round", sees_scores)
rules.add_perm("reviews.add_round", is_officer)
rules.add_perm("reviews.change_round", is_officer)
rules.add_perm("reviews.manage_round", is_officer)
rules.add_perm("reviews.view_ranking", sees_scores)
rules.add_perm("reviews.view_expert", sees_scores)
rules.add_perm("reviews.add_expert", is_officer)
rules.add_perm("reviews.change_expert", is_officer)
rules.add_perm("reviews.view_expertconflict", sees_scores)
rules.add_perm("reviews.view_unittie", sees_scores)
rules.add_perm("reviews.add_expertconflict", is_officer)
rules.add_perm("reviews.manage_assignments", is_officer)
rules.add_perm("reviews.view_assignment", sees_seat | sees_scores)
rules.add_perm("reviews.see_assignment", sees_seat)
rules.add_perm("reviews.read_assignment", reads_seat)
rules.add_perm("reviews.score_assignment", is_own_seat & is_round_running & is_free_of_conflict)
rules.add_perm("reviews.unlock_assignment", is_officer)
rules.add_perm("reviews.read_version", is_reading_version)
rules.add_perm("reviews.read_package_file", is_reading_package_file)
rules.add_perm("reviews.read_evidence_file", is_reading_evidence_file)
rules.add_perm("reviews.view_proposal", sees_scores)
rules.add_perm("reviews.propose", is_officer)
rules.add_perm("reviews.confirm_proposal", is_director)
rules.add_perm("reviews.approve_proposal", is_bast)
rules.add_perm("reviews.return_proposal", is_director | is_bast)
rules.add_perm("reviews.write_feedback", is_officer)
rules.add_perm("reviews.read_feedback", sees_scores | is_told)
rules.add_perm("reviews.view_acceptanceconclusion", is_center)
rules.add_perm("reviews.add_acceptanceconclusion", is_officer)
rules.add_perm("reviews.draft_conclusion", is_officer)
rules.add_perm("reviews.issue_conclusion", is_director)
rules.add_perm("reviews.view_report", is_center)
# The copy for the unit holds no scores, no comments and no experts (R8); who sees the project may read it.
rules.add_perm("reviews.view_unit_report", may_see_project)
