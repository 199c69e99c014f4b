"""People. One account a person; center staff have one duty each, so that duties stay separate."""

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.db import models
from django.db.models import Q


class Duty(models.TextChoices):
    """What a person does for the center or BAST; empty for units' people and experts."""

    NONE = "", "（无）"
    OFFICER = "officer", "中心经办"
    FINANCE = "finance", "中心财务"
    DIRECTOR = "director", "中心负责人"
    BAST = "bast", "市科协"
    AUDITOR = "auditor", "第三方审计"
    SYSADMIN = "sysadmin", "系统管理员"
    LOGADMIN = "logadmin", "审计管理员"


ADMIN_DUTIES = frozenset({Duty.OFFICER, Duty.FINANCE, Duty.DIRECTOR, Duty.BAST, Duty.SYSADMIN, Duty.LOGADMIN})


class UserManager(BaseUserManager):
    """Creates accounts; there are no superusers, only duties."""

    def create_user(self, username, password=None, **fields):
        """Return a stored user with a hashed (or unusable) password."""
        user = self.model(username=self.model.normalize_username(username), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, username, password=None, **fields):
        """Return a system administrator: Django's command asks for this name."""
        fields.setdefault("name", username)
        return self.create_user(username, password, duty=Duty.SYSADMIN, **fields)

    def with_duty(self, *duties):
        """Active people who hold one of the duties."""
        return self.filter(is_active=True, duty__in=duties)


class User(AbstractBaseUser, PermissionsMixin):
    """A person who can sign in."""

    username = models.CharField(
        "登录名",
        max_length=64,
        unique=True,
        validators=[UnicodeUsernameValidator()],
        error_messages={"unique": "该登录名已被使用。"},
    )
    name = models.CharField("姓名", max_length=40)
    phone = models.CharField("手机", max_length=20, blank=True)
    email = models.EmailField("邮箱", blank=True)
    duty = models.CharField("职责", max_length=12, choices=Duty.choices, blank=True, default=Duty.NONE)
    is_active = models.BooleanField("启用", default=True)
    valid_until = models.DateTimeField("账号有效期至", null=True, blank=True, help_text="第三方审计账号必须限期。")
    created_at = models.DateTimeField("建立时间", auto_now_add=True)

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = ["name"]
    objects = UserManager()

    class Meta:
        verbose_name = verbose_name_plural = "用户"
        ordering = ["username"]
        constraints = [
            models.CheckConstraint(condition=Q(is_superuser=False), name="user_no_superuser"),
            models.CheckConstraint(condition=Q(duty__in=Duty.values), name="user_duty_known"),
            models.CheckConstraint(
                condition=~Q(duty="auditor") | Q(valid_until__isnull=False), name="user_auditor_limited"
            ),
        ]

    def __str__(self):
        return self.name or self.username

    @property
    def is_staff(self) -> bool:
        """Whether the person works in the admin."""
        return self.is_active and self.duty in ADMIN_DUTIES

    def get_full_name(self) -> str:
        """The name, as Django's admin asks for it."""
        return self.name

    def get_short_name(self) -> str:
        """The name, as Django's admin asks for it."""
        return self.name or self.username
