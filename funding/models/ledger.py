"""The project ledger, kept separately (article 15): append-only lines, ban findings and human decisions."""

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q

from funding.models.scope import OfVisibleProjects
from funding.states import Verdict

DECIDABLE = [("allowed", "可列支"), ("banned", "禁列"), ("needs-review", "请单位补充说明")]


class LedgerImport(models.Model):
    """One imported file: all or nothing, the same bytes only once per project."""

    project = models.ForeignKey("projects.Project", models.PROTECT, related_name="ledger_imports", verbose_name="项目")
    file = models.ForeignKey("portal.StoredFile", models.PROTECT, related_name="+", verbose_name="文件")
    sha256 = models.CharField("摘要", max_length=64)
    row_count = models.PositiveIntegerField("入账行数", default=0)
    skipped = models.JSONField("跳过的行", default=list)
    imported_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="导入人")
    imported_at = models.DateTimeField("导入时间", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "明细账导入"
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["project", "sha256"], name="ledger_file_once")]

    def __str__(self):
        return str(self.file)


class LedgerLineQuerySet(OfVisibleProjects):
    """Ledger lines with what sums and pages need."""

    def with_reversed(self):
        """Annotate `is_reversed`: a reversal entry refers to the line."""
        return self.annotate(is_reversed=Exists(LedgerLine.objects.filter(reverses=OuterRef("pk"))))

    def standing(self):
        """Lines that are neither reversed nor a reversal."""
        return self.filter(reversal__isnull=True, reverses__isnull=True)

    def waiting(self):
        """Lines that wait for a person's decision."""
        return self.standing().filter(verdict=Verdict.NEEDS_REVIEW)

    def undecided(self):
        """Lines held or banned by the check that no person has decided: the queue of the workbench."""
        proposed = Q(verdict=Verdict.BANNED) & ~Exists(BanDecision.objects.filter(line=OuterRef("pk")))
        return self.standing().filter(Q(verdict=Verdict.NEEDS_REVIEW) | proposed)

    def open_banned(self):
        """Banned lines that were neither reversed nor repaid in a closed clawback (14, 17)."""
        return self.standing().filter(verdict=Verdict.BANNED).exclude(clawback_lines__clawback__state="closed")


class LedgerLine(models.Model):
    """One expense line. Never edited: a mistake is reversed by a line of the negative amount."""

    project = models.ForeignKey("projects.Project", models.PROTECT, related_name="ledger_lines", verbose_name="项目")
    voucher_date = models.DateField("凭证日期", db_index=True)
    voucher_no = models.CharField("凭证字号", max_length=40)
    line_no = models.PositiveIntegerField("分录行号", default=1)
    summary = models.CharField("摘要", max_length=200)
    account = models.CharField("会计科目", max_length=120, blank=True)
    payee = models.CharField("收款方", max_length=120, blank=True)
    amount = models.DecimalField("金额（元）", max_digits=14, decimal_places=2)
    invoice_no = models.CharField("发票号码", max_length=40, blank=True, db_index=True)
    source = models.CharField(
        "资金来源", max_length=8, choices=[("grant", "财政专项"), ("matching", "自筹配套")], default="grant"
    )
    category = models.CharField("预算科目", max_length=30, blank=True)
    direction = models.CharField("第十三条方向", max_length=30, blank=True)
    reverses = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="reversal", verbose_name="冲销的原行"
    )
    imported = models.ForeignKey(
        LedgerImport, models.PROTECT, verbose_name="导入批次", null=True, blank=True, related_name="lines"
    )
    attachment = models.ForeignKey(
        "portal.StoredFile", models.PROTECT, verbose_name="凭证附件", null=True, blank=True, related_name="+"
    )
    verdict = models.CharField("禁列核查", max_length=14, choices=Verdict.choices, db_index=True)
    article_item = models.CharField("条款", max_length=20, blank=True)
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="登记人")
    entered_at = models.DateTimeField("登记时间", auto_now_add=True)

    objects = LedgerLineQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "明细账"
        ordering = ["project", "voucher_date", "voucher_no", "line_no"]
        indexes = [models.Index(fields=["project", "voucher_date", "id"], name="ledger_project_date")]
        constraints = [
            models.UniqueConstraint(fields=["project", "voucher_no", "line_no"], name="ledger_voucher_line_once"),
            models.CheckConstraint(condition=~Q(amount=0), name="ledger_amount_not_zero"),
            models.CheckConstraint(
                condition=Q(amount__gt=0) | Q(reverses__isnull=False) | Q(imported__isnull=False),
                name="ledger_negative_is_reversal",
            ),
            models.CheckConstraint(condition=Q(source__in=["grant", "matching"]), name="ledger_source_known"),
            models.CheckConstraint(condition=Q(verdict__in=Verdict.values), name="ledger_verdict_known"),
        ]

    def __str__(self):
        return f"{self.voucher_no}-{self.line_no} {self.summary}"


class BanFinding(models.Model):
    """What one run of the ban check said of a line; old findings are kept."""

    line = models.ForeignKey(LedgerLine, models.PROTECT, related_name="findings", verbose_name="明细账行")
    lexicon = models.CharField("词库版本", max_length=40)
    verdict = models.CharField("结论", max_length=14, choices=Verdict.choices)
    article_item = models.CharField("条款", max_length=20, blank=True)
    evidence = models.JSONField("命中依据", default=list)
    reason = models.TextField("理由")
    found_at = models.DateTimeField("核查时间", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "禁列核查结果"
        ordering = ["line", "-id"]
        constraints = [models.CheckConstraint(condition=Q(verdict__in=Verdict.values), name="finding_verdict_known")]

    def __str__(self):
        return f"{self.get_verdict_display()} {self.article_item}"


class BanDecision(models.Model):
    """A person's decision about a line: overrides the finding, with a reason; kept for ever.

    "needs-review" opens the question (again): the unit may answer. `proposed` is what the check had said, `payee_key`
    (normal form), `entry` (of the lexicon) and `summary_key` find it again beside a similar line.
    """

    line = models.ForeignKey(LedgerLine, models.PROTECT, related_name="decisions", verbose_name="明细账行")
    verdict = models.CharField("认定", max_length=14, choices=DECIDABLE)
    article_item = models.CharField("条款", max_length=20, blank=True)
    reason = models.TextField("理由")
    proposed = models.CharField("当时的核查结论", max_length=14, choices=Verdict.choices, blank=True)
    proposed_item = models.CharField("当时的核查条款", max_length=20, blank=True)
    entry = models.CharField("当时命中的词条", max_length=60, blank=True, db_index=True)
    payee_key = models.CharField("收款方（规范写法）", max_length=240, blank=True, db_index=True)
    summary_key = models.CharField("摘要（规范写法）", max_length=400, blank=True, db_index=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="认定人")
    decided_at = models.DateTimeField("认定时间", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "禁列认定"
        ordering = ["line", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(verdict__in=Verdict.values), name="decision_verdict_known"),
            models.CheckConstraint(condition=~Q(reason=""), name="decision_has_reason"),
            models.CheckConstraint(
                condition=~Q(verdict="banned") | ~Q(article_item=""), name="decision_of_a_ban_has_clause"
            ),
        ]

    def __str__(self):
        return f"{self.get_verdict_display()}：{self.reason}"
