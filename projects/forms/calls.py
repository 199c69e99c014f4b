"""Forms of calls in the admin: the draft with all its contradictions at once, attachment kinds, corrections."""

from django import forms
from django.conf import settings

from portal import editions, files
from portal.errors import Invalid
from portal.forms import PortalForm
from portal.measures.workdays import datetime_cn
from projects.actions import calls
from projects.actions.call_checks import check, sentence
from projects.forms.call_tables import CONDITION_WORDS, InstalmentField, SchemeField
from projects.models import AttachmentKind, Call, Milestone

TEMPLATE_FORMATS = ("pdf", "docx", "xlsx")
TEMPLATE_BYTES = 20 * 1024 * 1024


def _moment(label: str, help_text: str = "") -> forms.DateTimeField:
    """A moment in Beijing, to the second, by the browser's own control."""
    widget = forms.DateTimeInput(attrs={"type": "datetime-local", "step": 1}, format="%Y-%m-%dT%H:%M:%S")
    return forms.DateTimeField(label=label, help_text=help_text, widget=widget)


def _day(label: str) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))


class UnlabelledInput(forms.HiddenInput):
    """Hidden, in a form that gives every field a label: a label may name only what can be seen."""

    def id_for_label(self, id_):
        """None."""
        return ""


class CallForm(forms.ModelForm):
    """A draft call; settings that contradict each other come back with everything typed."""

    edition = forms.ChoiceField(label="适用办法版本", choices=lambda: [(code, code) for code in editions.codes()])
    opens_at = _moment("申报开始（北京时间）")
    closes_at = _moment("申报截止（北京时间）", "到这一时刻为止；这一秒起不再接收。")
    execution_start = _day("执行期起")
    execution_end = _day("执行期止")
    instalment_plan = InstalmentField(label="拨付计划", help_text="每行一期，比例合计 100%。")
    selection_scheme = SchemeField(label="立项评分表", help_text="满分合计 100；选一项为同分时先比较的评分项。")
    acceptance_scheme = SchemeField(label="验收评分表", help_text="办法第十一条的四项指标，满分合计 100。")
    seen_revision = forms.IntegerField(label="", widget=UnlabelledInput, required=False)
    stale: list[dict] = []

    class Meta:
        model = Call
        fields = list(calls.FIELDS)
        widgets = {"notice_text": forms.Textarea(attrs={"rows": 14, "cols": 80})}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        proposed = {} if self.instance.pk else calls.defaults(editions.edition(editions.codes()[-1]))
        for name in ("selection_scheme", "acceptance_scheme"):
            if name in self.fields:
                self.fields[name].base = getattr(self.instance, name) or proposed.get(name, {})
        if "seen_revision" in self.fields:
            self.fields["seen_revision"].initial = self.instance.revision

    def _post_clean(self):
        """The action's own checks after the model's; they say in sentences what the constraints hold."""
        self._compare()
        self.instance.validate_constraints = lambda exclude=None: None
        super()._post_clean()
        if set(self.errors) - {forms.forms.NON_FIELD_ERRORS}:
            return
        try:
            check(self.instance)
        except Invalid as refusal:
            for found in refusal.findings:
                self.add_error(found.subject if found.subject in self.fields else None, sentence(found))

    def _compare(self):
        """A draft that another officer saved since this form was opened: both contents, and nothing is lost."""
        seen = self.cleaned_data.get("seen_revision")
        stored = Call.objects.filter(pk=self.instance.pk).select_related("saved_by").first()
        if stored is None or seen is None or seen == stored.revision:
            return
        self.stale = [
            {"label": self.fields[name].label, "theirs": _shown(getattr(stored, name)), "mine": _shown(value)}
            for name, value in self.cleaned_data.items()
            if name in calls.FIELDS and value != getattr(stored, name)
        ]
        if not self.stale:
            self.cleaned_data["seen_revision"] = stored.revision
            return
        self.data = self.data.copy()
        self.data[self.add_prefix("seen_revision")] = stored.revision
        self.add_error(None, f"{calls.StaleCall(stored).message}再次保存时，以您表单中的内容为准。")


def _shown(value) -> str:
    """A stored value as the comparison shows it."""
    if isinstance(value, dict):
        return "\n".join(f"{row['name']}：{row['maximum']} 分" for row in value.get("criteria", []))
    if isinstance(value, list):
        return "\n".join(f"{row['ratio']}%，{CONDITION_WORDS.get(row['condition'], '')}" for row in value)
    return datetime_cn(value) if hasattr(value, "hour") else str(value)


class MilestoneForm(forms.ModelForm):
    """A step of the year."""

    due_at = _moment("时间（北京时间）")

    class Meta:
        model = Milestone
        fields = ["code", "name", "due_at"]


class AttachmentKindForm(forms.ModelForm):
    """A kind of attachment with an optional template to fill in."""

    upload = forms.FileField(
        label="上传模板", required=False, widget=forms.ClearableFileInput(attrs={"aria-label": "上传模板"})
    )

    class Meta:
        model = AttachmentKind
        fields = ["order", "code", "name", "required", "signature_required", "seal_required", "formats", "max_mb",
                  "hint"]  # fmt: skip

    def clean_formats(self):
        """Known suffixes, comma-separated."""
        found = AttachmentKind(formats=self.cleaned_data["formats"]).format_list
        strange = set(found) - set(files.TYPES)
        if strange or not found:
            raise forms.ValidationError(f"可用的格式：{'、'.join(files.TYPES)}，用逗号分开。")
        return ",".join(found)

    def clean_max_mb(self):
        """No kind may ask for more than the portal takes at all."""
        limit, wanted = settings.UPLOAD_MAX_BYTES // (1024 * 1024), self.cleaned_data["max_mb"]
        if not 1 <= wanted <= limit:
            raise forms.ValidationError(f"大小上限为 1 至 {limit} MB。")
        return wanted

    def clean_upload(self):
        """The template, checked by its content."""
        upload = self.cleaned_data["upload"]
        if upload is None:
            return None
        self.template = upload.read(TEMPLATE_BYTES + 1)
        try:
            files.check_content(
                self.template, files.clean_name(upload.name), formats=TEMPLATE_FORMATS, max_bytes=TEMPLATE_BYTES
            )
        except Invalid as problem:
            raise forms.ValidationError(problem.message) from problem
        return upload

    def store(self, by) -> None:
        """Keep the uploaded template as a file of the row."""
        if self.cleaned_data.get("upload"):
            name = self.cleaned_data["upload"].name
            self.instance.template_file = files.store(self.template, name, by=by, formats=TEMPLATE_FORMATS)


class CorrectionForm(PortalForm):
    """A numbered correction of a published call."""

    text = forms.CharField(
        label="更正内容", max_length=3000, widget=forms.Textarea(attrs={"rows": 6, "cols": 80}),
        help_text="写明原文怎样、现改为怎样；公开页面和更正通知会原样列出。",
    )  # fmt: skip
    reason = forms.CharField(label="更正理由", max_length=300, help_text="同样公开。")
    new_closes_at = forms.DateTimeField(
        label="新的申报截止时间（北京时间）",
        required=False,
        help_text="不调整截止时间的留空。提前的，须至少提前 24 小时公布；进入评审后不能调整。",
        widget=forms.DateTimeInput,
    )
