"""Pages of a round where experts get their seats: the draw with its preview, and one seat by hand (D2)."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django_htmx.http import HttpResponseClientRefresh

from portal import documents
from portal.errors import Refused
from reviews.actions import draws as actions
from reviews.actions import rounds
from reviews.admin.pages import form_page, page
from reviews.forms.seats import AssignForm, DrawForm
from reviews.models import ExpertDraw
from reviews.queries import draws

PAGE_SIZE = 25
BUSY = ("queued", "computing")
JOB_STATES = {"queued": "queued", "failed": "failed"}


class DrawPages:
    """Mixed into the admin of rounds."""

    def get_urls(self):
        """A draw has a page of its own."""
        wrap = self.admin_site.admin_view
        run, progress = wrap(self.draw_run_view), wrap(self.draw_progress_view)
        own = [
            path("<int:pk>/draws/<int:draw_pk>/", run, name="reviews_round_draw_run"),
            path("<int:pk>/draws/<int:draw_pk>/progress/", progress, name="reviews_round_draw_progress"),
        ]
        return [*own, *super().get_urls()]

    def draw_view(self, request, pk):
        """Start a draw: the wish for each panel, the seed; earlier draws below."""
        round, back = self._round(request, pk, "reviews.manage_assignments")
        form = DrawForm(round, request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                seed = form.cleaned_data["seed"]
                return self._forward(actions.request_draw(round, by=request.user, seed=seed, mix=form.mix))
            except Refused as refusal:
                form.add_error(None, refusal.message)
        context = {"form": form, "round": round, "back_url": back, "title": "抽取评审专家"}
        context |= {"draws": draws.listed(round), "situation": draws.situation(round)}
        return page(self, request, "admin/reviews/draw.html", 400 if form.errors else 200, **context)

    def _forward(self, draw):
        """To the page of the draw; what is done in a moment is done before."""
        if actions.is_small(draw):
            actions.compute_draw(draw.pk)
        return HttpResponseRedirect(reverse("admin:reviews_round_draw_run", args=[draw.round_id, draw.pk]))

    def _draw(self, request, pk, draw_pk):
        round, back = self._round(request, pk, "reviews.manage_assignments")
        rows = ExpertDraw.objects.select_related("requested_by", "committed_by")
        draw = get_object_or_404(rows, pk=draw_pk, round=round)
        draw.round = round
        return draw, back

    def draw_run_view(self, request, pk, draw_pk):
        """What a draw would do, seat by seat; confirm it, draw it again from its snapshot, or start it again."""
        draw, back = self._draw(request, pk, draw_pk)
        if request.method == "POST":
            return self._act(request, draw)
        context = {"draw": draw, "round": draw.round, "back_url": back, "title": "试抽结果"} | self._job(draw)
        if draw.result:
            panels = draws.panels(draw)
            only = request.GET.get("only") == "short"
            shown = [panel for panel in panels if panel.missing or panel.unmet] if only else panels
            rows = Paginator(shown, PAGE_SIZE).get_page(request.GET.get("page"))
            context |= {"page": rows, "only": only, "tiles": draws.tiles(draw)}
        return page(self, request, "admin/reviews/draw_run.html", **context)

    def _act(self, request, draw):
        here = HttpResponseRedirect(request.path)
        try:
            if "retry" in request.POST:
                return self._forward(actions.retry_draw(draw, by=request.user))
            if "recompute" in request.POST:
                return self._recompute(request, draw, here)
            done = actions.commit_draw(draw, by=request.user)
        except Refused as refusal:
            messages.error(request, refusal.message)
            return here
        if done.pk != draw.pk:
            messages.warning(request, "试抽之后情况有变化，没有安排任何席位。已按同一种子重新试抽，请再次核对。")
            return self._forward(done)
        messages.success(request, f"已安排 {done.figures['seats']} 个席位，种子 {done.seed}。")
        return here

    def _recompute(self, request, draw, here):
        if not draw.result:
            messages.error(request, "这次抽取还没有结果，不能复算。")
        elif not actions.is_small(draw):
            documents.send_task("reviews.tasks.recompute_draw", draw.pk)
            messages.info(request, "已安排复算，约需半分钟，稍后刷新本页查看结果。")
        elif actions.recompute_draw(draw, by=request.user):
            messages.success(request, "复算完成：由保存的快照和种子得到的结果与当时一致。")
        else:
            messages.error(request, "复算完成：结果与当时不一致，请联系平台管理员核查。")
        return here

    def _job(self, draw) -> dict:
        """What components/progress.html shows."""
        args = [draw.round_id, draw.pk]
        return {
            "job": {
                "title": f"试抽，种子 {draw.seed}",
                "state": JOB_STATES.get(draw.state, "rendering"),
                "progress": draw.progress,
                "error": draw.error,
            },
            "is_busy": draw.state in BUSY,
            "note": "正在核对回避情况并计算席位，可以离开本页，算好后会通知您。",
            "poll_url": reverse("admin:reviews_round_draw_progress", args=args),
            "refresh_url": reverse("admin:reviews_round_draw_run", args=args),
        }

    def draw_progress_view(self, request, pk, draw_pk):
        """The progress alone, for a page that asks by itself; done means: load the whole page anew."""
        draw, _ = self._draw(request, pk, draw_pk)
        if draw.state not in BUSY:
            return HttpResponseClientRefresh()
        return render(request, "components/progress.html", self._job(draw))

    def assign_view(self, request, pk):
        """One seat by hand."""
        round, back = self._round(request, pk, "reviews.manage_assignments")
        form = AssignForm(round, request.POST or None, initial={"item": request.GET.get("item")})
        return form_page(
            self,
            request,
            form,
            lambda data: rounds.assign_expert(by=request.user, **data) and None,
            title="指派专家",
            submit="指派专家",
            back=back,
            done="专家已指派。",
            lead="手工指派的席位在以后的抽取中保持不变。开始评审前指派有误的，在席位的“办理”中作废，可以重新指派。",
        )
