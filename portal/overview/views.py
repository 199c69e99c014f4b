"""Pages that look across apps."""

from django.http import JsonResponse
from django.shortcuts import redirect, render

from portal.access import PUBLIC, SIGNED_IN, page
from portal.overview import health


@page(PUBLIC)
def public_home(request):
    """The public site's front page."""
    return render(request, "portal/public_home.html")


@page(SIGNED_IN)
def home(request):
    """What must I do now, until when."""
    if request.user.is_staff:
        return redirect("admin:index")
    return render(request, "portal/home.html", {"todos": [], "progress": [], "events": []})


@page(PUBLIC)
def healthz(request):
    """Database, broker, worker and disk, each ok or not; 503 when the database is not."""
    report = health.report()
    return JsonResponse(report, status=200 if report["database"]["ok"] else 503)
