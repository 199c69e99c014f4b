"""A bulk review round: experts, seats, half of the sheets submitted."""

from dataclasses import asdict
from decimal import Decimal

from django.utils import timezone

from portal.editions import edition
from portal.models import User
from portal.overview.demo.people import name_for
from reviews.models import Assignment, Expert, ReviewItem, Round, ScoreEntry, ScoreSheet, Undertaking

CHUNK = 1000
SEATS = 3
LOAD = 12
COMMENT = "需求真实、路线清楚、分工合理，预期成果有明确的使用单位，建议支持并加强数据留存与第三方验证。"


def make(bulk, made) -> None:
    """An open selection round over the applications under review."""
    if not made.reviewed:
        return
    scheme = asdict(edition("2025").selection) | {"step": "whole", "comment_min_chars": 30}
    round = Round.objects.create(
        call=made.open_call, kind="selection", title=f"立项评审（批量 {bulk.tag}）", scheme=scheme,
        experts_per_item=SEATS,
        quorum=SEATS, opens_at=bulk.plan.moment(-5), closes_at=bulk.plan.moment(15), state="open",
        scheme_frozen_at=bulk.plan.moment(-4),
        created_by=bulk.people["officer"],
    )  # fmt: skip
    items = ReviewItem.objects.bulk_create(
        (ReviewItem(round=round, application=row, version=made.versions[row.pk]) for row in made.reviewed),
        batch_size=CHUNK,
    )
    experts = _experts(bulk, max(-(-len(items) * SEATS // LOAD), SEATS))
    Undertaking.objects.bulk_create(
        Undertaking(round=round, expert=row, text_version="2025-1", signed_name=row.user.name) for row in experts
    )
    _seats(bulk, items, experts, scheme)


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


def _seats(bulk, items, experts, scheme) -> None:
    seats = Assignment.objects.bulk_create(
        (
            Assignment(
                item=item, expert=experts[(place * SEATS + step) % len(experts)], is_chair=step == 0, origin="draw",
                state="submitted" if place % 2 else "accepted", assigned_by=bulk.people["officer"],
            )
            for place, item in enumerate(items)
            for step in range(SEATS)
        ),
        batch_size=CHUNK,
    )  # fmt: skip
    points = {row.pk: _points(bulk, scheme) for row in seats if row.state == "submitted"}
    now = timezone.now()
    sheets = ScoreSheet.objects.bulk_create(
        (
            ScoreSheet(
                assignment=row, locked=row.pk in points,
                total=sum(points[row.pk]) if row.pk in points else None,
                recommendation="support" if row.pk in points else "", comment=COMMENT if row.pk in points else "",
                submitted_at=now if row.pk in points else None,
            )
            for row in seats
        ),
        batch_size=CHUNK,
    )  # fmt: skip
    ScoreEntry.objects.bulk_create(
        (
            ScoreEntry(
                sheet=sheet, criterion=row["code"], maximum=row["maximum"],
                points=points[sheet.assignment_id][place] if sheet.assignment_id in points else None,
            )
            for sheet in sheets
            for place, row in enumerate(scheme["criteria"])
        ),
        batch_size=CHUNK,
    )  # fmt: skip


def _points(bulk, scheme) -> list[Decimal]:
    return [Decimal(row["maximum"]) * bulk.random.randrange(12, 20) // 20 for row in scheme["criteria"]]
