"""What a spreadsheet of units, consortia or members holds; import-export reads, our actions write (A5, M11)."""

from django.core.exceptions import ValidationError
from import_export.fields import Field
from import_export.resources import ModelResource
from import_export.widgets import CharWidget, Widget

from consortia.actions import consortia, registrations, units
from consortia.models import AccountingSystem, Consortium, Membership, Unit, UnitKind
from portal import sheets
from portal.measures.credit_code import check_credit_code


class WordWidget(Widget):
    """A Chinese word of a choice list for its code."""

    def __init__(self, choices):
        super().__init__()
        self.codes = {label: code for code, label in choices}

    def clean(self, value, row=None, **kwargs):
        """The code; ValueError lists the words there are."""
        word = str(value or "").strip()
        if word not in self.codes:
            raise ValueError(f"“{word[:20]}”不在可填的范围内：{'、'.join(self.codes)}。")
        return self.codes[word]

    def render(self, value, obj=None, **kwargs):
        """The word."""
        return next((label for label, code in self.codes.items() if code == value), "")


class DayWidget(Widget):
    """A date in any of the spellings that spreadsheets use."""

    def clean(self, value, row=None, **kwargs):
        """The date; None for an empty cell."""
        return sheets.parse_date(value) if sheets.cell_text(value) else None

    def render(self, value, obj=None, **kwargs):
        """ISO."""
        return value.isoformat() if value else ""


class NamesWidget(Widget):
    """Several names in one cell, divided by 、."""

    def clean(self, value, row=None, **kwargs):
        """The list."""
        text = sheets.cell_text(value).replace("，", "、").replace(",", "、")
        return [part.strip() for part in text.split("、") if part.strip()]

    def render(self, value, obj=None, **kwargs):
        """The names."""
        return "、".join(value or [])


class UnitWidget(Widget):
    """A unit by its credit code."""

    def clean(self, value, row=None, **kwargs):
        """The unit; ValueError when the code is wrong or unknown."""
        code = check_credit_code(sheets.cell_text(value))
        if not code.is_valid:
            raise ValueError(code.error)
        unit = Unit.objects.filter(credit_code=code.normalised).first()
        if unit is None:
            raise ValueError(f"平台上没有信用代码为 {code.normalised} 的单位，请先导入单位。")
        return unit

    def render(self, value, obj=None, **kwargs):
        """The code."""
        return value.credit_code if value else ""


class ConsortiumWidget(Widget):
    """A consortium by its name."""

    def clean(self, value, row=None, **kwargs):
        """The consortium; ValueError when there is none of this name."""
        name = sheets.cell_text(value)
        found = Consortium.objects.filter(name=name).first()
        if found is None:
            raise ValueError(f"名录中没有联合体“{name[:40]}”。")
        return found

    def render(self, value, obj=None, **kwargs):
        """The name."""
        return value.name if value else ""


def _field(attribute: str, column: str, widget: Widget | None = None) -> Field:
    return Field(attribute=attribute, column_name=column, widget=widget or CharWidget(coerce_to_string=True))


class CheckedResource(ModelResource):
    """All or nothing, rows found by our own keys, writes by `write`; `by` is the person who imports."""

    required: tuple[str, ...] = ()

    class Meta:
        use_transactions = True
        clean_model_instances = True
        skip_unchanged = True
        report_skipped = True
        skip_html_diff = True
        store_instance = True

    def __init__(self, by=None, **kwargs):
        super().__init__(**kwargs)
        self.by = by

    def before_import_row(self, row, **kwargs):
        """Cells that must not be empty."""
        empty = [name for name in self.required if not sheets.cell_text(row.get(self.fields[name].column_name))]
        if empty:
            raise ValidationError({name: f"请填写“{self.fields[name].column_name}”。" for name in empty})

    def do_instance_save(self, instance, is_create):
        """Through the action, never by the model's own save."""
        values = {field.attribute: getattr(instance, field.attribute) for field in self.fields.values()}
        instance.pk = self.write(instance, values, is_create).pk

    def write(self, instance, values: dict, is_create: bool):
        """Call the action that stores the row and return what it stored."""
        raise TypeError("a resource says how its rows are written")


