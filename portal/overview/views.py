"""Pages that look across apps."""

from django.http import JsonResponse
from django.shortcuts import redirect, render

from portal.access import PUBLIC, SIGNED_IN, page
from portal.overview import health, public
from portal.overview import home as role_home
from portal.overview import search as find


@page(PUBLIC)
def public_home(request):
    """The public site's front page."""
    return render(request, "portal/public_home.html", public.context())


@page(SIGNED_IN)
def home(request):
    """What must I do now, until when."""
    if request.user.is_staff:
        return redirect("admin:index")
    return render(request, "portal/home.html", role_home.context(request.user))


@page(SIGNED_IN)
def search(request):
    """Search in what the person may see."""
    return render(request, "portal/search.html", find.context(request.user, request.GET.get("q", "")))


@page(PUBLIC)
def healthz(request):
    """Database, broker, worker and disk, each ok or not; 503 when the database is not."""
    report = health.report()
    return JsonResponse(report, status=200 if report["database"]["ok"] else 503)
