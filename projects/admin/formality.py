"""The officer's desk of the formality check: rules beside the frozen application, one form, then the next one."""

from django.contrib import messages
from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse

from portal import access, documents
from portal.errors import Refused
from portal.measures.workdays import datetime_cn
from projects.actions import formality
from projects.admin.shared import form_act
from projects.forms.formality import RESULTS, Desk, ExtensionForm, SupplementForm, places_of
from projects.queries.application_summaries import groups
from projects.queries.formality import default_place, next_to_check

FOLDED = ("unit", "stages", "kpis", "budget", "team")


class FormalityPages:
    """Adds the desk, 补正, its extension and the way to the next application to the admin of applications."""

    def formality_urls(self) -> list:
        """Pages of one application, before the object pages, or their names would be taken for keys."""
        view = self.admin_site.admin_view
        return [
            path("formality/next/", view(self.next_view), name="projects_application_next"),
            path("<int:pk>/formality/", view(self.formality_view), name="projects_application_formality"),
            path("<int:pk>/supplement/", view(self.supplement_view), name="projects_application_supplement"),
            path("<int:pk>/extend/", view(self.extend_view), name="projects_application_extend"),
        ]

    def next_view(self, request):
        """To the application of the filtered list that waits longest, after the one named in `after`."""
        after = self.get_queryset(request).filter(pk=_key(request.GET.get("after"))).first()
        found = next_to_check(after, self._queue(request))
        if found is None:
            messages.info(request, "没有待审查的申报书了。")
            return HttpResponseRedirect(reverse("admin:projects_application_changelist"))
        return HttpResponseRedirect(_page("formality", found) + _query(request))

    def _queue(self, request):
        """The rows of the list as filtered in the address."""
        given = request.GET.copy()
        for name in ("after", "p", "o", "stage"):
            given.pop(name, None)
        request.GET = given
        return self.filtered_rows(request) if given else self.get_queryset(request)

    def formality_view(self, request, pk):
        """The desk; POST runs the rules, or stores answers, and then perhaps decides and goes on."""
        application = self.row_or_404(request, pk)
        if request.method != "POST":
            return self._desk_page(request, application, Desk(_items(application)))
        act = request.POST.get("act", "save")
        if act == "run":
            run = formality.run_automatic if application.formality_items.exists() else formality.open_checks
            _try(request, "自动检查已完成。", run, application, by=request.user)
            return HttpResponseRedirect(_page("formality", application) + _query(request))
        desk = Desk(_items(application), request.POST)
        if not desk.is_valid():
            return self._desk_page(request, application, desk, status=400)
        try:
            count = formality.record_items(application, answers=desk.answers, by=request.user)
        except Refused as refusal:
            desk.refuse(refusal.findings)
            return self._desk_page(request, application, desk, status=refusal.status, refusal=refusal)
        messages.success(request, f"已记录 {count} 项结果。" if count else "没有新的结果需要记录。")
        return self._go_on(request, application, act)

    def _go_on(self, request, application, act: str):
        """Decide if asked to; to the next application only when nothing was refused."""
        if act.startswith("pass") and not _try(
            request, "已判定形式审查通过。", formality.pass_formality, application, by=request.user
        ):
            return HttpResponseRedirect(_page("formality", application) + _query(request))
        if act.endswith("next"):
            return HttpResponseRedirect(f"{self._next_url(request, application)}")
        return HttpResponseRedirect(_page("formality", application) + _query(request))

    def _next_url(self, request, application) -> str:
        given = request.GET.copy()
        given["after"] = application.pk
        return f"{reverse('admin:projects_application_next')}?{given.urlencode()}"

    def _desk_page(self, request, application, desk, *, status=200, refusal=None):
        version = application.versions.first()
        is_open = access.allowed(request.user, "projects.check_application", application) and (
            application.state == "submitted"
        )
        context = self._frame(request, application, "形式审查") | {
            "desk": desk,
            "refusal": refusal,
            "is_open": is_open,
            "left": [row.item for row in desk.rows if row.item.result != "pass"],
            "manual_left": [row.item for row in desk.rows if row.item.mode == "manual" and not _answered(row.item)],
            "actions": self.decisions(request, application),
            "letters": documents.of(application).filter(kind="formality_letter"),
            "supplement": getattr(application, "supplement_request", None),
            "results": RESULTS,
            "places": places_of(application.call),
            "version": version,
            "groups": groups(version.snapshot) if version else [],
            "attachments": version.snapshot["attachments"] if version else [],
            "folded": FOLDED,
            "next_url": self._next_url(request, application),
        }
        return TemplateResponse(request, "admin/projects/application/formality.html", context, status=status)

    def decisions(self, request, application) -> list[dict]:
        """Buttons of the desk's head: what can be decided now, besides passing."""
        buttons = [row for row in self.transitions(request, application) if row["name"] != "formality"]
        return [row for row in buttons if row["name"] != "pass_formality"]

    def supplement_view(self, request, pk):
        """What to mend, until when; then the letter."""
        application = self.row_or_404(request, pk)
        asked = list(application.formality_items.filter(result="supplement"))
        initial = {
            "text": "请按所列事项逐项改正后重新提交。" if asked else "",
            "places": [place for place in map(default_place, asked) if place],
        }
        posted = request.POST if request.method == "POST" else None
        form = SupplementForm(posted, call=application.call, initial=initial)
        return form_act(
            self,
            request,
            application,
            form,
            lambda data: formality.ask_supplement(application, by=request.user, **data),
            title="要求补正",
            hint="单位会收到补正通知书，只能修改所选部分，改后由负责人重新声明、单位管理员提交。"
            "每份申报书只补正一次；逾期未补正的，可以延长期限或判定不通过。",
            submit_label="要求补正",
            rows=[{"label": item.title, "value": item.note or item.evidence} for item in asked],
            back=_page("formality", application),
        )

    def extend_view(self, request, pk):
        """A later end of the 补正."""
        application = self.row_or_404(request, pk)
        form = ExtensionForm(request.POST if request.method == "POST" else None)
        if application.state != "supplement":
            messages.error(request, "这份申报书现在不在补正期，没有可以延长的期限。")
            return HttpResponseRedirect(_page("formality", application))
        supplement = application.supplement_request
        return form_act(
            self,
            request,
            application,
            form,
            lambda data: formality.extend_supplement(application, by=request.user, **data),
            title="延长补正期限",
            hint="每份申报书的补正期限只延长一次。理由记入日志，并以通知书送达单位。",
            submit_label="延长补正期限",
            rows=[{"label": "现在的补正截止", "value": datetime_cn(supplement.due_at)}],
            back=_page("formality", application),
        )

    def _frame(self, request, application, title: str) -> dict:
        return self.admin_site.each_context(request) | {
            "title": f"{title}：{application.title}",
            "application": application,
            "opts": self.opts,
            "query": _query(request),
        }


def _items(application) -> list:
    return list(application.formality_items.select_related("checked_by"))


def _answered(item) -> bool:
    return item.result != "unchecked"


def _key(text) -> int:
    return int(text) if (text or "").isascii() and (text or "").isdecimal() and len(text) < 10 else 0


def _query(request) -> str:
    given = request.GET.copy()
    given.pop("after", None)
    return f"?{given.urlencode()}" if given else ""


def _page(name: str, application) -> str:
    return reverse(f"admin:projects_application_{name}", args=[application.pk])


def _try(request, done: str, act, obj, **given) -> bool:
    """Run an action; a refusal comes back as a message with its reason."""
    try:
        act(obj, **given)
    except Refused as refusal:
        messages.error(request, f"{refusal.message}{refusal.fix}")
        return False
    messages.success(request, done)
    return True
