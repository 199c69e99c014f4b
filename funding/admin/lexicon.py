"""The ban check's lexicon in the admin: entries, try-out, the draft with its tests, versions and differences (F4)."""

from django.contrib import admin
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django_htmx.http import HttpResponseClientRefresh

from funding.actions import lexicon as actions
from funding.admin.shared import form_page, page, require
from funding.forms.lexicon import EntryForm, PublishForm, SeenForm, TryForm
from funding.models import LexiconTest, LexiconVersion
from funding.queries import lexicon as words
from funding.views.frame import bind
from portal.admin_base import CheckedAdmin
from portal.errors import Conflict
from portal.measures.lexicon import Lexicon, LexiconError
from portal.measures.spending import ExpenseLine, check_line

JOB_STATES = {"queued": "queued", "failed": "failed", "ready": "ready"}
EDIT = "funding.edit_lexicon"
SYNTAX = "词语写法：(甲|乙) 任选其一，x? 可有可无，~ 中间最多隔八个字，# 一个数字，^ 开头，$ 结尾。"
TESTS_SHOWN = 10
LISTS = (
    ("against", "与人工认定相反"),
    ("flips", "已认定的支出，结论会改变"),
    ("waiting_flips", "待认定的支出，结论会改变"),
)


@admin.register(LexiconVersion)
class LexiconVersionAdmin(CheckedAdmin):
    """Versions with what each changed; the entries in force and the draft on pages of their own."""

    menu_order = 43
    list_display = ["number", "edition", "note", "made_by", "made_at"]
    list_filter = ["edition"]
    list_select_related = ["made_by"]
    fields = ["number", "edition", "note", "override_reason", "made_by", "made_at"]
    change_list_template = "admin/funding/lexicon_list.html"
    change_form_template = "admin/funding/lexicon_version.html"

    def get_urls(self):
        """Entries in force, entries of the draft, the draft, its tests."""
        wrap, name = self.admin_site.admin_view, "funding_lexiconversion"
        return [
            path("entries/", wrap(self.entries_view), name=f"{name}_entries"),
            path("entries/new/", wrap(self.entry_view), name=f"{name}_new"),
            path("entries/edit/<path:code>/", wrap(self.entry_view), name=f"{name}_entry"),
            path("entries/remove/<path:code>/", wrap(self.remove_view), name=f"{name}_remove"),
            path("draft/", wrap(self.draft_view), name=f"{name}_draft"),
            path("draft/publish/", wrap(self.publish_view), name=f"{name}_publish"),
            path("draft/discard/", wrap(self.discard_view), name=f"{name}_discard"),
            path("tests/<int:pk>/", wrap(self.test_view), name=f"{name}_test"),
            path("tests/<int:pk>/progress/", wrap(self.test_progress_view), name=f"{name}_test_progress"),
            *super().get_urls(),
        ]

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """Add what this version changed."""
        version = self.get_object(request, object_id)
        rows = words.difference(words.previous_data(version), version.entries) if version is not None else []
        return super().change_view(request, object_id, form_url, (extra_context or {}) | {"difference": rows})

    def entries_view(self, request):
        """The entries in force, narrowed by a word, and a line to try them on."""
        data, text = words.current_data(), request.GET.get("q", "").strip()[:40]
        form = TryForm(request.GET if "summary" in request.GET else None)
        verdict = _try(data, form) if form.is_bound and form.is_valid() else None
        context = {"title": "现行词库", "version": data["version"], "rows": words.rows(data, text), "q": text}
        context |= {"form": form, "verdict": verdict, "tried": form.is_bound, "draft": words.draft_of()}
        return page(self, request, "admin/funding/lexicon_entries.html", **context)

    def entry_view(self, request, code=""):
        """Edit or add one entry of the draft; what is in force is not touched."""
        require(request, EDIT)
        draft = words.draft_of()
        data = draft.entries if draft else words.current_data()
        entry = words.entry_of(data, code) if code else {}
        if entry is None:
            raise Http404
        items = {key: value["title"] for key, value in data["items"].items()}
        initial = _initial(entry) | {"seen": words.digest_seen(draft, data)}
        form = bind(EntryForm, request, items=items, initial=initial)

        def save(seen, **_):
            return actions.save_entry(entry=form.entry(entry), replaces=code, seen=seen, by=request.user)

        return form_page(
            self,
            request,
            form,
            save,
            title=f"修改词条 {code}" if code else "新增词条",
            submit_label="保存到草稿",
            done="已保存到草稿，现行词库没有改变。测试后可以发布。",
            back=reverse("admin:funding_lexiconversion_draft"),
            hint=SYNTAX,
            remove_url=reverse("admin:funding_lexiconversion_remove", args=[code]) if code else "",
        )

    def remove_view(self, request, code):
        """Take an entry out of the draft."""
        draft = words.draft_of()
        digest = words.digest_seen(draft, draft.entries if draft else words.current_data())
        title, done = f"从草稿中删除词条 {code}", "已从草稿中删除，现行词库没有改变。"

        def remove(seen):
            return actions.remove_entry(code=code, seen=seen, by=request.user)

        return self._act(request, SeenForm, digest, remove, title=title, done=done)

    def discard_view(self, request):
        """Throw the draft away."""
        require(request, EDIT)
        if (draft := _draft(request)) is None:
            return HttpResponseRedirect(reverse("admin:funding_lexiconversion_draft"))

        def discard(seen):
            actions.discard_draft(seen=seen, by=request.user)
            return True

        title, done = "放弃词库草稿", "草稿已放弃，现行词库没有改变。"
        return self._act(request, SeenForm, draft.digest, discard, title=title, done=done)

    def publish_view(self, request):
        """Publish the tested draft as a numbered version."""
        require(request, EDIT)
        if (draft := _draft(request)) is None:
            return HttpResponseRedirect(reverse("admin:funding_lexiconversion_draft"))
        test = words.test_of(draft)
        against = test.result["counts"]["against"] if test else 0
        hint = f"草稿与 {against} 笔人工认定相反，须写明理由。" if against else "发布后对之后的核查生效，已有结论不变。"
        return self._act(
            request,
            PublishForm,
            draft.digest,
            lambda **data: actions.publish_draft(by=request.user, **data),
            title="发布词库草稿",
            done="已发布为新版本，对之后的核查生效。已有结论不变，可在明细账中重新核查。",
            hint=hint if test else "这份草稿还没有测试，不能发布。",
        )

    def _act(self, request, form_class, digest: str, act, **context):
        require(request, EDIT)
        form = bind(form_class, request, initial={"seen": digest})
        back = reverse("admin:funding_lexiconversion_draft")
        return form_page(self, request, form, act, back=back, **context)

    def draft_view(self, request):
        """The draft: what it changes, its entries, its tests; a POST starts a test."""
        require(request, EDIT)
        if request.method == "POST":
            test = actions.request_test(by=request.user)
            return HttpResponseRedirect(reverse("admin:funding_lexiconversion_test", args=[test.pk]))
        draft, text = words.draft_of(), request.GET.get("q", "").strip()[:40]
        context = {"draft": draft, "title": "词库草稿", "q": text}
        if draft is not None:
            tests = LexiconTest.objects.filter(edition=draft.edition).defer("entries", "result")
            context |= {
                "difference": words.difference(words.current_data(draft.edition), draft.entries),
                "rows": words.rows(draft.entries, text),
                "tests": list(tests.select_related("requested_by")[:TESTS_SHOWN]),
                "test": words.test_of(draft),
            }
        return page(self, request, "admin/funding/lexicon_draft.html", **context)

    def test_view(self, request, pk):
        """What the draft would do: confusion with people's decisions, lines that flip, lines that wait."""
        test = get_object_or_404(LexiconTest.objects.select_related("requested_by").defer("entries"), pk=pk)
        context = {
            "test": test,
            "title": "词库草稿测试",
        } | _job(test)
        if test.result:
            context["lists"] = [
                {
                    "title": title,
                    "count": test.result["counts"][name],
                    "rows": words.shown_cases(test.result, name, request.user),
                }
                for name, title in LISTS
            ]
            context["confusion"] = words.table_rows(test.result["confusion"])
            context["waiting"] = words.table_rows(test.result["waiting"])
        return page(self, request, "admin/funding/lexicon_test.html", **context)

    def test_progress_view(self, request, pk):
        """The bar while the test runs; htmx is sent to the page when it is done."""
        test = get_object_or_404(LexiconTest.objects.defer("entries", "result"), pk=pk)
        if test.state not in actions.BUSY:
            return HttpResponseClientRefresh()
        return render(request, "components/progress.html", _job(test))


