"""What the pages of this app share: trying an act with a form, and the guard against a unit switched meanwhile."""

from django.http import Http404

from consortia import queries
from portal import access
from portal.errors import Conflict, Refused


def refused(form, refusal: Refused) -> int:
    """Show a refusal in the form's error summary; returns the HTTP status."""
    form.add_error(None, refusal.message + refusal.fix)
    return refusal.status


def attempt(request, form, act):
    """(what `act` of the cleaned data returned, HTTP status); a refusal goes into the form, nothing typed is lost."""
    if request.method != "POST":
        return None, 200
    if not form.is_valid():
        return None, 400
    try:
        return act(form.cleaned_data) or True, 302
    except Refused as refusal:
        return None, refused(form, refusal)


def own_unit(request):
    """The current unit, when the person is its admin.

    A form names the unit that it was opened for: sent after a switch in another window it is refused, or the details
    of one unit would be written over those of another.
    """
    unit = queries.current_unit(request)
    if unit is None:
        raise Http404
    access.require(request.user, "consortia.invite", unit)
    opened_for = request.POST.get("for_unit", "")
    if request.method == "POST" and opened_for and opened_for != str(unit.public_id):
        raise Conflict(
            f"您已在另一个窗口切换到“{unit.name}”，本页是为另一单位打开的，内容没有保存。请切换回原单位，再重新打开本页。"
        )
    return unit
