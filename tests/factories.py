"""Small real objects for tests: each function stores what it returns; keyword arguments win."""

import itertools
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.contrib.auth.hashers import make_password
from django.utils import timezone

from consortia.models import Consortium, Membership, Qualification, Seat, Unit
from portal.measures.credit_code import make_credit_code
from portal.models import CalendarDay, StoredFile, User
from projects.models import (
    Application,
    ApplicationVersion,
    AttachmentKind,
    BudgetLine,
    Call,
    Contract,
    FundingSource,
    Instalment,
    KpiTarget,
    Project,
    PublicNotice,
    Stage,
    TeamMember,
)
from reviews.models import Expert

_count = itertools.count(1)
PASSWORD = "kechuang-2025-test"
_HASH = make_password(PASSWORD)
KPI_ROWS = [
    ("member_expansion", "年度扩容成员单位", "家", 6),
    ("tech_transfer", "技术成果在京转化应用", "项", 3),
    ("case_report", "校企合作案例报告", "份", 1),
    ("industry_map", "产业图谱或人才图谱", "份", 1),
    ("innovation_event", "产业创新活动", "场", 1),
    ("work_summary", "工作总结", "份", 1),
]


def make_user(duty: str = "", **fields) -> User:
    """A user; auditors get a limited account."""
    number = next(_count)
    if duty == "auditor":
        fields.setdefault("valid_until", timezone.now() + timedelta(days=30))
    defaults = {"username": f"user{number}", "name": f"测试人员{number}", "email": f"user{number}@example.com"}
    return User.objects.create(duty=duty, password=_HASH, **(defaults | fields))


def make_unit(**fields) -> Unit:
    """An approved unit with a valid credit code and a bank account."""
    number = next(_count)
    defaults = {
        "name": f"北京虚构科技{number}有限公司",
        "credit_code": make_credit_code("91110108", f"MA{number:06d}"),
        "kind": "private",
        "district": "海淀区",
        "accounting_system": "enterprise",
        "legal_representative": "赵测试",
        "bank_name": "虚构银行海淀支行",
        "bank_account": f"110900{number:010d}",
        "state": "approved",
    }
    defaults |= fields
    defaults.setdefault("bank_account_name", defaults["name"])
    return Unit.objects.create(**defaults)


def seat(user: User, unit: Unit, role: str) -> Seat:
    """Give the user a seat."""
    return Seat.objects.create(user=user, unit=unit, role=role)


def make_person(unit: Unit, role: str, **fields) -> User:
    """A user with a seat in the unit."""
    user = make_user(**fields)
    seat(user, unit, role)
    return user


def make_consortium(lead: Unit | None = None, *, members: int = 2, status: str = "valid", **fields) -> Consortium:
    """A consortium with its lead, some members and a qualification."""
    lead = lead or make_unit()
    number = next(_count)
    defaults = {
        "name": f"测试产业科创协同联合体{number}",
        "fields": ["人工智能"],
        "districts": ["海淀区"],
        "founded_on": date(2023, 5, 1),
        "founding_document": "关于同意成立联合体的批复",
    }
    consortium = Consortium.objects.create(lead_unit=lead, **(defaults | fields))
    joined = date(2023, 5, 1)
    Membership.objects.create(consortium=consortium, unit=lead, role="lead", joined_on=joined)
    for _ in range(members):
        Membership.objects.create(consortium=consortium, unit=make_unit(), role="member", joined_on=joined)
    Qualification.objects.create(consortium=consortium, status=status, since=joined, reason="成立")
    return consortium


def make_call(**fields) -> Call:
    """A published call that is open now, with two attachment kinds; defaults come from the edition of 2025."""
    now = timezone.now()
    year = timezone.localdate().year
    defaults = {
        "year": year,
        "edition": "2025",
        "title": f"{year}年科创协同区域行动项目申报通知",
        "notice_text": "一、总体要求\n请各联合体牵头单位按要求申报。",
        "opens_at": now - timedelta(days=5),
        "closes_at": now + timedelta(days=20),
        "fixed_grant": Decimal("300000.00"),
        "number_of_grants": 10,
        "execution_start": timezone.localdate() + timedelta(days=60),
        "execution_end": timezone.localdate() + timedelta(days=360),
        "state": "published",
        "published_at": now - timedelta(days=6),
    }
    call = Call.objects.create(**(defaults | fields))
    AttachmentKind.objects.create(call=call, code="licence", name="法人证照", required=True, formats="pdf,png,jpg")
    AttachmentKind.objects.create(call=call, code="undertaking", name="承诺书", signature_required=True, required=False)
    return call


def make_application(call: Call | None = None, consortium: Consortium | None = None, **fields) -> Application:
    """An application with six KPI rows, budget, stages and team; `state` may be any (a slot and number are given)."""
    call = call or make_call()
    consortium = consortium or make_consortium()
    number = next(_count)
    defaults = {
        "title": f"协同创新示范项目{number}",
        "field": "人工智能",
        "district": "海淀区",
        "start_on": call.execution_start,
        "end_on": call.execution_end,
        "supervisor_name": "孙监督",
        "supervisor_phone": "010-60000000",
        "digital_undertaking": True,
        "state": "draft",
    } | fields
    defaults.setdefault("leader", None)
    if defaults["leader"] is None:
        defaults["leader"] = make_person(consortium.lead_unit, "leader")
    if defaults["state"] not in ("draft", "unit_review", "withdrawn"):
        used = set(Application.objects.filter(call=call, lead_unit=consortium.lead_unit).values_list("slot", flat=True))
        defaults.setdefault("slot", 2 if 1 in used else 1)
        defaults.setdefault("number", f"京科协协同{call.year}-{number:04d}")
        defaults.setdefault("submitted_at", timezone.now())
    application = Application.objects.create(
        call=call, consortium=consortium, lead_unit=consortium.lead_unit, created_by=defaults["leader"], **defaults
    )
    fill_rows(application)
    return application


