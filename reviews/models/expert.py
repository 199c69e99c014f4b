"""The expert pool with unit history and typed, dated conflicts."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q


class Expert(models.Model):
    """A person who may be drawn; center staff never are."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.PROTECT, related_name="expert", verbose_name="账号")
    unit = models.ForeignKey(
        "consortia.Unit", models.PROTECT, null=True, blank=True, related_name="experts", verbose_name="现单位（已登记）"
    )
    unit_name = models.CharField("现单位名称", max_length=100)
    title = models.CharField("职称", max_length=40)
    background = models.CharField(
        "类别", max_length=10, choices=[("technology", "技术"), ("industry", "产业"), ("finance", "财务")]
    )
    fields = models.JSONField("熟悉领域", default=list)
    max_load = models.PositiveSmallIntegerField("一轮最多评审项数", default=12)
    available = models.BooleanField("可抽取", default=True)
    term_until = models.DateField("聘期至", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "评审专家"
        ordering = ["user__name"]

    def __str__(self):
        return f"{self.user.name}（{self.unit_name}）"


class ExpertPost(models.Model):
    """A unit where the expert works or worked: former units conflict for some years."""

    expert = models.ForeignKey(Expert, models.CASCADE, related_name="posts", verbose_name="专家")
    unit = models.ForeignKey("consortia.Unit", models.PROTECT, null=True, blank=True, related_name="+")
    unit_name = models.CharField("单位", max_length=100)
    started_on = models.DateField("起", null=True, blank=True)
    ended_on = models.DateField("止", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "专家任职经历"
        ordering = ["expert", "-ended_on"]

    def __str__(self):
        return self.unit_name


class ExpertAbsence(models.Model):
    """A period in which the expert cannot review; without an end it lasts until further notice."""

    expert = models.ForeignKey(Expert, models.CASCADE, related_name="absences", verbose_name="专家")
    away_from = models.DateField("起")
    away_to = models.DateField("止", null=True, blank=True)
    note = models.CharField("说明", max_length=100, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "专家不便评审时段"
        ordering = ["expert", "-away_from"]
        constraints = [
            models.CheckConstraint(
                condition=Q(away_to__isnull=True) | Q(away_to__gte=F("away_from")), name="absence_dates"
            )
        ]

    def __str__(self):
        return f"{self.away_from} 至 {self.away_to or '另行通知'}"


class HintCheck(models.Model):
    """What the center decided about a hint: the same person or unit (then it is a conflict), or not; append-only.

    `key` names the hint whatever happens around it: `user:<account>`, `unit:<unit>` or `team:<application>:<name>`.
    """

    expert = models.ForeignKey(Expert, models.PROTECT, related_name="hint_checks", verbose_name="专家")
    key = models.CharField("线索", max_length=120, db_index=True)
    about = models.CharField("内容", max_length=200)
    is_conflict = models.BooleanField("认定")
    reason = models.CharField("依据", max_length=200)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="核实人")
    decided_at = models.DateTimeField("核实时间", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "线索核实"
        ordering = ["-id"]
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="hint_check_has_reason")]

    def __str__(self):
        return self.about


class UnitTie(models.Model):
    """A parent and its subsidiary (or branch): experts of the one do not judge the other."""

    parent = models.ForeignKey("consortia.Unit", models.PROTECT, related_name="ties_down", verbose_name="上级单位")
    child = models.ForeignKey("consortia.Unit", models.PROTECT, related_name="ties_up", verbose_name="下属单位")
    note = models.CharField("依据", max_length=200)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="登记人")
    recorded_at = models.DateTimeField("登记时间", auto_now_add=True)
    ended_at = models.DateTimeField("解除时间", null=True, blank=True)
    end_reason = models.CharField("解除理由", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "隶属关系"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=~Q(parent=F("child")), name="tie_of_two"),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, end_reason="") | Q(ended_at__isnull=False) & ~Q(end_reason=""),
                name="tie_end_has_reason",
            ),
            models.UniqueConstraint(
                fields=["parent", "child"], condition=Q(ended_at__isnull=True), name="tie_once_while_active"
            ),
        ]

    def __str__(self):
        return f"{self.parent} — {self.child}"


class ExpertConflict(models.Model):
    """A conflict of interest with a unit or an application: declared, detected or pinned."""

    expert = models.ForeignKey(Expert, models.CASCADE, related_name="conflicts", verbose_name="专家")
    unit = models.ForeignKey(
        "consortia.Unit", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="单位"
    )
    application = models.ForeignKey(
        "projects.Application", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="申报书"
    )
    kind = models.CharField(
        "类型",
        max_length=16,
        choices=[
            ("employment", "任职"),
            ("membership", "联合体成员"),
            ("family", "亲属"),
            ("teacher", "师生"),
            ("coauthor", "合作论文或项目"),
            ("economic", "经济利益"),
            ("same_entity", "同一法人"),
            ("requested", "申报单位申请回避"),
            ("administrative", "其他影响公正的情形"),
        ],
    )
    source = models.CharField(
        "来源", max_length=10, choices=[("declared", "本人申报"), ("detected", "系统发现"), ("pinned", "中心指定")]
    )
    note = models.CharField("说明", max_length=200, blank=True)
    since = models.DateField("自", null=True, blank=True)
    until = models.DateField("至", null=True, blank=True)
    letter_on = models.DateField("回避申请书日期", null=True, blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="登记人", null=True, related_name="+"
    )
    recorded_at = models.DateTimeField("登记时间", auto_now_add=True)
    ended_at = models.DateTimeField("解除时间", null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="解除人", null=True, blank=True, related_name="+"
    )
    end_reason = models.CharField("解除理由", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "利益冲突"
        ordering = ["expert", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(unit__isnull=False, application__isnull=True)
                | Q(unit__isnull=True, application__isnull=False),
                name="conflict_one_subject",
            ),
            models.CheckConstraint(
                condition=~Q(kind="requested") | Q(application__isnull=False, letter_on__isnull=False),
                name="conflict_request_has_letter",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, end_reason="") | Q(ended_at__isnull=False) & ~Q(end_reason=""),
                name="conflict_end_has_reason",
            ),
        ]

    def __str__(self):
        return f"{self.expert} {self.get_kind_display()}"
