"""What an expert finds on his desk: rounds, his seats, and only what he may see."""

from dataclasses import dataclass, field

from reviews import conflicts
from reviews.models import Assignment, Round, Undertaking
from reviews.rules import expert_of


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
    def is_running(self) -> bool:
        """Whether anything can still be done."""
        return self.round.state == "open"


def desk(user) -> list[DeskRound]:
    """Rounds with the expert's own live seats, conflicted ones left out; a constant number of queries."""
    expert = expert_of(user)
    rows = Assignment.objects.visible_to(user).with_subjects().order_by("-item__round_id", "item_id")
    seats = list(rows)
    found = conflicts.detect_many([expert], {seat.item.judged_application for seat in seats}) if seats else {}
    signed = set(Undertaking.objects.filter(expert=expert).values_list("round_id", flat=True)) if seats else set()
    rounds: dict[int, DeskRound] = {}
    for seat in seats:
        if (expert.pk, seat.item.judged_application.pk) in found:
            continue
        round = seat.item.round
        rounds.setdefault(round.pk, DeskRound(round, round.pk in signed)).seats.append(seat)
    return list(rounds.values())
