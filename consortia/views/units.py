"""Pages of units: registration, invitation, my unit, people, unit switcher."""

from django.contrib import messages
from django.contrib.auth import login
from django.core.cache import cache
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
BACKEND = "django.contrib.auth.backends.ModelBackend"


def refused(form, refusal: Refused) -> int:
    """Show a refusal in the form's error summary; returns the HTTP status."""
    form.add_error(None, refusal.message + refusal.fix)
    return refusal.status


def _too_many() -> bool:
    """Count registrations of an address; the window is an hour."""
    key = f"register-{events.request_ip.get()}"
    cache.add(key, 0, 3600)
    return cache.incr(key) > REGISTRATIONS_AN_HOUR


@page(PUBLIC, methods=("GET", "POST"))
def register(request):
    """Public registration of a unit."""
    form, status = RegistrationForm(request.POST or None), 200
    if request.method == "POST" and form.is_valid():
        if _too_many():
            form.add_error(None, "从您的网络提交的注册过多。请一小时后再试，或与管理单位联系。")
            return render(request, "consortia/register.html", {"form": form}, status=429)
        try:
            units.request_registration(by=None, **form.cleaned_data)
            return redirect("unit_registered")
        except Refused as refusal:
            status = refused(form, refusal)
    return render(request, "consortia/register.html", {"form": form}, status=400 if form.errors else status)


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
    signed_in = request.user.is_authenticated
    form = None if signed_in else AccountForm(request.POST or None, initial={"name": found.name})
    context = {"invitation": found, "form": form, "path": request.path}
    if request.method != "POST" or (form and not form.is_valid()):
        response = render(request, "consortia/invitation.html", context, status=400 if form and form.errors else 200)
        response["Referrer-Policy"] = "no-referrer"
        return response
    return _accept(request, token, form, context)


def _accept(request, token, form, context):
    fields = {key: value for key, value in form.cleaned_data.items() if key != "again"} if form else {}
    try:
        user = people.accept_invitation(token=token, user=None if form else request.user, **fields)
    except Refused as refusal:
        if form is None:
            raise
        return render(request, "consortia/invitation.html", context, status=refused(form, refusal))
    if form:
        login(request, user, backend=BACKEND)
    request.session[queries.SESSION_KEY] = context["invitation"].unit_id
    messages.success(request, f"您已加入{context['invitation'].unit}。")
    return redirect("home")


@page(*UNIT_ROLES)
def my_unit(request):
    """Details and people of the unit the person works for now."""
    unit = queries.current_unit(request)
    seats = unit.seats.filter(ended_at__isnull=True).select_related("user").order_by("user__name", "role")
    may_invite = access.allowed(request.user, "consortia.invite", unit)
    context = {"unit": unit, "seats": seats, "may_invite": may_invite, "now_path": reverse("my_unit")}
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
    form, status = InviteForm(request.POST or None), 200
    if request.method == "POST" and form.is_valid():
        try:
            row, token = people.invite(unit=unit, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            status = refused(form, refusal)
        else:
            link = request.build_absolute_uri(reverse("invitation", args=[token]))
            return render(request, "consortia/invited.html", {"invitation": row, "link": link})
    status = 400 if form.errors and status == 200 else status
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
    context = {
        "title": "终止任职",
        "subject": f"{seat.user}，{seat.get_role_display()}",
        "consequences": ["对方立即失去以此角色办理本单位事项的权限，并收到通知。", "已办理的事项和记录都会保留。"],
        "submit_label": "终止任职",
        "cancel_url": reverse("my_unit"),
        "danger": True,
    }
    return render(request, "components/confirm.html", context)


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
