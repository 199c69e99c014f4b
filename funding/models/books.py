"""Keeping the books: jobs that bring in a file, the columns a unit's files have, months that are closed (15)."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from funding.models.scope import OfVisibleProjects
from funding.states import IMPORT_JOB_TRANSITIONS, ImportJobState, Verdict


class ImportJob(models.Model):
    """A file on its way into the ledger. The row is the truth; the broker only wakes the worker.

    `mapping` is what a person chose (None: by memory or headers), `columns` what is in effect, both field -> column.
    `claim` counts the workers that took the job: only the newest may go on, and the rows of claim `staged` are those
    of the finished dry run. `basis` is a digest of what that rested on.
    """

    TRANSITIONS = IMPORT_JOB_TRANSITIONS

    project = models.ForeignKey("projects.Project", models.PROTECT, related_name="import_jobs", verbose_name="项目")
    file = models.ForeignKey("portal.StoredFile", models.PROTECT, related_name="+", verbose_name="文件")
    state = models.CharField(
        "状态", max_length=10, choices=ImportJobState.choices, default=ImportJobState.QUEUED, db_index=True
    )
    mapping = models.JSONField("指定的列", null=True, blank=True)
    columns = models.JSONField("采用的列", default=dict)
    headers = models.JSONField("表头", default=list)
    origin = models.CharField(
        "列的来源",
        max_length=8,
        default="headers",
        choices=[("headers", "按表头识别"), ("memory", "沿用上次"), ("person", "人工指定")],
    )
    total = models.PositiveIntegerField("行数", default=0)
    progress = models.PositiveSmallIntegerField("进度", default=0)
    counts = models.JSONField("结果", default=dict)
    problems = models.JSONField("整个文件的问题", default=list)
    warnings = models.JSONField("提示", default=list)
    skipped = models.JSONField("跳过的行", default=list)
    lexicon = models.CharField("词库版本", max_length=40, blank=True)
    basis = models.CharField("核对依据", max_length=64, blank=True)
    error = models.CharField("失败原因", max_length=300, blank=True)
    attempts = models.PositiveSmallIntegerField("次数", default=0)
    claim = models.PositiveIntegerField("领取", default=0)
    staged = models.PositiveIntegerField("核对的领取", default=0)
    record = models.OneToOneField(
        "funding.LedgerImport", models.PROTECT, null=True, blank=True, related_name="job", verbose_name="入账批次"
    )
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="上传人")
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="确认人"
    )
    created_at = models.DateTimeField("上传时间", auto_now_add=True)
    touched_at = models.DateTimeField("最近进展", auto_now=True)

    objects = OfVisibleProjects.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "明细账导入任务"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=ImportJobState.values), name="importjob_state_known"),
            models.CheckConstraint(condition=Q(progress__lte=100), name="importjob_progress_range"),
            models.CheckConstraint(
                condition=~Q(state="booked") | Q(record__isnull=False), name="importjob_booked_has_record"
            ),
        ]

    def __str__(self):
        return str(self.file)

    @property
    def standing_rows(self) -> models.QuerySet:
        """The rows of the finished dry run."""
        return self.rows.filter(claim=self.staged)


class ImportRow(models.Model):
    """One row of a file as the dry run reads it: what would be booked, its errors, its verdict.

    A red entry names the line it cancels: `original` in the ledger, `partner` the line of the same file.
    """

    job = models.ForeignKey(ImportJob, models.CASCADE, related_name="rows")
    claim = models.PositiveIntegerField()
    line = models.PositiveIntegerField()
    voucher_date = models.DateField(null=True)
    voucher_no = models.CharField(max_length=40)
    line_no = models.PositiveIntegerField()
    summary = models.CharField(max_length=200)
    account = models.CharField(max_length=120)
    payee = models.CharField(max_length=120)
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    invoice_no = models.CharField(max_length=40)
    source = models.CharField(max_length=8)
    category = models.CharField(max_length=30)
    direction = models.CharField(max_length=30)
    errors = models.JSONField(null=True)
    verdict = models.CharField(max_length=14, choices=Verdict.choices)
    article_item = models.CharField(max_length=20)
    evidence = models.JSONField()
    reason = models.TextField()
    original = models.ForeignKey("funding.LedgerLine", models.CASCADE, null=True, related_name="+")
    partner = models.PositiveIntegerField(null=True)

    class Meta:
        verbose_name = verbose_name_plural = "待入账的行"
        ordering = ["job", "line"]
        constraints = [models.UniqueConstraint(fields=["job", "claim", "line"], name="importrow_line_once")]

    def __str__(self):
        return f"第 {self.line} 行"


class HeaderMapping(models.Model):
    """Which columns a unit's files have: remembered by the names of the headers, offered when they come again."""

    unit = models.ForeignKey("consortia.Unit", models.PROTECT, related_name="header_mappings", verbose_name="单位")
    signature = models.CharField("表头摘要", max_length=64)
    columns = models.JSONField("列")
    chosen_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="指定人")
    chosen_at = models.DateTimeField("指定时间", auto_now=True)

    class Meta:
        verbose_name = verbose_name_plural = "列的对应关系"
        constraints = [models.UniqueConstraint(fields=["unit", "signature"], name="header_mapping_once")]

    def __str__(self):
        return f"{self.unit} {self.signature[:8]}"


class MonthClosing(models.Model):
    """A month of a project's ledger that is closed: nothing more is booked into it until finance reopens it."""

    project = models.ForeignKey("projects.Project", models.PROTECT, related_name="closings", verbose_name="项目")
    first_day = models.DateField("月初")
    last_day = models.DateField("月末")
    line_count = models.PositiveIntegerField("分录数")
    grant_total = models.DecimalField("财政专项（元）", max_digits=14, decimal_places=2)
    matching_total = models.DecimalField("自筹配套（元）", max_digits=14, decimal_places=2)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="结账人")
    closed_at = models.DateTimeField("结账时间", auto_now_add=True)
    reopened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="重新打开人"
    )
    reopened_at = models.DateTimeField("重新打开时间", null=True, blank=True)
    reopen_reason = models.CharField("重新打开的理由", max_length=300, blank=True)

    objects = OfVisibleProjects.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "月度结账"
        ordering = ["project", "-first_day", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "first_day"], condition=Q(reopened_at__isnull=True), name="month_closed_once"
            ),
            models.CheckConstraint(condition=Q(last_day__gt=F("first_day")), name="month_runs_forward"),
            models.CheckConstraint(
                condition=Q(reopened_at__isnull=True, reopened_by__isnull=True, reopen_reason="")
                | Q(reopened_at__isnull=False, reopened_by__isnull=False) & ~Q(reopen_reason=""),
                name="month_reopened_with_reason",
            ),
        ]

    def __str__(self):
        return f"{self.first_day.year}年{self.first_day.month}月"

    @property
    def is_closed(self) -> bool:
        """Whether it still stands."""
        return self.reopened_at is None
