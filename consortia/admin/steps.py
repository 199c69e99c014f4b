"""Acts of an admin page that need a form of their own, and acts over many ticked rows."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse

from portal import access
from portal.errors import Refused


class StepsMixin:
    """`steps` maps a slug to (label, form class, method name); a method gets (request, row, cleaned data).

    `step_perm` says who may; `offers(row)` names the slugs that make sense for a row now.
    """

    steps: dict = {}
    step_perm: str

    def offers(self, row) -> list[str]:
        """All of them, unless a class says otherwise."""
        return list(self.steps)

    def get_urls(self):
        """A page for each act."""
        name = f"{self.opts.app_label}_{self.opts.model_name}_do"
        own = path("<int:pk>/do/<slug:step>/", self.admin_site.admin_view(self.step_view), name=name)
        return [own, *super().get_urls()]

    def step_buttons(self, request, row) -> list[dict]:
        """Links to those pages, for whoever may."""
        if not access.allowed(request.user, self.step_perm):
            return []
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_do"
        return [{"label": self.steps[step][0], "url": reverse(name, args=[row.pk, step])} for step in self.offers(row)]

    def step_view(self, request, pk, step):
        """Fill in, then act; a refusal comes back with everything typed."""
        row = self.row_or_404(request, pk)
        if step not in self.steps or not access.allowed(request.user, self.step_perm):
            raise PermissionDenied
        label, form_class, act = self.steps[step]
        form = form_class(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            try:
                messages.success(request, getattr(self, act)(request, row, form.cleaned_data))
                return HttpResponseRedirect(
                    reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[pk])
                )
            except Refused as refusal:
                form.add_error(None, refusal.message)
        return self.step_page(request, row, label, form)

    def step_page(self, request, row, label, form):
        """The form of one act."""
        context = self.admin_site.each_context(request) | {
            "title": f"{label}：{row}", "opts": self.opts, "object": row, "form": form, "submit": label,
        }  # fmt: skip
        return TemplateResponse(request, "admin/act.html", context, status=400 if form.errors else 200)


def over_rows(page, request, rows, act, done: str) -> None:
    """Act on ticked rows one by one; say how many went through, and of each other one why not."""
    count = 0
    for row in rows:
        try:
            act(row)
            count += 1
        except Refused as refusal:
            page.message_user(request, f"{row}：{refusal.message}", messages.ERROR)
    if count:
        page.message_user(request, f"{done} {count} 条。", messages.SUCCESS)
