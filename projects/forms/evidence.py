"""Typed forms of KPI evidence: one shape for each kind of indicator (article 10)."""

import re

from django import forms
from django.core.exceptions import ValidationError

from portal import sheets
from portal.editions import edition
from portal.forms import PlainIntegerField, PortalForm
from portal.measures.credit_code import check_credit_code
from projects.forms.uploads import ManyFilesField

MAX_PEOPLE = 2000
_SPLIT = re.compile(r"[\s,，;；\t]+")
_SHEET_ALIASES = {"name": ("姓名", "参会人", "人员"), "phone": ("电话", "手机", "联系电话", "联系方式", "手机号")}


class EvidenceForm(PortalForm):
    """What every item has; subclasses add the facts of their kind and return them by `data_of_kind`."""

    title = forms.CharField(label="名称", max_length=120)
    happened_on = forms.DateField(label="发生日期", help_text="须在任务合同执行期内。")

    file_hint = "PDF、图片、docx 或 xlsx；同一文件只能用于一条佐证。"
    tail = ("news_url", "told_center_on", "files")

    def __init__(self, *args, project, **kwargs):
        self.year = edition(project.call.edition)
        super().__init__(*args, **kwargs)
        self.fields["files"].help_text = self.file_hint

    news_url = forms.URLField(label="新闻稿链接", required=False, assume_scheme="https")
    told_center_on = forms.DateField(
        label="告知中心的日期", required=False, help_text="第十条（二）4：成果要及时告知管理单位并发布新闻稿。"
    )
    files = ManyFilesField(label="证明材料", required=False)

    def order_fields(self, field_order):
        """Facts of the kind stand before news and files."""
        names = [name for name in self.fields if name not in self.tail]
        super().order_fields([*names, *self.tail])

    def data_of_kind(self) -> dict:
        """Facts of the kind, JSON-safe."""
        common = {"title", "happened_on", *self.tail}
        return {name: value for name, value in self.cleaned_data.items() if name not in common}


class MembershipForm(EvidenceForm):
    """A new member unit (10(1)1)."""

    file_hint = "双方盖章的入会或合作协议，须上传。"
    unit_name = forms.CharField(label="单位全称", max_length=100)
    credit_code = forms.CharField(label="统一社会信用代码", max_length=24)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["happened_on"].label = "加入日期"

    def clean_credit_code(self):
        """The code in its normal form, or the reason why it cannot be one."""
        checked = check_credit_code(self.cleaned_data["credit_code"])
        if checked.error:
            raise ValidationError(checked.error)
        return checked.normalised


class TransferForm(EvidenceForm):
    """A result put to use in Beijing (10(1)2, 10(2)2)."""

    file_hint = "技术合同、登记证明、应用证明或到账凭证。"
    contract_number = forms.CharField(label="技术合同或应用证明编号", max_length=80)
    district = forms.ChoiceField(label="转化应用所在区")
    provider_code = forms.CharField(label="成果提供方信用代码", max_length=24)
    receiver_code = forms.CharField(label="成果受让方信用代码", max_length=24)
    output = forms.CharField(
        label="成效或产出",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="写出可核对的数字，例如销售额、产量、节约量。",
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        names = [(choice.code, choice.name) for choice in self.year.districts]
        self.fields["district"].choices = [("", "请选择"), *names, ("outside", "不在北京市")]


class DocumentForm(EvidenceForm):
    """A finished report (10(1)3)."""

    file_hint = "案例报告全文，PDF 或 docx，须上传。"


class MapForm(EvidenceForm):
    """An industry or talent map (10(1)4)."""

    file_hint = "图谱文件及编制说明，须上传。"
    option = forms.ChoiceField(label="图谱类型", widget=forms.RadioSelect)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        options = [(item.code, item.name) for kpi in self.year.kpis if kpi.kind == "map" for item in kpi.options]
        self.fields["option"].choices = options


class EventForm(EvidenceForm):
    """An innovation event (10(1)5, 10(2)3)."""

    file_hint = "载明主办单位的通知或议程、现场照片等。"
    hosts = forms.CharField(
        label="全部主办单位", max_length=300, help_text="按通知或议程填写，用顿号分隔；支持、指导单位不算主办单位。"
    )
    bast_attendee = forms.CharField(label="北京市科协参会人员", max_length=100)
    partner_kind = forms.ChoiceField(label="联动单位类型")
    partner_name = forms.CharField(label="联动单位名称", max_length=100)
    attendance = PlainIntegerField(label="参会人数", min_value=1, max_value=100000)
    people = forms.CharField(
        label="签到名单",
        required=False,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text="每行一人：姓名、电话。也可以上传签到表；按姓名和电话去重后计数。",
    )
    sign_in_sheet = forms.FileField(label="签到表（xlsx、xls 或 csv）", required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        kinds = [(choice.code, choice.name) for choice in self.year.targets.event_partner_kinds]
        self.fields["partner_kind"].choices = [("", "请选择"), *kinds, ("other", "其他")]

    def clean(self):
        """Attendees as rows of name and phone, from the sheet and the typed lines."""
        cleaned = super().clean()
        rows = _typed_people(cleaned.get("people") or "")
        upload = cleaned.pop("sign_in_sheet", None)
        if upload:
            try:
                rows += _sheet_people(upload.read(), upload.name)
            except sheets.SheetError as problem:
                self.add_error("sign_in_sheet", str(problem))
        if len(rows) > MAX_PEOPLE:
            self.add_error("people", f"签到名单最多 {MAX_PEOPLE} 人。")
        cleaned.pop("people", None)
        cleaned["attendees"] = [list(row) for row in rows]
        return cleaned


def _typed_people(text: str) -> list[tuple[str, str]]:
    rows = []
    for line in text.splitlines():
        parts = [part for part in _SPLIT.split(line.strip()) if part]
        if parts:
            rows.append((parts[0][:40], parts[-1][:30] if len(parts) > 1 else ""))
    return rows


def _sheet_people(content: bytes, name: str) -> list[tuple[str, str]]:
    sheet = sheets.read_sheet(content, name, max_rows=MAX_PEOPLE, max_cols=30)
    columns = sheets.map_headers(sheet.headers, _SHEET_ALIASES)
    if "name" not in columns:
        raise sheets.SheetError("签到表须有“姓名”一列。")
    phone = columns.get("phone")
    return [
        (
            sheets.cell_text(row.cells[columns["name"]])[:40],
            sheets.cell_text(row.cells[phone])[:30] if phone is not None else "",
        )
        for row in sheet.rows
    ]


class TextForm(EvidenceForm):
    """The work summary (10(1)6)."""

    file_hint = "可附盖章的 PDF。"
    text = forms.CharField(
        label="工作总结全文", max_length=60000, widget=forms.Textarea(attrs={"rows": 20}),
        help_text="不少于 2000 字，不计标点和空格。",
    )  # fmt: skip


FORMS = {
    "membership": MembershipForm,
    "transfer": TransferForm,
    "document": DocumentForm,
    "map": MapForm,
    "event": EventForm,
    "text": TextForm,
}


def initial_of(evidence) -> dict:
    """Values of an item for its form."""
    people = "\n".join(" ".join(row) for row in evidence.data.get("attendees", []))
    names = ("title", "happened_on", "news_url", "told_center_on")
    return evidence.data | {"people": people} | {name: getattr(evidence, name) for name in names}
