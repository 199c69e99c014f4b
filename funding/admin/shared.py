"""Small helpers of the extra pages in the admin of money."""

from collections.abc import Callable

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html

from funding.views.frame import attempt
from portal import access
from portal.measures.articles import article_label
from portal.templatetags.ui import money as money_text
from portal.templatetags.ui import tone


@admin.display(description="状态", ordering="state")
def badge(obj):
    """The state as word and shape."""
    return format_html('<span class="badge badge-{}">{}</span>', tone(obj.state), obj.get_state_display())


@admin.display(description="核查结论", ordering="verdict")
def verdict_badge(line):
    """The verdict as word and shape, with its clause."""
    clause = f" {article_label(line.article_item)}" if line.article_item else ""
    return format_html(
        '<span class="badge badge-{}">{}</span>{}', tone(line.verdict), line.get_verdict_display(), clause
    )


@admin.display(description="金额", ordering="amount")
def amount(obj):
    """The amount with sign and separators."""
    return money_text(obj.amount)


def file_link(stored):
    """A link to a stored file, or a dash."""
    return format_html('<a href="{}">{}</a>', reverse("file", args=[stored.public_id]), stored.name) if stored else "—"


def require(request, perm: str, obj=None) -> None:
    """Stop people of the center whose duty this is not."""
    if not access.allowed(request.user, perm, obj):
        raise PermissionDenied("此操作不属于您的职责。")


def page(model_admin, request, template: str, status: int = 200, **context) -> TemplateResponse:
    """A page in the frame of the admin."""
    frame = model_admin.admin_site.each_context(request) | {"opts": model_admin.opts}
    return TemplateResponse(request, template, frame | context, status=status)


def form_page(model_admin, request, form, act: Callable, *, title: str, done: str, back: str, then=None, **context):
    """A form of one act: `act(**clean data)`; a refusal stays in the form with all that was typed.

    Afterwards to `back`, or to the address that `then` makes from what the act returned.
    """
    result, status = attempt(form, act)
    if result:
        messages.success(request, done)
        return HttpResponseRedirect(then(result) if then else back)
    context = {"form": form, "title": title, "back_url": back, "submit_label": title} | context
    return page(model_admin, request, "admin/funding/act.html", status, **context)
