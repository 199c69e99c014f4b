"""What a table of experts holds: read and compared by import-export, judged here, written by `import_experts` (D1).

A card is found by login name, or by telephone where the login name is left empty; an empty optional cell leaves what
is stored.
"""

import re
from collections.abc import Iterable
from datetime import date

from import_export.fields import Field
from import_export.widgets import CharWidget, IntegerWidget, Widget

from consortia.actions.import_cells import CodeWidget, DayWidget, KnownWidget, NamesWidget, WordWidget
from consortia.actions.import_rows import CheckedResource
from consortia.models import Unit
from portal import editions, sheets
from portal.models import User
from reviews.actions.experts import absence_line, post_line
from reviews.models import Expert, ExpertAbsence, ExpertPost

ACCOUNT = ("username", "name", "phone", "email")
LIMITS = {"username": 64, "name": 40, "phone": 20, "email": 254}
MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


class KeptField(Field):
    """A column whose empty cell leaves what is stored."""

    def save(self, instance, row, is_m2m=False, **kwargs):
        """Only where something is written."""
        if sheets.cell_text(row.get(self.column_name)):
            super().save(instance, row, is_m2m, **kwargs)


def in_order(rows: Iterable[dict]) -> list[dict]:
    """One order for all: databases place an empty date first or last, and people write lines as they like."""
    return sorted(rows, key=lambda row: [str(value or "") for value in row.values()])


class LinesWidget(Widget):
    """Several entries in one cell, divided by ；, each of parts divided by ，."""

    def __init__(self, read, show):
        super().__init__()
        self.read, self.show = read, show

    def clean(self, value, row=None, **kwargs):
        """List of dicts; ValueError names the entry."""
        lines = re.split(r"[;；\n]", sheets.cell_text(value))
        return in_order(self.read(line) for line in lines if line.strip())

    def render(self, value, obj=None, **kwargs):
        """The cell's text."""
        return "；".join(self.show(row) for row in value or ())


def _parts(line: str, count: int) -> list[str]:
    return [part.strip() for part in [*line.replace(",", "，").split("，"), *[""] * count][:count]]


def _day(text: str, line: str) -> date | None:
    try:
        return sheets.parse_date(text) if text else None
    except ValueError as problem:
        raise ValueError(f"“{line.strip()[:40]}”中的日期“{text[:20]}”须写成 2023-06-30 的形式。") from problem


def read_post(line: str) -> dict:
    """单位，起，止 as a dict of ExpertPost; ValueError (Chinese) names the line."""
    name, *days = _parts(line, 3)
    started, ended = (_day(text, line) for text in days)
    if not name or len(name) > 100:
        raise ValueError(f"“{line.strip()[:40]}”缺少单位名称，或名称超过 100 个字。")
    if started and ended and ended < started:
        raise ValueError(f"“{line.strip()[:40]}”的止期早于起期。")
    return {"unit_name": name, "started_on": started, "ended_on": ended}


def read_absence(line: str) -> dict:
    """起，止，说明 as a dict of ExpertAbsence; the end may be left open."""
    start, end, note = _parts(line, 3)
    first, last = _day(start, line), _day(end, line)
    if first is None:
        raise ValueError(f"“{line.strip()[:40]}”缺少起始日期，须写成“2025-05-01，2025-05-10，出国”的形式。")
    if last and last < first:
        raise ValueError(f"“{line.strip()[:40]}”的止期早于起期。")
    return {"away_from": first, "away_to": last, "note": note[:100]}


def _show_post(row: dict) -> str:
    return post_line(ExpertPost(**row))


def _show_absence(row: dict) -> str:
    return absence_line(ExpertAbsence(**row))


def _column(attribute: str, column: str, widget: Widget | None = None) -> KeptField:
    widget = widget or CharWidget(coerce_to_string=True, allow_blank=True)
    return KeptField(attribute=attribute, column_name=column, widget=widget)


