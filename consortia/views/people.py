"""Pages of a unit's people: invitation by link, seats, handing over, the unit one works for."""

from django.contrib import messages
from django.contrib.auth import login
from django.forms import Form
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.debug import sensitive_post_parameters

from consortia import queries
from consortia.actions import people
from consortia.forms.people import AccountForm, HandOverForm, InviteForm
from consortia.models import Invitation, Seat
from consortia.views.frame import attempt, own_unit
from portal import access
from portal.access import PUBLIC, SIGNED_IN, page

BACKEND = "portal.backends.PortalBackend"
END_SEAT = {
    "title": "终止任职",
    "consequences": ["对方立即失去以此角色办理本单位事项的权限，并收到通知。", "已办理的事项和记录都会保留。"],
    "submit_label": "终止任职",
    "danger": True,
}
REVOKE = {
    "title": "撤销邀请",
    "consequences": ["链接立即失效，对方打开时会看到“邀请链接无效”。", "需要时可以重新邀请。"],
    "submit_label": "撤销邀请",
    "danger": True,
}
AGAIN = {
    "title": "重新发送邀请",
    "consequences": ["发出新的链接，14 天内有效。", "之前的链接立即失效。"],
    "submit_label": "重新发送邀请",
}


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


@page("unitadmin", methods=("GET", "POST"))
def invite(request):
    """Invite a colleague; the link is shown once, so that it can also be handed over in person."""
    unit = own_unit(request)
    form = InviteForm(request.POST or None)
    done, status = attempt(request, form, lambda data: people.invite(unit=unit, by=request.user, **data))
    if done:
        return _invited(request, *done)
    return render(request, "consortia/invite.html", {"form": form, "unit": unit}, status=status)


def _invited(request, row, token):
    link = request.build_absolute_uri(reverse("invitation", args=[token]))
    return render(request, "consortia/invited.html", {"invitation": row, "link": link})


def _invitation(request, pk) -> Invitation:
    row = get_object_or_404(Invitation.objects.select_related("unit"), pk=pk)
    access.require(request.user, "consortia.invite", row.unit)
    return row


@page("unitadmin", methods=("GET", "POST"))
def revoke(request, pk):
    """Confirm, then end a link that nobody used."""
    row = _invitation(request, pk)
    if request.method == "POST":
        people.revoke_invitation(row, by=request.user)
        messages.success(request, f"已撤销对{row.name}的邀请。")
        return redirect("my_unit")
    context = REVOKE | {"subject": f"{row.name}，{row.get_role_display()}", "cancel_url": reverse("my_unit")}
    return render(request, "components/confirm.html", context)


@page("unitadmin", methods=("GET", "POST"))
def send_again(request, pk):
    """Confirm, then send a fresh link."""
    row = _invitation(request, pk)
    if request.method == "POST":
        return _invited(request, *people.send_again(row, by=request.user))
    subject = f"{row.name}，{row.get_role_display()}，{row.email}"
    return render(request, "components/confirm.html", AGAIN | {"subject": subject, "cancel_url": reverse("my_unit")})


@page("unitadmin", methods=("GET", "POST"))
def end_seat(request, pk):
    """Confirm, then end a person's role."""
    seat = get_object_or_404(Seat.objects.select_related("unit", "user"), pk=pk, ended_at__isnull=True)
    access.require(request.user, "consortia.invite", seat.unit)
    form = Form(request.POST if request.method == "POST" else None)
    done, status = attempt(request, form, lambda data: people.end_seat(seat, by=request.user))
    if done:
        messages.success(request, f"已终止{seat.user}的任职。")
        return redirect("my_unit" if seat.user_id != request.user.pk else "home")
    subject = f"{seat.user}，{seat.get_role_display()}"
    context = END_SEAT | {"subject": subject, "cancel_url": reverse("my_unit"), "form": form}
    return render(request, "components/confirm.html", context, status=status)


@page("unitadmin", methods=("GET", "POST"))
def hand_over(request):
    """Choose who becomes the unit's admin in one's place, then hand over in one step."""
    unit = own_unit(request)
    heirs = {str(seat.pk): seat for seat in queries.heirs_of(unit, request.user)}
    form = HandOverForm(request.POST or None, seats=heirs.values())
    done, status = attempt(request, form, lambda data: people.hand_over(heirs[data["seat"]], by=request.user))
    if done:
        messages.success(request, f"已移交，{done.user}现在是单位管理员。")
        return redirect("home")
    return render(request, "consortia/hand_over.html", {"form": form, "unit": unit, "heirs": heirs}, status=status)


@page(SIGNED_IN, methods=("POST",))
def switch_unit(request):
    """Work for another of one's units; back to the page one came from."""
    typed = request.POST.get("unit", "")
    chosen = int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 12 else None
    if chosen not in queries.units_of(request.user):
        raise Http404
    people.choose_unit(request.user, unit_id=chosen)
    request.session[queries.SESSION_KEY] = chosen
    messages.success(request, f"您现在代表“{queries.units_of(request.user)[chosen]}”办理。")
    target = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return redirect(target if safe and target.startswith("/") else "home")
