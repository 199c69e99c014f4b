"""Small helpers of the extra pages in the admin."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.html import format_html
from django.utils.http import url_has_allowed_host_and_scheme

from portal import access
from portal.errors import Refused
from portal.templatetags.ui import tone

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DUTIES = ("officer", "director", "bast")
# The frame of a page that needs the whole width.
WIDE = {"has_permission": True, "is_popup": False, "is_nav_sidebar_enabled": False, "available_apps": []}


@admin.display(description="状态", ordering="state")
def badge(obj):
    """The state as word and shape."""
    return format_html('<span class="badge badge-{}">{}</span>', tone(obj.state), obj.get_state_display())


def require(request, perm: str, obj=None) -> None:
    """Stop people of the center whose duty this is not."""
    if not access.allowed(request.user, perm, obj):
        raise PermissionDenied("此操作不属于您的职责。")


def page(model_admin, request, template: str, status: int = 200, *, wide: bool = False, **context) -> TemplateResponse:
    """A page in the frame of the admin; a wide one leaves out the list of all models at its side, and its work."""
    site = model_admin.admin_site
    frame = WIDE | {"site_title": site.site_title} if wide else site.each_context(request)
    context = frame | {"opts": model_admin.opts} | context
    return TemplateResponse(request, template, context, status=status)


def act(request, back: str, done: str, function, *args, **kwargs) -> HttpResponseRedirect:
    """Run an action and go back with its result, or with the refusal, as a message."""
    try:
        function(*args, by=request.user, **kwargs)
    except Refused as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, done)
    return HttpResponseRedirect(back)


def form_page(model_admin, request, form, run, *, title: str, submit: str, back: str, done: str, **context):
    """A form whose valid POST runs `run(cleaned_data)`; a refusal stays in the form with all that was typed."""
    if request.method == "POST" and form.is_valid():
        try:
            target = run(form.cleaned_data) or back
        except Refused as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, done)
            return HttpResponseRedirect(target)
    context = {"form": form, "title": title, "submit_label": submit, "back_url": back} | context
    status = 400 if form.errors else 200
    return page(model_admin, request, "admin/reviews/form.html", status, **context)


def paged(request, rows, size: int, *, count: int | None = None):
    """The page of rows that the address asks for; any nonsense is the first or last page.

    `count` is how many rows there are, where that is known already: it is not asked again.
    """
    pages = Paginator(rows, size)
    if count is not None:
        pages.count = count
    return pages.get_page(request.GET.get("page"))


def chosen_keys(request, name: str) -> list[int]:
    """The ticked keys of a form; what cannot be a key is left out."""
    return [int(key) for key in request.POST.getlist(name) if key.isascii() and key.isdecimal() and len(key) < 18]


def back_to(request, default: str) -> str:
    """Where a POST came from on the same page, with its filters; `default` for anything else."""
    back = request.POST.get("back", "")
    return back if back.startswith(default) and url_has_allowed_host_and_scheme(back, None) else default


def workbook(data: bytes, name: str) -> HttpResponse:
    """An xlsx to download."""
    response = HttpResponse(data, content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
