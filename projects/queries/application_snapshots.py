"""An application as data: what the leader declares, what a submission freezes, and how two versions differ.

The snapshot has the shape of the printed application (templates/pdf/application.html) and adds codes beside names:
application, unit, leader, supervisor, team, consortium{members}, sections[{code, title, text, paragraphs}], stages,
kpi_rows, budget{sources, lines, grant, total}, attachments[{code, kind, filename, size, sha256, file}], undertaking.
Phones and accounts are masked: experts read it. Money is a plain decimal string in 元, dates are ISO.
"""

from decimal import Decimal

from django.template.defaultfilters import filesizeformat

from portal import documents, editions
from portal.measures.workdays import datetime_cn
from portal.templatetags.ui import mask_account, mask_phone

SOURCE_NAMES = {"grant": "市科协定额支持经费", "lead": "牵头单位自筹", "member": "成员单位配套"}
LINE_SOURCES = {"grant": "市科协定额支持经费", "matching": "自筹配套"}
_OPTIONS = {"industry": "产业图谱", "talent": "人才图谱", "": ""}


def content(application) -> dict:
    """All that the unit typed and attached, JSON-safe; without times, states and numbers."""
    edition = editions.edition(application.call.edition)
    return {
        "application": _cover(application),
        "leader": _leader(application),
        "supervisor": {
            "name": application.supervisor_name,
            "unit": application.lead_unit.name,
            "phone": mask_phone(application.supervisor_phone),
        },
        "team": [_person(row) for row in application.team.all()],
        "sections": _sections(application, edition),
        "stages": [
            {
                "name": row.name,
                "from": _day(row.start_on),
                "to": _day(row.end_on),
                "goal": row.goal,
                "deliverables": row.deliverable,
            }
            for row in application.stages.all()
        ],
        "kpi_rows": _kpis(application, edition),
        "budget": _budget(application, edition),
        "attachments": _attachments(application),
    }


def content_digest(application) -> str:
    """SHA-256 of the content: equal digests mean that nothing was changed since the declaration."""
    # The leader counts as a person: his own new phone or mail does not void what he declared.
    exact = {"leader": application.leader_id, "supervisor_phone": application.supervisor_phone}
    return documents.digest_of(content(application) | exact)


def snapshot(application, *, version: int, status_label: str, submitted_at=None) -> dict:
    """The whole application at one moment with unit, consortium and baseline of members (10(1)1)."""
    data = content(application)
    data["application"] |= {
        "number": application.number or "",
        "version": version,
        "status_label": status_label,
        "submitted_at": datetime_cn(submitted_at) if submitted_at else "",
        "call_title": application.call.title,
    }
    data["unit"] = _unit(application.lead_unit)
    data["consortium"] = _consortium(application)
    data["undertaking"] = {
        "leader": application.declared_by.name if application.declared_by else "",
        "declared_at": datetime_cn(application.declared_at) if application.declared_at else "",
        "unit_admin": application.submitted_by.name if application.submitted_by and submitted_at else "",
        "approved_at": datetime_cn(submitted_at) if submitted_at else "",
    }
    return data


def keep_baseline(data: dict, earlier: dict) -> dict:
    """The snapshot with unit and members of an earlier one; only the members' matching money follows the new budget."""
    own = {row["credit_code"]: row["matching"] for row in data["consortium"]["members"]}
    members = [
        row | {"matching": own.get(row["credit_code"], row["matching"])} for row in earlier["consortium"]["members"]
    ]
    return data | {"unit": earlier["unit"], "consortium": earlier["consortium"] | {"members": members}}


def _cover(application) -> dict:
    kinds = [row.map_kind for row in application.kpi_targets.all() if row.map_kind]
    return {
        "project_name": application.title,
        "field": application.field,
        "districts": application.district,
        "execution_from": _day(application.start_on),
        "execution_to": _day(application.end_on),
        "map_kind": _OPTIONS.get(kinds[0], "") if kinds else "",
        "digital_undertaking": application.digital_undertaking,
    }


def _leader(application) -> dict:
    leader = application.leader
    if leader is None:
        return {"name": "", "unit": application.lead_unit.name, "phone": "", "email": ""}
    return {
        "name": leader.name,
        "user": leader.pk,
        "unit": application.lead_unit.name,
        "phone": mask_phone(leader.phone) if leader.phone else "",
        "email": leader.email,
    }


def _person(row) -> dict:
    return {"name": row.name, "unit": row.unit_name, "title": row.title, "task": row.task, "months": str(row.months)}


