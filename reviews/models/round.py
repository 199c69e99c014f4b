"""Rounds, their items, undertakings and assignments: one engine for selection and acceptance."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from reviews.assignment import BACKGROUNDS
from reviews.models.sheet import ScoreEntry
from reviews.states import (
    ASSIGNMENT_TRANSITIONS,
    PHASE_ACTS,
    ROUND_TRANSITIONS,
    SEEING_STATES,
    AssignmentState,
    Phase,
    RecusalKind,
    RoundState,
)


def one_of_each() -> dict[str, int]:
    """The usual wish for a panel: one expert of technology, of industry and of finance."""
    return dict.fromkeys(BACKGROUNDS, 1)


class Round(models.Model):
    """A review round: kind, dates, frozen scheme, aggregation, draw."""

    TRANSITIONS = ROUND_TRANSITIONS

    call = models.ForeignKey("projects.Call", models.PROTECT, related_name="rounds", verbose_name="申报通知")
    kind = models.CharField("种类", max_length=10, choices=[("selection", "立项评审"), ("acceptance", "验收评价")])
    title = models.CharField("名称", max_length=100)
    scheme = models.JSONField("评分表", default=dict)
    aggregation = models.CharField(
        "计分方法", max_length=8, choices=[("mean", "平均分"), ("trimmed", "去最高最低分平均")], default="trimmed"
    )
    experts_per_item = models.PositiveSmallIntegerField("每项专家数", default=5)
    quorum = models.PositiveSmallIntegerField("最少有效评分数", default=3)
    # What is kept from experts stands in these two columns alone; their own names are for the center only, always.
    show_others_after_submit = models.BooleanField("本人提交后可看他人评分", default=False)
    hide_applicants = models.BooleanField("对专家隐去申报单位和人员", default=False)
    recuse_until = models.DateTimeField("确认与回避截止", null=True, blank=True)
    opens_at = models.DateTimeField("评分开始时间")
    closes_at = models.DateTimeField("评分截止时间")
    scheme_frozen_at = models.DateTimeField("评分表锁定时间", null=True, blank=True)
    revision = models.PositiveIntegerField(default=0)
    state = models.CharField("状态", max_length=9, choices=RoundState.choices, default=RoundState.DRAFT, db_index=True)
    waiver = models.CharField("未达最少评分数的说明", max_length=300, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="建立人", related_name="+")
    closed_at = models.DateTimeField("结束时间", null=True, blank=True)
    panel_mix = models.JSONField("每项专家类别搭配", default=one_of_each, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "评审轮次"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=RoundState.values), name="round_state_known"),
            models.CheckConstraint(condition=Q(kind__in=["selection", "acceptance"]), name="round_kind_known"),
            models.CheckConstraint(condition=Q(closes_at__gt=F("opens_at")), name="round_window"),
            models.CheckConstraint(
                condition=Q(recuse_until__isnull=True) | Q(recuse_until__lte=F("closes_at")),
                name="round_recusal_window",
            ),
            models.CheckConstraint(
                condition=Q(hide_applicants=False) | Q(kind="selection"), name="round_hides_applicants_only"
            ),
            models.CheckConstraint(condition=Q(quorum__gte=1, experts_per_item__gte=F("quorum")), name="round_quorum"),
        ]

    def __str__(self):
        return self.title

    def phase_at(self, now) -> Phase:
        """The phase of the round at a moment."""
        if self.state != RoundState.OPEN:
            return Phase(self.state)
        if now >= self.closes_at:
            return Phase.OVER
        return Phase.SCORING if now >= self.opens_at else Phase.CONFIRMING

    def allows(self, act: str, now) -> bool:
        """Whether an expert may do `act` (a key of PHASE_ACTS) at a moment."""
        if act == "recuse" and self.recuse_until is not None and now >= self.recuse_until:
            return False
        return act in PHASE_ACTS[self.phase_at(now)]


class ReviewItem(models.Model):
    """What is judged in a round: an application (selection) or a project (acceptance); results at closing."""

    round = models.ForeignKey(Round, models.PROTECT, related_name="items", verbose_name="轮次")
    application = models.ForeignKey(
        "projects.Application", models.PROTECT, null=True, blank=True, related_name="review_items"
    )
    version = models.ForeignKey(
        "projects.ApplicationVersion",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="评审的版本",
    )
    project = models.ForeignKey("projects.Project", models.PROTECT, null=True, blank=True, related_name="review_items")
    n = models.PositiveSmallIntegerField("有效评分数", null=True, blank=True)
    mean = models.DecimalField("平均分", max_digits=5, decimal_places=2, null=True, blank=True)
    trimmed_mean = models.DecimalField("去极值平均分", max_digits=5, decimal_places=2, null=True, blank=True)
    median = models.DecimalField("中位数", max_digits=5, decimal_places=2, null=True, blank=True)
    sd = models.DecimalField("标准差", max_digits=5, decimal_places=2, null=True, blank=True)
    score_range = models.DecimalField("极差", max_digits=5, decimal_places=2, null=True, blank=True)
    score = models.DecimalField("得分", max_digits=5, decimal_places=2, null=True, blank=True)
    tie_break = models.DecimalField("同分比较项均分", max_digits=5, decimal_places=2, null=True, blank=True)
    rank = models.PositiveIntegerField("排名", null=True, blank=True)
    flags = models.JSONField("离散预警", default=list)
    chair_summary = models.TextField("专家组意见", blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "评审对象"
        ordering = ["round", "rank", "id"]
        # A page of the ranking is read in its order: without it, all items would be joined and sorted for 25.
        indexes = [models.Index(fields=["round", "rank", "id"], name="item_round_rank")]
        constraints = [
            models.CheckConstraint(
                condition=Q(application__isnull=False, project__isnull=True)
                | Q(application__isnull=True, project__isnull=False),
                name="item_one_subject",
            ),
            models.UniqueConstraint(fields=["round", "application"], name="item_application_once"),
            models.UniqueConstraint(fields=["round", "project"], name="item_project_once"),
        ]

    def __str__(self):
        return str(self.application or self.project)

    @property
    def judged_application(self):
        """The application that is judged, or the one behind the project that is evaluated."""
        return self.application if self.application_id else self.project.application

    @property
    def title(self) -> str:
        """The title of what is judged, without its number."""
        return self.application.title if self.application_id else self.project.title

    @property
    def number(self) -> str:
        """The number that people know it by."""
        return (self.application.number if self.application_id else self.project.number) or ""


class Undertaking(models.Model):
    """An expert's confidentiality undertaking for a round; append-only."""

    round = models.ForeignKey(Round, models.PROTECT, related_name="undertakings", verbose_name="轮次")
    expert = models.ForeignKey("reviews.Expert", models.PROTECT, related_name="undertakings", verbose_name="专家")
    text_version = models.CharField("承诺书版本", max_length=20)
    signed_name = models.CharField("签署姓名", max_length=40)
    signed_at = models.DateTimeField("签署时间", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "评审承诺"
        constraints = [models.UniqueConstraint(fields=["round", "expert"], name="undertaking_once")]

    def __str__(self):
        return f"{self.expert} {self.round}"


class AssignmentQuerySet(models.QuerySet):
    """Assignments that an expert may see, and what pages of many need."""

    def live(self):
        """Seats that count: neither recused nor voided, nor in a round that was called off."""
        return self.filter(state__in=SEEING_STATES).exclude(item__round__state=RoundState.CANCELLED)

    def with_subjects(self):
        """With everything that a list of seats names, and whether the expert signed the undertaking (is_signed)."""
        signed = Undertaking.objects.filter(round=models.OuterRef("item__round"), expert=models.OuterRef("expert"))
        return self.annotate(is_signed=models.Exists(signed)).select_related(
            "expert__user",
            "item__round__call",
            "item__application__lead_unit",
            "item__application__consortium",
            "item__application__call",
            "item__project__application__call",
            "item__project__lead_unit",
            "item__project__consortium",
        )

    def with_progress(self):
        """With how many criteria of the sheet have been dealt with (given)."""
        dealt_with = ScoreEntry.objects.filter(sheet__assignment=models.OuterRef("pk")).filter(
            Q(points__isnull=False) | Q(not_applicable=True)
        )
        counted = dealt_with.order_by().values("sheet").annotate(n=models.Count("pk")).values("n")
        return self.annotate(given=models.Subquery(counted))

    def visible_to(self, user):
        """The expert's own live seats; the center sees all."""
        if user.duty in ("officer", "director", "bast"):
            return self
        return self.of_expert(user.pk, timezone.localdate())

    def of_expert(self, user_id: int, today):
        """Live seats that an expert may see on a day: he serves, and the round has begun."""
        return self.filter(
            expert__user=user_id,
            expert__available=True,
            state__in=SEEING_STATES,
            item__round__state__in=["open", "closed"],
        ).exclude(expert__term_until__lt=today)


class Assignment(models.Model):
    """One expert on one item."""

    TRANSITIONS = ASSIGNMENT_TRANSITIONS

    item = models.ForeignKey(ReviewItem, models.PROTECT, related_name="assignments", verbose_name="评审对象")
    expert = models.ForeignKey("reviews.Expert", models.PROTECT, related_name="assignments", verbose_name="专家")
    is_chair = models.BooleanField("组长", default=False)
    origin = models.CharField(
        "来源", max_length=10, choices=[("draw", "抽取"), ("manual", "指定"), ("substitute", "递补")], default="draw"
    )
    state = models.CharField(
        "状态", max_length=10, choices=AssignmentState.choices, default=AssignmentState.ASSIGNED, db_index=True
    )
    recusal_kind = models.CharField("回避情形", max_length=12, choices=RecusalKind.choices, blank=True)
    reason = models.CharField("回避或作废原因", max_length=300, blank=True)
    assigned_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="指派人", related_name="+")
    assigned_at = models.DateTimeField("指派时间", auto_now_add=True)
    submitted_at = models.DateTimeField("提交时间", null=True, blank=True)

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "评审指派"
        ordering = ["item", "id"]
        constraints = [
            models.UniqueConstraint(fields=["item", "expert"], name="assignment_once"),
            models.CheckConstraint(condition=Q(state__in=AssignmentState.values), name="assignment_state_known"),
            models.CheckConstraint(
                condition=~Q(state__in=["recused", "voided"]) | ~Q(reason=""), name="assignment_end_has_reason"
            ),
            models.UniqueConstraint(
                fields=["item"],
                condition=Q(is_chair=True, state__in=["assigned", "accepted", "submitted"]),
                name="assignment_one_chair",
            ),
        ]

    def __str__(self):
        return f"{self.expert} → {self.item}"
