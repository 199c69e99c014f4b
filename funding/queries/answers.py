"""What units answered to findings of the ban check, and whether a line may still be answered (14, 18)."""

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from funding.models import BanDecision, LedgerLine, LineAnswer, LineAnswerFile
from funding.queries.ledger import with_reasons
from funding.queries.spending import effective_lexicon
from funding.states import Verdict
from projects.models import Project


def with_answered(rows: QuerySet) -> QuerySet:
    """Annotate ledger lines with `answered`: the unit has spoken since the last decision about the line, if any."""
    later = BanDecision.objects.filter(line=OuterRef("line"), decided_at__gte=OuterRef("answered_at"))
    answers = LineAnswer.objects.filter(line=OuterRef("pk"))
    return rows.annotate(answered=Exists(answers.filter(~Exists(later))))


def answers_of(line: LedgerLine) -> list[LineAnswer]:
    """All answers about a line with their files, oldest first; two queries."""
    files = Prefetch("files", LineAnswerFile.objects.select_related("file"))
    return list(line.answers.select_related("answered_by").prefetch_related(files))


def is_open(line: LedgerLine, decisions: list[BanDecision]) -> bool:
    """Whether the unit may (still) answer; `decisions` newest first.

    Only a doubt or a ban is answered, and only until a person has decided it; a question of finance opens it again.
    """
    if line.reverses_id or hasattr(line, "reversal") or line.verdict == Verdict.ALLOWED:
        return False
    return not decisions or decisions[0].verdict == Verdict.NEEDS_REVIEW


def is_answered(answers: list[LineAnswer], decisions: list[BanDecision]) -> bool:
    """Whether the unit has spoken since the last decision; both lists of one line, decisions newest first."""
    return bool(answers) and (not decisions or answers[-1].answered_at > decisions[0].decided_at)


def finding_rows(project: Project, *, only_held: bool = True) -> tuple[QuerySet, dict[str, str]]:
    """Held and banned lines of a project (undecided first, then newest), and clause -> the paper that would settle it.

    Lines have `answered`, `is_decided` and the newest reasons; `only_held` False gives all lines.
    """
    lexicon = effective_lexicon(project.call.edition)[0]
    clear = BanDecision.objects.filter(line=OuterRef("pk")).exclude(verdict=Verdict.NEEDS_REVIEW)
    rows = project.ledger_lines.select_related("reversal")
    if only_held:
        rows = project.ledger_lines.standing().exclude(verdict=Verdict.ALLOWED)
    is_decided = Exists(clear) & ~Q(verdict=Verdict.NEEDS_REVIEW)
    rows = with_answered(with_reasons(rows)).annotate(is_decided=is_decided)
    papers = {code: item.paper or item.fix for code, item in lexicon.items.items()}
    return rows.order_by("is_decided", "-voucher_date", "-id"), papers