def _sections(application, edition) -> list[dict]:
    texts = {section.code: section.body.get("text", "") for section in application.sections.all()}
    return [
        {
            "code": section.code,
            "title": section.name,
            "text": texts.get(section.code, ""),
            "paragraphs": [line.strip() for line in texts.get(section.code, "").splitlines() if line.strip()],
        }
        for section in edition.sections
    ]


def _kpis(application, edition) -> list[dict]:
    articles = {kpi.code: kpi.article for kpi in edition.kpis}
    partners = {choice.code: choice.name for choice in edition.targets.event_partner_kinds}
    return [
        {
            "code": row.code,
            "name": row.name,
            "unit": row.unit,
            "floor": str(row.floor) if row.floor else "",
            "target": str(row.target),
            "article": articles.get(row.code, ""),
            "evidence": row.evidence_method,
            "due_on": _day(row.due_on),
            "map_kind": row.map_kind,
            "attendance": row.attendance,
            "partner_kind": partners.get(row.partner_kind, ""),
        }
        for row in application.kpi_targets.all()
    ]


def _budget(application, edition) -> dict:
    categories = {item.code: item.name for item in edition.budget_categories}
    directions = {item.code: item.name for item in edition.directions}
    sources = list(application.funding_sources.all())
    return {
        "sources": [
            {"kind": row.kind, "name": SOURCE_NAMES[row.kind], "provider": row.provider, "amount": str(row.amount)}
            for row in sources
        ],
        "lines": [
            {
                "category": categories.get(row.category, row.category),
                "category_code": row.category,
                "direction": directions.get(row.direction, row.direction),
                "direction_code": row.direction,
                "source": LINE_SOURCES[row.source],
                "source_code": row.source,
                "item": row.item,
                "unit_price": str(row.unit_price),
                "quantity": str(row.quantity),
                "times": str(row.times),
                "amount": str(row.amount),
                "basis": f"{row.item}：{row.basis}" if row.basis else row.item,
            }
            for row in application.budget_lines.all()
        ],
        "grant": str(application.call.fixed_grant),
        "total": str(sum((row.amount for row in sources), Decimal("0.00"))),
    }


def _attachments(application) -> list[dict]:
    return [
        {
            "code": row.kind.code,
            "kind": row.kind.name,
            "filename": row.file.name,
            "size": filesizeformat(row.file.size).replace("\xa0", " "),
            "sha256": row.file.sha256,
            "file": str(row.file.public_id),
            "signature": row.signed,
            "seal": row.sealed,
        }
        for row in application.attachments.all()
        if row.replaced_at is None
    ]


def _unit(unit) -> dict:
    return {
        "name": unit.name,
        "credit_code": unit.credit_code,
        "kind": unit.get_kind_display(),
        "founded_on": _day(unit.established_on),
        "district": unit.district,
        "address": unit.address,
        "legal_representative": unit.legal_representative,
        "accounting_system": unit.get_accounting_system_display(),
        "account_name": unit.bank_account_name,
        "bank": unit.bank_name,
        "account_number": mask_account(unit.bank_account) if unit.bank_account else "",
        "contact": unit.contact_name,
        "contact_phone": mask_phone(unit.contact_phone) if unit.contact_phone else "",
        "profile": unit.introduction,
    }


def _consortium(application) -> dict:
    consortium = application.consortium
    rows = consortium.memberships.filter(left_on__isnull=True).select_related("unit")
    members = [
        {
            "name": row.unit.name,
            "credit_code": row.unit.credit_code,
            "kind": row.unit.get_kind_display(),
            "district": row.unit.district,
            "role": row.get_role_display(),
            "joined_on": _day(row.joined_on),
            "task": row.task,
            "matching": str(_matching(application, row)),
        }
        for row in rows.order_by("-role", "joined_on", "id")
    ]
    # "member" sorts after "lead", so that a descending order would put the lead last.
    members.sort(key=lambda member: member["role"] != "牵头单位")
    return {
        "name": consortium.name,
        "founded_on": _day(consortium.founded_on),
        "founding_document": consortium.founding_document,
        "fields": "、".join(consortium.fields),
        "mechanism": consortium.mechanism,
        "baseline_count": len(members),
        "members": members,
    }


def _matching(application, membership) -> Decimal:
    own = [
        row.amount
        for row in application.funding_sources.all()
        if (row.kind == "lead" and membership.role == "lead")
        or (row.kind == "member" and row.provider == membership.unit.name)
    ]
    return sum(own, Decimal("0.00"))


def _day(value) -> str:
    return value.isoformat() if value else ""
