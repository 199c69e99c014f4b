"""The ban check's lexicon in the admin: rows, try-out, editing an entry as a new version, differences (F4)."""

from django.contrib import admin
from django.http import Http404
from django.urls import path, reverse

from funding.actions.lexicon import save_version
from funding.admin.shared import form_page, page, require
from funding.forms.center import EntryForm, TryForm
from funding.models import LexiconVersion
from funding.queries import lexicon as words
from funding.views.frame import bind
from portal.admin_base import CheckedAdmin
from portal.measures.lexicon import Lexicon, LexiconError
from portal.measures.spending import ExpenseLine, check_line


@admin.register(LexiconVersion)
class LexiconVersionAdmin(CheckedAdmin):
    """Versions with what each changed; the entries in force on a page of their own."""

    menu_order = 43
    list_display = ["number", "edition", "note", "made_by", "made_at"]
    list_filter = ["edition"]
    list_select_related = ["made_by"]
    fields = ["number", "edition", "note", "made_by", "made_at"]
    change_list_template = "admin/funding/lexicon_list.html"
    change_form_template = "admin/funding/lexicon_version.html"

    def get_urls(self):
        """Entries, one entry, a new entry."""
        wrap = self.admin_site.admin_view
        return [
            path("entries/", wrap(self.entries_view), name="funding_lexiconversion_entries"),
            path("entries/new/", wrap(self.entry_view), name="funding_lexiconversion_new"),
            path("entries/edit/<path:code>/", wrap(self.entry_view), name="funding_lexiconversion_entry"),
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
        context |= {"form": form, "verdict": verdict, "tried": form.is_bound}
        return page(self, request, "admin/funding/lexicon_entries.html", **context)

    def entry_view(self, request, code=""):
        """Edit or add one entry: saving makes a new version of the whole lexicon."""
        require(request, "funding.edit_lexicon")
        data = words.current_data()
        entry = words.entry_of(data, code) if code else {}
        if entry is None:
            raise Http404
        items = {key: value["title"] for key, value in data["items"].items()}
        form = bind(EntryForm, request, items=items, initial=_initial(entry))

        def save(note, **_):
            changed = words.with_entry(data, form.entry(entry), replaces=code)
            return save_version(entries=changed, note=note, by=request.user)

        return form_page(
            self,
            request,
            form,
            save,
            title=f"修改词条 {code}" if code else "新增词条",
            submit_label="保存为新版本",
            done="已保存为新版本，对之后的核查生效。已有结论不变，可在明细账中重新核查。",
            back=reverse("admin:funding_lexiconversion_entries"),
            hint="词语写法：(甲|乙) 任选其一，x? 可有可无，~ 中间最多隔八个字，# 一个数字，^ 开头，$ 结尾。",
        )


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
