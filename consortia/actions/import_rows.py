"""What a table of units, consortia or members holds: import-export reads and compares, nothing here writes (A5, M11).

Rows are checked against facts fetched once for the whole table, so that checking ten thousand rows neither asks the
database ten thousand times nor holds a lock that others wait for.
"""

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Max
from django.utils import timezone
from import_export.fields import Field
from import_export.resources import ModelResource
from import_export.widgets import CharWidget, Widget

from consortia.actions.consortia import join_problem, leave_problem
from consortia.actions.import_cells import CodeWidget, DayWidget, KnownWidget, ListedWidget, NamesWidget, WordWidget
from consortia.models import AccountingSystem, Consortium, Membership, Unit, UnitKind
from consortia.queries import district_choices, field_choices
from consortia.states import QualificationStatus, UnitState
from portal import sheets
from portal.measures.credit_code import check_credit_code


def _unit_widget() -> KnownWidget:
    return KnownWidget("credit_code", "平台上没有信用代码为 {} 的单位，请先导入单位。")


def _field(attribute: str, column: str, widget: Widget | None = None) -> Field:
    return Field(attribute=attribute, column_name=column, widget=widget or CharWidget(coerce_to_string=True))


@dataclass(frozen=True)
class Planned:
    """One row that may be written: the stored instance (None: new) and the values of its columns."""

    stored: Any
    values: dict[str, Any]


class CheckedResource(ModelResource):
    """Reads and judges rows; what may be written collects in `planned`. `on_row` hears the number of each row."""

    required: tuple[str, ...] = ()
    hints: dict[str, str] = {}
    max_rows = 10_000

    class Meta:
        use_transactions = False
        clean_model_instances = True
        skip_unchanged = True
        report_skipped = True
        skip_html_diff = True

    def __init__(self, on_row=None, **kwargs):
        super().__init__(**kwargs)
        self.on_row = on_row
        self.planned: list[Planned] = []
        self.keys: dict[Any, int] = {}

    def key_of(self, row):
        """What makes a row unique in its table; ValueError when the cells are wrong."""
        fields = [self.fields[name] for name in self._meta.import_id_fields]
        return tuple(field.clean(row) for field in fields)

    def before_import_row(self, row, **kwargs):
        """Cells that must not be empty, and rows that were there before in the same table."""
        empty = [name for name in self.required if not sheets.cell_text(row.get(self.fields[name].column_name))]
        if empty:
            raise ValidationError({name: f"请填写“{self.fields[name].column_name}”。" for name in empty})
        try:
            key = self.key_of(row)
        except ValueError:
            return  # the cell's own widget says so
        first = self.keys.setdefault(key, kwargs["row_number"])
        if first != kwargs["row_number"]:
            name = self._meta.import_id_fields[-1]
            raise ValidationError({name: f"与本表第 {first} 条数据重复，请只保留一行。"})

    def after_import_row(self, row, row_result, **kwargs):
        """Tell how far it is."""
        if self.on_row:
            self.on_row(kwargs["row_number"])

    def validate_instance(self, instance, import_validation_errors=None, validate_unique=True):
        """Each cell for itself; what other rows say is checked by `check`, against facts fetched before."""
        errors = dict(import_validation_errors or {})
        own = {field.attribute for field in self.fields.values()}
        exclude = {f.name for f in instance._meta.fields if f.name not in own or f.is_relation} | set(errors)
        try:
            instance.clean_fields(exclude=exclude)
        except ValidationError as problem:
            errors = problem.update_error_dict(errors)
        if errors:
            raise ValidationError(errors)

    def save_instance(self, instance, is_create, row, **kwargs):
        """Nothing is saved here: judge the row and remember it."""
        values = {field.attribute: getattr(instance, field.attribute) for field in self.fields.values()}
        stored = None if is_create else self.stored(instance)
        problems = self.check(stored, values)
        if problems:
            raise ValidationError(problems)
        self.planned.append(Planned(stored, values))

    def stored(self, instance):
        """The row as it is in the database: the instance itself already holds the new values."""
        return type(instance)._base_manager.get(pk=instance.pk)

    def check(self, stored, values: dict) -> dict[str, str]:
        """Attribute -> sentence for what forbids the row; stored is None for a new one."""
        return {}


