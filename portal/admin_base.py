"""Base classes for the admin: rights come from `rules`, rows from `visible_to`, writes from actions."""

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import unquote
from django.contrib.admin.views.main import ChangeList
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.core.exceptions import EmptyResultSet, ValidationError
from django.db import IntegrityError, transaction
from django.http import Http404, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html

from portal import access, events, workflow
from portal.errors import Invalid, Refused

HISTORY = 200
SECRETS = {"password", "bank_account", "token_hash", "body", "verification_code"}


class NamedFilter(admin.SimpleListFilter):
    """A filter by a column of codes that shows their names; subclasses give title, parameter_name and lookups."""

    def queryset(self, request, queryset):
        """Rows with the chosen code."""
        return queryset.filter(**{self.parameter_name: self.value()}) if self.value() else queryset


class CheckedChangeList(ChangeList):
    """A list that finds out before the page is drawn whether its filters can be asked at all."""

    def get_queryset(self, request, exclude_parameters=None):
        """Rows; a value that no SQL can be made of (a year of eight digits) is a wrong filter like any other."""
        rows = super().get_queryset(request, exclude_parameters)
        try:
            rows.query.sql_with_params()
        except EmptyResultSet:
            return rows
        except (ValueError, OverflowError) as problem:
            raise IncorrectLookupParameters(problem) from problem
        return rows


class FilledFilter(NamedFilter):
    """Whether a moment is filled in, in words of the field; subclasses give title, parameter_name, filled and empty."""

    filled = empty = ""

    def lookups(self, request, model_admin):
        """Two words."""
        return [("yes", self.filled), ("no", self.empty)]

    def queryset(self, request, queryset):
        """Rows with or without it."""
        if self.value() not in ("yes", "no"):
            return queryset
        return queryset.filter(**{f"{self.parameter_name}__isnull": self.value() == "no"})


