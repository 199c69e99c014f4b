"""What the unit says to a finding of the ban check: text and evidence files, append-only (14, 18)."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from funding.models.ledger import LedgerLine


class LineAnswer(models.Model):
    """One answer of the unit about one ledger line, while the line is undecided."""

    line = models.ForeignKey(LedgerLine, models.PROTECT, related_name="answers", verbose_name="明细账行")
    text = models.TextField("说明", max_length=2000)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="答复人")
    answered_at = models.DateTimeField("答复时间", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "单位答复"
        ordering = ["line", "id"]
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="line_answer_says_something")]

    def __str__(self):
        return f"{self.answered_by}：{self.text[:40]}"


class LineAnswerFile(models.Model):
    """One evidence file of an answer."""

    answer = models.ForeignKey(LineAnswer, models.PROTECT, related_name="files", verbose_name="答复")
    file = models.ForeignKey("portal.StoredFile", models.PROTECT, related_name="+", verbose_name="文件")

    class Meta:
        verbose_name = verbose_name_plural = "答复证据"
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["answer", "file"], name="line_answer_file_once")]

    def __str__(self):
        return str(self.file)

    @property
    def project(self):
        """The project whose people may read the file."""
        return self.answer.line.project
