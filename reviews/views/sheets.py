"""The score sheet beside the application: save, autosave, submit, print (D4)."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.vary import vary_on_headers

from portal import access
from portal.errors import Refused
from portal.forms import PortalForm
from portal.measures.counting import count_strict
from reviews import scoring
from reviews.actions import sheets as actions
from reviews.forms.sheets import SheetForm, SummaryForm, initial_of
from reviews.queries import blinding
from reviews.queries import reading as queries
from reviews.queries.reading import Reading
from reviews.rules import has_signed
from reviews.views.desk import own_or_404, reading_or_404, seat_or_404

READ = "reviews.read_assignment"


@access.page("expert", methods=("GET", "POST"))
@vary_on_headers("HX-Request")
def seat(request, pk):
    """Before acceptance what is to be judged; after it the material with the sheet, to be saved by POST."""
    reading = own_or_404(request, pk)
    row = reading.seat
    form = SheetForm(scoring.scheme_of(row.item.round.scheme), request.POST) if request.method == "POST" else None
    if form is not None and row.state != "assigned" and form.is_valid() and _saved(form, row, request.user):
        if "submit" in request.POST:
            return redirect("review_submit", pk=pk)
        messages.success(request, "已保存。确认无误后请提交，提交前可以随时修改。")
        return redirect("review_seat", pk=pk)
    # Saving looks for conflicts under its lock; whatever shows a page asks before it does.
    if row.state == "assigned":
        return _before_acceptance(request, access.require(request.user, "reviews.see_assignment", row))
    access.require(request.user, READ, row)
    status = 200 if form is None else getattr(form, "status", 400)
    return render(request, "reviews/sheet.html", _sheet_page(reading, form), status=status)


def _before_acceptance(request, row):
    """Even the names behind a seat are shown only to those who undertook to keep them to themselves."""
    if not has_signed(row):
        return redirect("review_undertaking", pk=row.item.round_id)
    context = {"seat": row, "shown": queries.shown(row.item), "members": queries.present_members(row.item)}
    return render(request, "reviews/accept.html", context)


def _saved(form: SheetForm, row, user) -> bool:
    """Whether the action took the form; a refusal becomes an error of the form, with everything typed kept."""
    try:
        form.saved = actions.save_sheet(assignment=row, by=user, **form.values())
    except actions.InConflict as conflict:
        raise Http404 from conflict
    except Refused as refusal:
        form.add_error(None, refusal.message)
        form.status = refusal.status
        form.is_stale = isinstance(refusal, actions.Stale)
        return False
    return True


def _sheet_page(reading: Reading, form: SheetForm | None) -> dict:
    scheme = form.scheme if form else scoring.scheme_of(reading.item.round.scheme)
    figures = queries.figures(reading, scheme)
    # A locked sheet shows what is stored, not what an old window sent.
    keeps_typed = form is not None and figures["is_editable"]
    shown = form if keeps_typed else SheetForm(scheme, initial=initial_of(reading.sheet, reading.entries))
    return {
        "form": form or shown,
        "sheet_form": shown,
        "summary_form": _summary_form(reading),
        **queries.sheet_parts(scheme, shown, reading.entries),
        **_versions(reading, scheme, form),
        **(figures | reading.neighbours() | reading.material()),
    }


def _summary_form(reading: Reading) -> SummaryForm | None:
    return SummaryForm(initial={"text": reading.item.chair_summary}) if reading.seat.is_chair else None


def _versions(reading: Reading, scheme, form: SheetForm | None) -> dict:
    """The revision that the next save may replace: having seen both, the expert may save this page over the other."""
    if not getattr(form, "is_stale", False):
        return {"is_stale": False, "revision": form["revision"].value() if form else reading.sheet.revision}
    differences = queries.differences(scheme, reading, form.values())
    return {"is_stale": True, "revision": reading.sheet.revision, "differences": differences}


@access.page("expert", methods=("POST",))
def autosave(request, pk):
    """Keep the draft; answers with the new revision and counters as out-of-band fragments."""
    row = own_or_404(request, pk).seat
    form = SheetForm(scoring.scheme_of(row.item.round.scheme), request.POST)
    if not form.is_valid() or not _saved(form, row, request.user):
        access.require(request.user, READ, row)
        status = getattr(form, "status", 400)
        return render(request, "reviews/_autosave.html", {"failed": True}, status=status)
    context = {"revision": form.saved.revision, "written": count_strict(form.saved.comment)}
    return render(request, "reviews/_autosave.html", context)


@access.page("expert", methods=("GET", "POST"))
def submit(request, pk):
    """Check the answers, then lock them."""
    reading = reading_or_404(request, pk, READ)
    row = reading.seat
    if row.state == "submitted":
        return redirect("review_seat", pk=pk)
    form = PortalForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.submit_sheet(row, by=request.user)
            messages.success(request, "评分已提交并锁定。感谢您的评审。")
            return redirect("review_desk")
        except Refused as refusal:
            form.add_error(None, refusal.message)
    return render(request, "components/confirm.html", _submit_page(reading, form), status=400 if form.errors else 200)


def _submit_page(reading: Reading, form) -> dict:
    scheme = scoring.scheme_of(reading.item.round.scheme)
    back = reverse("review_seat", args=[reading.seat.pk])
    missing = actions.missing_parts(scheme, reading.sheet, reading.entries)
    return _SUBMIT_WORDS | {
        "subject": blinding.shown_title(reading.item),
        "rows": queries.answers(scheme, reading, back),
        "form": form,
        "missing": missing,
        "consequences": [] if missing else ["评分表随即锁定，计入本轮结果。"],
        "cancel_url": back,
    }


_SUBMIT_WORDS = {
    "title": "核对并提交评分",
    "irreversible": "提交后不能自行修改；确需修改的，由中心经办人说明理由后退回。",
    "submit_label": "提交评分",
}


@access.page("expert", methods=("POST",))
def summary(request, pk):
    """The chair's opinion of the panel."""
    row = seat_or_404(request, pk, READ)
    actions.save_summary(row, text=request.POST.get("text", ""), by=request.user)
    messages.success(request, "专家组意见已保存。")
    return redirect("review_seat", pk=pk)


@access.page("expert")
def print_sheet(request, pk):
    """The expert's own sheet, for paper."""
    reading = reading_or_404(request, pk, READ)
    scheme = scoring.scheme_of(reading.item.round.scheme)
    figures = queries.figures(reading, scheme)
    return render(request, "reviews/print.html", figures | {"scheme": scheme, "rows": queries.paper(scheme, reading)})
