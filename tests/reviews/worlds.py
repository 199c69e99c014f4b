"""Small worlds of review: a call with applications, experts, a round, seats and sheets."""

from datetime import timedelta

from django.utils import timezone

from projects.queries.application_snapshots import snapshot
from reviews.actions import draws, rounds, sheets
from reviews.models import Assignment
from tests.factories import make_application, make_call, make_consortium, make_expert, make_user, make_version

COMMENT = (
    "项目目标明确，联合体分工合理，指标可以考核，经费测算有依据，建议在实施中进一步明确成果转化的责任单位和时间安排。"
)


def applications_under_review(count: int = 2, call=None) -> list:
    """Eligible applications of one call with a frozen version."""
    call = call or make_call()
    made = [make_application(call, make_consortium(), state="eligible") for _ in range(count)]
    for application in made:
        make_version(application, snapshot=snapshot(application, version=1, status_label="已提交"))
    return made


def selection_round(applications, officer=None, **options):
    """A draft round over applications, open from now for ten days."""
    officer = officer or make_user("officer")
    now = timezone.now()
    options = {"experts_per_item": 3, "quorum": 2} | options
    return rounds.create_round(
        call=applications[0].call,
        kind="selection",
        title="立项评审第一轮",
        by=officer,
        applications=applications,
        opens_at=options.pop("opens_at", now),
        closes_at=options.pop("closes_at", now + timedelta(days=10)),
        **options,
    )


def open_world(applications: int = 1, experts: int = 3, *, call=None, **options):
    """An open round whose items all have the same experts; returns (round, experts, officer)."""
    officer = make_user("officer")
    rows = applications_under_review(applications, call)
    round = selection_round(rows, officer, **options)
    people = [make_expert() for _ in range(experts)]
    for item in round.items.all():
        for place, expert in enumerate(people):
            rounds.assign_expert(item=item, expert=expert, by=officer, is_chair=place == 0)
    rounds.open_round(round, by=officer)
    round.refresh_from_db()
    return round, people, officer


def drawn(round, seed: str = "2025", by=None):
    """Draw the open seats of a round and confirm the result; returns the draw."""
    by = by or round.created_by
    draw = draws.request_draw(round, by=by, seed=seed)
    draws.compute_draw(draw.pk)
    return draws.commit_draw(draw, by=by)


def seat_of(round, expert, index: int = 0) -> Assignment:
    """The expert's seat on the n-th item of the round."""
    return Assignment.objects.filter(item__round=round, expert=expert).order_by("item_id")[index]


def accept(seat) -> Assignment:
    """Sign and accept; returns the seat as stored."""
    user = seat.expert.user
    sheets.sign_undertaking(round=seat.item.round, by=user, signed_name=user.name)
    sheets.accept_assignment(seat, by=user)
    return Assignment.objects.get(pk=seat.pk)


def points(seat, share: int) -> dict[str, str]:
    """Whole points near a share (percent) of every maximum."""
    return {row["code"]: str(row["maximum"] * share // 100) for row in seat.item.round.scheme["criteria"]}


def save(seat, share: int = 80, **changes):
    """Fill the whole sheet."""
    user = seat.expert.user
    sheet = getattr(seat, "sheet", None)
    scheme = seat.item.round.scheme
    values = {
        "scores": points(seat, share),
        "comments": {row["code"]: "此项依据不足，需要补充说明材料" for row in scheme["criteria"]} if share < 60 else {},
        "recommendation": scheme["recommendations"][1]["code"],
        "comment": COMMENT,
        "revision": sheet.revision if sheet else 0,
    }
    return sheets.save_sheet(assignment=seat, by=user, **(values | changes))


def score(seat, share: int = 80) -> Assignment:
    """Accept, fill and submit."""
    seat = accept(seat)
    save(seat, share)
    sheets.submit_sheet(seat, by=seat.expert.user)
    return Assignment.objects.get(pk=seat.pk)
