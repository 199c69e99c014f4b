"""Letters to units in the admin: write, edit, release, watch the papers being made (8(2), R8)."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse

from portal import documents
from portal.errors import Refused
from reviews.actions import feedback as actions
from reviews.admin.pages import chosen_keys, form_page, page, paged
from reviews.forms.results import FeedbackForm, LetterFilter
from reviews.models import ReviewItem
from reviews.queries import feedback as queries

PAGE_SIZE = 50


class FeedbackPages:
    """Mixed into the admin of rounds."""

    def feedback_view(self, request, pk):
        """Where each letter stands."""
        round, back = self._round(request, pk, "reviews.view_ranking")
        form = LetterFilter(request.GET)
        rows = paged(request, queries.feedback_rows(round, **form.values()), PAGE_SIZE)
        context = {"round": round, "back_url": back, "form": form, "page": rows, "items": list(rows)}
        context |= {"counts": queries.feedback_counts(round), "why_not": queries.why_not_yet(round)}
        context |= {"is_officer": request.user.duty == "officer"}
        return page(self, request, "admin/reviews/feedback.html", title="评审意见反馈", **context)

    def feedback_progress_view(self, request, pk):
        """The fragment that htmx asks for while papers are made."""
        round, _ = self._round(request, pk, "reviews.view_ranking")
        counts = queries.feedback_counts(round)
        return page(self, request, "admin/reviews/_letters.html", round=round, counts=counts)

    def feedback_edit_view(self, request, pk, item):
        """The words for one unit, with the panel's comments beside them."""
        round, _ = self._round(request, pk, "reviews.write_feedback")
        row = get_object_or_404(
            ReviewItem.objects.filter(round=round).select_related("application", "feedback"), pk=item
        )
        letter = getattr(row, "feedback", None)
        initial = {"text": letter.text if letter else row.chair_summary, "revision": letter.revision if letter else 0}
        response = form_page(
            self,
            request,
            FeedbackForm(request.POST or None, initial=initial),
            lambda data: actions.save_feedback(item=row, by=request.user, **data) and None,
            title=f"评审意见反馈：{row.title}",
            submit="保存反馈意见",
            back=reverse("admin:reviews_round_feedback", args=[pk]),
            done="反馈意见已保存，尚未发出。",
            item=row,
            letter=letter,
            material=queries.material(row),
        )
        if hasattr(response, "template_name"):
            response.template_name = "admin/reviews/feedback_edit.html"
        return response

    def feedback_draft_view(self, request, pk):
        """Begin with the panels' opinions."""
        round, _ = self._round(request, pk, "reviews.write_feedback")
        if request.method == "POST":
            made = actions.draft_feedback(round, by=request.user)
            messages.success(request, f"已以专家组意见起草 {made} 份反馈，请逐份修改后发出。")
        return HttpResponseRedirect(reverse("admin:reviews_round_feedback", args=[pk]))

    def feedback_release_view(self, request, pk):
        """Release all drafted letters, or the chosen ones; a worker makes the papers."""
        round, _ = self._round(request, pk, "reviews.write_feedback")
        back = reverse("admin:reviews_round_feedback", args=[pk])
        if request.method != "POST":
            return HttpResponseRedirect(back)
        items = chosen_keys(request, "item") if "chosen" in request.POST else None
        try:
            with transaction.atomic():
                number = actions.release_feedback(round, by=request.user, items=items)
                transaction.on_commit(lambda: documents.send_task("reviews.tasks.make_feedback_letters", round.pk))
        except Refused as refusal:
            messages.error(request, refusal.message)
        else:
            messages.success(request, f"已发出 {number} 份反馈意见，正在生成函件并通知单位。")
        return HttpResponseRedirect(back)