class UnitResource(CheckedResource):
    """Units, found by credit code."""

    credit_code = _field("credit_code", "统一社会信用代码", CodeWidget())
    name = _field("name", "单位全称")
    kind = _field("kind", "单位性质", WordWidget(UnitKind.choices))
    district = _field("district", "所在区", ListedWidget(lambda: district_choices(outside=True)))
    accounting_system = _field("accounting_system", "会计制度", WordWidget(AccountingSystem.choices))
    legal_representative = _field("legal_representative", "法定代表人")
    address = _field("address", "通讯地址")
    contact_name = _field("contact_name", "联系人")
    contact_phone = _field("contact_phone", "联系电话")
    contact_email = _field("contact_email", "联系邮箱")
    required = ("credit_code", "name", "kind", "district", "accounting_system", "legal_representative")
    hints = {
        "credit_code": "18 位，见营业执照或法人证书；请设为文本格式",
        "name": "与公章一致；已登记单位不能在此更名",
        "kind": "、".join(UnitKind.labels),
        "district": "北京市各区或“外省市”",
        "accounting_system": "、".join(AccountingSystem.labels),
        "contact_email": "新增单位的管理员邀请发往这里",
    }

    class Meta(CheckedResource.Meta):
        model = Unit
        import_id_fields = ("credit_code",)
        fields = import_order = export_order = (
            "credit_code",
            "name",
            "kind",
            "district",
            "accounting_system",
            "legal_representative",
            "address",
            "contact_name",
            "contact_phone",
            "contact_email",
        )

    def before_import(self, dataset, **kwargs):
        """All units of the table."""
        codes = {check_credit_code(sheets.cell_text(code)).normalised for code in dataset["统一社会信用代码"]}
        self.known = _by("credit_code", Unit.objects.select_related("merged_into"), codes)

    def get_instance(self, instance_loader, row):
        """A copy of the stored unit, which may be written over; wrong codes are reported by their cell."""
        found = self.known.get(check_credit_code(sheets.cell_text(row["统一社会信用代码"])).normalised)
        return _copy(found) if found else None

    def stored(self, instance):
        """The fetched one."""
        return self.known[instance.credit_code]

    def check(self, stored, values):
        """The name is the registered one, the unit lives."""
        problems = {}
        if stored is not None and stored.name != values["name"]:
            problems["name"] = f"与登记的名称“{stored.name}”不同。更名请在单位页面办理，以保留曾用名。"
        if stored is not None and stored.state == UnitState.MERGED:
            problems["credit_code"] = f"该单位已并入“{stored.merged_into}”，请改用承继单位的信用代码。"
        return problems


class ConsortiumResource(CheckedResource):
    """Consortia, found by name; the qualification is not imported: the director records it."""

    name = _field("name", "联合体名称")
    lead_unit = _field("lead_unit", "牵头单位信用代码", _unit_widget())
    topics = _field("fields", "重点领域", NamesWidget())
    founded_on = _field("founded_on", "成立日期", DayWidget())
    founding_document = _field("founding_document", "成立（批复）文件")
    mechanism = _field("mechanism", "运行机制")
    districts = _field("districts", "服务区域", NamesWidget())
    required = ("name", "lead_unit", "topics", "districts", "founded_on", "founding_document")
    hints = {
        "lead_unit": "须是平台上已开通的单位；已登记的联合体不能在此更换",
        "topics": "办法第二条所列领域，多项用顿号隔开",
        "districts": "北京市各区，多项用顿号隔开",
        "founded_on": "如 2023-05-01",
    }
    max_rows = 2000

    class Meta(CheckedResource.Meta):
        model = Consortium
        import_id_fields = ("name",)
        fields = import_order = export_order = (
            "name",
            "lead_unit",
            "topics",
            "districts",
            "founded_on",
            "founding_document",
            "mechanism",
        )

    def before_import(self, dataset, **kwargs):
        """All consortia and units of the table."""
        names = {sheets.cell_text(name) for name in dataset["联合体名称"]}
        self.known = _by("name", Consortium.objects.select_related("lead_unit"), names)
        self.fields["lead_unit"].widget.known = _units(dataset["牵头单位信用代码"])
        self.allowed = {
            "fields": {name for name, _ in field_choices()},
            "districts": {name for name, _ in district_choices()},
        }

    def get_instance(self, instance_loader, row):
        """A copy of the stored consortium."""
        found = self.known.get(sheets.cell_text(row["联合体名称"]))
        return _copy(found) if found else None

    def stored(self, instance):
        """The fetched one."""
        return self.known[instance.name]

    def check(self, stored, values):
        """Known fields and districts, an open lead unit that does not change here, a day that has come."""
        problems = {}
        for key, word in (("fields", "重点领域"), ("districts", "服务区域")):
            strange = [name for name in values[key] if name not in self.allowed[key]]
            if strange or not values[key]:
                told = f"“{'、'.join(strange)[:40]}”不在可填的范围内" if strange else f"请填写{word}"
                problems[key] = f"{told}：{'、'.join(sorted(self.allowed[key]))}。"
        if values["lead_unit"].state != UnitState.APPROVED:
            problems["lead_unit"] = "牵头单位须是已开通的单位。请先审核该单位的注册。"
        elif stored is not None and stored.lead_unit_id != values["lead_unit"].pk:
            problems["lead_unit"] = "与登记的牵头单位不同。更换请在联合体页面办理“更换牵头单位”，以保留沿革。"
        if values["founded_on"] and values["founded_on"] > timezone.localdate():
            problems["founded_on"] = "成立日期不能晚于今天。"
        return problems


