"""Accounts, units, consortia and experts of the demo year, made by the actions that people would use."""

from datetime import timedelta

from django.contrib.auth.hashers import make_password
from django.utils import timezone

from consortia.actions import consortia as consortium_acts
from consortia.actions import qualifications, registrations
from consortia.actions import units as unit_acts
from consortia.models import Seat, Unit
from portal.measures.credit_code import make_credit_code
from portal.models import User
from portal.overview.demo.accounts import NAMED, PASSWORD
from portal.overview.demo.content import Theme, themes
from portal.overview.demo.world import World
from reviews.actions import experts as expert_acts

DUTIES = ("officer", "finance", "director", "bast", "auditor", "sysadmin", "logadmin")
_GIVEN = (
    "致远",
    "佳宁",
    "文博",
    "雅琴",
    "立新",
    "思源",
    "广平",
    "秀兰",
    "承宇",
    "慕白",
    "若晨",
    "永康",
    "可欣",
    "守仁",
)
_SURNAMES = "章云苏潘葛范彭郎鲁韦马苗凤花方俞任袁柳鲍史唐费廉岑薛"
_UNIVERSITIES = ("虚构理工大学", "拟定财经大学", "虚构产业研究院", "拟定会计师事务所（虚构）", "虚构工程师协会")
_TITLES = {"technology": "教授", "industry": "正高级工程师", "finance": "高级会计师"}


def name_for(number: int) -> str:
    """An invented personal name."""
    return _SURNAMES[number % len(_SURNAMES)] + _GIVEN[(number * 5 + number // len(_SURNAMES)) % len(_GIVEN)]


class Cast:
    """Makes people; the password is hashed once, because a good hash is slow on purpose."""

    def __init__(self, world: World):
        self.world = world
        self.password = make_password(PASSWORD)
        self.named = {username: name for _, username, name in NAMED}

    def account(self, username: str, name: str, duty: str = "", **fields) -> User:
        """Store an account that signs in with the demo password."""
        number = len(self.world.people)
        user = User.objects.create(
            username=username,
            name=self.named.get(username) or name,
            duty=duty,
            email=f"{username}@demo.example",
            phone=f"010-5550{number:04d}",
            password=self.password,
            **fields,
        )
        self.world.people[username] = user.pk
        return user

    def staff(self) -> None:
        """The center, BAST, the auditor and the administrators, one duty each."""
        for duty in DUTIES:
            limit = {"valid_until": timezone.now() + timedelta(days=800)} if duty == "auditor" else {}
            self.account(duty, name_for(len(self.world.people)), duty, **limit)

    def seat(self, username: str, unit: Unit, role: str) -> None:
        """Give a person a seat."""
        Seat.objects.create(user_id=self.world.people[username], unit=unit, role=role)


def make_units(world: World, names_kinds, district: str) -> None:
    """Register and approve units; names are invented, credit codes pass both check digits."""
    officer = world.user("officer")
    for name, kind in names_kinds:
        number = len(world.units) + 1
        prefix = {"association": "51110000", "non_enterprise": "52110000", "institution": "12110000"}.get(
            kind, "91110108"
        )
        books = {"private": "enterprise", "institution": "government"}.get(kind, "non_profit")
        unit = registrations.register_unit(
            by=None,
            name=name,
            credit_code=make_credit_code(prefix, f"MA{number:06d}"),
            kind=kind,
            district=district,
            accounting_system=books,
            legal_representative=name_for(240 + number % 60),
            address=f"{district}虚构路{number}号",
            contact_name=name_for(300 + number % 60),
            contact_phone=f"010-6660{number:04d}",
            bank_name=f"虚构银行{district}支行",
            bank_account_name=name,
            bank_account=f"1109{number:012d}",
            introduction=f"{name}是演示用的虚构单位，主要在{district}开展科技服务与协同创新。",
        )
        unit_acts.approve_unit(unit, by=officer, note="证照与名称一致")
        world.units[name] = unit.pk


def kind_of(name: str) -> str:
    """The legal nature that an invented name tells."""
    for part, kind in (("公司", "private"), ("园", "park"), ("基地", "park"), ("创新港", "park")):
        if part in name and "研究" not in name:
            return kind
    return "institution"


def make_consortium(cast: Cast, theme: Theme) -> None:
    """Units, people, consortium, members and qualification of a theme."""
    world = cast.world
    units = [(theme.lead["name"], theme.lead["kind"]), *((name, kind_of(name)) for name in theme.members)]
    make_units(world, units, theme.districts[0])
    officer, founded = world.user("officer"), world.plan.day(-1400 + theme.number * 20)
    consortium = consortium_acts.save_consortium(
        by=officer,
        name=theme.consortium,
        fields=[theme.field],
        districts=list(theme.districts),
        lead_unit=world.unit(theme.lead["name"]),
        founded_on=founded,
        founding_document=f"关于同意成立{theme.consortium}的批复",
        mechanism=theme.mechanism,
    )
    world.consortia[theme.key] = consortium.pk
    tasks = ("产品实现", "关键技术研究", "配套工艺与装备", "场地与企业服务", "应用推广")
    for name, task in zip(theme.members, tasks, strict=True):
        consortium_acts.add_member(
            consortium=consortium, unit=world.unit(name), joined_on=founded, task=task, chain_position=task, by=officer
        )
    qualifications.record_qualification(
        consortium=consortium,
        status="valid",
        since=founded,
        reason="经审核符合联合体条件，批准成立",
        by=world.user("director"),
    )
    _lead_people(cast, theme)


def _lead_people(cast: Cast, theme: Theme) -> None:
    world, unit = cast.world, cast.world.unit(theme.lead["name"])
    tail = "" if theme.number == 1 else f"-{theme.key}"
    people = {
        "drafter": name_for(theme.number * 3 + 100),
        "unitadmin": name_for(theme.number * 3 + 141),
        "leader": theme.leader,
        "supervisor": theme.supervisor,
    }
    for role, name in people.items():
        cast.account(f"{role}{tail}", name)
        cast.seat(f"{role}{tail}", unit, role)
    if theme.number == 1:
        cast.account("leader2", "白行简")
        cast.seat("leader2", unit, "leader")
        cast.account("member", "潘正阳")
        cast.seat("member", world.unit(theme.members[0]), "member")


def make_experts(cast: Cast, number: int = 27) -> None:
    """Experts of three backgrounds; the first nine are the named accounts."""
    world, officer = cast.world, cast.world.user("officer")
    fields = sorted({theme.field for theme in themes()})
    backgrounds = ("technology", "industry", "finance")
    for place in range(number):
        username = f"expert{place + 1}" if place < 9 else f"expert-{place + 1}"
        user = cast.account(username, name_for(200 + place))
        background = backgrounds[place % 3]
        expert = expert_acts.save_expert(
            by=officer,
            user=user,
            unit=None,
            unit_name=f"{_UNIVERSITIES[place % len(_UNIVERSITIES)]}{'第' + str(place + 1) + '研究室' if place else ''}",
            title=_TITLES[background],
            background=background,
            fields=[fields[place % len(fields)], fields[(place + 2) % len(fields)]],
            max_load=16,
            available=True,
            term_until=world.plan.day(500),
        )
        world.experts.append(expert.pk)


def populate(world: World) -> None:
    """Everybody and every consortium."""
    cast = Cast(world)
    cast.staff()
    for theme in themes():
        make_consortium(cast, theme)
    make_experts(cast)
    consortium_acts.confirm_membership(
        world.consortium(themes()[0]).memberships.get(unit__name=themes()[0].members[0]), by=world.user("member")
    )