class UnitResource(CheckedResource):
    """Units, found by credit code."""

    credit_code = _field("credit_code", "统一社会信用代码")
    name = _field("name", "单位全称")
    kind = _field("kind", "单位性质", WordWidget(UnitKind.choices))
    district = _field("district", "所在区")
    accounting_system = _field("accounting_system", "会计制度", WordWidget(AccountingSystem.choices))
    legal_representative = _field("legal_representative", "法定代表人")
    address = _field("address", "通讯地址")
    contact_name = _field("contact_name", "联系人")
    contact_phone = _field("contact_phone", "联系电话")
    contact_email = _field("contact_email", "联系邮箱")
    required = ("credit_code", "name", "kind", "district", "accounting_system", "legal_representative")

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

    def before_import_row(self, row, **kwargs):
        """The code in its one spelling, before the row is looked up (A4)."""
        super().before_import_row(row, **kwargs)
        code = check_credit_code(sheets.cell_text(row["统一社会信用代码"]))
        if not code.is_valid:
            raise ValidationError({"credit_code": code.error})
        row["统一社会信用代码"] = code.normalised

    def write(self, instance, values, is_create):
        """New units are approved at once: the center itself brings them."""
        if not is_create:
            stored = Unit.objects.get(pk=instance.pk)
            if stored.name != values["name"]:
                raise ValidationError(
                    {"name": f"与登记的名称“{stored.name}”不同。更名请在单位页面办理，以保留曾用名。"}
                )
            return units.update_unit(stored, by=self.by, **values)
        unit = registrations.register_unit(by=self.by, **values)
        units.approve_unit(unit, by=self.by, note="由中心导入")
        return unit


class ConsortiumResource(CheckedResource):
    """Consortia, found by name; the qualification is not imported: the director records it."""

    name = _field("name", "联合体名称")
    lead_unit = _field("lead_unit", "牵头单位信用代码", UnitWidget())
    topics = _field("fields", "重点领域", NamesWidget())
    founded_on = _field("founded_on", "成立日期", DayWidget())
    founding_document = _field("founding_document", "成立（批复）文件")
    mechanism = _field("mechanism", "运行机制")
    districts = _field("districts", "服务区域", NamesWidget())
    required = ("name", "lead_unit", "topics", "districts", "founded_on", "founding_document")

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

    def write(self, instance, values, is_create):
        """Register or correct."""
        stored = None if is_create else Consortium.objects.get(pk=instance.pk)
        return consortia.save_consortium(consortium=stored, by=self.by, **values)


class MembershipResource(CheckedResource):
    """Members: the present membership of a unit in a consortium is found, else a new one is added."""

    consortium = _field("consortium", "联合体名称", ConsortiumWidget())
    unit = _field("unit", "成员单位信用代码", UnitWidget())
    joined_on = _field("joined_on", "加入日期", DayWidget())
    left_on = _field("left_on", "退出日期", DayWidget())
    chain_position = _field("chain_position", "产业链位置")
    task = _field("task", "承担任务")
    required = ("consortium", "unit", "joined_on")

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
        clean_model_instances = False  # the model cannot know its role before the action gives it

    def get_instance(self, instance_loader, row):
        """The present membership; a wrong name or code is reported by the cell's own widget."""
        try:
            consortium = self.fields["consortium"].clean(row)
            unit = self.fields["unit"].clean(row)
        except ValueError:
            return None
        return Membership.objects.filter(consortium=consortium, unit=unit, left_on__isnull=True).first()

    def write(self, instance, values, is_create):
        """Add, change the part, and end where a day of leaving is given."""
        left_on = values.pop("left_on")
        if is_create:
            row = consortia.add_member(by=self.by, **values)
        else:
            row = Membership.objects.get(pk=instance.pk)
            if row.joined_on != values["joined_on"]:
                raise ValidationError(
                    {"joined_on": f"与登记的加入日期 {row.joined_on} 不同。登记后的加入日期不能修改。"}
                )
            part = {key: values[key] for key in ("chain_position", "task")}
            row = consortia.update_member(row, by=self.by, **part)
        if left_on is not None:
            consortia.end_membership(row, left_on=left_on, by=self.by, note="由中心导入")
        return row