def fill_rows(application: Application) -> None:
    """Rows that satisfy articles 10 and 13 and balance with the fixed grant."""
    KpiTarget.objects.bulk_create(
        KpiTarget(
            application=application,
            code=code,
            name=name,
            unit=unit,
            floor=floor,
            target=floor,
            map_kind="industry" if code == "industry_map" else "",
            attendance=120 if code == "innovation_event" else None,
            partner_kind="district_government" if code == "innovation_event" else "",
            due_on=application.end_on,
            evidence_method="协议、报告等材料",
            order=order,
        )
        for order, (code, name, unit, floor) in enumerate(KPI_ROWS)
    )
    grant = application.call.fixed_grant
    FundingSource.objects.create(application=application, kind="grant", amount=grant)
    BudgetLine.objects.create(
        application=application,
        category="meeting_fee",
        direction="academic_exchange",
        item="产业创新活动场地与会务",
        source="grant",
        unit_price=grant,
        quantity=1,
        times=1,
        amount=grant,
        basis="1场×单价",
    )
    Stage.objects.create(
        application=application,
        name="全周期",
        start_on=application.start_on,
        end_on=application.end_on,
        goal="完成全部任务",
        deliverable="工作总结",
    )
    TeamMember.objects.create(
        application=application, name="李研究", unit_name=application.lead_unit.name, task="总体协调", months=6
    )


def make_version(application: Application, **fields) -> ApplicationVersion:
    """A frozen version of a submitted application."""
    number = application.versions.count() + 1
    defaults = {
        "number": number,
        "snapshot": {"title": application.title},
        "sha256": f"{next(_count):064x}",
        "receipt": f"R-{next(_count)}",
        "submitted_by": application.leader,
        "submitted_at": timezone.now(),
    }
    return ApplicationVersion.objects.create(application=application, **(defaults | fields))


def make_project(application: Application | None = None, **fields) -> Project:
    """A project of an approved application."""
    application = application or make_application(state="approved")
    members = application.consortium.memberships.values_list("unit__credit_code", flat=True)
    defaults = {
        "number": f"京科协协同项{application.call.year}-{next(_count):04d}",
        "title": application.title,
        "grant_amount": application.call.fixed_grant,
        "start_on": application.start_on,
        "end_on": application.end_on,
        "baseline": list(members),
        "state": "running",
    }
    return Project.objects.create(
        application=application,
        call=application.call,
        consortium=application.consortium,
        lead_unit=application.lead_unit,
        leader=application.leader,
        **(defaults | fields),
    )


def make_contract(project: Project, *, state: str = "effective", **fields) -> Contract:
    """A contract with two instalments of 70 % and 30 %; an effective one has a scan."""
    scan = StoredFile.objects.create(
        sha256=f"{next(_count):064x}", size=10, name="合同扫描件.pdf", content_type="application/pdf"
    )
    defaults = {
        "amount": project.grant_amount,
        "grant_amount": project.grant_amount,
        "start_on": project.start_on,
        "end_on": project.end_on,
        "snapshot": {"number": project.number},
        "sha256": f"{next(_count):064x}",
        "prepared_by": make_user("officer"),
        "version": project.contracts.count() + 1,
    }
    if state == "effective":
        defaults |= {"scan": scan, "effective_on": project.start_on, "confirmed_by": make_user("director")}
    contract = Contract.objects.create(project=project, state=state, **(defaults | fields))
    first = (contract.amount * Decimal("0.7")).quantize(Decimal("0.01"))
    Instalment.objects.create(contract=contract, number=1, ratio=70, amount=first, condition="合同生效")
    Instalment.objects.create(
        contract=contract,
        number=2,
        ratio=30,
        amount=contract.amount - first,
        condition="验收通过",
        requires_acceptance=True,
    )
    return contract


def make_notice(applications, *, state: str = "open", starts_on: date | None = None, **fields) -> PublicNotice:
    """A notice over applications of one call."""
    starts_on = starts_on or timezone.localdate()
    defaults = {
        "title": "拟支持项目公示",
        "working_days": 5,
        "starts_on": starts_on,
        "ends_on": starts_on + timedelta(days=6),
        "snapshot": {"items": []},
        "sha256": f"{next(_count):064x}",
    }
    notice = PublicNotice.objects.create(call=applications[0].call, state=state, **(defaults | fields))
    notice.applications.set(applications)
    return notice


def make_expert(**fields) -> Expert:
    """An expert with an account of his own."""
    defaults = {
        "unit_name": "虚构大学",
        "title": "教授",
        "background": "technology",
        "fields": ["人工智能"],
    } | fields
    defaults.setdefault("user", None)
    if defaults["user"] is None:
        defaults["user"] = make_user()
    return Expert.objects.create(**defaults)


def make_calendar(*years: int) -> None:
    """A plain holiday table: Monday to Friday are working days."""
    for year in years:
        first = date(year, 1, 1)
        days = (first + timedelta(days=offset) for offset in range((date(year + 1, 1, 1) - first).days))
        CalendarDay.objects.bulk_create([CalendarDay(day=day, is_working=day.weekday() < 5) for day in days])


def beijing(*parts: int) -> datetime:
    """An aware datetime in Beijing time."""
    return datetime(*parts, tzinfo=timezone.get_default_timezone())


def stored_file(name="回单.pdf"):
    """A row of a file whose bytes no test opens."""
    return StoredFile.objects.create(sha256="f" * 64, size=1, name=name, content_type="application/pdf")