class CheckedAdmin(admin.ModelAdmin):
    """A ModelAdmin that asks our predicates. Read-only unless a class says otherwise; nothing is ever deleted.

    `view_roles` are the duties that may open its list; a single row is asked of `<app>.view_<model>`.
    `menu_order` is its place in the menu: the steps of a project's life first, registers and accounts last;
    `add_note` says what comes after a new row is stored.
    """

    view_roles = access.CENTER
    menu_order = 100
    add_note = ""

    list_per_page = 50
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    can_add = False
    can_change = False

    def _perm(self, verb: str) -> str:
        return f"{self.opts.app_label}.{verb}_{self.opts.model_name}"

    def has_module_permission(self, request):
        """Shown in the index when its rows may be viewed by somebody of this duty."""
        return self.has_view_permission(request)

    def has_view_permission(self, request, obj=None):
        """Lists by `view_roles` (then narrowed by visible_to), a row by `<app>.view_<model>`."""
        if obj is None:
            return bool(access.roles_of(request.user) & frozenset(self.view_roles))
        return access.allowed(request.user, self._perm("view"), obj)

    def has_add_permission(self, request):
        """Only where the class opens it and the predicate agrees."""
        return self.can_add and access.allowed(request.user, self._perm("add"))

    def has_change_permission(self, request, obj=None):
        """Only where the class opens it and the predicate agrees."""
        return self.can_change and access.allowed(request.user, self._perm("change"), obj)

    def has_delete_permission(self, request, obj=None):
        """Records of public money are not deleted."""
        return False

    def lookup_allowed(self, lookup, value, request):
        """No filter may probe a secret letter by letter (W9)."""
        return not SECRETS & set(lookup.split("__")) and super().lookup_allowed(lookup, value, request)

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        """Plain lists of choice: no icons that open other objects in a window."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None and isinstance(field.widget, RelatedFieldWidgetWrapper):
            field.widget = field.widget.widget
        if isinstance(field, forms.SplitDateTimeField):
            # One label cannot name two inputs.
            for part, word in zip(field.widget.widgets, ("日期", "时间"), strict=True):
                part.attrs["aria-label"] = f"{field.label}，{word}"
        return field

    def action_checkbox(self, obj):
        """The box that chooses a row for an action; Django renders a template for each, a fifth of a list's time."""
        return format_html(
            '<input type="checkbox" name="{}" value="{}" class="action-select" aria-label="选择“{}”">',
            ACTION_CHECKBOX_NAME,
            obj.pk,
            obj,
        )

    def get_queryset(self, request):
        """Rows that the person may see."""
        rows = super().get_queryset(request)
        return rows.visible_to(request.user) if hasattr(rows, "visible_to") else rows

    def get_changelist(self, request, **kwargs):
        """The list that checks its filters."""
        return CheckedChangeList

    def changelist_view(self, request, extra_context=None):
        """Head the list with the name of its rows."""
        return super().changelist_view(request, {"title": self.opts.verbose_name_plural} | (extra_context or {}))

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        """Say what kind of thing the page shows; its own name is the heading."""
        title = self.opts.verbose_name if object_id else f"新增{self.opts.verbose_name}"
        context = {"title": title, "show_save_and_add_another": False, "show_save_and_continue": False}
        context["form_note"] = "" if object_id else self.add_note
        return super().changeform_view(request, object_id, form_url, context | (extra_context or {}))

    def response_add(self, request, obj, post_url_continue=None):
        """To the new row's own page, where the next step is."""
        return self._stored(request, obj, "新增")

    def response_change(self, request, obj):
        """Back to the row's page."""
        return self._stored(request, obj, "保存")

    def _stored(self, request, obj, done: str):
        messages.success(request, f"已{done}{self.opts.verbose_name}“{obj}”。")
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_change"
        return HttpResponseRedirect(reverse(name, args=[obj.pk]))

    def history_view(self, request, object_id, extra_context=None):
        """What the event log says about the row."""
        obj = self.get_object(request, unquote(object_id))
        told = {"title": "办理记录", "events": events.of(obj)[:HISTORY] if obj is not None else []}
        return super().history_view(request, object_id, told | (extra_context or {}))

    def row_or_404(self, request, pk):
        """One row that the person may see; any other key, of whatever shape, is 404."""
        row = self.get_object(request, str(pk))
        if row is None:
            raise Http404
        return row

    def filtered_rows(self, request):
        """The rows of the list as filtered in the address; raises Invalid (400) on filters that make no sense."""
        try:
            return self.get_changelist_instance(request).queryset
        except IncorrectLookupParameters as problem:
            raise Invalid("地址中的筛选或翻页条件无法识别。请返回列表重新筛选。") from problem

    def response_action(self, request, queryset):
        """Run an action on the ticked rows; raises Invalid (400) on keys that no row can have."""
        try:
            for key in request.POST.getlist(ACTION_CHECKBOX_NAME):
                self.opts.pk.clean(key, None)
        except ValidationError as problem:
            raise Invalid("勾选的记录无法识别。请返回列表重新勾选。") from problem
        return super().response_action(request, queryset)

    def get_actions(self, request):
        """No bulk delete."""
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions


class RehearsedForm(forms.ModelForm):
    """Tries the write while it is checked and takes it back, so that a refusal comes with everything typed."""

    rehearse = None

    def _post_clean(self):
        # The action refuses in sentences; a constraint would only show its name. The database stays the second wall.
        self.instance.validate_constraints = lambda exclude=None: None
        super()._post_clean()
        if self.errors or self.rehearse is None:
            return
        try:
            with transaction.atomic():
                self.rehearse(self)
                transaction.set_rollback(True)
        except Refused as refusal:
            self.add_error(None, refusal.message)
        except IntegrityError:
            self.add_error(None, "与已登记的内容冲突，可能由他人刚刚登记。请查看列表后再填写。")


class ActionAdminMixin:
    """Its form (a RehearsedForm) is stored by `write(request, form)`, which calls an action and returns the row."""

    def get_form(self, request, obj=None, change=False, **kwargs):
        """Let the form rehearse the write."""
        form = super().get_form(request, obj, change=change, **kwargs)
        if obj is None or self.has_change_permission(request, obj):
            form.rehearse = staticmethod(lambda bound: self.write(request, bound))
        return form

    def save_model(self, request, obj, form, change):
        """Through the action; inlines and the message then know the row."""
        obj.pk = self.write(request, form).pk


