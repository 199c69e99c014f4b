"""Side stories of the expert pool: histories, absences, conflicts of every source, a hint, a letter, a draw."""

from datetime import timedelta

from django.forms.models import model_to_dict

from portal.overview.demo.world import Story, World
from reviews.actions import draws, experts, interests
from reviews.models import Expert, Round

LEFT, AWAY, NEAR = 12, 13, 14
LETTER, TEACHER, OWNER, RELATIVE, COAUTHOR = 18, 19, 20, 22, 23


def pool_stories(world: World) -> list[Story]:
    """What the center records about experts while it prepares a round, and the draw that waits for it."""
    return [_cards(world), _conflicts(world), _draw(world)]


def _change(world: World, place: int, **changes) -> Expert:
    """Save a card with some columns changed."""
    expert = world.expert(place)
    card = model_to_dict(expert, ["unit_name", "title", "background", "fields", "max_load", "available", "term_until"])
    lines = {key: changes.pop(key) for key in ("posts", "absences") if key in changes}
    officer = world.user("officer")
    return experts.save_expert(by=officer, user=expert.user, expert=expert, **lines, **(card | changes))


def _prepared(world: World):
    """The application that waits in the round in preparation."""
    return world.application("reviewing", "city", 2)


def _cards(world: World) -> Story:
    """One expert changed his unit, one is abroad, one works in an institute of the applicant."""
    yield world.plan.moment(-1, 9)
    day = world.plan.day(0)
    earlier = {"unit_name": "虚构材料研究所", "started_on": day.replace(year=day.year - 9), "ended_on": None}
    earlier["ended_on"] = earlier["started_on"].replace(year=day.year - 4)
    _change(world, LEFT, unit_name="虚构创新产业研究院", posts=[earlier])
    absence = {"away_from": day, "away_to": day + timedelta(days=21), "note": "出国参加学术会议"}
    _change(world, AWAY, absences=[absence])
    _change(world, NEAR, unit_name=f"{_prepared(world).lead_unit.name}第二研究室")


def _conflicts(world: World) -> Story:
    """Declared by the expert, pinned by the center, asked for by the unit, ended again; and two units tied."""
    yield world.plan.moment(-1, 10)
    officer, application = world.user("officer"), _prepared(world)
    day = world.plan.day(-3)
    interests.pin_conflict(
        expert=world.expert(LETTER), by=officer, kind="requested", application=application, letter_on=day,
        note="双方就同一技术路线存在公开的学术争议",
    )  # fmt: skip
    interests.pin_conflict(
        expert=world.expert(TEACHER), by=officer, kind="teacher", application=application,
        note="项目负责人的博士生导师",
    )  # fmt: skip
    owner = world.expert(OWNER)
    interests.declare_conflict(
        expert=owner, by=owner.user, kind="economic", unit=application.lead_unit, note="持有该单位股份"
    )
    relative = world.expert(RELATIVE)
    row = interests.pin_conflict(
        expert=relative, by=officer, kind="family", unit=application.lead_unit, note="来电反映其亲属在该单位任职"
    )
    interests.pin_conflict(
        expert=world.expert(COAUTHOR), by=officer, kind="coauthor", application=application,
        note="近三年合作发表论文两篇", since=world.plan.day(-400),
    )  # fmt: skip
    yield world.plan.moment(-1, 14)
    interests.end_conflict(row, by=officer, note="经核实该亲属已于五年前离职")
    member = application.consortium.memberships.filter(role="member").order_by("pk").first().unit
    interests.tie_units(parent=application.lead_unit, child=member, note="工商登记显示控股百分之六十", by=officer)


def _draw(world: World) -> Story:
    """A draw that waits for its confirmation."""
    yield world.plan.moment(-1, 16)
    round = Round.objects.get(state="draft", items__application=_prepared(world))
    draw = draws.request_draw(round, by=world.user("officer"), seed="2026-04")
    draws.compute_draw(draw.pk)
