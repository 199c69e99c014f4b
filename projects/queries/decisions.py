"""What an applicant is told of the decision: not before the public notice (8(2), 8(3)).

BAST's approval moves every application of a round at once; until the proposed ones are announced, the unit sees that
the review is over and nothing else. The center sees the state as it is.
"""

from dataclasses import dataclass

from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Value, When

from portal.access import CENTER, roles_of
from projects.models import Application, PublicNotice
from projects.states import ApplicationState

DECISION = frozenset({ApplicationState.PROPOSED, ApplicationState.RESERVE, ApplicationState.NOT_SELECTED})
# The moves that would tell it.
DECISION_VERBS = tuple(f"application.{name}" for name in ("propose", "reserve", "decline", "reconsider"))


@dataclass(frozen=True)
class Shown:
    """A state as a person may know it, for components/state_badge.html."""

    state: str

    def get_state_display(self) -> str:
        """Its Chinese name."""
        return ApplicationState(self.state).label


def with_shown_state(rows: QuerySet[Application], user) -> QuerySet[Application]:
    """Rows with `shown_state`: what this person may know of it; filter by it, never by the state itself."""
    return rows.annotate(shown_state=F("state") if _is_center(user) else _SHOWN)


def shown_state(application: Application, user) -> str:
    """The same for one application; a query only while there is something to withhold."""
    if application.state not in DECISION or _is_center(user):
        return application.state
    rows = with_shown_state(Application.objects.filter(pk=application.pk), user)
    return rows.values_list("shown_state", flat=True).get()


def _is_center(user) -> bool:
    return bool(roles_of(user) & frozenset(CENTER))


_ANNOUNCED = Exists(PublicNotice.objects.filter(call=OuterRef("call")).exclude(state="draft"))
_SOME_WAIT = Exists(Application.objects.filter(call=OuterRef("call"), state=ApplicationState.PROPOSED))
_IS_WITHHELD = Q(state=ApplicationState.PROPOSED) | Q(state__in=DECISION) & ~_ANNOUNCED & _SOME_WAIT
_SHOWN = Case(When(_IS_WITHHELD, then=Value(ApplicationState.SCORED.value)), default=F("state"))
