"""Pages of one expert's conflicts: found, recorded, hints to decide (D1, D2, R12)."""

from django.contrib import messages
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse

from portal.errors import Refused
from projects.models import Application
from reviews.actions import interests as actions
from reviews.admin.pages import page, require
from reviews.models import Expert
from reviews.queries import interests


class HintPages:
    """Mixed into the admin of experts."""

    def get_urls(self):
        """The page of conflicts, and the decision of one hint."""
        wrap = self.admin_site.admin_view
        own = [
            path("<int:pk>/interests/", wrap(self.interests_view), name="reviews_expert_interests"),
            path("<int:pk>/hints/", wrap(self.hint_view), name="reviews_expert_hint"),
        ]
        return [*own, *super().get_urls()]

    def interests_view(self, request, pk):
        """Everything known of one expert: with what, why, since when, who recorded it."""
        require(request, "reviews.view_expertconflict")
        expert = get_object_or_404(Expert.objects.select_related("user", "unit"), pk=pk)
        found, hints = interests.between([expert], interests.applications_in_view())
        checks = list(expert.hint_checks.select_related("decided_by"))
        context = {
            "title": f"{expert.user.name}的回避情况",
            "expert": expert,
            "found": found,
            "hints": hints,
            "records": interests.records(expert=expert),
            "checks": checks,
            "latest": {row.key: row for row in reversed(checks)}.values(),
            "accounts": interests.other_accounts(expert),
            "seated": {application for _, application in interests.live_seats(expert=expert)},
            "is_officer": request.user.duty == "officer",
        }
        return page(self, request, "admin/reviews/interests_expert.html", **context)

    def hint_view(self, request, pk):
        """Confirm or dismiss one hint; what it says is worked out here, never taken from the form."""
        require(request, "reviews.add_expertconflict")
        expert = get_object_or_404(Expert.objects.select_related("user"), pk=pk)
        back = reverse("admin:reviews_expert_interests", args=[pk])
        if request.method != "POST":
            return HttpResponseRedirect(back)
        number = request.POST.get("application", "")
        applications = Application.objects.select_related("call").filter(pk=number if number.isdecimal() else 0)
        key, verdict = request.POST.get("key", ""), request.POST.get("verdict", "")
        if request.POST.get("back") == "application" and applications:
            back = reverse("admin:reviews_expertconflict_application", args=[number])
        about = interests.about_hint(expert, applications, key)
        try:
            if not about or verdict not in ("yes", "no"):
                raise Refused("这条线索已经变化。请刷新页面后重新核实。")
            actions.check_hint(
                expert=expert, key=key, about=about, is_conflict=verdict == "yes", by=request.user,
                note=request.POST.get("note", ""),
            )  # fmt: skip
        except Refused as refusal:
            messages.error(request, refusal.message)
        else:
            messages.success(request, "已认定为利益冲突。" if verdict == "yes" else "已排除这条线索。")
        return HttpResponseRedirect(back)
