"""What becomes of the projects of the finished call: one of each state, with money, evidence and decisions."""

from functools import partial

from portal.overview.demo.closing import (
    audit_story,
    budget_story,
    clawback_story,
    conclusion_story,
    ending_story,
    evaluation_story,
    package_story,
    qualities_of,
    rectify_story,
    revocation_story,
    surplus_story,
)
from portal.overview.demo.content import Theme
from portal.overview.demo.deciding import payment_story
from portal.overview.demo.executing import evidence_story, mend_story, report_story, work_log_story
from portal.overview.demo.spending import ledger_story, settle_story
from portal.overview.demo.world import Story, World

# Projects whose period is over: (theme, variant, evidence refused at first, banned and doubtful lines).
ENDED = (
    ("city", 0, 0, 1, 1), ("reducer", 0, 1, 0, 1), ("additive", 0, 0, 1, 0), ("water", 0, 0, 0, 2),
    ("solar", 0, 1, 1, 1), ("training", 0, 2, 0, 1), ("snow", 0, 2, 0, 0), ("vision", 1, 0, 0, 1),
    ("cell", 2, 0, 0, 1),
)  # fmt: skip
FIRST_ROUND = tuple((key, 0) for key in ("city", "reducer", "additive", "solar", "training", "snow"))
THIRD_ROUND = (("water", 0),)
SCORES = {"city": 90, "reducer": 75, "additive": 86, "solar": 69, "training": 60, "snow": 57}


def finished_stories(world: World, known: dict[str, Theme]) -> list[Story]:
    """Stories of all projects of the finished call after their contracts."""
    told = [story for row in ENDED for story in _ended(world, known, *row)]
    return [*told, *_live(world, known), *_verdicts(world, known), *_cases(world, known)]


def _ended(world: World, known, key: str, variant: int, refused: int, banned: int, review: int) -> list[Story]:
    theme = known[key]
    return [
        evidence_story(world, theme, variant, first=-310, last=-92, refused=refused),
        ledger_story(world, theme, variant, first=-312, last=-96, total="206000.00", banned=banned, review=review),
        settle_story(world, theme, variant, day=-89, reverse=key != "additive"),
        report_story(world, theme, variant, until=-90),
        work_log_story(world, theme, variant, first=-290, number=4),
        package_story(world, theme, variant, day=-82),
    ]


def _live(world: World, known) -> list[Story]:
    """Projects that still run, and those that were stopped on the way."""
    rows = (
        ("vision", 0.62, 60, "121500.00", 2, 3, 6),
        ("constellation", 0.7, 40, "143000.00", 2, 2, 5),
        ("rocket", 0.4, 60, "88000.00", 1, 0, 3),
        ("cell", 0.25, 60, "64000.00", 1, 0, 2),
    )
    told: list[Story] = []
    for key, share, last, total, banned, review, entries in rows:
        theme, stopped = known[key], {"rocket": -42, "cell": -110}.get(key, -1)
        told += [
            evidence_story(world, theme, 0, first=-308, last=last, share=share, refused=1),
            ledger_story(
                world, theme, 0, first=-312, last=min(stopped - 4, -14), total=total, banned=banned, review=review,
                as_file=key == "vision",
            ),
            report_story(world, theme, 0, until=stopped),
            work_log_story(world, theme, 0, first=-295, number=entries),
        ]  # fmt: skip
    return told


def _verdicts(world: World, known) -> list[Story]:
    concluded = partial(conclusion_story, world)
    scores = qualities_of(FIRST_ROUND, SCORES)
    return [
        evaluation_story(world, "第一批", FIRST_ROUND, day=-79, quality=scores, seats=3),
        evaluation_story(world, "第二批", (("vision", 1),), day=-8, quality={}, seats=9),
        evaluation_story(
            world, "第三批", THIRD_ROUND, day=-24, quality=qualities_of(THIRD_ROUND, {"water": 84}), seats=3
        ),
        conclusion_story(world, known["water"], 0, day=-3, code="passed", issue=False),
        concluded(known["city"], 0, day=-71, code="passed"),
        concluded(known["additive"], 0, day=-71, code="passed"),
        *(concluded(known[key], 0, day=-71, code="rectification_required") for key in ("reducer", "training", "snow")),
        mend_story(world, known["reducer"], day=-60),
        rectify_story(world, known["reducer"], reply=-55, recheck=-50, fulfilled=True),
        concluded(known["reducer"], 0, day=-49, code="passed_after_rectification"),
        *(rectify_story(world, known[key], reply=None, recheck=-38, fulfilled=False) for key in ("training", "snow")),
        *(concluded(known[key], 0, day=-37, code="failed") for key in ("training", "snow")),
        concluded(known["solar"], 0, day=-14, code="rectification_required"),
        rectify_story(world, known["solar"], reply=-1, recheck=None, fulfilled=False),
    ]


def _cases(world: World, known) -> list[Story]:
    return [
        revocation_story(world, known["snow"], day=-34, decide=-26),
        revocation_story(world, known["training"], day=-33, decide=-25, revoke=False),
        revocation_story(world, known["training"], day=-2, decide=None),
        clawback_story(world, known["additive"], day=-200, until="closed"),
        clawback_story(world, known["solar"], day=-160, until="dismissed"),
        clawback_story(world, known["cell"], day=-45, until="decided"),
        clawback_story(world, known["constellation"], day=-12, until="replied"),
        clawback_story(world, known["rocket"], day=-50, until="draft"),
        _second_payment(world, known["city"], "approved", -40),
        _second_payment(world, known["additive"], "paid", -60),
        _second_payment(world, known["reducer"], "ordered", -12),
        audit_story(world, known["vision"], day=-15, until=45, report=False),
        audit_story(world, known["city"], day=-120, until=-90, report=True),
        budget_story(world, known["vision"], day=-100),
        surplus_story(world, known["snow"], day=-20, paid=True),
        surplus_story(world, known["training"], day=-5, paid=False),
        ending_story(world, known["rocket"], day=-40, how="suspend"),
        ending_story(world, known["cell"], day=-105, how="terminate"),
        ending_story(world, known["additive"], day=-25, how="close"),
    ]


def _second_payment(world: World, theme: Theme, until: str, day: int) -> Story:
    yield world.plan.moment(day - 1, 8)
    project = world.project("finished", theme.key)
    yield from payment_story(world, project.pk, theme, 2, day=day, until=until)
