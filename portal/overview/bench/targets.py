"""What is measured: main pages and writes, with a signed-in person for each, chosen from the data set at hand."""

from dataclasses import asdict, dataclass, field
from datetime import timedelta
from importlib import import_module

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db.models import Count
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from consortia.models import Seat
from portal.models import User
from portal.overview.bench.middleware import FLOOR
from projects.actions import applications
from projects.models import Application, Call, Project, PublicNotice
from reviews.models import Assignment, Round

STAFF = ("officer", "director")


@dataclass(frozen=True)
class Target:
    """One page or write. A write reads its form from `page` first (untimed) and changes `values`; {n} is a counter."""

    name: str
    role: str
    path: str
    page: str = ""
    button: str = ""
    values: dict[str, str] = field(default_factory=dict)
    htmx: bool = False

    @property
    def method(self) -> str:
        """GET unless a form is sent."""
        return "POST" if self.page else "GET"


def prepare() -> dict:
    """People, sessions and targets for this database, as JSON; makes the few objects that a data set may lack."""
    project = Project.objects.filter(state="running").annotate(n=Count("ledger_lines")).order_by("-n", "pk").first()
    people = {duty: _person(duty, duty=duty) for duty in STAFF}
    people["drafter"] = _seated("drafter", project.lead_unit)
    seat = _open_seat()
    if seat is not None:
        people["expert"] = seat.expert.user
    draft = _draft(people["drafter"])
    targets = [*_floor(), *_public(), *_unit(project, draft), *_admin()]
    targets += _expert(seat) if seat is not None else []
    return {
        "sessions": {role: open_session(user) for role, user in people.items()},
        "targets": [asdict(target) for target in targets if target.path],
    }


def _person(name: str, **fields) -> User:
    return User.objects.get_or_create(username=f"bench-{name}", defaults={"name": "测量", **fields})[0]


def _seated(role: str, unit) -> User:
    user = _person(role)
    Seat.objects.get_or_create(user=user, unit=unit, role=role)
    return user


def open_session(user: User) -> str:
    """A session of this person, without a login page."""
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = "portal.backends.PortalBackend"
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store.create()
    return store.session_key


def _open_seat() -> Assignment | None:
    rows = Assignment.objects.filter(item__round__state="open", state="accepted")
    return rows.select_related("expert__user").order_by("pk").first()


def _draft(drafter: User) -> Application | None:
    """A draft of the drafter's unit in a call that is open now."""
    draft = Application.objects.visible_to(drafter).filter(state="draft").first()
    now = timezone.now()
    call = Call.objects.filter(state="published", opens_at__lte=now, closes_at__gt=now + timedelta(hours=1)).first()
    consortium = drafter.seats.get().unit.led_consortia.first()
    if draft is None and call is not None and consortium is not None:
        draft = applications.start_application(call=call, consortium=consortium, title="测量用草稿", by=drafter)
    return draft


def _url(name: str, *args) -> str:
    """The address, or "" when the portal has no such page: the target is left out and the report says so."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


def _floor() -> list[Target]:
    return [Target("floor GET", "officer", FLOOR), Target("floor POST", "officer", FLOOR, page=FLOOR)]


def _public() -> list[Target]:
    call, notice = Call.objects.exclude(state="draft").first(), PublicNotice.objects.exclude(state="draft").first()
    targets = [Target("public home", "", _url("public_home")), Target("calls", "", _url("call_list"))]
    targets += [Target("call", "", _url("call_detail", call.pk))] if call else []
    return targets + ([Target("public notice", "", _url("notice_detail", notice.public_id))] if notice else [])


def _unit(project: Project, draft: Application | None) -> list[Target]:
    one = project.public_id
    targets = [
        Target("home, lead unit", "drafter", _url("home")),
        Target("applications", "drafter", _url("application_list")),
        Target("projects", "drafter", _url("project_list")),
        Target("project", "drafter", _url("project_detail", one)),
        Target("evidence", "drafter", _url("evidence_list", one)),
        Target("ledger", "drafter", _url("ledger", one)),
        Target("contract", "drafter", _url("project_contract", one)),
    ]
    if draft is not None:
        part = _url("application_part", draft.public_id, "rationale")
        text = {"text": "围绕区域产业需求组织协同攻关，第{n}次修改。" * 20}
        targets += [
            Target("application, task list", "drafter", _url("application", draft.public_id)),
            Target("application, section", "drafter", part),
            Target("application, check", "drafter", _url("application_check", draft.public_id)),
            Target("autosave a section", "drafter", part, page=part, button="保存", values=text, htmx=True),
        ]
    return [*targets, _new_line(project)]


def _new_line(project: Project) -> Target:
    page = _url("ledger_add", project.public_id)
    line = {
        "voucher_no": "测-{stamp}-{n}",
        "voucher_date": max(project.start_on, min(project.end_on, timezone.localdate())).isoformat(),
        "summary": "产业创新活动场地租赁费（第{n}笔）",
        "account": "会议费",
        "payee": "虚构会展服务有限公司",
        "amount": "0.01",
        "source": "matching",
    }
    return Target("add a ledger line", "drafter", page, page=page, button="登记支出", values=line)


def _expert(seat: Assignment) -> list[Target]:
    page = _url("review_seat", seat.pk)
    first = seat.item.round.scheme["criteria"][0]["code"]
    return [
        Target("expert desk", "expert", _url("review_desk")),
        Target("score sheet", "expert", page),
        Target("save a score", "expert", page, page=page, button="保存", values={f"points_{first}": "7"}),
    ]


def _admin() -> list[Target]:
    names = {
        "admin, applications": "projects_application",
        "admin, projects": "projects_project",
        "admin, ledger": "funding_ledgerline",
        "admin, evidence": "projects_evidence",
    }
    targets = [Target("home, center", "officer", _url("admin:index"))]
    targets += [Target(name, "officer", _url(f"admin:{model}_changelist")) for name, model in names.items()]
    return targets + _round()


def _round() -> list[Target]:
    """Pages of the longest closed round: each lists as many items as the data set has projects."""
    closed = Round.objects.filter(state="closed").annotate(n=Count("items")).order_by("-n").first()
    if closed is None:
        return []
    pages = {
        "admin, ranking": "ranking",
        "admin, items of a round": "items",
        "admin, experts of a round": "experts",
        "workbook of all scores": "ranking_xlsx",
    }
    return [Target(name, "officer", _url(f"admin:reviews_round_{page}", closed.pk)) for name, page in pages.items()]
