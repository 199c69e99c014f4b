"""Forms of an application: start, cover, texts, notes. Drafts may be incomplete: blanks are findings, not errors."""

from django import forms
from django.db.models import Q

from consortia.models import Consortium
from consortia.seats import people_of, unit_ids
from portal import editions
from portal.forms import PhoneField, PortalForm
from portal.measures.counting import count_strict
from projects.models import Application, Call
from projects.states import ApplicationState

MAX_CHARS = 40_000


class DraftMixin:
    """Fields look required but may stay blank while drafting, except those in `always`."""

    always: tuple[str, ...] = ()
    use_required_attribute = False

    def full_clean(self):
        """Validate what was typed; a blank required field passes."""
        lenient = [field for name, field in self.fields.items() if field.required and name not in self.always]
        for field in lenient:
            field.required = False
        super().full_clean()
        for field in lenient:
            field.required = True


def choices_of(items, empty: str = "请选择") -> list[tuple[str, str]]:
    """Choices stored by name, as applications keep fields and districts."""
    return [("", empty), *((item.name, item.name) for item in items)]


def coded_choices(items, empty: str = "请选择") -> list[tuple[str, str]]:
    """Choices stored by code."""
    return [("", empty), *((item.code, item.name) for item in items)]


class StartForm(PortalForm):
    """Which call, which consortium, which title."""

    call = forms.ModelChoiceField(label="申报通知", queryset=Call.objects.none(), empty_label="请选择")
    consortium = forms.ModelChoiceField(label="联合体", queryset=Consortium.objects.none(), empty_label="请选择")
    title = forms.CharField(label="项目名称", max_length=30, help_text="不超过 30 字，之后可以修改。")

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["call"].queryset = open_calls()
        units = unit_ids(user, "drafter", "unitadmin")
        self.fields["consortium"].queryset = own = Consortium.objects.filter(lead_unit__in=units)
        _choose_the_only(self, "call", self.fields["call"].queryset)
        _choose_the_only(self, "consortium", own)


def _choose_the_only(form, name: str, rows) -> None:
    """Nobody is asked what has one answer."""
    choices = [] if form.is_bound or form.initial.get(name) else list(rows[:2])
    if len(choices) == 1:
        form.initial[name] = choices[0].pk


def open_calls():
    """Calls that are published; whether they are still open is judged by the database's clock in the action."""
    return Call.objects.filter(state="published")


