"""Forms of the public site: an objection, the question how it stands, a filter."""

from django import forms

from portal.forms import PortalForm
from projects.forms.uploads import ManyFilesField


class ObjectionForm(PortalForm):
    """An objection by real name to one project of a notice (8(3))."""

    application = forms.ChoiceField(label="对哪个项目有异议")
    kind = forms.ChoiceField(
        label="以谁的名义提出",
        choices=[("person", "个人"), ("unit", "单位")],
        widget=forms.RadioSelect,
        initial="person",
    )
    objector_name = forms.CharField(
        label="真实姓名或单位全称", max_length=100, help_text="匿名的不予受理。您的身份只有承办人能看到。"
    )
    objector_contact = forms.CharField(label="联系方式", max_length=100, help_text="能联系到您的电话或电子邮箱。")
    text = forms.CharField(label="事实和理由", max_length=5000, min_length=10, widget=forms.Textarea(attrs={"rows": 8}))
    files = ManyFilesField(
        label="异议书和证明材料",
        required=False,
        help_text="以单位名义提出的，须上传加盖公章的异议书。PDF、图片或 docx，最多 5 个文件。",
    )
    declared = forms.BooleanField(label="我对所述内容的真实性负责，同意承办人为核查与我联系")

    def __init__(self, *args, notice, **kwargs):
        super().__init__(*args, **kwargs)
        items = notice.snapshot.get("items", [])
        choices = [(item["application"], f"{item['seq']}. {item['project_name']}") for item in items]
        self.fields["application"].choices = [("", "请选择"), *choices]


class FundedFilter(PortalForm):
    """Filter of the public list of projects."""

    q = forms.CharField(label="编号、名称或牵头单位", required=False, max_length=60)


class ObjectionQueryForm(PortalForm):
    """The query code of the acknowledgement."""

    code = forms.CharField(label="查询码", max_length=24, help_text="提出异议时给您的 16 位查询码。")
