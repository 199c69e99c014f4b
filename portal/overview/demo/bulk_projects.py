"""Bulk calls, applications with frozen versions, projects, contracts, evidence and reports."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from portal import files
from portal.documents import digest_of
from portal.editions import edition
from portal.overview.demo import paper
from portal.overview.demo.content import sections, title_of
from projects.actions.calls import defaults
from projects.documents.contracts import contract_snapshot
from projects.models import (
    Application,
    ApplicationSection,
    ApplicationVersion,
    AttachmentKind,
    BudgetLine,
    Call,
    Contract,
    Evidence,
    FundingSource,
    Instalment,
    KpiTarget,
    ProgressReport,
    Project,
    PublicNotice,
    Stage,
    TeamMember,
)
from projects.queries.application_snapshots import snapshot
from projects.queries.whole import whole_application

GRANT = Decimal("300000.00")
CHUNK = 1000
STATES = ("running",) * 14 + ("final_submitted", "evaluating", "suspended", "rectifying", "contracting", "contracting")
PER_CALL = 2  # the cap of 5(1)1


@dataclass
class Made:
    """Rows that later steps need."""

    call: Call
    open_call: Call
    projects: list[Project]
    contracts: dict[int, Contract]
    reviewed: list[Application]
    versions: dict[int, ApplicationVersion]


def make(bulk) -> Made:
    """Two finished calls hold the projects, an open one holds applications under review and drafts."""
    finished = [_call(bulk, place, "closed") for place in range(2)]
    current = _call(bulk, 2, "published")
    leads = list(zip(bulk.consortia, bulk.leaders, strict=True))
    plots = [(finished[place // PER_CALL], place % PER_CALL + 1) for place in range(2 * PER_CALL)]
    slots = [(call, slot, lead, place) for call, slot in plots for place, lead in enumerate(leads)]
    approved = _applications(bulk, slots[: bulk.projects], "approved", 0)
    coming = [(current, 1, lead, place) for place, lead in enumerate(leads)]
    half = len(coming) // 2
    reviewed = _applications(bulk, coming[:half], "under_review", bulk.projects)
    submitted = _applications(bulk, coming[half:], "submitted", bulk.projects + half)
    versions = _versions(bulk, [*approved, *reviewed, *submitted])
    for call in finished:
        _notice(bulk, call, [row for row in approved if row.call_id == call.pk])
    projects = _projects(bulk, approved)
    contracts = _contracts(bulk, projects, versions)
    _works(bulk, projects)
    return Made(finished[0], current, projects, contracts, reviewed, versions)


def _call(bulk, place: int, state: str) -> Call:
    today, year = bulk.plan.today, bulk.plan.day(-400 + place * 150).year
    start = bulk.plan.day(-330 + place * 40) if state == "closed" else today + timedelta(days=60)
    opens = bulk.plan.moment(-420 + place * 30 if state == "closed" else -20, 9)
    call = Call.objects.create(
        **(
            defaults(edition("2025"))
            | {
                "year": year,
                "title": f"{year}年科创协同区域行动批量申报通知（{bulk.tag + place + 1}）",
                "notice_text": "一、总体要求\n请各联合体牵头单位按要求申报。",
                "opens_at": opens,
                "closes_at": opens + timedelta(days=40),
                "fixed_grant": GRANT,
                "number_of_grants": 9999,
                "execution_start": start,
                "execution_end": start + timedelta(days=500),
                "state": state,
                "published_at": opens - timedelta(days=1),
                "published_by": bulk.people["officer"],
            }
        )
    )
    AttachmentKind.objects.create(call=call, code="unit_licence", name="牵头单位法人证照", required=False)
    return call


def _applications(bulk, slots, state: str, offset: int) -> list[Application]:
    base = Application.objects.count() + 1
    rows = [_application(bulk, slot, state, base + place) for place, slot in enumerate(slots)]
    rows = Application.objects.bulk_create(rows, batch_size=CHUNK)
    KpiTarget.objects.bulk_create((kpi for row in rows for kpi in _kpis(row)), batch_size=CHUNK)
    FundingSource.objects.bulk_create(
        (FundingSource(application=row, kind="grant", amount=GRANT) for row in rows), batch_size=CHUNK
    )
    BudgetLine.objects.bulk_create((line for row in rows for line in _budget(row)), batch_size=CHUNK)
    Stage.objects.bulk_create(
        (
            Stage(application=row, name="全周期实施", start_on=row.start_on, end_on=row.end_on, goal="完成全部任务",
                  deliverable="工作总结")
            for row in rows
        ),
        batch_size=CHUNK,
    )  # fmt: skip
    TeamMember.objects.bulk_create(
        (TeamMember(application=row, name=row.leader.name, unit_name=row.lead_unit.name, task="总体负责", months=8)
         for row in rows),
        batch_size=CHUNK,
    )  # fmt: skip
    ApplicationSection.objects.bulk_create((part for row in rows for part in _sections(bulk, row)), batch_size=CHUNK)
    return rows


def _application(bulk, slot, state: str, serial: int) -> Application:
    call, place_in_cap, (consortium, leader), place = slot
    theme = bulk.field_of(place)
    title = title_of(theme, place_in_cap % 2)
    return Application(
        public_id=bulk.identifier(),
        call=call,
        consortium=consortium,
        lead_unit=consortium.lead_unit,
        title=f"{title[:22]}（{serial:06d}）"[:30],
        field=theme.field,
        district=theme.districts[0],
        start_on=call.execution_start,
        end_on=call.execution_end,
        leader=leader,
        supervisor_name=theme.supervisor,
        supervisor_phone="010-55510000",
        digital_undertaking=True,
        state=state,
        slot=place_in_cap,
        number=f"京科协批量{call.year}-{serial:06d}",
        declared_by=leader,
        declared_at=call.opens_at,
        submitted_by=leader,
        submitted_at=call.opens_at + timedelta(minutes=serial % 5000),
        created_by=leader,
    )


def _kpis(row: Application) -> list[KpiTarget]:
    return [
        KpiTarget(
            application=row,
            code=kpi.code,
            name=kpi.name,
            unit=kpi.unit,
            floor=kpi.floor,
            target=kpi.floor,
            map_kind="industry" if kpi.kind == "map" else "",
            attendance=120 if kpi.kind == "event" else None,
            partner_kind="district_government" if kpi.kind == "event" else "",
            due_on=row.end_on,
            evidence_method="、".join(kpi.evidence),
            order=order,
        )
        for order, kpi in enumerate(edition("2025").kpis)
    ]


def _budget(row: Application) -> list[BudgetLine]:
    shares = (
        ("meeting_fee", "academic_exchange", "产业创新活动场地与会务", 20),
        ("expert_fee", "consulting", "外部专家技术咨询", 20),
        ("testing_fee", "product_rd", "样品第三方测试", 30),
        ("travel_fee", "tech_transfer", "成果转化国内对接差旅", 30),
    )
    return [
        BudgetLine(
            application=row,
            category=category,
            direction=direction,
            item=item,
            source="grant",
            unit_price=GRANT * share / 100,
            quantity=1,
            times=1,
            amount=GRANT * share / 100,
            basis="按任务工作量测算",
            order=order,
        )
        for order, (category, direction, item, share) in enumerate(shares)
    ]


def _sections(bulk, row: Application) -> list[ApplicationSection]:
    theme = next(theme for theme in map(bulk.field_of, range(14)) if theme.supervisor == row.supervisor_name)
    return [
        ApplicationSection(application=row, code=code, body={"text": text}, revision=1, updated_by=row.leader)
        for code, text in sections(theme, row.slot % 2).items()
    ]


def _versions(bulk, rows: list[Application]) -> dict[int, ApplicationVersion]:
    """Frozen versions by the real builder for the first application; the others differ in what names them."""
    first = whole_application(rows[0].pk)
    model = snapshot(first, version=1, status_label="已提交", submitted_at=first.submitted_at)
    versions = []
    for row in rows:
        data = model | {
            "application": model["application"]
            | {"project_name": row.title, "number": row.number, "call_title": row.call.title, "field": row.field},
            "unit": model["unit"] | {"name": row.lead_unit.name, "credit_code": row.lead_unit.credit_code},
            "consortium": model["consortium"] | {"name": row.consortium.name},
            "leader": model["leader"] | {"name": row.leader.name, "user": row.leader_id, "unit": row.lead_unit.name},
        }
        versions.append(
            ApplicationVersion(
                application=row, number=1, snapshot=data, sha256=digest_of(data), receipt=f"PL-{row.number}",
                submitted_by=row.leader, submitted_at=row.submitted_at,
            )
        )  # fmt: skip
    return {row.application_id: row for row in ApplicationVersion.objects.bulk_create(versions, batch_size=CHUNK)}


def _notice(bulk, call: Call, rows: list[Application]) -> None:
    if not rows:
        return
    items = {
        "items": [
            {"seq": seq, "title": row.title, "lead_unit": row.lead_unit.name, "consortium": row.consortium.name}
            for seq, row in enumerate(rows, start=1)
        ]
    }
    notice = PublicNotice.objects.create(
        public_id=bulk.identifier(), call=call, title=f"{call.year}年拟支持项目公示（批量）", snapshot=items,
        sha256=digest_of(items), starts_on=call.execution_start - timedelta(days=40),
        ends_on=call.execution_start - timedelta(days=30), state="closed", published_by=bulk.people["officer"],
        published_at=call.closes_at,
    )  # fmt: skip
    through = PublicNotice.applications.through
    through.objects.bulk_create((through(publicnotice=notice, application=row) for row in rows), batch_size=CHUNK)


def _projects(bulk, rows: list[Application]) -> list[Project]:
    base = 10001 + Project.objects.count()
    return Project.objects.bulk_create(
        (
            Project(
                public_id=bulk.identifier(), application=row, call=row.call, title=row.title,
                number=f"京科协协同项{row.call.year}-{base + place}", consortium=row.consortium,
                lead_unit=row.lead_unit, leader=row.leader, officer=bulk.people["officer"], grant_amount=GRANT,
                start_on=row.start_on, end_on=row.end_on, baseline=[row.lead_unit.credit_code],
                state=STATES[place % len(STATES)],
            )
            for place, row in enumerate(rows)
        ),
        batch_size=CHUNK,
    )  # fmt: skip


def _contracts(bulk, projects: list[Project], versions) -> dict[int, Contract]:
    """One contract text by the real builder; effective with a scan except where the project is still contracting."""
    from_version = versions[projects[0].application_id]
    model = contract_snapshot(projects[0], from_version, number=1, change={})
    scan = bulk_scan()
    rows = []
    for project in projects:
        data = model | {
            "contract": model["contract"] | {"project_number": project.number, "project_name": project.title,
                                              "consortium": project.consortium.name},
            "party_b": model["party_b"] | {"name": project.lead_unit.name, "leader": project.leader.name},
        }  # fmt: skip
        signed = {} if project.state == "contracting" else {
            "scan": scan, "effective_on": project.start_on, "confirmed_by": bulk.people["director"],
            "signed_by": project.leader,
        }  # fmt: skip
        rows.append(
            Contract(
                project=project, amount=GRANT, grant_amount=GRANT, start_on=project.start_on, end_on=project.end_on,
                snapshot=data, sha256=digest_of(data), prepared_by=bulk.people["officer"],
                state="effective" if signed else "issued", **signed,
            )
        )  # fmt: skip
    made = Contract.objects.bulk_create(rows, batch_size=CHUNK)
    plan = ((1, 70, "任务合同生效后拨付", False), (2, 30, "验收通过后拨付", True))
    Instalment.objects.bulk_create(
        (
            Instalment(contract=row, number=number, ratio=ratio, amount=GRANT * ratio / 100, condition=condition,
                       requires_acceptance=late)
            for row in made
            for number, ratio, condition, late in plan
        ),
        batch_size=CHUNK,
    )  # fmt: skip
    return {row.project_id: row for row in made}


def bulk_scan():
    """One stored file that stands for every signed scan."""
    from_page = paper.pdf("任务合同书（批量演示扫描件）", ("本文件为演示用的虚构材料。",))
    return files.store(from_page, "任务合同扫描件.pdf", by=None)


def _works(bulk, projects: list[Project]) -> None:
    """Six items of evidence and four reports a project."""
    officer, today = bulk.people["officer"], bulk.plan.today
    evidence, reports = [], []
    for project in projects:
        if project.state == "contracting":
            continue
        for place, kpi in enumerate(edition("2025").kpis, start=1):
            verified = (project.pk + place) % 3 != 0
            evidence.append(
                Evidence(
                    project=project, kpi_code=kpi.code, number=f"佐证-{project.number[-10:]}-{place:02d}",
                    title=f"{kpi.name}佐证材料", happened_on=project.start_on + timedelta(days=20 * place), data={},
                    unique_key=f"bulk-{project.pk}-{place}", state="verified" if verified else "claimed",
                    claimed_by=project.leader, verified_by=officer if verified else None,
                )
            )  # fmt: skip
        for quarter in range(4):
            due = project.start_on + timedelta(days=90 * (quarter + 1))
            state = "reviewed" if due < today else "due"
            reports.append(
                ProgressReport(
                    project=project, kind="progress", title=f"第{quarter + 1}期进展报告", due_on=due, state=state,
                    done="按计划推进各项任务。" if state == "reviewed" else "", submitted_by=project.leader,
                )
            )  # fmt: skip
    Evidence.objects.bulk_create(evidence, batch_size=CHUNK)
    ProgressReport.objects.bulk_create(reports, batch_size=CHUNK)
