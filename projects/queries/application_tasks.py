"""The parts of an application as people fill them in, and where a finding is mended."""

from dataclasses import dataclass

from django.urls import reverse

from portal import editions
from portal.measures.edition_schema import Edition
from portal.measures.findings import Finding, Severity

COVER, UNIT, STAGES, KPIS, BUDGET, TEAM, ATTACHMENTS = (
    "cover",
    "unit",
    "stages",
    "kpis",
    "budget",
    "team",
    "attachments",
)
TABLES = {STAGES: "进度安排", KPIS: "绩效指标", BUDGET: "经费预算", TEAM: "项目团队"}
_HEADS = {
    "basics": COVER,
    "people": COVER,
    "undertaking": COVER,
    "unit": UNIT,
    "consortium": UNIT,
    "plan": STAGES,
    "kpi": KPIS,
    "budget": BUDGET,
    "source": BUDGET,
    "attachment": ATTACHMENTS,
}


@dataclass(frozen=True)
class Part:
    """One part of the form: its code in addresses, its label, and the section of the edition it holds, if any."""

    code: str
    label: str
    section: object = None


@dataclass(frozen=True)
class Remark:
    """A finding for people: `subject` names the place in Chinese, `place` is the part to mend it in ("" for none)."""

    article: str
    severity: Severity
    code: str
    message: str
    subject: str
    fix: str
    place: str
    url: str


def parts(edition: Edition) -> tuple[Part, ...]:
    """All parts in the order of the form."""
    return (
        Part(COVER, "封面信息"),
        Part(UNIT, "单位与联合体"),
        *(Part(section.code, section.name, section) for section in edition.sections),
        *(Part(code, label) for code, label in TABLES.items()),
        Part(ATTACHMENTS, "附件"),
    )


def part_of(application, code: str) -> Part | None:
    """The part of this code, or None."""
    return next((part for part in parts(editions.edition(application.call.edition)) if part.code == code), None)


def place_of(subject: str) -> str:
    """The code of the part that a finding's subject belongs to; "" when it is not a part of the form."""
    head, _, rest = subject.partition(".")
    if head == "section":
        return rest
    if subject == "plan.period":
        return COVER
    return _HEADS.get(head, "")


def remark(finding: Finding, application, labels: dict[str, str]) -> Remark:
    """The finding with a Chinese place and the address where it is mended."""
    place = place_of(finding.subject)
    row = finding.subject.rpartition(".")[2]
    where = labels.get(place, "申报通知" if finding.subject == "call" else "")
    if row.isdecimal():
        where += f" 第 {row} 行"
    return Remark(
        finding.article,
        finding.severity,
        finding.code,
        finding.message,
        where,
        finding.fix,
        place,
        address(application, place),
    )


def address(application, place: str) -> str:
    """The page of a part; "" for no part or an application that is not stored yet."""
    if not place or application.pk is None:
        return ""
    return reverse("application_part", args=[application.public_id, place])
