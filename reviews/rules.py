"""Who may see and judge what. One predicate for list, page, file, search, export, PDF and mail."""

import rules

from portal import access
from portal.access import has_role
from reviews.models import Expert
from reviews.states import SEEING_STATES


def expert_of(user) -> Expert | None:
    """The expert card of a user, fetched once per user object."""
    if not user.is_authenticated:
        return None
    if not hasattr(user, "_expert"):
        user._expert = Expert.objects.filter(user=user).first()
    return user._expert


access.register_roles(lambda user: {"expert"} if expert_of(user) else set())

is_officer = has_role("officer")
is_director = has_role("director")
is_bast = has_role("bast")
sees_scores = has_role("officer", "director", "bast")


@rules.predicate
def is_own_seat(user, assignment) -> bool:
    """The assignment is the expert's own, and it has not ended."""
    expert = expert_of(user)
    return (
        assignment is not None
        and expert is not None
        and expert.available
        and assignment.expert_id == expert.pk
        and assignment.state in SEEING_STATES
    )


@rules.predicate
def is_round_running(user, assignment) -> bool:
    """The round is open for scoring."""
    return assignment is not None and assignment.item.round.state == "open"


@rules.predicate
def is_round_started(user, assignment) -> bool:
    """The round is open or closed: before that an expert sees nothing."""
    return assignment is not None and assignment.item.round.state in ("open", "closed")


rules.add_perm("reviews.view_round", sees_scores)
rules.add_perm("reviews.add_round", is_officer)
rules.add_perm("reviews.change_round", is_officer)
rules.add_perm("reviews.manage_round", is_officer)
rules.add_perm("reviews.view_ranking", sees_scores)
rules.add_perm("reviews.view_expert", sees_scores)
rules.add_perm("reviews.add_expert", is_officer)
rules.add_perm("reviews.change_expert", is_officer)
rules.add_perm("reviews.view_assignment", is_own_seat & is_round_started)
rules.add_perm("reviews.score_assignment", is_own_seat & is_round_running)
rules.add_perm("reviews.unlock_assignment", is_officer)
rules.add_perm("reviews.propose", is_officer)
rules.add_perm("reviews.confirm_proposal", is_director)
rules.add_perm("reviews.approve_proposal", is_bast)
rules.add_perm("reviews.return_proposal", is_director | is_bast)
rules.add_perm("reviews.draft_conclusion", is_officer)
rules.add_perm("reviews.issue_conclusion", is_director)
rules.add_perm("reviews.view_report", has_role("officer", "finance", "director", "bast"))
