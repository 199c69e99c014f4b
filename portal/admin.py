"""The kernel's own objects in the admin: accounts, log, calendar, documents, mail, notifications."""

import json

from django import forms
from django.contrib import admin, messages
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join

from portal import access, accounts, documents, events, notify, quarantine, scanner, sheets, workcalendar
from portal.admin_base import ActionAdminMixin, CheckedAdmin, FilledFilter, NamedFilter, RehearsedForm, WorkflowAdmin
from portal.errors import Refused
from portal.measures.articles import article_label
from portal.models import CalendarDay, Document, Event, Notification, OutboxMail, StoredFile, User
from portal.states import ScanState
from portal.templatetags.ui import tone

APPS = ("portal", "consortia", "projects", "funding", "reviews")
EXPORT_ROWS = 20000


class AccountForm(RehearsedForm):
    """An account; the password is set, never shown."""

    password = forms.CharField(
        label="密码",
        required=False,
        max_length=128,
        strip=False,
        help_text="开通时必填；修改时留空表示不变。",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    class Meta:
        model = User
        fields = list(accounts.FIELDS)


@admin.register(User)
class UserAdmin(ActionAdminMixin, CheckedAdmin):
    """Accounts: seen by officer and director, kept by the system administrator."""

    menu_order = 62
    form = AccountForm
    view_roles = ("sysadmin", "officer", "director")
    list_display = ["username", "name", "duty", "is_active", "valid_until", "last_login"]
    list_filter = ["duty", "is_active"]
    search_fields = ["username", "name"]
    can_add = can_change = True

    def get_readonly_fields(self, request, obj=None):
        """The login name is for good."""
        return ["username", "last_login", "created_at"] if obj else []

    def get_fields(self, request, obj=None):
        """People who only look see no password field."""
        fields = super().get_fields(request, obj)
        return fields if obj is None or self.has_change_permission(request, obj) else list(accounts.FIELDS)

    def write(self, request, form):
        """Through the action."""
        values = form.cleaned_data
        return accounts.save_account(user=form.instance if form.instance.pk else None, by=request.user, **values)


class TargetFilter(NamedFilter):
    """By kind of thing, under the name that people know it by."""

    title = "对象类型"
    parameter_name = "target_type"

    def lookups(self, request, model_admin):
        """Our kinds that have a Chinese name, logged yet or not: the log itself is too long to ask."""
        kinds = ContentType.objects.filter(app_label__in=APPS).order_by("app_label", "model")
        return [(f"{kind.app_label}.{kind.model}", kind.name) for kind in kinds if not kind.name.isascii()]


def _kind(event):
    try:
        return ContentType.objects.get_by_natural_key(*event.target_type.split(".")).model_class()
    except (ContentType.DoesNotExist, TypeError):
        return None


def _facts(model, values: dict):
    """Names and values of columns as people know them; whatever is no column stays as it was logged."""
    columns = {field.name: field for field in model._meta.fields} if model else {}
    rows = []
    for key, value in values.items():
        column = columns.get(key)
        words = dict(column.flatchoices) if column is not None else {}
        shown = json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else words.get(value, value)
        rows.append((column.verbose_name if column is not None else key, shown))
    return format_html_join("", "<p>{}：{}</p>", rows) or "—"


@admin.register(Event)
class EventAdmin(CheckedAdmin):
    """The log: read-only, for the log administrator alone."""

    menu_order = 63
    view_roles = ("logadmin",)
    list_display = ["at", "actor_name", "what", "target_label", "outcome", "clause", "ip"]
    list_filter = ["outcome", "at", TargetFilter]
    search_fields = ["actor_name", "label", "target_label", "verb"]
    change_list_template = "admin/sheet_change_list.html"
    list_display_links = ["at", "what"]
    fields = ["at", "actor", "actor_name", "label", "verb", "kind", "target_label", "target_id", "earlier", "later",
              "note", "clause", "outcome", "ip", "previous_hash", "hash"]  # fmt: skip
    readonly_fields = fields

    @admin.display(description="说明", ordering="label")
    def what(self, event):
        """What was done; of a refusal also why."""
        return f"{event.label}：{event.note[:60]}" if event.outcome == "refused" and event.note else event.label

    @admin.display(description="依据条款", ordering="article")
    def clause(self, event):
        """The clauses as officials cite them."""
        return "、".join(article_label(one) for one in event.article.split("、") if one) or "—"

    @admin.display(description="对象类型")
    def kind(self, event):
        """The kind of thing under its name."""
        model = _kind(event)
        return model._meta.verbose_name if model else event.target_type or "—"

    @admin.display(description="之前")
    def earlier(self, event):
        """What was there before, column by column."""
        return _facts(_kind(event), event.before)

    @admin.display(description="之后")
    def later(self, event):
        """What is there now, column by column."""
        return _facts(_kind(event), event.after)

    def get_urls(self):
        """The export."""
        view = self.admin_site.admin_view(self.export_view)
        return [path("export/", view, name="portal_event_export"), *super().get_urls()]

    def changelist_view(self, request, extra_context=None):
        """Link the export with the filters that are on."""
        query = f"?{request.GET.urlencode()}" if request.GET else ""
        links = [("导出 xlsx", reverse("admin:portal_event_export") + query)]
        note = "日志只增不改，按摘要值前后相连；导出也会记入日志。"
        return super().changelist_view(request, (extra_context or {}) | {"sheet_links": links, "list_note": note})

    def export_view(self, request):
        """The filtered log as xlsx; the export is an event itself."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        columns = ["id", "at", "actor_name", "verb", "label", "target_type", "target_id", "target_label", "note",
                   "article", "outcome", "ip", "hash"]  # fmt: skip
        rows = self.filtered_rows(request).values_list(*columns)[:EXPORT_ROWS]
        cells = [
            [timezone.localtime(cell).isoformat(sep=" ") if n == 1 else cell for n, cell in enumerate(row)]
            for row in rows
        ]
        events.record("event.export", "导出操作日志", None, by=request.user, after={"rows": len(cells)})
        headers = [Event._meta.get_field(name).verbose_name for name in columns]
        response = HttpResponse(
            sheets.write_xlsx({"操作日志": (headers, cells)}),
            content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        )
        response["Content-Disposition"] = 'attachment; filename="events.xlsx"'
        response["Cache-Control"] = "private, no-store"
        return response


class DayForm(RehearsedForm):
    """One day of the calendar."""

    class Meta:
        model = CalendarDay
        fields = ["day", "is_working", "name"]


class YearForm(forms.Form):
    """Which year to load."""

    year = forms.IntegerField(label="年度", min_value=2004, max_value=2100)


@admin.register(CalendarDay)
class CalendarDayAdmin(ActionAdminMixin, CheckedAdmin):
    """The holiday table: loaded by year, corrected by day."""

    menu_order = 61
    form = DayForm
    view_roles = (*access.CENTER, "sysadmin")
    list_display = ["day", "weekday", "is_working", "name"]
    list_filter = ["is_working"]
    date_hierarchy = "day"
    search_fields = ["name"]
    change_list_template = "admin/sheet_change_list.html"
    can_add = can_change = True

    @admin.display(description="星期")
    def weekday(self, row):
        """一 to 日."""
        return "一二三四五六日"[row.day.weekday()]

    def get_readonly_fields(self, request, obj=None):
        """A day is its own key."""
        return ["day"] if obj else []

    def write(self, request, form):
        """Through the action."""
        values = {"day": form.instance.day} | form.cleaned_data
        return workcalendar.set_day(by=request.user, **values)

    def get_urls(self):
        """The page that loads a year."""
        view = self.admin_site.admin_view(self.load_view)
        return [path("load/", view, name="portal_calendarday_load"), *super().get_urls()]

    def changelist_view(self, request, extra_context=None):
        """Link to it."""
        links = [("载入年度", reverse("admin:portal_calendarday_load"))]
        links = links if access.allowed(request.user, "portal.add_calendarday") else []
        note = "公示、补正等期限按此表推算工作日；缺少年度时系统拒绝推算。"
        return super().changelist_view(request, (extra_context or {}) | {"sheet_links": links, "list_note": note})

    def load_view(self, request):
        """Load the official arrangement of a year; days entered by hand stay."""
        if not access.allowed(request.user, "portal.add_calendarday"):
            raise PermissionDenied
        form = YearForm(request.POST or None)
        back = reverse("admin:portal_calendarday_changelist")
        if request.method == "POST" and form.is_valid():
            try:
                count = workcalendar.load_year(form.cleaned_data["year"], by=request.user)
                messages.success(request, f"已载入 {form.cleaned_data['year']} 年，新增 {count} 天。")
                return HttpResponseRedirect(back)
            except Refused as refusal:
                form.add_error("year", refusal.message)
        context = self.admin_site.each_context(request) | {
            "title": "载入年度工作日历", "opts": self.opts, "form": form, "submit": "载入年度",
            "explain": "按国务院办公厅公布的放假与调休安排写入。已录入的日期不改动。",
        }  # fmt: skip
        return TemplateResponse(request, "admin/act.html", context, status=400 if form.errors else 200)


class KindFilter(NamedFilter):
    """By kind of document."""

    title = "种类"
    parameter_name = "kind"

    def lookups(self, request, model_admin):
        """The registered kinds."""
        return [(kind.code, kind.label) for kind in documents.KINDS.values()]


@admin.register(Document)
class DocumentAdmin(WorkflowAdmin):
    """Documents with their state; a failed one can be made again."""

    menu_order = 60
    list_display = ["title", "kind_label", "version", "badge", "created_at", "open_link"]
    list_filter = ["state", KindFilter]
    search_fields = ["title", "verification_code"]
    fields = ["title", "kind_label", "badge", "version", "template_version", "verification_code", "sha256", "error",
              "requested_by", "created_at", "finished_at", "open_link"]  # fmt: skip
    readonly_fields = fields
    acts = {"retry": lambda document, by, note: documents.retry(document, by=by)}

    @admin.display(description="种类")
    def kind_label(self, document):
        """The kind's name."""
        kind = documents.KINDS.get(document.kind)
        return kind.label if kind else document.kind

    @admin.display(description="状态", ordering="state")
    def badge(self, document):
        """State as word and shape."""
        return format_html('<span class="badge badge-{}">{}</span>', tone(document.state), document.get_state_display())

    @admin.display(description="文件")
    def open_link(self, document):
        """The document's own page, which asks its kind's permission."""
        return format_html('<a href="{}">打开</a>', reverse("document", args=[document.verification_code]))


class ScanFilter(NamedFilter):
    """What waits, and what was found."""

    title = "查毒"
    parameter_name = "scan_state"

    def lookups(self, request, model_admin):
        """The two states that keep a file closed."""
        return [(state.value, state.label) for state in (ScanState.QUARANTINED, ScanState.INFECTED)]


@admin.register(StoredFile)
class StoredFileAdmin(CheckedAdmin):
    """Files that nobody may open: waiting for the scanner, or infected. Contents are not shown here."""

    menu_order = 66
    view_roles = ("sysadmin",)
    list_display = ["name", "badge", "scan_note", "size", "uploaded_by", "created_at", "scanned_at"]
    list_filter = [ScanFilter]
    list_select_related = ["uploaded_by"]
    search_fields = ["name", "sha256", "uploaded_by__name"]
    fields = readonly_fields = ["name", "badge", "scan_note", "scanned_at", "size", "content_type", "sha256",
                                "uploaded_by", "created_at"]  # fmt: skip
    change_list_template = "admin/sheet_change_list.html"
    actions = ["scan_again"]

    def get_queryset(self, request):
        """Other files are no business of the administrator's: their names may tell of objections."""
        return super().get_queryset(request).filter(scan_state__in=[ScanState.QUARANTINED, ScanState.INFECTED])

    def changelist_view(self, request, extra_context=None):
        """Say what the list holds and whether there is a scanner at all."""
        note = "待查毒和已隔离的文件，任何人不能下载；查毒通过后自动放行并移出本表。后台每分钟重查待查毒的文件。"
        note += "" if scanner.is_configured() else "目前没有配置查毒服务（CLAMD_SOCKET），不能重查。"
        told = {"list_note": note, "title": "待查毒和已隔离的文件"}
        return super().changelist_view(request, (extra_context or {}) | told)

    @admin.display(description="查毒", ordering="scan_state")
    def badge(self, stored):
        """State as word and shape."""
        shade = "danger" if stored.scan_state == ScanState.INFECTED else "warn"
        return format_html('<span class="badge badge-{}">{}</span>', shade, stored.get_scan_state_display())

    @admin.action(description="重新查毒", permissions=["view"])
    def scan_again(self, request, queryset):
        """Ask the scanner about the chosen files now."""
        if not scanner.is_configured():
            messages.error(request, "没有配置查毒服务，请先设置 CLAMD_SOCKET，见运维手册。")
            return
        states = [quarantine.rescan(stored, by=request.user).scan_state for stored in queryset[: quarantine.BATCH]]
        told = "，".join(f"{state.label} {states.count(state)} 个" for state in ScanState if state in states)
        left = queryset.count() - len(states)
        messages.info(request, f"重新查毒：{told}。" + (f"其余 {left} 个由后台继续。" if left > 0 else ""))


@admin.register(OutboxMail)
class OutboxMailAdmin(CheckedAdmin):
    """Whether mail leaves; the text stays closed, since invitations carry links."""

    menu_order = 65
    view_roles = ("sysadmin",)
    list_display = ["subject", "to", "status", "attempts", "created_at", "sent_at"]
    list_filter = ["status"]
    search_fields = ["to", "subject"]
    exclude = ["body"]
    actions = ["send_again"]

    @admin.action(description="重新发送所选的失败邮件", permissions=["view"])
    def send_again(self, request, queryset):
        """Queue failed mails again."""
        count = notify.send_again(queryset)
        events.record("mail.retry", "重新发送邮件", None, by=request.user, after={"count": count})
        messages.success(request, f"已重新排队 {count} 封邮件。")


class ReadFilter(FilledFilter):
    """Whether the person opened it."""

    title, parameter_name, filled, empty = "是否已读", "read_at", "已读", "未读"


@admin.register(Notification)
class NotificationAdmin(CheckedAdmin):
    """Whether people were told, and when they read it; the text is theirs."""

    menu_order = 64
    view_roles = ("sysadmin",)
    list_display = ["user", "title", "created_at", "read_at"]
    list_filter = [ReadFilter]
    list_select_related = ["user"]
    search_fields = ["user__name", "user__username", "title"]
    fields = ["user", "title", "created_at", "read_at"]
