"""Bulk review rounds: an open one half done, and a closed one over all projects with its list; experts for both."""

from dataclasses import asdict, dataclass
from decimal import Decimal

from django.utils import timezone

from portal.editions import edition
from portal.models import User
from portal.overview.demo.people import name_for
from reviews import scoring
from reviews.models import (
    Assignment,
    Expert,
    Proposal,
    ProposalAttempt,
    ProposalItem,
    ReviewItem,
    Round,
    ScoreEntry,
    ScoreSheet,
    Undertaking,
)
from reviews.queries import proposals

CHUNK = 1000
SEATS, PANEL = 3, 5
LOAD = 40
COMMENT = "需求真实、路线清楚、分工合理，预期成果有明确的使用单位，建议支持并加强数据留存与第三方验证。"
REMARK = "论证充分，与任务对应。"


@dataclass(frozen=True)
class Plan:
    """A round to fill: its rows, its experts, and whose sheets are in."""

    round: Round
    items: list[ReviewItem]
    experts: list[Expert]
    seats: int
    scheme: scoring.Scheme

    def is_in(self, place: int) -> bool:
        """Every second item of an open round, all of a closed one."""
        return self.round.state == "closed" or place % 2 == 1


def make(bulk, made) -> None:
    """An open selection round over the applications under review, a closed one over those that became projects."""
    funded = [project.application for project in made.projects]
    number = -(-(len(funded) * PANEL + len(made.reviewed) * SEATS) // LOAD)
    experts = _experts(bulk, max(number, PANEL + 1))
    closed = _plan(bulk, made, made.call, funded, experts, PANEL, "closed")
    _fill(bulk, closed)
    _decide(bulk, closed)
    if made.reviewed:
        _fill(bulk, _plan(bulk, made, made.open_call, made.reviewed, experts, SEATS, "open"))


def _plan(bulk, made, call, applications, experts, seats: int, state: str) -> Plan:
    scheme = asdict(edition("2025").selection) | {"step": "whole", "comment_min_chars": 30}
    days = {"open": (-5, 15), "closed": (-390, -380)}[state]
    round = Round.objects.create(
        call=call, kind="selection", title=f"立项评审（批量 {bulk.tag}{'，已结束' if state == 'closed' else ''}）",
        scheme=scheme, experts_per_item=seats, quorum=3, opens_at=bulk.plan.moment(days[0]),
        closes_at=bulk.plan.moment(days[1]), state=state, created_by=bulk.people["officer"],
        scheme_frozen_at=bulk.plan.moment(days[0] + 1),
        closed_at=bulk.plan.moment(days[1]) if state == "closed" else None,
    )  # fmt: skip
    items = [ReviewItem(round=round, application=row, version=made.versions[row.pk]) for row in applications]
    Undertaking.objects.bulk_create(
        Undertaking(round=round, expert=row, text_version="2025-1", signed_name=row.user.name) for row in experts
    )
    return Plan(round, items, experts, seats, scoring.scheme_of(scheme))


def _experts(bulk, number: int) -> list[Expert]:
    """Expert cards with accounts; expert1 to expert9 are among them where the demo year did not make them."""
    names = [f"expert{place}" for place in range(1, 10)] if "expert1" not in bulk.people else []
    names += [f"bulkexpert{bulk.tag + place:05d}" for place in range(max(number - len(names), 0))]
    users = User.objects.bulk_create(
        User(username=name, name=name_for(180 + place), email=f"{name}@demo.example", password=bulk.password)
        for place, name in enumerate(names)
    )
    fields = [choice.name for choice in edition("2025").fields]
    return Expert.objects.bulk_create(
        Expert(
            user=user, unit_name=f"虚构大学第{place + 1}学院", title="教授", fields=[fields[place % len(fields)]],
            background=("technology", "industry", "finance")[place % 3], max_load=99,
        )
        for place, user in enumerate(users)
    )  # fmt: skip


def _fill(bulk, plan: Plan) -> None:
    """Seats, sheets and points ([] for a sheet that is not in); a closed round's items with their results."""
    points = [
        [_points(bulk, plan.scheme) if plan.is_in(place) else [] for _ in range(plan.seats)]
        for place in range(len(plan.items))
    ]
    if plan.round.state == "closed":
        _figures(plan, points)
    ReviewItem.objects.bulk_create(plan.items, batch_size=CHUNK)
    seats = Assignment.objects.bulk_create(_seats(bulk, plan), batch_size=CHUNK)
    given = [sheet for panel in points for sheet in panel]
    now = plan.round.closed_at or timezone.now()
    sheets = ScoreSheet.objects.bulk_create(
        (
            ScoreSheet(
                assignment=row, locked=bool(marks), total=sum(marks) if marks else None,
                recommendation="support" if marks else "", comment=COMMENT if marks else "",
                submitted_at=now if marks else None,
            )
            for row, marks in zip(seats, given, strict=True)
        ),
        batch_size=CHUNK,
    )  # fmt: skip
    ScoreEntry.objects.bulk_create(
        (
            ScoreEntry(
                sheet=sheet, criterion=row.code, maximum=row.maximum, points=marks[place] if marks else None,
                comment=REMARK if marks else "",
            )
            for sheet, marks in zip(sheets, given, strict=True)
            for place, row in enumerate(plan.scheme.criteria)
        ),
        batch_size=CHUNK,
    )  # fmt: skip


def _seats(bulk, plan: Plan):
    experts = plan.experts
    for place, item in enumerate(plan.items):
        for step in range(plan.seats):
            state = "submitted" if plan.is_in(place) else "accepted"
            yield Assignment(
                item=item, expert=experts[(place * plan.seats + step) % len(experts)], is_chair=step == 0,
                origin="draw", state=state, assigned_by=bulk.people["officer"],
                submitted_at=plan.round.closed_at if state == "submitted" else None,
            )  # fmt: skip


def _points(bulk, scheme: scoring.Scheme) -> list[Decimal]:
    return [Decimal(int(row.maximum) * bulk.random.randrange(12, 20) // 20) for row in scheme.criteria]


def _figures(plan: Plan, points) -> None:
    """Results as the end of a round stores them."""
    tie = [row.code for row in plan.scheme.criteria].index(plan.scheme.tie_break)
    for item, panel in zip(plan.items, points, strict=True):
        sums = [sum(marks, Decimal(0)) for marks in panel]
        stats = scoring.aggregate(sums, plan.round.aggregation, plan.scheme.trim_from)
        item.n, item.mean, item.trimmed_mean, item.median = stats.n, stats.mean, stats.trimmed, stats.median
        item.sd, item.score_range, item.score = stats.sd, stats.range, stats.score
        item.tie_break = scoring.mean_of([marks[tie] for marks in panel])
        item.flags = scoring.outliers(
            dict(enumerate(sums, start=1)), plan.scheme.range_alert, plan.scheme.deviation_alert
        )
    ranks = scoring.rank([(place, item.score, item.tie_break) for place, item in enumerate(plan.items)])
    for place, item in enumerate(plan.items):
        item.rank = ranks[place]


def _decide(bulk, plan: Plan) -> None:
    """The list of the closed round, agreed to by three people."""
    people = [bulk.people[duty] for duty in ("officer", "director", "bast")]
    at = plan.round.closed_at
    proposal = Proposal.objects.create(
        round=plan.round, state="approved", proposed_by=people[0], proposed_at=at, confirmed_by=people[1],
        confirmed_at=at, approved_by=people[2], approved_at=at,
    )  # fmt: skip
    ProposalItem.objects.bulk_create(
        (ProposalItem(proposal=proposal, item=item, outcome="support") for item in plan.items), batch_size=CHUNK
    )
    proposal.digest = proposals.digest_of(proposals.choices(proposal))
    proposal.save(update_fields=["digest"])
    ProposalAttempt.objects.create(
        proposal=proposal, number=1, digest=proposal.digest, rows=proposals.told_rows(proposal), proposed_by=people[0],
        proposed_at=at, confirmed_by=people[1], confirmed_at=at, approved_by=people[2], approved_at=at,
    )  # fmt: skip