class CopyForm(PortalForm):
    """Which earlier application is copied into which call."""

    source = forms.ModelChoiceField(
        label="以往的申报书", queryset=Application.objects.none(), empty_label="请选择", to_field_name="public_id"
    )
    call = forms.ModelChoiceField(label="申报通知", queryset=Call.objects.none(), empty_label="请选择")
    title = forms.CharField(
        label="新的项目名称", max_length=30, required=False, help_text="不超过 30 字。不填则沿用原名称，之后可以修改。"
    )

    def __init__(self, *args, earlier, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["source"].queryset = earlier
        self.fields["source"].label_from_instance = _described
        self.fields["call"].queryset = open_calls()
        _choose_the_only(self, "call", self.fields["call"].queryset)


def _described(application) -> str:
    number = f"，{application.number}" if application.number else ""
    return f"{application.title}（{application.call.year} 年{number}，{application.get_state_display()}）"


class ApplicationFilter(PortalForm):
    """Filters of the list of applications."""

    q = forms.CharField(label="项目名称或编号", required=False, max_length=60)
    call = forms.ModelChoiceField(label="申报通知", queryset=Call.objects.none(), required=False, empty_label="全部")
    state = forms.ChoiceField(label="状态", required=False, choices=[("", "全部"), *ApplicationState.choices])

    def __init__(self, *args, calls, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["call"].queryset = Call.objects.exclude(state="draft")
        self.fields["call"].choices = [("", "全部"), *((call.pk, call.title) for call in calls)]


class CoverForm(DraftMixin, PortalForm):
    """封面信息."""

    always = ("title",)
    title = forms.CharField(label="项目名称", max_length=30, help_text="不超过 30 字。")
    field = forms.ChoiceField(label="所属领域", help_text="办法第二条所列重点产业领域。")
    district = forms.ChoiceField(label="服务区域")
    start_on = forms.DateField(label="执行期起", widget=forms.DateInput)
    end_on = forms.DateField(label="执行期止", widget=forms.DateInput)
    leader = forms.ModelChoiceField(
        label="项目负责人",
        queryset=None,
        empty_label="请选择",
        help_text="须是本单位人员，由其本人登录声明材料真实（办法第七条）。没有列出的，请单位管理员先邀请。",
    )
    supervisor_name = forms.CharField(
        label="监督专员",
        max_length=40,
        help_text="负责监督实施效果和经费使用的专人，不宜与负责人为同一人（办法第六条（三））。",
    )
    supervisor_phone = PhoneField(label="监督专员电话", max_length=30)
    digital_undertaking = forms.BooleanField(
        label="本单位承诺按“数字科协”有关要求开展工作，建立工作台账（办法第八条（一）、第十条（三））"
    )

    def __init__(self, *args, application, **kwargs):
        names = list(self.base_fields)
        kwargs.setdefault("initial", {name: getattr(application, name) for name in names})
        super().__init__(*args, **kwargs)
        edition = editions.edition(application.call.edition)
        self.fields["field"].choices = choices_of(edition.fields)
        self.fields["district"].choices = choices_of(edition.districts)
        people = [user.pk for user in people_of(application.lead_unit, "leader", "drafter", "unitadmin")]
        users = self._users(application, people)
        self.fields["leader"].queryset = users

    def _users(self, application, people):
        model = type(application)._meta.get_field("leader").related_model
        return model.objects.filter(Q(pk__in=people)).order_by("name")

    def clean(self):
        """The period runs forward (16)."""
        data = super().clean()
        if data.get("start_on") and data.get("end_on") and data["end_on"] <= data["start_on"]:
            self.add_error("end_on", "“执行期止”须晚于“执行期起”。")
        return data


class TextForm(DraftMixin, PortalForm):
    """One text section."""

    text = forms.CharField(label="内容", max_length=MAX_CHARS, widget=forms.Textarea(attrs={"rows": 18}), strip=False)

    def __init__(self, *args, part, stored: str, **kwargs):
        super().__init__(*args, initial={"text": stored}, **kwargs)
        section = part.section
        field = self.fields["text"]
        field.label = section.name
        about = f"写明{section.hint}。" if section.hint else ""
        field.help_text = (
            f"{about}{section.min_chars} 至 {section.max_chars} 字，按汉字和词计，标点和空格不计。"
            f"目前 {count_strict(stored)} 字。请用纯文本，分段换行。"
        )


class NoteForm(PortalForm):
    """An optional remark on a step."""

    note = forms.CharField(
        label="备注",
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="会写入办理记录。",
    )


class DeclareForm(PortalForm):
    """The leader's own word (7(1))."""

    confirm = forms.BooleanField(label="我已逐项核对，对申报材料的真实性、完整性、有效性和合法性负责。")


class AttachmentForm(DraftMixin, PortalForm):
    """One file for one kind, with what it bears; a missing signature or seal is a finding."""

    always = ("file",)
    file = forms.FileField(label="选择文件", max_length=None)
    signed = forms.BooleanField(label="文件上已有签字（本材料须签字）")
    sealed = forms.BooleanField(label="文件上已加盖公章（本材料须盖章）")

    def __init__(self, *args, kind, **kwargs):
        super().__init__(*args, **kwargs)
        self.kind = kind
        field = self.fields["file"]
        field.widget.attrs |= {"accept": ",".join(f".{suffix}" for suffix in kind.format_list)}
        field.widget.attrs |= {"data-max-mb": kind.max_mb}
        formats = "、".join(kind.format_list).upper()
        field.help_text = f"{formats} 格式，不超过 {kind.max_mb} MB。{kind.hint}"
        field.error_messages |= {
            "required": f"请先选择“{kind.name}”的文件，再点上传。",
            "empty": "这个文件是空的（0 字节），可能没有保存好。请检查后重新选择。",
        }
        if not kind.signature_required:
            del self.fields["signed"]
        if not kind.seal_required:
            del self.fields["sealed"]

    def clean_file(self):
        """Too large is told before the bytes are read."""
        upload = self.cleaned_data["file"]
        if upload and upload.size > self.kind.max_mb * 1024 * 1024:
            size = f"{upload.size / 1024 / 1024:.1f}"
            raise forms.ValidationError(
                f"这个文件有 {size} MB，超过 {self.kind.max_mb} MB 的上限。请压缩或降低扫描分辨率后再传。"
            )
        return upload
