"""The text of a task contract (8(3), 9, 12-17) as a frozen snapshot: shape of templates/pdf/task_contract.html."""

from decimal import Decimal

from django.conf import settings
from django.utils import timezone

from portal import papers
from portal.editions import edition
from portal.measures.rmb import round_fen
from projects.queries.contracts import instalment_rows

COPIES = 4


def contract_snapshot(project, version, *, number: int, change: dict | None = None) -> dict:
    """The whole contract text of a project, from its application as frozen in `version`.

    `number` is the contract's version; `change` replaces parts for a supplementary agreement (keys of the snapshot).
    """
    application, year = project.application, edition(project.call.edition)
    rows = list(application.kpi_targets.all())
    sources = list(application.funding_sources.all())
    total = sum((source.amount for source in sources), Decimal("0.00"))
    snapshot = {
        "doc": papers.identity("task_contract", contract_number(project)),
        "contract": _contract(project, version, number, year, total - project.grant_amount, rows),
        "party_a": _party_a(year),
        "party_b": _party_b(project),
        "goal_paragraphs": _paragraphs(application, "objectives"),
        "task_paragraphs": _paragraphs(application, "implementation"),
        "kpi_rows": [_kpi(row, year) for row in rows],
        "stages": [_stage(stage) for stage in application.stages.all()],
        "members": [_member(row) for row in _members(project)],
        "people": [_person(person) for person in application.team.all()],
        "supervisor": {
            "name": application.supervisor_name,
            "duty": "监督专员",
            "unit": project.lead_unit.name,
            "phone": application.supervisor_phone,
            "email": "",
        },
        "budget": _budget(project, year, sources, total),
        "instalments": _instalments(project),
        "banned": [{"article": item.code, "text": item.name} for item in year.banned],
        "grounds": [{"article": item.code, "text": item.name} for item in year.clawback_grounds],
        "directions": [item.name for item in year.directions],
    }
    return snapshot | (change or {})


def contract_number(project) -> str:
    """Number of the contract, from the number of its project."""
    sequence = int(project.number.rsplit("-", 1)[-1])
    return f"京科协协同合〔{project.call.year}〕{sequence}号"


def _contract(project, version, number: int, year, matching: Decimal, kpi_rows) -> dict:
    application = project.application
    kinds = [row.get_map_kind_display() for row in kpi_rows if row.map_kind]
    return {
        "number": contract_number(project),
        "version": number,
        "project_number": project.number,
        "project_name": project.title,
        "field": application.field,
        "district": application.district,
        "consortium": project.consortium.name,
        "execution_from": project.start_on.isoformat(),
        "execution_to": project.end_on.isoformat(),
        "amount": money(project.grant_amount),
        "matching": money(matching),
        "copies": COPIES,
        "measures_title": f"《{year.title}》",
        "application_number": application.number or "",
        "application_version": version.number if version else 1,
        "application_digest": version.sha256 if version else "",
        "map_kind": "、".join(kinds),
    }


def money(amount: Decimal) -> str:
    """A plain decimal string in 元 with two digits."""
    return str(round_fen(amount))


def _party_a(year) -> dict:
    office = papers.contact()
    return {
        "name": year.managing_unit,
        "address": office["address"],
        "representative": settings.OFFICE.get("representative", ""),
        "contact": office["person"],
        "phone": office["phone"],
    }


def _party_b(project) -> dict:
    unit = project.lead_unit
    return {
        "name": unit.name,
        "credit_code": unit.credit_code,
        "address": unit.address,
        "representative": unit.legal_representative,
        "leader": project.leader.name,
        "contact": unit.contact_name,
        "phone": unit.contact_phone,
        "account_name": unit.bank_account_name,
        "bank": unit.bank_name,
        "account_number": unit.bank_account,
    }


def _paragraphs(application, code: str) -> list[str]:
    """Text of one section of the application, one string a paragraph."""
    section = application.sections.filter(code=code).first()
    text = "\n".join(str(value) for value in (section.body if section else {}).values() if isinstance(value, str))
    return [line.strip() for line in text.splitlines() if line.strip()] or ["按经审定的申报书执行。"]


def _kpi(row, year) -> dict:
    articles = {kpi.code: kpi.article for kpi in year.kpis}
    return {
        "code": row.code,
        "name": row.name,
        "unit": row.unit,
        "floor": str(int(row.floor)),
        "target": str(int(row.target)),
        "article": articles.get(row.code, ""),
        "evidence": row.evidence_method,
        "due_on": row.due_on.isoformat() if row.due_on else "",
        "option": row.map_kind,
        "attendance": row.attendance,
        "partner_kind": row.partner_kind,
    }


def _stage(stage) -> dict:
    return {
        "name": stage.name,
        "from": stage.start_on.isoformat(),
        "to": stage.end_on.isoformat(),
        "goal": stage.goal,
        "deliverables": stage.deliverable,
    }


def _members(project):
    """Units of the baseline and those who joined since, as of today."""
    rows = project.consortium.memberships.select_related("unit").filter(joined_on__lte=timezone.localdate())
    return [row for row in rows if row.left_on is None]


def _member(row) -> dict:
    return {
        "name": row.unit.name,
        "credit_code": row.unit.credit_code,
        "kind": row.unit.get_kind_display(),
        "district": row.unit.district,
        "role": row.get_role_display(),
        "joined_on": row.joined_on.isoformat(),
        "task": row.task,
        "matching": "0.00",
    }


def _person(person) -> dict:
    blank = dict.fromkeys(("gender", "born", "education", "duty", "phone", "email"), "")
    return blank | {
        "name": person.name,
        "title": person.title,
        "unit": person.unit_name,
        "months": f"{person.months.normalize():f}",
        "task": person.task,
    }


def _budget(project, year, sources, total: Decimal) -> dict:
    lines = project.application.budget_lines.all()
    categories = {item.code: item.name for item in year.budget_categories}
    directions = {item.code: item.name for item in year.directions}
    return {
        "sources": [{"name": source.get_kind_display(), "amount": money(source.amount)} for source in sources],
        "lines": [
            {
                "category": categories.get(line.category, line.category),
                "direction": directions.get(line.direction, line.direction),
                "source": line.get_source_display(),
                "amount": money(line.amount),
                "basis": line.basis or line.item,
            }
            for line in lines
        ],
        "grant": money(project.grant_amount),
        "total": money(total),
    }


def _instalments(project) -> list[dict]:
    return [
        {
            "number": row["number"],
            "ratio": f"{row['ratio'].normalize():f}",
            "amount": money(row["amount"]),
            "condition": row["condition"],
        }
        for row in instalment_rows(project.call, project.grant_amount)
    ]
