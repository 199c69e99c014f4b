"""Applications: working draft, rows with constraints, and frozen versions (articles 5-8)."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from consortia.seats import unit_ids
from projects.states import APPLICATION_TRANSITIONS, LIVE_STATES, ApplicationState

CENTER = ("officer", "finance", "director", "bast")
OWN_SEATS = ("drafter", "unitadmin", "leader", "supervisor")  # a member unit's seat shows no applications


class ApplicationQuerySet(models.QuerySet):
    """Which applications a person may see, and what lists need."""

    def visible_to(self, user):
        """Center: everything submitted once; units: their own; the leader: those he leads."""
        if user.duty in CENTER:
            return self.exclude(state__in=["draft", "unit_review"])
        return self.filter(Q(lead_unit__in=unit_ids(user, *OWN_SEATS)) | Q(leader=user))

    def live(self):
        """Applications that hold a slot of 5(1)1."""
        return self.filter(state__in=LIVE_STATES)


class Application(models.Model):
    """申报书: the working draft and where it stands."""

    TRANSITIONS = APPLICATION_TRANSITIONS

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    call = models.ForeignKey("projects.Call", models.PROTECT, related_name="applications", verbose_name="申报通知")
    consortium = models.ForeignKey(
        "consortia.Consortium", models.PROTECT, related_name="applications", verbose_name="联合体"
    )
    lead_unit = models.ForeignKey(
        "consortia.Unit", models.PROTECT, related_name="applications", verbose_name="牵头单位"
    )
    title = models.CharField("项目名称", max_length=30)
    field = models.CharField("所属领域", max_length=40, blank=True)
    district = models.CharField("服务区域", max_length=40, blank=True)
    start_on = models.DateField("执行期起", null=True, blank=True)
    end_on = models.DateField("执行期止", null=True, blank=True)
    leader = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name="项目负责人",
        null=True,
        blank=True,
        related_name="led_applications",
    )
    supervisor_name = models.CharField("监督专员", max_length=40, blank=True, help_text="办法第六条（三）。")
    supervisor_phone = models.CharField("监督专员电话", max_length=30, blank=True)
    digital_undertaking = models.BooleanField("承诺按“数字科协”要求开展工作", default=False)
    revision = models.PositiveIntegerField("修订号", default=0)
    state = models.CharField(
        "状态", max_length=16, choices=ApplicationState.choices, default=ApplicationState.DRAFT, db_index=True
    )
    slot = models.PositiveSmallIntegerField("名额", null=True, blank=True)
    number = models.CharField("申报编号", max_length=40, unique=True, null=True, blank=True)
    declared_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    declared_at = models.DateTimeField("负责人声明时间", null=True, blank=True)
    declared_digest = models.CharField("声明时内容摘要", max_length=64, blank=True)
    submitted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    submitted_at = models.DateTimeField("提交时间", null=True, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="填报人")
    created_at = models.DateTimeField("创建时间", auto_now_add=True)
    updated_at = models.DateTimeField("最后保存", auto_now=True)

    objects = ApplicationQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "申报书"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=ApplicationState.values), name="application_state_known"),
            models.UniqueConstraint(fields=["call", "lead_unit", "slot"], name="application_two_slots"),
            models.CheckConstraint(condition=Q(slot__isnull=True) | Q(slot__in=[1, 2]), name="application_slot_range"),
            models.CheckConstraint(
                condition=Q(state__in=LIVE_STATES, slot__isnull=False)
                | Q(state__in=["draft", "unit_review", "withdrawn"], slot__isnull=True),
                name="application_live_has_slot",
            ),
            models.CheckConstraint(
                condition=Q(start_on__isnull=True) | Q(end_on__isnull=True) | Q(end_on__gt=F("start_on")),
                name="application_period",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "unit_review", "withdrawn"])
                | Q(number__isnull=False, submitted_at__isnull=False),
                name="application_live_numbered",
            ),
        ]

    def __str__(self):
        return self.title or "（未命名申报书）"


class ApplicationSection(models.Model):
    """One text section of the form; its own revision, so that two tabs conflict only on the same section."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="sections")
    code = models.SlugField("章节", max_length=30)
    body = models.JSONField("内容", default=dict)
    # What was typed but cannot be stored yet (a row half filled in, a value refused): kept so that nothing is lost.
    typed = models.JSONField("未能保存的填写", default=dict)
    revision = models.PositiveIntegerField(default=0)
    updated_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = verbose_name_plural = "申报书章节"
        constraints = [models.UniqueConstraint(fields=["application", "code"], name="section_once")]

    def __str__(self):
        return self.code


