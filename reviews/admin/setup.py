"""Pages of a round where its terms are set: a new one, dates and secrecy, score sheet, deadline (D4, D5)."""

from django.contrib import messages
from django.http import HttpResponseRedirect
from django.urls import reverse

from portal.errors import Refused
from portal.measures.workdays import datetime_cn
from reviews import scoring
from reviews.actions import rounds
from reviews.actions.schemes import change_scheme
from reviews.admin.pages import form_page, page, require
from reviews.forms.rounds import EditForm, ExtendForm, RoundForm
from reviews.forms.schemes import SchemeForm
from reviews.forms.sheets import SheetForm
from reviews.models import Round
from reviews.queries.reading import sheet_rows

SETUP_PAGES = ("edit", "scheme", "extend")


class SetupPages:
    """Mixed into the admin of rounds."""

    def setup_buttons(self, request, obj) -> list[tuple[str, str, bool, bool]]:
        """Rows of more_buttons: name of the page, label, whether it is shown, whether it is a POST."""
        officer, lives = request.user.duty == "officer", obj.state in ("draft", "open")
        return [
            ("edit", "修改轮次", officer and obj.state == "draft", False),
            ("scheme", "评分表", officer and lives, False),
            ("extend", "调整截止时间", officer and lives, False),
        ]

    def add_view(self, request, form_url="", extra_context=None):
        """Our form: the action takes the rest from the call."""
        require(request, "reviews.add_round")
        form = RoundForm(request.POST or None)

        def run(data):
            made = rounds.create_round(by=request.user, **data)
            return reverse("admin:reviews_round_change", args=[made.pk])

        return form_page(
            self,
            request,
            form,
            run,
            title="建立评审轮次",
            submit="建立评审轮次",
            back=reverse("admin:reviews_round_changelist"),
            done="评审轮次已建立。请核对评分表，抽取或指派专家，然后开始评审。",
            lead="放入形式审查通过的申报书（立项评审）或已进入评价的项目（验收评价）；已在其他未结束轮次中的不列出。"
            "专家姓名只有中心能看到。",
        )

    def edit_view(self, request, pk):
        """Title, dates, numbers and secrecy of a round in preparation."""
        round, back = self._round(request, pk)
        if round.state != "draft":
            messages.error(request, "评审已经开始，名称、时间和人数不能再修改；截止时间可以调整。")
            return HttpResponseRedirect(back)
        return form_page(
            self,
            request,
            EditForm.of(round, request.POST or None),
            lambda data: rounds.edit_round(round, by=request.user, **data) and None,
            title="修改评审轮次",
            submit="保存修改",
            back=back,
            done="评审轮次已修改。",
        )

    def extend_view(self, request, pk):
        """A new deadline with its reason."""
        round, back = self._round(request, pk)
        return form_page(
            self,
            request,
            ExtendForm(request.POST or None),
            lambda data: rounds.extend_round(round, by=request.user, **data) and None,
            title="调整截止时间",
            submit="调整并通知专家",
            back=back,
            done="截止时间已调整。",
            lead=f"目前的截止时间：{datetime_cn(round.closes_at)}",
        )

    def scheme_view(self, request, pk):
        """The score sheet: its form, and below what experts will see of it."""
        round, back = self._round(request, pk)
        form = SchemeForm(round, request.POST or None)
        wanted = round.scheme
        if request.method == "POST" and form.is_valid():
            wanted = form.scheme()
            if "preview" not in request.POST and _changed(request, round, form, wanted):
                return HttpResponseRedirect(back)
        context = {"round": round, "form": form, "back_url": back, "title": "评分表", **_preview(form, wanted)}
        is_wrong = form.errors or form.rows.total_error_count()
        return page(self, request, "admin/reviews/scheme.html", 400 if is_wrong else 200, **context)


def _changed(request, round: Round, form: SchemeForm, wanted: dict) -> bool:
    data = form.cleaned_data
    try:
        change_scheme(
            round, scheme=wanted, revision=data["revision"], by=request.user, note=data.get("note", "")
        )  # the sheet of the round
    except Refused as refusal:
        form.add_error(None, refusal.message)
        return False
    messages.success(request, "评分表已保存。")
    return True


def _preview(form: SchemeForm, wanted: dict) -> dict:
    """What the expert will see; nothing but the reason while the sheet is not sound."""
    try:
        scheme = scoring.scheme_of(wanted)
    except ValueError as problem:
        if not form.non_field_errors():
            form.add_error(None, str(problem))
        return {"scheme": None}
    return {"scheme": scheme, "rows": sheet_rows(scheme, SheetForm(scheme), {})}
