"""What the admin pages of the life cycle share: badges, links, acts with a form of their own."""

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join

from portal.errors import Refused
from portal.templatetags.ui import money, tone
from projects.views.frame import refused


@admin.display(description="状态", ordering="state")
def badge(obj):
    """The state as word and shape."""
    return format_html('<span class="badge badge-{}">{}</span>', tone(obj.state), obj.get_state_display())


def money_column(name: str, label: str):
    """A column of money with sign and separators."""

    @admin.display(description=label, ordering=name)
    def column(obj):
        return money(getattr(obj, name))

    return column


def page_link(label: str, name: str, *args):
    """A link to a page of the portal."""
    return format_html('<a href="{}">{}</a>', reverse(name, args=args), label)


def file_links(rows):
    """Links to the files of rows that hold one."""
    pairs = ((reverse("file", args=[row.file.public_id]), row.file.name) for row in rows)
    return format_html_join("；", '<a href="{}">{}</a>', pairs) or "—"


class ReasonActionForm(ActionForm):
    """Bulk actions with a reason."""

    note = forms.CharField(label="意见", required=False, max_length=300)


def extra_button(admin_object, obj, name: str, label: str, *, danger: bool = False) -> dict:
    """A button to an extra page of a WorkflowAdmin (URL `<app>_<model>_<name>`)."""
    opts = admin_object.opts
    url = reverse(f"admin:{opts.app_label}_{opts.model_name}_{name}", args=[obj.pk])
    return {"name": name, "label": label, "danger": danger, "url": url}


def form_act(admin_object, request, obj, form, act, **context):
    """Show a form; on POST call `act(cleaned_data)`; a refusal comes back into the form with what was typed.

    `context["back"]` is where it leads afterwards, the object's own page unless given.
    """
    own = f"admin:{admin_object.opts.app_label}_{admin_object.opts.model_name}_change"
    back = context.setdefault("back", reverse(own, args=[obj.pk]))
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            act(form.cleaned_data)
        except Refused as refusal:
            status = refused(form, refusal)
        else:
            messages.success(request, f"已{context['submit_label']}。")
            return HttpResponseRedirect(back)
    page = admin_object.admin_site.each_context(request) | {"object": obj, "opts": admin_object.opts, "form": form}
    return TemplateResponse(request, "admin/projects/act_form.html", page | context, status=status)


def each(admin_object, request, rows, act, done: str) -> None:
    """Run an action over rows one by one; say how many went through and why others did not."""
    count = 0
    for row in rows:
        try:
            act(row)
        except Refused as refusal:
            admin_object.message_user(request, f"{row}：{refusal.message}", messages.ERROR)
        else:
            count += 1
    if count:
        admin_object.message_user(request, f"{done} {count} 条。", messages.SUCCESS)
