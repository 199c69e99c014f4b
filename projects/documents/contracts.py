"""The text of a task contract (8(3), 9, 12-17) as a frozen snapshot: shape of templates/pdf/task_contract.html."""

from decimal import Decimal

from django.conf import settings
from django.utils import timezone

from portal import papers
from portal.editions import edition
from portal.measures.rmb import round_fen
from portal.sealed import seal
from projects.queries.application_snapshots import snapshot as working_copy
from projects.queries.contracts import instalment_rows

COPIES = 4


def contract_snapshot(project, version, *, number: int, change: dict | None = None) -> dict:
    """The whole contract text of a project, from its application as frozen in `version`.

    `number` is the contract's version; `change` replaces parts for a supplementary agreement (keys of the snapshot).
    """
    year, frozen = edition(project.call.edition), _frozen(project, version)
    snapshot = {
        "doc": papers.identity("task_contract", contract_number(project)),
        "contract": _contract(project, version, number, year, frozen),
        "party_a": _party_a(year),
        "party_b": _party_b(project),
        "goal_paragraphs": _paragraphs(frozen, "objectives"),
        "task_paragraphs": _paragraphs(frozen, "implementation"),
        "kpi_rows": [_kpi(row, year) for row in frozen["kpi_rows"]],
        "stages": frozen["stages"],
        "members": _members(project, frozen),
        "people": frozen["team"],
        "supervisor": {"duty": "监督专员"} | frozen["supervisor"],
        "budget": frozen["budget"],
        "instalments": _instalments(project),
        "banned": [{"article": item.code, "text": item.name} for item in year.banned],
        "grounds": [{"article": item.code, "text": item.name} for item in year.clawback_grounds],
        "directions": [item.name for item in year.directions],
    }
    return snapshot | (change or {})


def _frozen(project, version) -> dict:
    """The frozen application; where a version holds no content, the rows themselves, which nobody can edit now."""
    if version is not None and "kpi_rows" in version.snapshot:
        return version.snapshot
    return working_copy(project.application, version=1, status_label=project.application.get_state_display())


def contract_number(project) -> str:
    """Number of the contract, from the number of its project."""
    sequence = int(project.number.rsplit("-", 1)[-1])
    return f"京科协协同合〔{project.call.year}〕{sequence}号"


def _contract(project, version, number: int, year, frozen: dict) -> dict:
    cover, budget = frozen["application"], frozen["budget"]
    return {
        "number": contract_number(project),
        "version": number,
        "project_number": project.number,
        "project_name": project.title,
        "field": cover["field"],
        "district": cover["districts"],
        "consortium": project.consortium.name,
        "execution_from": project.start_on.isoformat(),
        "execution_to": project.end_on.isoformat(),
        "amount": money(project.grant_amount),
        "matching": money(max(Decimal(budget["total"]) - Decimal(budget["grant"]), Decimal(0))),
        "copies": COPIES,
        "measures_title": f"《{year.title}》",
        "application_number": project.application.number or "",
        "application_version": version.number if version else 1,
        "application_digest": version.sha256 if version else "",
        "map_kind": cover["map_kind"],
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
        "account_number": seal(unit.bank_account),
    }


def _paragraphs(frozen: dict, code: str) -> list[str]:
    """Paragraphs of one section of the application."""
    found = next((section["paragraphs"] for section in frozen["sections"] if section["code"] == code), [])
    return found or ["按经审定的申报书执行。"]


def _kpi(row: dict, year) -> dict:
    """One committed indicator: whole numbers as text, and codes beside names for the gate."""
    partners = {choice.name: choice.code for choice in year.targets.event_partner_kinds}
    return row | {
        "floor": str(int(Decimal(row["floor"] or 0))),
        "target": str(int(Decimal(row["target"]))),
        "option": row.get("map_kind", ""),
        "partner_code": partners.get(row.get("partner_kind", ""), row.get("partner_kind", "")),
    }


def _members(project, frozen: dict) -> list[dict]:
    """Members of the frozen application, and those who joined since; units that left are out."""
    rows = project.consortium.memberships.select_related("unit").filter(left_on__isnull=True)
    present = {row.unit.credit_code: row for row in rows.filter(joined_on__lte=timezone.localdate())}
    kept = [member for member in frozen["consortium"]["members"] if member["credit_code"] in present]
    known = {member["credit_code"] for member in kept}
    return kept + [_member(row) for code, row in present.items() if code not in known]


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
