"""A round of many items with few rows behind each: for pages, limits and queries, not for rules."""

from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

from projects.models import Application
from reviews import scoring
from reviews.actions import closing
from reviews.models import Assignment, ReviewItem, Round, ScoreEntry, ScoreSheet, Undertaking
from reviews.queries.schemes import frozen_scheme
from tests.factories import make_call, make_consortium, make_expert, make_person, make_unit, make_user, make_version


def wide_round(items: int, *, experts: int = 3, closed: bool = True, grants: int = 20) -> tuple[Round, object]:
    """A round over `items` applications of two consortia, all sheets in; returns (round, officer)."""
    officer, call = make_user("officer"), make_call(number_of_grants=grants)
    round = Round.objects.create(
        call=call, kind="selection", title="大轮次", scheme=frozen_scheme(call, "selection")[0], aggregation="trimmed",
        experts_per_item=experts, quorum=min(2, experts), opens_at=timezone.now() - timedelta(days=3),
        closes_at=timezone.now() + timedelta(days=3), state="open", created_by=officer,
    )  # fmt: skip
    made = _items(round, call, items)
    people = [make_expert(max_load=999) for _ in range(experts)]
    Undertaking.objects.bulk_create(
        Undertaking(round=round, expert=row, text_version="1", signed_name=row.user.name) for row in people
    )
    _sheets(round, made, people, officer)
    if closed:
        round = closing.close_round(round, by=officer)
    return Round.objects.get(pk=round.pk), officer


def _items(round, call, count: int) -> list[ReviewItem]:
    consortium = make_consortium()
    leader = make_person(consortium.lead_unit, "leader")
    # Two applications a unit: the cap of 5(1)1.
    units = [make_unit() for _ in range(-(-count // 2))]
    rows = Application.objects.bulk_create(
        Application(
            call=call, consortium=consortium, lead_unit=units[place // 2], slot=place % 2 + 1, created_by=leader,
            leader=leader,
            title=f"项目{place:03d}", number=f"宽-{call.pk}-{place:04d}", field="人工智能" if place % 2 else "节能环保",
            district="海淀区", start_on=call.execution_start, end_on=call.execution_end, state="under_review",
            submitted_at=timezone.now(),
        )
        for place in range(count)
    )  # fmt: skip
    version = make_version(rows[0])
    return ReviewItem.objects.bulk_create(ReviewItem(round=round, application=row, version=version) for row in rows)


def _sheets(round, items, people, officer) -> None:
    scheme = scoring.scheme_of(round.scheme)
    seats = Assignment.objects.bulk_create(
        Assignment(
            item=item, expert=expert, is_chair=not step, state="submitted", assigned_by=officer,
            submitted_at=timezone.now(),
        )
        for item in items
        for step, expert in enumerate(people)
    )  # fmt: skip
    sheets = ScoreSheet.objects.bulk_create(
        ScoreSheet(
            assignment=seat, recommendation=scheme.recommendations[0].code, comment="总体可行，建议支持。",
            locked=False, submitted_at=timezone.now(),
        )
        for seat in seats
    )  # fmt: skip
    entries = [
        ScoreEntry(sheet=sheet, criterion=row.code, maximum=row.maximum, points=_given(row, place), comment="有依据")
        for place, sheet in enumerate(sheets)
        for row in scheme.criteria
    ]
    ScoreEntry.objects.bulk_create(entries)
    for sheet in sheets:
        sheet.total = sum((entry.points for entry in entries if entry.sheet_id == sheet.pk), Decimal(0))
        sheet.locked = True
    ScoreSheet.objects.bulk_update(sheets, ["total", "locked"])


def _given(row, place: int) -> Decimal:
    """Falls slowly along the items; one sheet in forty is far off."""
    share = 95 - place % 60 - (35 if place % 40 == 7 else 0)
    return (row.maximum * max(share, 5) / 100).quantize(Decimal("0.5"))
