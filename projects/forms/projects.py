"""Forms of a running project: filters, signing, work ledger, reports, package, rectification, changes."""

from django import forms

from portal.forms import MoneyField, PlainIntegerField, PortalForm
from portal.measures.workdays import date_cn
from projects.forms.uploads import ManyFilesField
from projects.models import PackageFile, WorkLogEntry
from projects.states import ProjectState

LONG = forms.Textarea(attrs={"rows": 8})


class ProjectFilter(PortalForm):
    """Filters of the project list."""

    q = forms.CharField(label="编号、名称或单位", required=False, max_length=60)
    state = forms.ChoiceField(label="状态", required=False, choices=[("", "全部"), *ProjectState.choices])


class SignForm(PortalForm):
    """The sealed scan and the digest that is printed on it."""

    digest = forms.CharField(
        label="页脚上的摘要",
        max_length=80,
        help_text="照抄盖章件页脚“摘要”的前 12 位，平台据此确认签署的是最新文本。",
    )
    scan = forms.FileField(label="盖章合同扫描件（PDF）")


class WorkLogFilter(PortalForm):
    """Filters of the work ledger."""

    kind = forms.ChoiceField(label="类别", required=False)
    since = forms.DateField(label="自", required=False)
    until = forms.DateField(label="至", required=False)
    q = forms.CharField(label="名称", required=False, max_length=60)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [("", "全部"), *WorkLogEntry._meta.get_field("kind").choices]


class WorkLogForm(PortalForm):
    """One line of the work ledger (10(3), 19)."""

    kind = forms.ChoiceField(label="类别", choices=WorkLogEntry._meta.get_field("kind").choices)
    title = forms.CharField(label="名称", max_length=120)
    happened_on = forms.DateField(label="日期")
    description = forms.CharField(label="内容", required=False, max_length=5000, widget=LONG)
    file = forms.FileField(label="材料", required=False)


class ReportForm(PortalForm):
    """A progress report."""

    done = forms.CharField(label="已完成工作", max_length=10000, widget=LONG)
    problems = forms.CharField(label="问题与风险", required=False, max_length=10000, widget=LONG)
    next_steps = forms.CharField(label="下一步计划", required=False, max_length=10000, widget=LONG)


class MajorReportForm(ReportForm):
    """A report of a major matter (6(4), 7(4))."""

    title = forms.CharField(label="事项", max_length=100)
    happened_on = forms.DateField(label="发生日期")
    done = forms.CharField(label="情况说明", max_length=10000, widget=LONG)
    field_order = ["title", "happened_on", "done", "problems", "next_steps"]


class PackageForm(PortalForm):
    """Texts of the acceptance package (11, 18)."""

    work_summary = forms.CharField(
        label="工作总结",
        required=False,
        max_length=60000,
        widget=forms.Textarea(attrs={"rows": 16}),
        help_text="不少于 2000 字，不计标点和空格（第十条（一）6）。",
    )
    self_assessment = forms.CharField(label="绩效自评", required=False, max_length=30000, widget=LONG)
    final_accounts_note = forms.CharField(label="决算说明", required=False, max_length=10000, widget=LONG)
    revision = PlainIntegerField(widget=forms.HiddenInput)


class PackageFileForm(PortalForm):
    """One file of the package."""

    kind = forms.ChoiceField(label="材料类型", choices=PackageFile._meta.get_field("kind").choices)
    upload = forms.FileField(label="文件")


class RectificationReplyForm(PortalForm):
    """The rectification report (20)."""

    reply = forms.CharField(label="整改报告", max_length=20000, widget=forms.Textarea(attrs={"rows": 12}))
    files = ManyFilesField(label="整改佐证", required=False)


class ChangeForm(PortalForm):
    """A change request; the fields of its kind are added from the contract in force (17(4))."""

    def __init__(self, *args, kind, contract, people=(), **kwargs):
        self.kind = kind
        builder = _CHANGE_FIELDS.get(kind)
        # Set before the base class copies and names the fields.
        self.base_fields = (builder(contract, people) if builder else {}) | {
            "reason": forms.CharField(label="变更事由", max_length=2000, widget=LONG)
        }
        super().__init__(*args, **kwargs)

    def after(self) -> dict:
        """What the person wants, as the action takes it."""
        values = self.cleaned_data
        if self.kind == "kpi":
            return {"targets": {key.removeprefix("kpi_"): value for key, value in values.items() if key != "reason"}}
        if self.kind == "budget":
            return {"amounts": [str(value) for key, value in values.items() if key.startswith("line_")]}
        if self.kind == "schedule":
            return {"end_on": values["end_on"].isoformat()}
        return {key: value for key, value in values.items() if key != "reason"}


def _leader_field(_contract, people) -> dict:
    choices = [("", "请选择"), *((person.pk, person.name) for person in people)]
    return {"leader": forms.TypedChoiceField(label="新的负责人", choices=choices, coerce=int)}


def _members_field(_contract, _people) -> dict:
    return {"text": forms.CharField(label="成员变化和分工调整", max_length=2000, widget=LONG)}


def _schedule_field(contract, _people) -> dict:
    return {"end_on": forms.DateField(label="新的结束日期", help_text=f"现为{date_cn(contract.end_on)}。")}


def _kpi_fields(contract, _people) -> dict:
    return {
        f"kpi_{row['code']}": PlainIntegerField(
            label=f"{row['name']}（{row['unit']}）",
            initial=row["target"],
            min_value=0,
            help_text=f"现为 {row['target']}，底线 {row['floor']}。",
        )
        for row in contract.snapshot["kpi_rows"]
    }


def _budget_fields(contract, _people) -> dict:
    return {
        f"line_{place}": MoneyField(
            label=f"{place + 1}. {line['category']}（{line['source']}）",
            initial=line["amount"],
            help_text=line["basis"],
        )
        for place, line in enumerate(contract.snapshot["budget"]["lines"])
    }


_CHANGE_FIELDS = {
    "leader": _leader_field,
    "members": _members_field,
    "schedule": _schedule_field,
    "kpi": _kpi_fields,
    "budget": _budget_fields,
}
