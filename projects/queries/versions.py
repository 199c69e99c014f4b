"""The frozen version of an application, and what later steps take from it."""

from django.db.models import Q
from django.utils import timezone


def latest_version(application):
    """The newest frozen version, or None."""
    return application.versions.order_by("-number").first()


def baseline_codes(application, version) -> list[str]:
    """Credit codes of the consortium when the application was handed in: the base that 10(1)1 counts from.

    Taken from the frozen version; from the dated memberships where the version holds no member list.
    """
    members = (version.snapshot.get("consortium") or {}).get("members") if version else None
    if members:
        return sorted({member["credit_code"] for member in members if member.get("credit_code")})
    day = timezone.localdate(application.submitted_at) if application.submitted_at else timezone.localdate()
    rows = application.consortium.memberships.filter(Q(left_on__isnull=True) | Q(left_on__gte=day), joined_on__lte=day)
    return sorted({application.lead_unit.credit_code, *rows.values_list("unit__credit_code", flat=True)})
