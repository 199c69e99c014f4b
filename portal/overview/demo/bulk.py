"""Data sets of any size for measurements: bulk inserts that respect every constraint, the same for the same seed."""

import itertools
import random
import uuid
from dataclasses import dataclass, field
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from consortia.models import Consortium, Membership, Qualification, Seat, Unit
from portal import events
from portal.measures.credit_code import make_credit_code
from portal.models import User
from portal.overview.demo import bulk_money, bulk_projects, bulk_reviews
from portal.overview.demo.accounts import NAMED
from portal.overview.demo.content import themes
from portal.overview.demo.dates import Plan
from portal.overview.demo.load import load_calendar, require_demo
from portal.overview.demo.people import Cast, name_for
from portal.overview.demo.world import World

UNITS_EACH = 3  # lead and two members


@dataclass
class Bulk:
    """What the steps share: sizes, the random stream, and the rows made so far in their order."""

    projects: int
    ledger_rows: int
    random: random.Random
    plan: Plan
    tag: int
    people: dict[str, User]
    consortia: list[Consortium] = field(default_factory=list)
    leaders: list[User] = field(default_factory=list)
    password: str = ""

    def identifier(self) -> uuid.UUID:
        """A public id from the random stream, so that addresses are the same for the same seed."""
        return uuid.UUID(int=self.random.getrandbits(128), version=4)

    def field_of(self, place: int):
        """The theme that lends field, districts and words to a consortium."""
        return themes()[place % len(themes())]


def load_bulk(*, projects: int, ledger_rows: int, seed: int) -> Bulk:
    """Make `projects` projects with `ledger_rows` ledger lines in one transaction."""
    require_demo()
    with transaction.atomic():
        plan = Plan(timezone.localdate())
        load_calendar(plan.years)
        bulk = _begin(projects, ledger_rows, seed, plan)
        _make_consortia(bulk)
        made = bulk_projects.make(bulk)
        bulk_money.make(bulk, made)
        bulk_reviews.make(bulk, made)
        for row in (bulk.consortia[0], made.call, made.projects[0]):
            note = f"批量数据：{projects} 个项目、{ledger_rows} 条明细账，种子 {seed}"
            events.record("demo.bulk", "装入批量演示数据", row, note=note)
    return bulk


def _begin(projects: int, ledger_rows: int, seed: int, plan: Plan) -> Bulk:
    """The center's people are those of the demo year, made here when it is not loaded."""
    cast = Cast(World(clock=None, plan=plan, calendar={}, present=timezone.now()))
    if not User.objects.filter(username="officer").exists():
        cast.staff()
    people = {user.username: user for user in User.objects.filter(username__in=[name for _, name, _ in NAMED])}
    return Bulk(
        projects=projects,
        ledger_rows=ledger_rows,
        random=random.Random(seed),
        plan=plan,
        tag=Unit.objects.count(),
        people=people,
        password=cast.password,
    )


def _make_consortia(bulk: Bulk) -> None:
    """A fourth as many consortia as projects, each led by its own unit with one person of all roles."""
    number = max(4, -(-bulk.projects // 4))
    units = Unit.objects.bulk_create(_unit(bulk, place) for place in range(number * UNITS_EACH))
    bulk.consortia = Consortium.objects.bulk_create(
        _consortium(bulk, place, units[place * UNITS_EACH]) for place in range(number)
    )
    today = bulk.plan.today
    Membership.objects.bulk_create(
        Membership(
            consortium=consortium,
            unit=units[place * UNITS_EACH + step],
            role="lead" if step == 0 else "member",
            task=("牵头统筹", "关键技术研究", "应用推广")[step],
            joined_on=consortium.founded_on,
        )
        for (place, consortium), step in itertools.product(enumerate(bulk.consortia), range(UNITS_EACH))
    )
    Qualification.objects.bulk_create(
        Qualification(consortium=row, status="valid", since=row.founded_on, reason="经审核符合条件，批准成立",
                      recorded_by=bulk.people["director"])
        for row in bulk.consortia
    )  # fmt: skip
    _make_people(bulk, today)


def _unit(bulk: Bulk, place: int) -> Unit:
    serial = bulk.tag + place + 1
    theme = bulk.field_of(place // UNITS_EACH)
    name = f"北京虚构{theme.lead['stem']}{'一二三四五六七八九'[place % 9]}{serial:05d}科技有限公司"
    return Unit(
        public_id=bulk.identifier(),
        name=name,
        credit_code=make_credit_code("91110108", f"MB{serial:06d}"),
        kind="private",
        district=theme.districts[place % 2],
        accounting_system="enterprise",
        legal_representative=name_for(place),
        bank_name="虚构银行北京分行",
        bank_account_name=name,
        bank_account=f"6222{serial:012d}",
        state="approved",
    )


def _consortium(bulk: Bulk, place: int, lead: Unit) -> Consortium:
    theme = bulk.field_of(place)
    return Consortium(
        public_id=bulk.identifier(),
        name=f"{theme.lead['stem']}科创协同联合体{bulk.tag + place + 1:05d}（虚构）",
        fields=[theme.field],
        districts=list(theme.districts),
        lead_unit=lead,
        founded_on=bulk.plan.today - timedelta(days=900 + place % 200),
        founding_document="关于同意成立联合体的批复",
        mechanism=theme.mechanism,
    )


ROLES = ("drafter", "leader", "unitadmin", "supervisor")


def _make_people(bulk: Bulk, today) -> None:
    """The named unit accounts sit in the first units when the demo year did not seat them elsewhere."""
    wanted = [f"bulk{bulk.tag + place + 1:05d}" for place in range(len(bulk.consortia))]
    bulk.leaders = User.objects.bulk_create(
        User(username=name, name=name_for(place), email=f"{name}@demo.example", password=bulk.password)
        for place, name in enumerate(wanted)
    )
    pairs = [
        (user, row.lead_unit, role) for user, row in zip(bulk.leaders, bulk.consortia, strict=True) for role in ROLES
    ]
    missing = [role for role in (*ROLES, "member") if role not in bulk.people]
    if missing:
        named = {username: name for _, username, name in NAMED}
        rows = User.objects.bulk_create(
            User(username=role, name=named[role], email=f"{role}@demo.example", password=bulk.password)
            for role in missing
        )
        bulk.people |= {row.username: row for row in rows}
        first = bulk.consortia[0]
        second = first.memberships.filter(role="member").first().unit
        pairs += [(row, second if row.username == "member" else first.lead_unit, row.username) for row in rows]
    Seat.objects.bulk_create(Seat(user=user, unit=unit, role=role) for user, unit, role in pairs)
