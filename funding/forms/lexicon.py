"""Forms of the lexicon: try a line, edit an entry of the draft, discard it, publish it."""

from django import forms

from portal.forms import PortalForm

LONG = forms.Textarea(attrs={"rows": 4})


class TryForm(PortalForm):
    """One line to try the lexicon on; a GET form."""

    summary = forms.CharField(label="摘要", max_length=200, required=False)
    account = forms.CharField(label="会计科目", max_length=120, required=False)
    payee = forms.CharField(label="收款方", max_length=120, required=False)


class EntryForm(PortalForm):
    """One entry of the lexicon; phrases one a line."""

    id = forms.RegexField(
        label="词条代码", regex=r"^[\w.\-]{1,60}$", help_text="字母、数字、点和短横，例如 meal.guest。"
    )
    item = forms.ChoiceField(label="条款")
    strength = forms.ChoiceField(label="强度", choices=[("strong", "强：提示禁列"), ("weak", "弱：提示待核")])
    fields_ = forms.MultipleChoiceField(
        label="检查哪些栏",
        choices=[("summary", "摘要"), ("account", "会计科目"), ("payee", "收款方")],
        widget=forms.CheckboxSelectMultiple,
    )
    reason = forms.CharField(label="理由（会显示给单位）", max_length=200)
    phrases = forms.CharField(label="词语，每行一个", max_length=20000, widget=forms.Textarea(attrs={"rows": 10}))
    firm = forms.CharField(label="坚定词语（出现时不因除外词语而放过）", max_length=20000, required=False, widget=LONG)
    guards = forms.CharField(label="除外词语（出现时该词不算）", max_length=20000, required=False, widget=LONG)
    soften = forms.CharField(label="减弱词语（出现时改为待核）", max_length=20000, required=False, widget=LONG)
    unless = forms.CharField(label="排除词语（摘要中出现时整条不用）", max_length=20000, required=False, widget=LONG)
    note = forms.CharField(label="词条备注（依据、例子、讨论）", max_length=500, required=False, widget=LONG)
    seen = forms.CharField(widget=forms.HiddenInput, max_length=64)

    def __init__(self, *args, items: dict[str, str], **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["item"].choices = [(code, title[:40]) for code, title in items.items()]

    def entry(self, base: dict) -> dict:
        """The entry as lexicon data: what is not on the form stays as it was in `base`."""
        data = self.cleaned_data
        entry = base | {name: data[name] for name in ("id", "item", "strength", "reason")}
        entry["fields"] = data["fields_"]
        entry.pop("note", None)
        if data["note"].strip():
            entry["note"] = data["note"].strip()
        for name in ("phrases", "firm", "guards", "soften", "unless"):
            words = list(dict.fromkeys(line.strip() for line in data[name].splitlines() if line.strip()))
            entry.pop(name, None)
            if words:
                entry[name] = words
        return entry


class SeenForm(PortalForm):
    """An act on the draft as it was seen."""

    seen = forms.CharField(widget=forms.HiddenInput, max_length=64)


class PublishForm(SeenForm):
    """What the new version is about; and why it goes against decisions of people, when it does."""

    note = forms.CharField(label="修改说明", max_length=300, help_text="会与版本一起永久保留。")
    override_reason = forms.CharField(
        label="与人工认定相反仍要发布的理由", required=False, min_length=10, max_length=500, widget=LONG
    )
