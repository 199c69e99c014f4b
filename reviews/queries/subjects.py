"""What may enter a new round: nothing that sits in a round that has not ended (8(2))."""

from django.db.models import QuerySet

from projects.models import Application, Project
from reviews.models import ReviewItem, Round

RUNNING = ("draft", "open")


def free_applications() -> QuerySet[Application]:
    """Applications that passed the formality check and wait for a round."""
    busy = ReviewItem.objects.filter(round__state__in=RUNNING, application__isnull=False).values("application")
    return Application.objects.filter(state__in=["eligible", "under_review"]).exclude(pk__in=busy)


def free_projects() -> QuerySet[Project]:
    """Projects under evaluation that wait for a round."""
    busy = ReviewItem.objects.filter(round__state__in=RUNNING, project__isnull=False).values("project")
    return Project.objects.filter(state="evaluating").exclude(pk__in=busy)


def selection_started(call) -> bool:
    """Whether experts have begun with the applications of a call: decisions before that may still be taken back."""
    return Round.objects.filter(call=call, kind="selection", state__in=["open", "closed"]).exists()