class ExpertResource(CheckedResource):
    """Expert cards with their accounts."""

    username = _column("username", "登录名")
    name = _column("name", "姓名")
    phone = _column("phone", "手机")
    email = _column("email", "邮箱")
    unit_name = _column("unit_name", "现单位")
    unit = _column("unit", "现单位信用代码", KnownWidget("credit_code", "平台上没有信用代码为 {} 的单位，可留空。"))
    title = _column("title", "职称")
    background = _column("background", "类别", WordWidget(Expert._meta.get_field("background").choices))
    topics = _column("fields", "熟悉领域", NamesWidget())
    max_load = _column("max_load", "一轮最多评审项数", IntegerWidget())
    available = _column("available", "可抽取", WordWidget([(True, "是"), (False, "否")]))
    term_until = _column("term_until", "聘期至", DayWidget())
    history = _column("history", "曾任职单位", LinesWidget(read_post, _show_post))
    away = _column("away", "不便评审时段", LinesWidget(read_absence, _show_absence))
    required = ("name", "unit_name", "title", "background", "topics")
    hints = {
        "username": "已有专家凭登录名或手机识别；新专家必填",
        "name": "与账号姓名一致",
        "unit": "平台已登记的单位可填，用于准确识别回避；更换现单位后留空即解除关联",
        "background": "技术、产业或财务",
        "topics": "办法第二条所列领域，多项用顿号隔开",
        "max_load": "留空：新专家 12 项，已有专家不变",
        "available": "是或否；留空：新专家为是，已有专家不变",
        "term_until": "如 2027-12-31；留空不变",
        "history": "单位，起，止；多段用分号隔开，如：某大学，2018-09-01，2024-06-30；留空不变",
        "away": "起，止，说明；多段用分号隔开，如：2025-05-01，2025-05-10，出国；留空不变",
    }
    max_rows = 5000

    class Meta(CheckedResource.Meta):
        model = Expert
        import_id_fields = ("username",)
        fields = import_order = export_order = (
            *ACCOUNT, "unit_name", "unit", "title", "background", "topics", "max_load", "available", "term_until",
            "history", "away",
        )  # fmt: skip

    def key_of(self, row):
        """The login name; the telephone where there is none."""
        username, phone = sheets.cell_text(row["登录名"]), sheets.cell_text(row["手机"])
        return ("login", username) if username else ("phone", phone or id(row))

    def before_import(self, dataset, **kwargs):
        """All accounts, cards and units of the table, in six queries."""
        logins = {sheets.cell_text(cell) for cell in dataset["登录名"]}
        phones = {sheets.cell_text(cell) for cell in dataset["手机"]} - {""}
        self.users = {user.username: user for user in User.objects.filter(username__in=logins)}
        self.phones: dict[str, list[User]] = {}
        for user in User.objects.filter(phone__in=phones).order_by("pk"):
            self.phones.setdefault(user.phone, []).append(user)
        users = {user.pk for users in self.phones.values() for user in users}
        users |= {user.pk for user in self.users.values()}
        rows = Expert.objects.filter(user__in=users).select_related("user", "unit")
        self.known = {row.user_id: filled(row) for row in rows.prefetch_related("posts", "absences")}
        codes = {CodeWidget().clean(cell) for cell in dataset["现单位信用代码"] if _is_code(cell)}
        units = {unit.credit_code: unit for unit in Unit.objects.filter(credit_code__in=codes)}
        self.fields["unit"].widget.known = units
        latest = editions.edition(editions.codes()[-1])
        self.allowed = {choice.name for choice in latest.fields}

    def _user_of(self, row) -> User | None:
        """The account that a row means."""
        username, phone = sheets.cell_text(row["登录名"]), sheets.cell_text(row["手机"])
        if username:
            return self.users.get(username)
        holders = [user for user in self.phones.get(phone, ()) if user.pk in self.known]
        return holders[0] if len(holders) == 1 else None

    def get_instance(self, instance_loader, row):
        """A copy of the stored card, which may be written over."""
        user = self._user_of(row)
        return filled(_twin(self.known[user.pk]), like=self.known[user.pk]) if user and user.pk in self.known else None

    def init_instance(self, row=None):
        """A new card, perhaps of somebody who has an account."""
        card = Expert()
        card.username, card.name, card.phone, card.email = "", "", "", ""
        card.history, card.away = [], []
        return card

    def stored(self, instance):
        """The fetched one."""
        return self.known[instance.user_id]

    def export_field(self, field, instance, **kwargs):
        """Accounts, history and absences are no columns of the card."""
        return super().export_field(field, instance if hasattr(instance, "history") else filled(instance), **kwargs)

    def check(self, stored, values):
        """Accounts fit, nobody gets a second one, fields are known, the unit is that of the name."""
        problems = {key: f"不能超过 {most} 个字。" for key, most in LIMITS.items() if len(values[key]) > most}
        strange = [name for name in values["fields"] if name not in self.allowed]
        if strange:
            listed = "、".join(sorted(self.allowed))
            problems["fields"] = f"“{'、'.join(strange)[:60]}”不在重点领域内，可填：{listed}。"
        if values["email"] and not MAIL.fullmatch(values["email"]):
            problems["email"] = "不是有效的邮箱地址。"
        if not 1 <= values["max_load"] <= 99:
            problems["max_load"] = "须为 1 至 99。"
        if stored is not None and values["unit_name"] != stored.unit_name and values["unit"] == stored.unit:
            values["unit"] = None
        return problems | self._account_problems(stored, values)

    def _account_problems(self, stored, values) -> dict[str, str]:
        user = stored.user if stored else self.users.get(values["username"])
        if stored is None and not values["username"]:
            return {"username": "没有凭手机找到已有专家；新专家须填写登录名。"}
        if user is not None and user.name != values["name"]:
            return {"name": f"与账号“{user.username}”的姓名“{user.name}”不同，请核对登录名或手机。"}
        if user is not None and user.duty:
            return {
                "username": f"{user.name}是{user.get_duty_display()}，管理单位人员不得担任评审专家（第八条（二））。"
            }
        others = [row for row in self.phones.get(values["phone"], ()) if user is None or row.pk != user.pk]
        if values["phone"] and others:
            held = f"该手机号属于账号“{others[0].username}”（{others[0].name}）。"
            return {"phone": f"{held}同一人请填写这个登录名，不要另开账号；不是同一人请核对号码。"}
        return {}


def _is_code(cell) -> bool:
    try:
        return bool(CodeWidget().clean(cell))
    except ValueError:
        return False


def _twin(card: Expert) -> Expert:
    twin = Expert()
    twin.__dict__.update({key: value for key, value in card.__dict__.items() if key != "_state"})
    twin._state.adding, twin._state.db = False, card._state.db
    twin._state.fields_cache = dict(card._state.fields_cache)
    return twin


def filled(card: Expert, like: Expert | None = None) -> Expert:
    """The card with the columns that lie elsewhere: account, history, absences."""
    source = like or card
    for key in ACCOUNT:
        setattr(card, key, getattr(source.user, key))
    posts = ("unit_name", "started_on", "ended_on")
    card.history = in_order({key: getattr(row, key) for key in posts} for row in source.posts.all())
    absences = ("away_from", "away_to", "note")
    card.away = in_order({key: getattr(row, key) for key in absences} for row in source.absences.all())
    return card
