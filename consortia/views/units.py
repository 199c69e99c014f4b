"""Pages of units: registration, invitation, my unit, people, unit switcher."""

from django.contrib import messages
from django.contrib.auth import login
from django.core.cache import cache
from django.forms import Form
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.debug import sensitive_post_parameters

from consortia import queries
from consortia.actions import people, units
from consortia.forms.units import AccountForm, InviteForm, RegistrationForm, UnitForm
from consortia.models import Seat
from portal import access, events
from portal.access import PUBLIC, SIGNED_IN, UNIT_ROLES, page
from portal.errors import Refused

REGISTRATIONS_AN_HOUR = 10
BACKEND = "portal.backends.PortalBackend"
END_SEAT = {
    "title": "终止任职",
    "consequences": ["对方立即失去以此角色办理本单位事项的权限，并收到通知。", "已办理的事项和记录都会保留。"],
    "submit_label": "终止任职",
    "danger": True,
}


class TooMany(Refused):
    """Too many tries from one address."""

    status = 429


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


def _too_many() -> bool:
    """Count registrations of an address; the window is an hour."""
    key = f"register-{events.request_ip.get()}"
    cache.add(key, 0, 3600)
    return cache.incr(key) > REGISTRATIONS_AN_HOUR


def _register(data) -> None:
    if _too_many():
        raise TooMany("从您的网络提交的注册过多。请一小时后再试，或与管理单位联系。")
    units.request_registration(by=None, **data)


@page(PUBLIC, methods=("GET", "POST"))
def register(request):
    """Public registration of a unit."""
    form = RegistrationForm(request.POST or None)
    done, status = attempt(request, form, _register)
    if done:
        return redirect("unit_registered")
    return render(request, "consortia/register.html", {"form": form}, status=status)


@page(PUBLIC)
def registered(request):
    """What happens next; the same for every registration."""
    return render(request, "consortia/registered.html")


@sensitive_post_parameters("password", "again")
@page(PUBLIC, methods=("GET", "POST"))
def invitation(request, token):
    """Accept an invitation: with the signed-in account, or with a new one."""
    found = people.open_invitation(token)
    if found is None:
        return render(request, "consortia/invitation_dead.html", {"reason": people.DEAD_LINK}, status=404)
    form = (
        Form({}) if request.user.is_authenticated else AccountForm(request.POST or None, initial={"name": found.name})
    )
    done, status = attempt(request, form, lambda data: _accept(request, token, data))
    if done:
        request.session[queries.SESSION_KEY] = found.unit_id
        messages.success(request, f"您已加入{found.unit}。")
        return redirect("home")
    context = {"invitation": found, "form": form, "path": request.path}
    return render(request, "consortia/invitation.html", context, status=status)


def _accept(request, token, data):
    """Take the seat; a new account is signed in at once."""
    if request.user.is_authenticated:
        return people.accept_invitation(token=token, user=request.user)
    fields = {key: value for key, value in data.items() if key != "again"}
    user = people.accept_invitation(token=token, **fields)
    login(request, user, backend=BACKEND)
    return user


@page(*UNIT_ROLES)
def my_unit(request):
    """Details and people of the unit the person works for now."""
    unit = queries.current_unit(request)
    seats = unit.seats.filter(ended_at__isnull=True).select_related("user").order_by("user__name", "role")
    may_invite = access.allowed(request.user, "consortia.invite", unit)
    context = {"unit": unit, "seats": seats, "may_invite": may_invite}
    if may_invite:
        context["invitations"] = unit.invitations.all()[:30]
    return render(request, "consortia/unit.html", context)


def _own(request):
    """The current unit, when the person is its admin."""
    unit = queries.current_unit(request)
    if unit is None:
        raise Http404
    return access.require(request.user, "consortia.invite", unit)


@page("unitadmin", methods=("GET", "POST"))
def edit_unit(request):
    """Details that the unit keeps itself."""
    unit = _own(request)
    form = UnitForm(request.POST or None, instance=unit)
    if request.method == "POST" and form.is_valid():
        units.update_unit(unit, by=request.user, **form.cleaned_data)
        messages.success(request, "已保存单位资料。")
        return redirect("my_unit")
    return render(request, "consortia/unit_edit.html", {"form": form}, status=400 if form.errors else 200)


@page("unitadmin", methods=("GET", "POST"))
def invite(request):
    """Invite a colleague; the link is shown once, so that it can also be handed over in person."""
    unit = _own(request)
    form = InviteForm(request.POST or None)
    done, status = attempt(request, form, lambda data: people.invite(unit=unit, by=request.user, **data))
    if done:
        link = request.build_absolute_uri(reverse("invitation", args=[done[1]]))
        return render(request, "consortia/invited.html", {"invitation": done[0], "link": link})
    return render(request, "consortia/invite.html", {"form": form, "unit": unit}, status=status)


@page("unitadmin", methods=("GET", "POST"))
def end_seat(request, pk):
    """Confirm, then end a person's role."""
    seat = get_object_or_404(Seat.objects.select_related("unit", "user"), pk=pk, ended_at__isnull=True)
    access.require(request.user, "consortia.invite", seat.unit)
    if request.method == "POST":
        people.end_seat(seat, by=request.user)
        messages.success(request, f"已终止{seat.user}的任职。")
        return redirect("my_unit")
    subject = f"{seat.user}，{seat.get_role_display()}"
    return render(request, "components/confirm.html", END_SEAT | {"subject": subject, "cancel_url": reverse("my_unit")})


@page(SIGNED_IN, methods=("POST",))
def switch_unit(request):
    """Work for another of one's units; back to the page one came from."""
    typed = request.POST.get("unit", "")
    chosen = int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 12 else None
    if chosen not in queries.units_of(request.user):
        raise Http404
    request.session[queries.SESSION_KEY] = chosen
    target = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return redirect(target if safe and target.startswith("/") else "home")