class CheckedInline(admin.TabularInline):
    """Rows on the page of their parent, which was checked already: read-only unless a class says otherwise."""

    extra = 0
    can_delete = False
    show_change_link = False
    template = "admin/inline_rows.html"

    def get_formset(self, request, obj=None, **kwargs):
        """The boxes of the column 删除 are named like the other inputs."""
        formset = super().get_formset(request, obj, **kwargs)
        formset.deletion_widget = forms.CheckboxInput(attrs={"aria-label": "删除"})
        return formset

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        """The heading of its column as the name of each input, which no label stands beside."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None:
            field.widget.attrs.setdefault("aria-label", str(field.label))
        return field

    def has_view_permission(self, request, obj=None):
        """Who sees the parent sees its rows."""
        return True

    def has_add_permission(self, request, obj=None):
        """Closed."""
        return False

    def has_change_permission(self, request, obj=None):
        """Closed."""
        return False

    def has_delete_permission(self, request, obj=None):
        """Closed."""
        return False


class WorkflowAdmin(CheckedAdmin):
    """Adds buttons for the transitions of a stateful model; each is a POST to a small confirmation page.

    Subclasses map transition names to actions: `acts = {"publish": actions.publish_call}`; an action is called as
    `action(obj, by=user, note=note)`. Transitions without an entry have no button.
    """

    acts: dict = {}
    needs_note: frozenset[str] = frozenset()
    change_form_template = "admin/workflow_change_form.html"

    def get_urls(self):
        """Add the confirmation page of transitions."""
        name = f"{self.opts.app_label}_{self.opts.model_name}_move"
        view = self.admin_site.admin_view(self.move_view)
        return [path("<path:object_id>/move/<slug:move>/", view, name=name), *super().get_urls()]

    def transitions(self, request, obj) -> list[dict]:
        """Buttons for this object and person."""
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_move"
        return [
            {"name": key, "label": edge.label, "danger": edge.danger, "url": reverse(name, args=[obj.pk, key])}
            for key, edge in workflow.available(obj, request.user)
            if key in self.acts
        ]

    def more_buttons(self, request, obj) -> list[dict]:
        """Links to further pages of the object ({label, url, danger}), after the transitions."""
        return []

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """Give the form its buttons."""
        obj = self.get_object(request, object_id)
        buttons = [*self.transitions(request, obj), *self.more_buttons(request, obj)] if obj is not None else []
        return super().change_view(
            request,
            object_id,
            form_url,
            (extra_context or {}) | {"object_tools_transitions": buttons, "has_flow": True},
        )

    def move_view(self, request, object_id, move):
        """Confirm, then act. A refusal comes back as a message with its article."""
        obj = self.row_or_404(request, object_id)
        back = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[obj.pk])
        button = next((entry for entry in self.transitions(request, obj) if entry["name"] == move), None)
        if button is None:
            messages.error(request, "此操作在目前状态下不可用，可能已由他人处理。请查看最新状态。")
            return HttpResponseRedirect(back)
        note = request.POST.get("note", "").strip()
        if request.method != "POST" or (move in self.needs_note and not note):
            return self.confirm_page(request, obj, button, missing=request.method == "POST")
        try:
            self.acts[move](obj, by=request.user, note=note)
        except Refused as refusal:
            messages.error(request, refusal.message)
        else:
            messages.success(request, f"已办理：{button['label']}。")
        return HttpResponseRedirect(back)

    def confirm_facts(self, obj, move: str) -> list[dict]:
        """Rows {label, value} that a person should read before this move."""
        return []

    def confirm_page(self, request, obj, button, *, missing):
        """What will happen, and a field for the reason."""
        context = self.admin_site.each_context(request) | {
            "title": button["label"],
            "object": obj,
            "opts": self.opts,
            "button": button,
            "note_required": button["name"] in self.needs_note,
            "error": "请填写理由。" if missing else "",
            "edge": obj.TRANSITIONS[button["name"]],
            "facts": self.confirm_facts(obj, button["name"]),
        }
        return TemplateResponse(request, "admin/workflow_confirm.html", context)
