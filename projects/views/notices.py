"""Public pages of notices and objections (8(3)): readable by anyone, nothing personal on them."""

from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render

from portal import documents, papers
from portal.access import PUBLIC, page
from portal.errors import Refused
from projects.actions import objections
from projects.forms.notices import ObjectionForm, ObjectionQueryForm
from projects.forms.uploads import pairs
from projects.models import Application
from projects.queries.notices import is_open_for_objections, objection_by_code, public_notices

PAGE_SIZE = 20
PER_SESSION = 3
DONE = "objections_filed"


@page(PUBLIC)
def notice_list(request):
    """All published notices."""
    rows = Paginator(public_notices(), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "projects/notice/list.html", {"page": rows})


@page(PUBLIC)
def notice_detail(request, public_id):
    """One notice, read from its frozen content only."""
    notice = get_object_or_404(public_notices(), public_id=public_id)
    context = {
        "notice": notice,
        "frozen": notice.snapshot,
        "is_open": is_open_for_objections(notice),
        "document": documents.latest("public_notice", notice),
        "contact": papers.contact(),
        "successor": notice.replaced_by if notice.replaced_by_id and notice.replaced_by.state != "draft" else None,
    }
    return render(request, "projects/notice/detail.html", context)


@page(PUBLIC, methods=("GET", "POST"))
def objection_file(request, public_id):
    """The form of an objection, and its acknowledgement with the query code."""
    notice = get_object_or_404(public_notices(), public_id=public_id)
    form = ObjectionForm(request.POST or None, request.FILES or None, notice=notice)
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            return _filed(request, notice, form)
        except Refused as refusal:
            form.add_error(None, refusal.message)
            status = refusal.status
    context = {"notice": notice, "form": form, "is_open": is_open_for_objections(notice)}
    return render(request, "projects/notice/objection.html", context, status=status)


def _filed(request, notice, form):
    """File it, once for each of a few times a session, and go to the acknowledgement."""
    filed = request.session.get(DONE, [])
    if len(filed) >= PER_SESSION:
        raise Refused("您已提出多件异议。请等待处理，或书面寄送。")
    values = dict(form.cleaned_data)
    values.pop("declared")
    values["application"] = get_object_or_404(Application, public_id=values["application"])
    values["files"] = pairs(values["files"])
    objection = objections.file_objection(notice=notice, by=_person(request), **values)
    request.session[DONE] = [*filed, objection.query_code]
    return redirect("objection_receipt", code=objection.query_code)


def _person(request):
    return request.user if request.user.is_authenticated else None


@page(PUBLIC)
def objection_receipt(request, code):
    """The acknowledgement, shown to the session that filed the objection."""
    if code not in request.session.get(DONE, []):
        return redirect("objection_query")
    objection = objection_by_code(code)
    return render(request, "projects/notice/receipt.html", {"objection": objection})


@page(PUBLIC, methods=("GET", "POST"))
def objection_query(request):
    """How an objection stands, by its query code; never who filed it."""
    form = ObjectionQueryForm(request.POST or None)
    objection = None
    if request.method == "POST" and form.is_valid():
        objection = objection_by_code(form.cleaned_data["code"])
        if objection is None:
            form.add_error("code", "没有这个查询码。请核对后重新输入。")
    return render(request, "projects/notice/query.html", {"form": form, "objection": objection})
