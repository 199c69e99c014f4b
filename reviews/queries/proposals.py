"""How many grants of a call are spoken for."""

from projects.models import Application
from reviews.models import ProposalItem

# Once approved, the application itself tells whether it still holds a grant: an upheld objection gives it back.
HOLDING = ("proposed", "in_notice", "objection_hold", "approved")


def granted_elsewhere(call, applications) -> int:
    """Grants of the call that applications other than these hold, or are proposed for in a list under way (4)."""
    holding = Application.objects.filter(call=call, state__in=HOLDING).exclude(pk__in=applications)
    pending = ProposalItem.objects.filter(
        proposal__round__call=call, proposal__state__in=("proposed", "confirmed"), outcome="support"
    ).exclude(item__application__in=applications)
    return holding.count() + pending.count()
