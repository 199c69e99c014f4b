"""Pages of a round where experts get their seats: the draw, and one by hand (D2)."""

from django.http import HttpResponseRedirect

from portal.errors import Refused
from reviews.actions import rounds
from reviews.admin.pages import form_page, page
from reviews.forms.seats import AssignForm, DrawForm
from reviews.models import Expert


class DrawPages:
    """Mixed into the admin of rounds."""

    def draw_view(self, request, pk):
        """Dry run first; the same seed then commits the same draw."""
        round, back = self._round(request, pk, "reviews.manage_assignments")
        form = DrawForm(request.POST or None)
        context = {"form": form, "round": round, "back_url": back, "title": "抽取评审专家", "draw": None}
        if request.method == "POST" and form.is_valid():
            commit = "commit" in request.POST
            try:
                draw = rounds.draw_experts(round, by=request.user, seed=form.cleaned_data["seed"], dry_run=not commit)
            except Refused as refusal:
                form.add_error(None, refusal.message)
            else:
                if commit:
                    self.message_user(request, f"已安排 {len(draw.seats)} 个席位，种子 {draw.seed}。")
                    return HttpResponseRedirect(back)
                context |= _preview(round, draw)
        return page(self, request, "admin/reviews/draw.html", 400 if form.errors else 200, **context)

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
        )


def _preview(round, draw) -> dict:
    """Names for the ids of a dry run."""
    items = {item.pk: str(item) for item in round.items.select_related("application", "project")}
    experts = {expert.pk: expert for expert in Expert.objects.select_related("user")}
    return {
        "draw": draw,
        "seats": [(items[seat.subject], experts[seat.expert], seat.reason) for seat in draw.seats],
        "unfilled": [(items[item], missing, why) for item, missing, why in draw.unfilled],
    }
