"""KPI evidence (article 10) and the work ledger 工作台账 (articles 10(3), 19)."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from projects.states import EVIDENCE_TRANSITIONS, EvidenceState


class Evidence(models.Model):
    """One item that supports a KPI: claimed, then verified or rejected; only verified counts, in one project."""

    TRANSITIONS = EVIDENCE_TRANSITIONS

    project = models.ForeignKey("projects.Project", models.PROTECT, related_name="evidence", verbose_name="项目")
    kpi_code = models.SlugField("指标", max_length=30, db_index=True)
    number = models.CharField("佐证编号", max_length=40, unique=True)
    title = models.CharField("名称", max_length=120)
    happened_on = models.DateField("发生日期")
    data = models.JSONField("要素", default=dict)
    unique_key = models.CharField(
        "唯一标识", max_length=80, blank=True, help_text="信用代码、合同登记号等，同一事实只计一次。"
    )
    news_url = models.URLField("新闻链接", blank=True)
    told_center_on = models.DateField("告知中心日期", null=True, blank=True)
    checks = models.JSONField("自动检查结果", default=list)
    counted = models.DecimalField("计入数量", max_digits=6, decimal_places=0, default=1)
    state = models.CharField(
        "状态", max_length=10, choices=EvidenceState.choices, default=EvidenceState.DRAFT, db_index=True
    )
    claimed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="提交人")
    claimed_at = models.DateTimeField("提交时间", null=True, blank=True)
    verified_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="核实人"
    )
    verified_at = models.DateTimeField("核实时间", null=True, blank=True)
    reason = models.CharField("核实意见", max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "佐证"
        ordering = ["project", "kpi_code", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=EvidenceState.values), name="evidence_state_known"),
            models.CheckConstraint(
                condition=~Q(state="verified") | Q(verified_by__isnull=False), name="evidence_verified_by_someone"
            ),
            models.CheckConstraint(
                condition=Q(verified_by__isnull=True) | ~Q(verified_by=F("claimed_by")), name="evidence_two_persons"
            ),
            models.UniqueConstraint(
                fields=["kpi_code", "unique_key"],
                condition=Q(state__in=["claimed", "verified"]) & ~Q(unique_key=""),
                name="evidence_counts_once",
            ),
            models.CheckConstraint(
                condition=~Q(state="rejected") | ~Q(reason=""), name="evidence_rejection_has_reason"
            ),
        ]

    def __str__(self):
        return f"{self.number} {self.title}"


class EvidenceFile(models.Model):
    """A file of an evidence item. The same bytes cannot support a second item."""

    evidence = models.ForeignKey(Evidence, models.CASCADE, related_name="files")
    file = models.ForeignKey("portal.StoredFile", models.PROTECT, related_name="+")
    sha256 = models.CharField(max_length=64)
    role = models.CharField("材料类型", max_length=40, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "佐证文件"
        constraints = [models.UniqueConstraint(fields=["sha256"], name="evidence_file_once")]

    def __str__(self):
        return str(self.file)

    @property
    def project(self):
        """The project, by which rights are decided."""
        return self.evidence.project


class WorkLogEntry(models.Model):
    """工作台账: an activity, material, paper, patent or datum, for 数字科协."""

    project = models.ForeignKey("projects.Project", models.PROTECT, related_name="work_log", verbose_name="项目")
    kind = models.CharField(
        "类别",
        max_length=12,
        choices=[
            ("activity", "活动"),
            ("material", "活动影像与材料"),
            ("paper", "论文著作"),
            ("patent", "专利"),
            ("people", "组织人才数据"),
            ("news", "新闻宣传"),
            ("other", "其他"),
        ],
    )
    title = models.CharField("名称", max_length=120)
    happened_on = models.DateField("日期")
    description = models.TextField("内容", blank=True)
    file = models.ForeignKey(
        "portal.StoredFile", models.PROTECT, verbose_name="附件", null=True, blank=True, related_name="+"
    )
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="登记人")
    entered_at = models.DateTimeField("登记时间", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "工作台账"
        ordering = ["project", "-happened_on", "-id"]

    def __str__(self):
        return self.title
