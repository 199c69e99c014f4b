"""What an expert finds on his desk: rounds, his seats, and only what he may see."""

from dataclasses import dataclass, field

from django.utils import timezone

from projects.models import ApplicationVersion
from reviews import conflicts
from reviews.models import Assignment, Round
from reviews.queries.reading import shown
from reviews.rules import expert_of

# What is next for a seat, by its state; the last word is for a round in which nothing can be done any more.
NEXT = {"assigned": "确认有无利益冲突", "accepted": "继续评分", "submitted": "查看评分表"}


@dataclass
class DeskRound:
    """One round of an expert: before the undertaking is signed only the number of seats is shown (D3)."""

    round: Round
    signed: bool
    seats: list[Assignment] = field(default_factory=list)

    @property
    def open_count(self) -> int:
        """Seats that still wait for the expert."""
        return sum(seat.state in ("assigned", "accepted") for seat in self.seats)

    @property
    def done_count(self) -> int:
        """Seats whose sheet is submitted."""
        return sum(seat.state == "submitted" for seat in self.seats)

    @property
    def is_running(self) -> bool:
        """Whether anything can still be done."""
        return self.round.allows("sign", timezone.now())

    @property
    def is_over(self) -> bool:
        """Whether the round has ended."""
        return self.round.state == "closed"

    @property
    def may_score(self) -> bool:
        """Whether sheets may be filled in now."""
        return self.round.allows("score", timezone.now())


def desk(user) -> list[DeskRound]:
    """Rounds with the expert's own live seats, conflicted ones left out, those that ended last; a constant number of
    queries.
    """
    expert = expert_of(user)
    rows = Assignment.objects.visible_to(user).with_subjects().with_progress().order_by("-item__round_id", "item_id")
    seats = list(rows)
    found = conflicts.detect_many([expert], {seat.item.judged_application for seat in seats}) if seats else {}
    seats = [seat for seat in seats if (expert.pk, seat.item.judged_application.pk) not in found]
    _read_hidden_versions(seats)
    rounds: dict[int, DeskRound] = {}
    for seat in seats:
        round = seat.item.round
        entry = rounds.setdefault(round.pk, DeskRound(round, seat.is_signed))
        seat.shown = shown(seat.item) if entry.signed else None
        seat.next = _next(entry, seat)
        entry.seats.append(seat)
    return sorted(rounds.values(), key=lambda entry: entry.is_over)


def _next(entry: DeskRound, seat: Assignment) -> str:
    if not entry.is_running:
        return "查看评分表" if seat.state != "assigned" else ""
    if seat.state == "accepted" and not entry.may_score:
        return "阅读材料"
    if seat.state == "accepted" and not seat.given:
        return "开始评分"
    return NEXT[seat.state]


def _read_hidden_versions(seats: list[Assignment]) -> None:
    """The frozen versions whose names have to be taken out of titles, in one query where there are any."""
    hidden = {seat.item.version_id for seat in seats if seat.item.round.hide_applicants}
    versions = ApplicationVersion.objects.in_bulk(hidden) if hidden else {}
    for seat in seats:
        if seat.item.version_id in versions:
            seat.item.version = versions[seat.item.version_id]
