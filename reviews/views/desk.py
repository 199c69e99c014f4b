"""The expert's way to the content: desk, undertaking, acceptance, recusal (8(2), D3)."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse

from portal import access
from portal.errors import Refused
from reviews.actions import sheets as actions
from reviews.actions.interests import declare_conflict
from reviews.forms.sheets import DeclareForm, RecuseForm, UndertakingForm
from reviews.models import Assignment
from reviews.queries.blinding import shown_title
from reviews.queries.desk import desk as desk_of
from reviews.queries.reading import Reading
from reviews.rules import expert_of, has_signed


def own_or_404(request, pk) -> Reading:
    """The expert's own seat, recused and foreign ones do not exist; whether he is in conflict is not asked yet."""
    reading = Reading.of(request.user, pk)
    if reading is None:
        raise Http404
    return reading


def reading_or_404(request, pk, perm="reviews.see_assignment") -> Reading:
    """The expert's own seat when he may see it; conflicted ones do not exist for him either (R1, R3)."""
    reading = own_or_404(request, pk)
    access.require(request.user, perm, reading.seat)
    return reading


def seat_or_404(request, pk, perm="reviews.see_assignment") -> Assignment:
    """The same, the seat alone."""
    return reading_or_404(request, pk, perm).seat


@access.page("expert")
def desk(request):
    """Rounds and seats with their states and deadlines."""
    return render(request, "reviews/desk.html", {"rounds": desk_of(request.user)})


@access.page("expert", methods=("GET", "POST"))
def undertaking(request, pk):
    """Read and sign the confidentiality undertaking of a round."""
    entry = next((row for row in desk_of(request.user) if row.round.pk == pk and row.is_running), None)
    if entry is None:
        raise Http404
    form = UndertakingForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.sign_undertaking(round=entry.round, by=request.user, signed_name=form.cleaned_data["signed_name"])
            return redirect("review_desk")
        except Refused as refusal:
            form.add_error(None, refusal.message)
    status = 400 if form.errors else 200
    return render(request, "reviews/undertaking.html", {"form": form, "entry": entry}, status=status)


@access.page("expert", methods=("POST",))
def accept(request, pk):
    """Declare that there is no conflict of interest, and open the content."""
    seat = seat_or_404(request, pk)
    actions.accept_assignment(seat, by=request.user)
    return redirect("review_seat", pk=pk)


@access.page("expert", methods=("GET", "POST"))
def recuse(request, pk):
    """Withdraw with a reason."""
    seat = seat_or_404(request, pk)
    form = RecuseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.recuse(seat, by=request.user, kind=form.cleaned_data["kind"], note=form.cleaned_data["reason"])
            messages.success(request, "已提交回避申请，该项目不再显示。")
            return redirect("review_desk")
        except Refused as refusal:
            form.add_error(None, refusal.message)
    return render(request, "components/confirm.html", _recuse_page(seat, form), status=400 if form.errors else 200)


def _recuse_page(seat, form) -> dict:
    return {
        "title": "申请回避",
        "subject": shown_title(seat.item) if has_signed(seat) else seat.item.round.title,
        "form": form,
        "consequences": ["您将不再看到该项目的任何内容。", "中心会另行安排专家，已填写的评分不计入结果。"],
        "irreversible": "回避后不能恢复。",
        "submit_label": "提交回避申请",
        "cancel_url": reverse("review_seat", args=[seat.pk]),
        "danger": True,
    }


@access.page("expert", methods=("GET", "POST"))
def declare(request):
    """The expert's own register of conflicts; declaring one ends the seats it touches."""
    expert = expert_of(request.user)
    form = DeclareForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            declare_conflict(expert=expert, by=request.user, **form.cleaned_data)
            messages.success(request, "利益冲突已登记，有关项目不再安排给您。")
            return redirect("review_conflicts")
        except Refused as refusal:
            form.add_error(None, refusal.message)
    context = {"form": form, "rows": expert.conflicts.filter(source="declared").select_related("unit", "application")}
    return render(request, "reviews/conflicts.html", context, status=400 if form.errors else 200)