def _draft(request):
    """The draft; None when there is none to look at, a Conflict (409) when somebody was about to act on it."""
    draft = words.draft_of()
    if draft is None and request.method == "POST":
        raise Conflict("词库草稿已发布或已放弃。请查看现行词库。", article="14")
    return draft


def _job(test: LexiconTest) -> dict:
    return {
        "job": {
            "title": f"测试 {test.digest[:12]}",
            "state": JOB_STATES.get(test.state, "rendering"),
            "progress": test.progress,
            "error": test.error,
        },
        "is_busy": test.state in actions.BUSY,
        "poll_url": reverse("admin:funding_lexiconversion_test_progress", args=[test.pk]),
        "refresh_url": reverse("admin:funding_lexiconversion_test", args=[test.pk]),
    }


def _initial(entry: dict) -> dict:
    lists = {name: "\n".join(entry.get(name, [])) for name in words.LISTS}
    return entry | lists | {"fields_": entry.get("fields", ["summary"])}


def _try(data: dict, form: TryForm):
    """The verdict of the entries in force on a typed line."""
    line = {name: form.cleaned_data[name] for name in ("summary", "account", "payee")}
    if not any(line.values()):
        return None
    try:
        return check_line(ExpenseLine(**line), Lexicon.from_entries(data))
    except LexiconError as error:
        raise Http404(str(error)) from error
