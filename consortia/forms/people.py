"""Forms of people of units."""

from django import forms
from django.contrib.auth import password_validation

from consortia.models import SeatRole
from portal.forms import PhoneField, PortalForm

DUTIES = {
    SeatRole.UNIT_ADMIN: "维护单位资料，邀请和终止人员，审核并提交申报，上传合同，确认到账",
    SeatRole.DRAFTER: "填写申报书，录入佐证、台账、报告和支出",
    SeatRole.LEADER: "对材料真实性和经费使用直接负责，本人声明（办法第七条）",
    SeatRole.SUPERVISOR: "监督实施效果和经费使用，只查看（办法第六条（三））",
    SeatRole.MEMBER: "作为成员单位确认加入联合体和任务分工，录入佐证（办法第九条）",
}
ROLE_CHOICES = [(role.value, f"{role.label}：{DUTIES[role]}") for role in SeatRole]


class InviteForm(PortalForm):
    """Whom to invite, as what."""

    name = forms.CharField(label="姓名", max_length=40)
    email = forms.EmailField(label="邮箱", help_text="邀请链接发往这里，14 天内有效，只能使用一次。")
    role = forms.ChoiceField(label="角色", choices=ROLE_CHOICES, widget=forms.RadioSelect)


class HandOverForm(PortalForm):
    """Who becomes the unit's admin in one's place."""

    seat = forms.ChoiceField(label="接任人", widget=forms.RadioSelect)

    def __init__(self, *args, seats=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["seat"].choices = [(str(row.pk), f"{row.user.name}（{row.user.username}）") for row in seats]


class AccountForm(PortalForm):
    """A new account for the person an invitation names."""

    name = forms.CharField(label="姓名", max_length=40)
    username = forms.CharField(label="登录名", max_length=64, help_text="字母、数字和 @ . + - _，以后不能修改。")
    phone = PhoneField(label="手机", max_length=20, required=False)
    password = forms.CharField(
        label="密码", max_length=128, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )
    again = forms.CharField(
        label="再输入一次密码", max_length=128, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = "；".join(
            text.rstrip("。") for text in password_validation.password_validators_help_texts()
        )

    def clean(self):
        """Both passwords agree."""
        data = super().clean()
        if data.get("password") != data.get("again"):
            self.add_error("again", "两次输入的密码不一致。")
        return data
