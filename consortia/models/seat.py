"""People's seats in units: a person can hold several, in several units."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone


class SeatRole(models.TextChoices):
    """What a person may do for a unit."""

    DRAFTER = "drafter", "填报人"
    UNIT_ADMIN = "unitadmin", "单位管理员"
    LEADER = "leader", "项目负责人"
    SUPERVISOR = "supervisor", "监督专员"
    MEMBER = "member", "成员单位人员"


class Seat(models.Model):
    """One role of one person in one unit, from a day to a day."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="人员", related_name="seats")
    unit = models.ForeignKey("consortia.Unit", models.PROTECT, verbose_name="单位", related_name="seats")
    role = models.CharField("角色", max_length=12, choices=SeatRole.choices)
    started_at = models.DateTimeField("起始", auto_now_add=True)
    ended_at = models.DateTimeField("终止", null=True, blank=True)
    chosen_at = models.DateTimeField("最近选定", null=True, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "任职"
        ordering = ["unit", "role"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "unit", "role"], condition=Q(ended_at__isnull=True), name="seat_once_while_active"
            ),
            models.CheckConstraint(condition=Q(role__in=SeatRole.values), name="seat_role_known"),
        ]

    def __str__(self):
        return f"{self.user}（{self.unit} {self.get_role_display()}）"


class Invitation(models.Model):
    """An invitation by link: only the hash of the token is stored; it ends by date or by use."""

    unit = models.ForeignKey("consortia.Unit", models.CASCADE, related_name="invitations")
    role = models.CharField("角色", max_length=12, choices=SeatRole.choices)
    name = models.CharField("姓名", max_length=40)
    email = models.EmailField("邮箱")
    token_hash = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField("邀请时间", auto_now_add=True)
    expires_at = models.DateTimeField("有效期至")
    accepted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    accepted_at = models.DateTimeField("接受时间", null=True, blank=True)
    ended_at = models.DateTimeField("作废时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "邀请"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(accepted_at__isnull=True) | Q(ended_at__isnull=True), name="invitation_used_or_ended"
            ),
            models.CheckConstraint(condition=Q(role__in=SeatRole.values), name="invitation_role_known"),
        ]

    def __str__(self):
        return f"{self.name} → {self.unit}"

    @property
    def standing(self) -> str:
        """accepted, ended (withdrawn or sent anew), expired or waiting."""
        if self.accepted_at:
            return "accepted"
        if self.ended_at:
            return "ended"
        return "waiting" if self.expires_at > timezone.now() else "expired"
