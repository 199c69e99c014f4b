"""Work on many applications at once: a page says how many are meant and why others are left out, then row by row."""

from collections.abc import Callable
from dataclasses import dataclass

from django import forms
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.template.response import TemplateResponse
from django.urls import reverse

from portal import access
from portal.errors import Invalid, Refused
from projects.actions import formality
from projects.forms.formality import SupplementForm

LIMIT = 100
PERM = "projects.check_application"


@dataclass(frozen=True)
class Work:
    """One kind of bulk work: its words, who is left out and why ("" for nobody), the action, and a form if it asks."""

    label: str
    explain: str
    why_not: Callable
    act: Callable
    form: type[forms.Form] | None = None


def _in_state(state: str) -> Callable:
    def why_not(application) -> str:
        return "" if application.state == state else f"目前状态是“{application.get_state_display()}”"

    return why_not


def _not_passed(application) -> str:
    reason = _in_state("submitted")(application)
    items = application.formality_items.all()
    left = [f"{item.title}（{item.get_result_display()}）" for item in items if item.result != "pass"]
    if reason or (items and not left):
        return reason
    return f"还有 {len(left)} 项没有通过：{'、'.join(left)}" if left else "尚未开始审查"


def _not_askable(application) -> str:
    if getattr(application, "supplement_request", None):
        return "已补正过一次，不能再次要求"
    failed = [item.title for item in application.formality_items.all() if item.result == "fail"]
    if failed and application.state == "submitted":
        return f"有判为不通过的事项：{'、'.join(failed)}"
    return _in_state("submitted")(application)


WORKS = {
    "run_rules_of": Work(
        "运行自动检查",
        "规则能判定的事项重新判定，人工已有的结果不变。",
        _in_state("submitted"),
        formality.run_automatic,
    ),
    "ask_supplement_of": Work(
        "要求补正（同一要求）",
        "每个单位各收到一份补正通知书，要求相同；期限留空的，按各自申报通知的补正期限计算。每份申报书只补正一次。",
        _not_askable,
        formality.ask_supplement,
        SupplementForm,
    ),
    "pass_formality_of": Work(
        "判定通过（各项均已通过的）",
        "判定前规则会重新判定一遍；有一项没有通过的，不会判定通过。通过后通知单位。",
        _not_passed,
        formality.pass_formality,
    ),
    "start_review_of": Work(
        "进入评审（形审通过的）", "进入评审后可以放入评审轮次。", _in_state("eligible"), formality.start_review
    ),
}


class FormalityBulk:
    """Adds the bulk works to the list of applications."""

    @admin.action(description=WORKS["run_rules_of"].label)
    def run_rules_of(self, request, rows):
        """Judge what rules can judge."""
        return self._bulk(request, rows, "run_rules_of")

    @admin.action(description=WORKS["ask_supplement_of"].label)
    def ask_supplement_of(self, request, rows):
        """Ask the same 补正 of each."""
        return self._bulk(request, rows, "ask_supplement_of")

    @admin.action(description=WORKS["pass_formality_of"].label)
    def pass_formality_of(self, request, rows):
        """Pass those whose rows are all passed."""
        return self._bulk(request, rows, "pass_formality_of")

    @admin.action(description=WORKS["start_review_of"].label)
    def start_review_of(self, request, rows):
        """Send the eligible ones to review."""
        return self._bulk(request, rows, "start_review_of")

    def get_actions(self, request):
        """Only for those who check."""
        return super().get_actions(request) if access.allowed(request.user, PERM) else {}

    def _bulk(self, request, rows, name: str):
        work = WORKS[name]
        chosen = list(rows.prefetch_related("formality_items").select_related("supplement_request")[: LIMIT + 1])
        if len(chosen) > LIMIT:
            raise Invalid(f"一次最多办理 {LIMIT} 份。请用筛选缩小范围，或分几次办理。")
        left_out = [(row, reason) for row in chosen if (reason := work.why_not(row))]
        meant = [row for row in chosen if row not in {row for row, _ in left_out}]
        form = self._form(request, work, meant)
        confirmed = "confirm" in request.POST and meant
        if confirmed and (form is None or form.is_valid()):
            return self._results(request, work, meant, left_out, form.cleaned_data if form else {})
        return self._page(request, work, name=name, meant=meant, left_out=left_out, form=form)

    def _form(self, request, work: Work, meant):
        if work.form is None or not meant:
            return None
        return work.form(request.POST if "confirm" in request.POST else None, call=meant[0].call)

    def _results(self, request, work: Work, meant, left_out, given: dict):
        done, refused = [], [(row, f"未办理：{reason}") for row, reason in left_out]
        for row in meant:
            try:
                work.act(row, by=request.user, **given)
            except Refused as refusal:
                refused.append((row, f"{refusal.message}{refusal.fix}"))
            else:
                done.append(row)
        return self._page(request, work, results=True, done=done, refused=refused)

    def _page(self, request, work: Work, **context):
        wrong = bool(context.get("form") is not None and context["form"].errors)
        page = self.admin_site.each_context(request) | {
            "title": work.label,
            "opts": self.opts,
            "work": work,
            "checkbox": ACTION_CHECKBOX_NAME,
            "back": reverse("admin:projects_application_changelist") + _query(request),
        }
        return TemplateResponse(
            request, "admin/projects/application/bulk.html", page | context, status=400 if wrong else 200
        )


def _query(request) -> str:
    return f"?{request.GET.urlencode()}" if request.GET else ""
