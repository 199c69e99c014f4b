"""The unit's answer to a finding of the ban check."""

from django import forms

from portal.forms import PortalForm
from projects.forms.uploads import ManyFilesField, pairs

LONG = forms.Textarea(attrs={"rows": 6})


class LineAnswerForm(PortalForm):
    """What the money was for, with the papers that show it."""

    text = forms.CharField(
        label="情况说明",
        min_length=4,
        max_length=2000,
        widget=LONG,
        help_text="写明做什么、给谁、用于任务合同的哪一项。提交后不能修改，可以再次补充。",
    )
    files = ManyFilesField(
        label="证明材料", required=False, help_text="可选多个文件，最多 5 个：PDF、图片、xlsx 或 docx。"
    )

    def clean_files(self):
        """The uploads as (bytes, name)."""
        return pairs(self.cleaned_data["files"])