class KpiTarget(models.Model):
    """One KPI row: the six of article 10(1) have floors; further rows have none."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="kpi_targets")
    code = models.SlugField("代码", max_length=30)
    name = models.CharField("指标", max_length=60)
    unit = models.CharField("计量单位", max_length=10)
    floor = models.DecimalField("底线值", max_digits=8, decimal_places=0, default=0)
    target = models.DecimalField("目标值", max_digits=8, decimal_places=0)
    map_kind = models.CharField(
        "图谱类型", max_length=10, blank=True, choices=[("industry", "产业图谱"), ("talent", "人才图谱")]
    )
    attendance = models.PositiveIntegerField("计划参与人数", null=True, blank=True)
    partner_kind = models.CharField("联动单位类型", max_length=30, blank=True)
    due_on = models.DateField("完成时间", null=True, blank=True)
    evidence_method = models.CharField("佐证方式", max_length=200, blank=True)
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = verbose_name_plural = "绩效指标"
        ordering = ["application", "order", "id"]
        constraints = [
            models.UniqueConstraint(fields=["application", "code"], name="kpi_once"),
            models.CheckConstraint(condition=Q(target__gte=F("floor")), name="kpi_not_below_floor"),
        ]

    def __str__(self):
        return f"{self.name} {self.target}{self.unit}"


class FundingSource(models.Model):
    """Where the money of the budget comes from."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="funding_sources")
    kind = models.CharField(
        "来源",
        max_length=8,
        choices=[("grant", "市科协定额支持"), ("lead", "牵头单位自筹"), ("member", "成员单位配套")],
    )
    provider = models.CharField("提供单位", max_length=100, blank=True)
    amount = models.DecimalField("金额（元）", max_digits=14, decimal_places=2)

    class Meta:
        verbose_name = verbose_name_plural = "经费来源"
        ordering = ["application", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gte=0), name="source_not_negative"),
            models.CheckConstraint(condition=Q(kind__in=["grant", "lead", "member"]), name="source_kind_known"),
        ]

    def __str__(self):
        return f"{self.get_kind_display()} {self.amount}"


class BudgetLine(models.Model):
    """One planned expense: category, direction of article 13, costing basis."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="budget_lines")
    category = models.CharField("预算科目", max_length=30)
    direction = models.CharField("第十三条方向", max_length=30)
    item = models.CharField("支出内容", max_length=100)
    source = models.CharField("资金来源", max_length=8, choices=[("grant", "定额支持"), ("matching", "自筹配套")])
    unit_price = models.DecimalField("单价（元）", max_digits=12, decimal_places=2)
    quantity = models.DecimalField("数量", max_digits=10, decimal_places=2)
    times = models.DecimalField("次数", max_digits=8, decimal_places=2, default=1)
    amount = models.DecimalField("金额（元）", max_digits=14, decimal_places=2)
    basis = models.CharField("测算依据与用途", max_length=300, blank=True)
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = verbose_name_plural = "预算明细"
        ordering = ["application", "order", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="budget_amount_positive"),
            models.CheckConstraint(condition=Q(source__in=["grant", "matching"]), name="budget_source_known"),
        ]

    def __str__(self):
        return f"{self.item} {self.amount}"


class Stage(models.Model):
    """A stage of the plan."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="stages")
    name = models.CharField("阶段", max_length=60)
    start_on = models.DateField("起")
    end_on = models.DateField("止")
    goal = models.CharField("阶段目标", max_length=300)
    deliverable = models.CharField("交付物", max_length=200)
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = verbose_name_plural = "进度阶段"
        ordering = ["application", "order", "start_on"]
        constraints = [models.CheckConstraint(condition=Q(end_on__gte=F("start_on")), name="stage_dates")]

    def __str__(self):
        return self.name


class TeamMember(models.Model):
    """A person of the project team."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="team")
    name = models.CharField("姓名", max_length=40)
    unit_name = models.CharField("单位", max_length=100)
    title = models.CharField("职称/职务", max_length=60, blank=True)
    task = models.CharField("承担任务", max_length=200)
    months = models.DecimalField("投入（月）", max_digits=4, decimal_places=1)
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = verbose_name_plural = "项目组成员"
        ordering = ["application", "order", "id"]
        constraints = [models.CheckConstraint(condition=Q(months__gt=0, months__lte=36), name="team_months")]

    def __str__(self):
        return self.name


class Attachment(models.Model):
    """A file for one attachment kind; replacing keeps the old row."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="attachments")
    kind = models.ForeignKey("projects.AttachmentKind", models.PROTECT, related_name="attachments")
    file = models.ForeignKey("portal.StoredFile", models.PROTECT, related_name="+")
    signed = models.BooleanField("已签字", default=False)
    sealed = models.BooleanField("已盖章", default=False)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    added_at = models.DateTimeField("上传时间", auto_now_add=True)
    replaced_at = models.DateTimeField("替换或移除时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "申报附件"
        ordering = ["application", "kind", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["application", "kind"], condition=Q(replaced_at__isnull=True), name="attachment_current"
            )
        ]

    def __str__(self):
        return f"{self.kind}：{self.file}"


class ApplicationVersion(models.Model):
    """A submitted version: frozen snapshot, digest, receipt; append-only."""

    application = models.ForeignKey(Application, models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField("版本")
    snapshot = models.JSONField("快照")
    sha256 = models.CharField("摘要", max_length=64)
    receipt = models.CharField("回执号", max_length=40, unique=True)
    submitted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    submitted_at = models.DateTimeField("提交时间")
    files = models.ManyToManyField("portal.StoredFile", related_name="+")

    class Meta:
        verbose_name = verbose_name_plural = "申报书版本"
        ordering = ["application", "-number"]
        constraints = [models.UniqueConstraint(fields=["application", "number"], name="version_number")]

    def __str__(self):
        return f"{self.application} 第{self.number}版"
