"""Forms of calls in the admin: the JSON columns are written as lines a person can read."""

from django import forms
from django.conf import settings

from portal import editions, files
from portal.errors import Invalid, Refused
from projects.actions import calls
from projects.models import AttachmentKind, Call

CONDITION_WORDS = {"contract_effective": "合同生效", "acceptance_passed": "验收通过"}
TEMPLATE_FORMATS = ("pdf", "docx", "xlsx")
TEMPLATE_BYTES = 20 * 1024 * 1024


class LinesField(forms.CharField):
    """Rows of cells separated by “|”, one row a line."""

    widget = forms.Textarea
    columns: tuple[str, ...] = ()

    def rows(self, text: str) -> list[list[str]]:
        """Cells of every line; ValidationError names the line that has too few or too many."""
        found = []
        for number, line in enumerate(filter(str.strip, text.replace("｜", "|").splitlines()), start=1):
            cells = [cell.strip() for cell in line.split("|")]
            if len(cells) != len(self.columns):
                raise forms.ValidationError(f"第 {number} 行应有 {len(self.columns)} 栏：{' | '.join(self.columns)}。")
            found.append(cells)
        return found

    @staticmethod
    def number(text: str, line: int) -> int:
        """A whole number from 1 to 100."""
        if not (text.isascii() and text.isdecimal() and len(text) <= 3 and 1 <= int(text) <= 100):
            raise forms.ValidationError(f"第 {line} 行的“{text[:20]}”应为 1 至 100 的整数。")
        return int(text)


class InstalmentField(LinesField):
    """Instalments: 比例 | 条件 | 说明."""

    columns = ("比例（%）", "条件（合同生效或验收通过）", "说明")

    def prepare_value(self, value):
        """Lines for the list of instalments."""
        if not isinstance(value, list):
            return value
        return "\n".join(f"{row['ratio']} | {CONDITION_WORDS[row['condition']]} | {row['text']}" for row in value)

    def to_python(self, value):
        """The list that the call stores."""
        codes = {word: code for code, word in CONDITION_WORDS.items()}
        plan = []
        for number, (ratio, condition, text) in enumerate(self.rows(value or ""), start=1):
            if condition not in codes:
                raise forms.ValidationError(f"第 {number} 行的条件应为“合同生效”或“验收通过”。")
            share = self.number(ratio, number)
            plan.append({"number": number, "ratio": share, "condition": codes[condition], "text": text[:100]})
        return plan


class SchemeField(LinesField):
    """Criteria of a score sheet: 代码 | 名称 | 满分 | 评分要点."""

    columns = ("代码", "名称", "满分", "评分要点（用；分开）")

    def __init__(self, *args, base=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.base = base or {}

    def prepare_value(self, value):
        """Lines for the criteria; everything else of the scheme stays as it is."""
        if not isinstance(value, dict):
            return value
        self.base = value
        rows = value.get("criteria", [])
        return "\n".join(f"{r['code']} | {r['name']} | {r['maximum']} | {'；'.join(r['hints'])}" for r in rows)

    def to_python(self, value):
        """The scheme with these criteria."""
        criteria = [
            {
                "code": code[:40],
                "name": name[:40],
                "maximum": self.number(maximum, line),
                "hints": [hint.strip() for hint in hints.replace(";", "；").split("；") if hint.strip()],
            }
            for line, (code, name, maximum, hints) in enumerate(self.rows(value or ""), start=1)
        ]
        return {**self.base, "criteria": criteria}


class CallForm(forms.ModelForm):
    """A draft call; settings that contradict each other come back with everything typed."""

    edition = forms.ChoiceField(label="适用办法版本", choices=lambda: [(code, code) for code in editions.codes()])
    instalment_plan = InstalmentField(label="拨付计划", help_text="每行一期：比例 | 条件 | 说明，合计 100。")
    selection_scheme = SchemeField(label="立项评分表", help_text="每行一项：代码 | 名称 | 满分 | 要点，满分合计 100。")
    acceptance_scheme = SchemeField(label="验收评分表", help_text="办法第十一条的四项指标，满分合计 100。")

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

    def _post_clean(self):
        """The action's own checks after the model's; they say in sentences what the constraints hold."""
        self.instance.validate_constraints = lambda exclude=None: None
        super()._post_clean()
        if not self.errors:
            try:
                calls.check(self.instance)
            except Refused as refusal:
                self.add_error(None, refusal.message)


class AttachmentKindForm(forms.ModelForm):
    """A kind of attachment with an optional template to fill in."""

    upload = forms.FileField(label="上传模板", required=False)

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


class CorrectionForm(forms.Form):
    """A numbered correction of a published call."""

    text = forms.CharField(
        label="更正内容和理由", max_length=3000, widget=forms.Textarea(attrs={"rows": 6, "cols": 80})
    )
    new_closes_at = forms.DateTimeField(
        label="新的申报截止时间（北京时间）",
        required=False,
        help_text="不调整截止时间的留空。进入评审后不能调整。",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
