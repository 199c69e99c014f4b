"""The ban check's lexicon as data: numbered versions, the draft of the next one, its tests on past decisions (F4)."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from funding.states import LEXICON_TEST_TRANSITIONS, LexiconTestState


class LexiconVersion(models.Model):
    """A version of the ban check's lexicon, edited by finance; the newest active one is in force."""

    number = models.PositiveIntegerField("版本", unique=True)
    edition = models.CharField("适用办法版本", max_length=10)
    entries = models.JSONField("词条")
    note = models.CharField("修改说明", max_length=300)
    test = models.ForeignKey(
        "funding.LexiconTest", models.PROTECT, verbose_name="发布前的测试", null=True, blank=True, related_name="+"
    )
    override_reason = models.CharField("与人工认定不一致时的发布理由", max_length=500, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="编辑人", null=True, related_name="+"
    )
    made_at = models.DateTimeField("生效时间", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "禁列词库版本"
        ordering = ["-number"]

    def __str__(self):
        return f"词库第{self.number}版"


class LexiconDraft(models.Model):
    """The next version while it is edited: one an edition, not in force. `revision` guards against lost updates."""

    edition = models.CharField("适用办法版本", max_length=10, unique=True)
    base = models.CharField("起草时的现行词库", max_length=40)
    entries = models.JSONField("词条")
    digest = models.CharField("内容摘要", max_length=64)
    revision = models.PositiveIntegerField("修订", default=1)
    edited_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="编辑人", related_name="+")
    edited_at = models.DateTimeField("编辑时间", auto_now=True)

    class Meta:
        verbose_name = verbose_name_plural = "词库草稿"

    def __str__(self):
        return f"{self.edition}年词库草稿（修订{self.revision}）"


class LexiconTest(models.Model):
    """One run of a draft over all lines that people have decided, and over those that wait.

    `digest` says which content was tested; `entries` is that content. The row is the truth, the broker only wakes the
    worker. `result`: confusion, flips, waiting (see portal.measures.regression).
    """

    TRANSITIONS = LEXICON_TEST_TRANSITIONS

    edition = models.CharField("适用办法版本", max_length=10)
    digest = models.CharField("内容摘要", max_length=64, db_index=True)
    entries = models.JSONField("词条")
    state = models.CharField(
        "状态", max_length=10, choices=LexiconTestState.choices, default=LexiconTestState.QUEUED, db_index=True
    )
    progress = models.PositiveSmallIntegerField("进度", default=0)
    result = models.JSONField("结果", default=dict)
    error = models.CharField("没有完成的原因", max_length=300, blank=True)
    attempts = models.PositiveSmallIntegerField("次数", default=0)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="经办人", related_name="+")
    requested_at = models.DateTimeField("测试时间", auto_now_add=True)
    touched_at = models.DateTimeField("最近进展", auto_now=True)

    class Meta:
        verbose_name = verbose_name_plural = "词库测试"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=LexiconTestState.values), name="lexicon_test_state_known"),
            models.CheckConstraint(condition=Q(progress__lte=100), name="lexicon_test_progress_range"),
        ]

    def __str__(self):
        return f"词库测试 {self.pk}"
