"""The plot: which story each consortium lives through."""

from portal.overview.demo.applying import apply_story, call_story
from portal.overview.demo.content import Theme, themes
from portal.overview.demo.dates import CALLS
from portal.overview.demo.deciding import contract_story, notice_story, objection_story, running_notice_day
from portal.overview.demo.extras import extra_stories
from portal.overview.demo.finished_plot import finished_stories
from portal.overview.demo.reviewing import decision_story, feedback_story, qualities, selection_story
from portal.overview.demo.world import Story, World

SELECTED = (
    "vision", "city", "reducer", "additive", "water", "solar", "constellation", "rocket", "training", "snow",
    "cell", "chronic",
)  # fmt: skip
FINISHED_ROUND = (*((key, 0) for key in SELECTED), ("vision", 1), ("cell", 2), ("farm", 0), ("instrument", 0))
TWICE = (("vision", 1), ("cell", 2))  # the second projects of two units
FINISHED_NOTICE = FINISHED_ROUND[:-1]
FIRST_GROUP = (("vision", 2), ("city", 1), ("reducer", 1), ("additive", 1), ("water", 1), ("solar", 1))
SECOND_GROUP = (("constellation", 1),)
THIRD_GROUP = (("training", 1), ("cell", 1), ("chronic", 1))
FIFTH_GROUP = (("rocket", 1),)
SIXTH_GROUP = (("instrument", 2),)


def by_key() -> dict[str, Theme]:
    """Themes by key."""
    return {theme.key: theme for theme in themes()}


def _applications(world: World) -> list[Story]:
    """(theme, variant, where it stops) of the three calls."""
    plot = {
        "finished": (
            *((*row, "check") for row in FINISHED_ROUND),
            ("farm", 1, "ineligible"),
            ("instrument", 1, "withdrawn"),
        ),
        "reviewing": (
            *((*row, "check") for row in (*FIRST_GROUP, *SECOND_GROUP, *THIRD_GROUP, *FIFTH_GROUP, *SIXTH_GROUP)),
            ("farm", 1, "late"),
            ("instrument", 1, "supplement"),
            ("snow", 1, "withdrawn"),
            ("city", 2, "late"),
            ("vision", 3, "submitted"),
        ),
        "open": (("vision", 4, "draft"), ("water", 1, "begun"), ("solar", 1, "unit_review")),
    }
    known = by_key()
    return [
        apply_story(world, call, known[key], variant, day=CALLS[call].opens + 3 + place % 6, until=until)
        for call, rows in plot.items()
        for place, (key, variant, until) in enumerate(rows)
    ]


def _selections(world: World) -> list[Story]:
    titles = by_key()
    second = {key: theme.variants[0]["title"] for key, theme in titles.items()}
    return [
        selection_story(
            world, "综合组", "finished", FINISHED_ROUND, day=-380,
            quality=qualities(FINISHED_ROUND, {"farm": 78, "instrument": 62}),
        ),
        decision_story(world, "综合组", day=-370, outcomes={titles["instrument"].title: "decline"}),
        feedback_story(world, "综合组", day=-355, release=True),
        selection_story(
            world, "第一组", "reviewing", FIRST_GROUP, day=-42, quality=qualities(FIRST_GROUP, {"solar": 61})
        ),
        decision_story(
            world, "第一组", day=-38, outcomes={second["water"]: "reserve", second["solar"]: "decline"}
        ),
        feedback_story(world, "第一组", day=-36, release=False),
        selection_story(world, "第二组", "reviewing", SECOND_GROUP, day=-20, quality=qualities(SECOND_GROUP, {})),
        decision_story(world, "第二组", day=-3, outcomes={}, steps=2),
        selection_story(world, "第三组", "reviewing", THIRD_GROUP, day=-5, quality={}),
        selection_story(world, "第五组", "reviewing", FIFTH_GROUP, day=-19, quality=qualities(FIFTH_GROUP, {})),
        decision_story(world, "第五组", day=-2, outcomes={}, steps=1),
        selection_story(world, "第六组", "reviewing", SIXTH_GROUP, day=-18, quality=qualities(SIXTH_GROUP, {})),
        decision_story(world, "第六组", day=-6, outcomes={}, steps=1, returned=True),
    ]  # fmt: skip


def _notices(world: World) -> list[Story]:
    today = running_notice_day(world)
    return [
        notice_story(
            world, "finished", "finished", FINISHED_NOTICE, day=-366,
            title=f"{world.plan.year('finished')}年科创协同区域行动拟支持项目公示",
        ),
        objection_story(
            world, "finished", "finished", ("farm", 0), day=-365, name="孟繁星", end="uphold",
            text="该项目申报材料所列两项前期成果，已在另一市级财政项目中作为验收成果提交，请予核查。",
        ),
        objection_story(
            world, "finished", "finished", ("city", 0), day=-364, name="陶行之", end="dismiss",
            text="反映该项目负责人并非牵头单位在职人员，请核实其任职与社保情况。",
        ),
        objection_story(
            world, "finished", "finished", ("rocket", 0), day=-363, name="方从周", end="decline",
            text="反映该单位所在园区夜间试车噪声扰民，请公示单位一并处理。",
        ),
        notice_story(
            world, "first", "reviewing", FIRST_GROUP[:1], day=-34,
            title=f"{world.plan.year('reviewing')}年第二批拟支持项目公示（一）", corrected=True,
        ),
        notice_story(
            world, "running", "reviewing", FIRST_GROUP[1:3], day=today,
            title=f"{world.plan.year('reviewing')}年第二批拟支持项目公示（二）",
        ),
        objection_story(
            world, "running", "reviewing", ("reducer", 1), day=today, hour=10, name="纪晓峰", end="received",
            text="公示项目的联合单位中有一家与本人所在单位就同一技术存在权属争议，请核查成果归属后再行立项。",
        ),
    ]  # fmt: skip


def _contracts(world: World) -> list[Story]:
    known = by_key()
    told = [
        contract_story(world, "finished", known[key], day=-340, until="received")
        for key in SELECTED
        if key != "chronic"
    ]
    told += [contract_story(world, "finished", known[key], at, day=-340, until="received") for key, at in TWICE]
    # One unit took its time: its contract came back only now.
    told.append(contract_story(world, "finished", known["chronic"], day=-10, until="returned"))
    told.append(contract_story(world, "reviewing", known["vision"], 2, day=-9, until="issued"))
    return told


def stories(world: World) -> list[Story]:
    """All stories; the runner orders them by time."""
    told = [call_story(world, name) for name in CALLS]
    told += [*_applications(world), *_selections(world), *_notices(world), *_contracts(world)]
    return [*told, *finished_stories(world, by_key()), *extra_stories(world, by_key())]
