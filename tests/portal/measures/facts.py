"""Sound facts for every check, to be spoiled one at a time by the tests."""

from datetime import date, datetime
from decimal import Decimal

from portal.measures.completeness import ApplicationFacts, AttachmentFacts, PlanStage
from portal.measures.credit_code import make_credit_code
from portal.measures.direction import BudgetFacts, BudgetLine, SourceLine
from portal.measures.edition import load_edition
from portal.measures.eligibility import ApplicantFacts
from portal.measures.evidence import (
    DocumentEvidence,
    EventEvidence,
    MapEvidence,
    MembershipEvidence,
    ProjectContext,
    TextEvidence,
    TransferEvidence,
)
from portal.measures.targets import TargetFacts, TargetRow
from portal.measures.workdays import BEIJING

EDITION = load_edition(2025)
START, END = date(2025, 4, 1), date(2025, 11, 30)
LEAD = make_credit_code("91110108", "MA000001")
MEMBER = make_credit_code("91110105", "MA000002")


def code_of(number):
    """A valid credit code per number."""
    return make_credit_code("91110106", f"MB{number:06d}")


def moment(*parts):
    """A moment in Beijing."""
    return datetime(*parts, tzinfo=BEIJING)


def codes(findings):
    """The codes of findings, in order."""
    return [finding.code for finding in findings]


def applicant(**changes):
    """A lead unit that may submit."""
    facts = {
        "now": moment(2025, 3, 10, 9),
        "call_published": True,
        "opens_at": moment(2025, 3, 1, 9),
        "closes_at": moment(2025, 4, 1),
        "unit_name": "北京示例装备研究院",
        "leads_consortium": True,
        "consortium_name": "高端装备协同联合体",
        "qualification": "valid",
        "counted_numbers": (),
        "open_clawbacks": (),
        "overdue_acceptances": (),
    }
    return ApplicantFacts(**(facts | changes))


def target_rows(**changes):
    """Six rows at their floors; a change replaces the row of that code, None drops it."""
    rows = {kpi.code: TargetRow(kpi.code, kpi.floor) for kpi in EDITION.kpis}
    rows["industry_map"] = TargetRow("industry_map", 1, option="industry")
    rows["innovation_event"] = TargetRow("innovation_event", 1, attendance=120, partner_kind="national_society")
    return TargetFacts(tuple(row for row in (rows | changes).values() if row is not None))


def line(**changes):
    """A sound budget line of 100,000 元."""
    facts = {
        "category": "meeting_fee",
        "direction": "academic_exchange",
        "source": "grant",
        "amount": Decimal("100000.00"),
        "quantity": Decimal(2),
        "unit_price": Decimal("25000.00"),
        "times": Decimal(2),
        "verdict": "allowed",
    }
    return BudgetLine(**(facts | changes))


def budget(**changes):
    """A grant of 300,000 元 with 100,000 元 of matching money."""
    facts = {
        "fixed_grant": Decimal("300000.00"),
        "sources": (SourceLine("grant", Decimal("300000.00")), SourceLine("matching_lead", Decimal("100000.00"))),
        "lines": (line(), line(), line(), line(source="matching_lead", direction="")),
    }
    return BudgetFacts(**(facts | changes))


def application(**changes):
    """A whole application."""
    facts = {
        "year": 2025,
        "title": "高端装备协同创新与在京转化",
        "fields": ("advanced_manufacturing",),
        "districts": ("daxing", "bda"),
        "section_lengths": {section.code: section.min_chars for section in EDITION.sections},
        "leader_name": "周明远",
        "leader_declared": True,
        "leader_running_projects": 0,
        "supervisor_name": "何静",
        "digital_undertaking": True,
        "attachments": tuple(
            AttachmentFacts(kind.code, signed=True, sealed=True) for kind in EDITION.attachments if kind.required
        ),
        "plan": (PlanStage("启动", START, date(2025, 6, 30), "实施方案"),),
        "execution_starts": START,
        "execution_ends": END,
        "targets": target_rows(),
        "budget": budget(),
    }
    return ApplicationFacts(**(facts | changes))


CONTEXT = ProjectContext(START, END, LEAD, frozenset({MEMBER}), frozenset({LEAD, MEMBER}))


def member(number=1, **changes):
    """A new member, verified."""
    facts = {
        "number": f"K1-{number}",
        "state": "verified",
        "dated": date(2025, 6, 1),
        "credit_code": code_of(number),
        "unit_name": f"示例成员{number}",
        "has_agreement": True,
    }
    return MembershipEvidence(**(facts | changes))


def transfer(number=1, **changes):
    """A transfer in Beijing, verified."""
    facts = {
        "number": f"K2-{number}",
        "state": "verified",
        "dated": date(2025, 7, 1),
        "contract_number": f"2025110108{number:06d}",
        "district": "haidian",
        "provider_code": MEMBER,
        "receiver_code": code_of(90),
        "output": "新增销售额 320 万元",
    }
    return TransferEvidence(**(facts | changes))


def report(**changes):
    """A case report, verified."""
    return DocumentEvidence(**({"number": "K3-1", "state": "verified", "dated": END, "has_file": True} | changes))


def chart(**changes):
    """An industry map, verified."""
    facts = {"number": "K4-1", "state": "verified", "dated": START, "option": "industry", "has_file": True}
    return MapEvidence(**(facts | changes))


def event(people=100, **changes):
    """An event with that many different people, verified."""
    facts = {
        "number": "K5-1",
        "state": "verified",
        "dated": date(2025, 9, 12),
        "hosts": ("北京市科学技术协会", "大兴区人民政府"),
        "bast_attendee": "学会学术部 王某",
        "attendees": tuple((f"来宾{index}", f"1380000{index:04d}") for index in range(people)),
        "claimed_attendance": people,
        "partner_kind": "district_government",
        "news_url": "https://news.example.org/2025/0912",
    }
    return EventEvidence(**(facts | changes))


def summary(text, **changes):
    """A work summary, verified."""
    return TextEvidence(**({"number": "K6-1", "state": "verified", "dated": END, "text": text} | changes))


def chinese(length):
    """Chinese text of an exact length in which no stretch of twelve letters comes twice."""
    return "".join(chr(0x4E00 + (index * 7919 + index // 20000) % 20000) for index in range(length))