class MembershipResource(CheckedResource):
    """Members: the present membership of a unit in a consortium is found, else a new one is added."""

    consortium = _field("consortium", "联合体名称", KnownWidget("name", "名录中没有联合体“{}”。"))
    unit = _field("unit", "成员单位信用代码", _unit_widget())
    joined_on = _field("joined_on", "加入日期", DayWidget())
    left_on = _field("left_on", "退出日期", DayWidget())
    chain_position = _field("chain_position", "产业链位置")
    task = _field("task", "承担任务")
    required = ("consortium", "unit", "joined_on")
    hints = {
        "unit": "须是平台上已开通的单位",
        "joined_on": "如 2024-03-01；登记后不能修改",
        "left_on": "在册的留空",
    }

    class Meta(CheckedResource.Meta):
        model = Membership
        import_id_fields = ("consortium", "unit")
        fields = import_order = export_order = (
            "consortium",
            "unit",
            "joined_on",
            "left_on",
            "chain_position",
            "task",
        )

    def before_import(self, dataset, **kwargs):
        """All consortia, units and memberships of the table."""
        names = {sheets.cell_text(name) for name in dataset["联合体名称"]}
        rows = Consortium.objects.select_related("lead_unit").with_status(timezone.localdate())
        consortia = self.fields["consortium"].widget.known = _by("name", rows, names)
        self.fields["unit"].widget.known = _units(dataset["成员单位信用代码"])
        members = Membership.objects.filter(consortium__in=consortia.values())
        present = members.filter(left_on__isnull=True).select_related("unit", "consortium")
        self.present = {(row.consortium_id, row.unit_id): row for row in present}
        past = members.filter(left_on__isnull=False).order_by().values("consortium_id", "unit_id")
        self.last_left = {
            (row["consortium_id"], row["unit_id"]): row["last"] for row in past.annotate(last=Max("left_on"))
        }

    def get_instance(self, instance_loader, row):
        """A copy of the present membership; a wrong name or code is reported by the cell's own widget."""
        try:
            consortium, unit = self.key_of(row)
        except ValueError:
            return None
        found = self.present.get((consortium.pk, unit.pk))
        return _copy(found) if found else None

    def stored(self, instance):
        """The fetched one."""
        return self.present[(instance.consortium_id, instance.unit_id)]

    def check(self, stored, values):
        """What the actions would refuse, for each cell."""
        consortium, unit, joined_on = values["consortium"], values["unit"], values["joined_on"]
        problems = {}
        if stored is None:
            if unit.state != UnitState.APPROVED:
                problems["unit"] = "该单位尚未开通或已合并，不能加入。请先审核其注册，或改用承继单位。"
            if consortium.status == QualificationStatus.REVOKED:
                problems["consortium"] = "联合体资格已撤销，不能再增加成员（办法第二十条）。"
            problem = join_problem(consortium, joined_on, self.last_left.get((consortium.pk, unit.pk)))
            if problem:
                problems["joined_on"] = problem
        elif stored.joined_on != joined_on:
            problems["joined_on"] = f"与登记的加入日期 {stored.joined_on} 不同。登记后的加入日期不能修改。"
        if values["left_on"]:
            problem = leave_problem(stored.role if stored else "member", joined_on, values["left_on"])
            if problem:
                problems["left_on"] = problem
        return problems


RESOURCES = {"unit": UnitResource, "consortium": ConsortiumResource, "membership": MembershipResource}


def _copy(row):
    """A shallow copy that a resource may write over."""
    twin = type(row)()
    twin.__dict__.update({key: value for key, value in row.__dict__.items() if key != "_state"})
    twin._state.adding, twin._state.db = False, row._state.db
    twin._state.fields_cache = dict(row._state.fields_cache)
    return twin


def _by(attribute: str, rows, keys) -> dict:
    return {getattr(row, attribute): row for row in rows.filter(**{f"{attribute}__in": keys})}


def _units(cells) -> dict[str, Unit]:
    return _by("credit_code", Unit.objects.all(), {check_credit_code(sheets.cell_text(c)).normalised for c in cells})
