"""What the pages of applications share: who opens them, how one is fetched, what the frame shows."""

from django.http import Http404
from django.urls import reverse

from portal import access
from portal.access import CENTER
from projects.models import Application
from projects.queries.whole import whole_application

UNIT = ("drafter", "unitadmin", "leader", "supervisor")
WRITERS = ("drafter", "unitadmin", "leader")
READERS = (*UNIT, *CENTER)


def fetch(request, public_id, perm: str = "projects.view_application", *, whole: bool = True) -> Application:
    """The application with all its parts (or its own row alone), when the person may see it, else 404."""
    seen = Application.objects.visible_to(request.user).filter(public_id=public_id).order_by()
    if whole:
        pk = seen.values_list("pk", flat=True).first()
        application = whole_application(pk) if pk is not None else None
    else:
        application = seen.first()
    if application is None:
        raise Http404
    return access.require(request.user, perm, application)


def trail_of(application, *further) -> list[tuple[str, str]]:
    """The way back from a page about an application."""
    own = (str(application), url_of(application))
    return [("项目申报", reverse("application_list")), own, *further]


def url_of(application, name: str = "application", *args) -> str:
    """The address of one of its pages."""
    return reverse(name, args=[application.public_id, *args])
