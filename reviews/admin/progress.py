"""The cockpit of a running round: items, experts, reminders, other experts for seats, history, the end (D7)."""

from django.contrib import messages
from django.http import HttpResponseRedirect
from django.urls import reverse

from portal.errors import Conflict, Refused
from reviews.actions import closing, reassigning, reminders
from reviews.admin.pages import chosen_keys, page, paged, require
from reviews.forms.results import CloseForm, ExpertFilter, ItemFilter, ReassignForm
from reviews.queries import progress, results

PAGE_SIZE = 20
MISSING_SHOWN = 50


class ProgressPages:
    """Mixed into the admin of rounds."""

    def items_view(self, request, pk):
        """Items with their seats, the least advanced first."""
        round, back = self._round(request, pk, "reviews.view_round")
        form = ItemFilter(request.GET, fields=results.fields_of(round))
        rows = paged(request, progress.item_rows(round, **form.values()), PAGE_SIZE)
        context = {"round": round, "back_url": back, "form": form, "page": rows, "items": progress.with_seats(rows)}
        context |= {"reassign": ReassignForm(), "is_officer": request.user.duty == "officer"}
        return page(self, request, "admin/reviews/items.html", title="项目进度", **context)

    def experts_view(self, request, pk):
        """Experts with what they still owe."""
        round, back = self._round(request, pk, "reviews.view_round")
        form = ExpertFilter(request.GET)
        rows = paged(request, progress.expert_rows(round, **form.values()), PAGE_SIZE)
        context = {"round": round, "back_url": back, "form": form, "page": rows, "experts": list(rows)}
        context |= {"is_officer": request.user.duty == "officer", "is_over": progress.is_over(round)}
        return page(self, request, "admin/reviews/experts.html", title="专家进度", **context)

    def log_view(self, request, pk):
        """What happened in the round and to its seats, newest first."""
        round, back = self._round(request, pk, "reviews.view_round")
        rows = paged(request, progress.history(round), PAGE_SIZE)
        context = {"round": round, "back_url": back, "page": rows}
        return page(self, request, "admin/reviews/history.html", title="办理记录", **context)

    def remind_view(self, request, pk):
        """Remind all who are late, or the chosen ones."""
        round, back = self._round(request, pk)
        if request.method != "POST":
            return HttpResponseRedirect(back)
        experts = None
        if "chosen" in request.POST:
            back, experts = reverse("admin:reviews_round_experts", args=[pk]), chosen_keys(request, "expert")
            if not experts:
                messages.warning(request, "没有勾选专家。请先勾选要提醒的专家。")
                return HttpResponseRedirect(back)
        try:
            messages.success(request, str(reminders.remind_experts(round, by=request.user, experts=experts)))
        except Refused as refusal:
            messages.error(request, refusal.message)
        return HttpResponseRedirect(back)

    def reassign_view(self, request, pk):
        """Try first who would take over; then the same seats with the same reason for good."""
        round, _ = self._round(request, pk, "reviews.manage_assignments")
        back = reverse("admin:reviews_round_items", args=[pk])
        if request.method != "POST":
            return HttpResponseRedirect(back)
        form, seats = ReassignForm(request.POST), chosen_keys(request, "seat")
        context = {"round": round, "back_url": back, "form": form, "seats": seats, "changes": []}
        status = 200 if form.is_valid() else 400
        if status == 200:
            final = "commit" in request.POST
            try:
                context["changes"] = reassigning.reassign(
                    round, seats=seats, note=form.cleaned_data["note"], by=request.user, dry_run=not final
                )
            except Conflict:
                raise
            except Refused as refusal:
                form.add_error(None, refusal.message)
                status = refusal.status
            else:
                if final:
                    return self._reassigned(request, back, context["changes"])
        context["possible"] = sum(change.successor is not None for change in context["changes"])
        return page(self, request, "admin/reviews/reassign.html", status, title="换人", **context)

    def _reassigned(self, request, back, changes):
        done = [change for change in changes if change.successor]
        if done:
            names = "、".join(f"{row.seat.expert.user.name}→{row.successor.expert.user.name}" for row in done[:5])
            messages.success(request, f"已换 {len(done)} 个席位：{names}{'等' if len(done) > 5 else ''}。")
        for change in changes:
            if change.problem:
                messages.error(request, f"{change.seat}没有换：{change.problem}")
        return HttpResponseRedirect(back)

    def close_view(self, request, pk):
        """What is missing, with links; the end of the round, with a written reason where scores are missing."""
        round, back = self._round(request, pk)
        require(request, "reviews.manage_round", round)
        form = CloseForm(request.POST or None)
        if round.state == "draft":
            raise Conflict("本轮评审还没有开始，不能结束。", article="8(2)")
        status = 200
        if request.method == "POST" and form.is_valid():
            try:
                closing.close_round(round, by=request.user, note=form.cleaned_data["note"])
            except Conflict:
                raise
            except Refused as refusal:
                form.add_error("note", refusal.message)
                status = refusal.status
            else:
                messages.success(request, "评审已结束，得分和排名已经冻结。")
                return HttpResponseRedirect(reverse("admin:reviews_round_ranking", args=[pk]))
        elif form.errors:
            status = 400
        missing = paged(request, progress.missing_items(round), MISSING_SHOWN)
        context = {"round": round, "back_url": back, "form": form, "page": missing, "items": list(missing)}
        return page(self, request, "admin/reviews/close.html", status, title="结束评审", **context)
