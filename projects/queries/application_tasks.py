"""The parts of an application as people fill them in, and the field where a finding is mended."""

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
CALL, DECLARATION = "call", "people.declaration"
# Head of a finding's subject -> part. A head that names no part (the call, the declaration) is mended elsewhere.
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
DECLARATION_LABEL = "负责人声明"
_ELSEWHERE = {CALL: "申报通知", DECLARATION: DECLARATION_LABEL}
# Subject -> id of the element on the part's page; subjects of rows are put together in `anchor_of`.
_ANCHORS = {
    "basics.title": "id_title",
    "basics.fields": "id_field",
    "basics.districts": "id_district",
    "people.leader": "id_leader",
    "people.supervisor": "id_supervisor_name",
    "undertaking.digital": "id_digital_undertaking",
    "plan.period": "id_start_on",
    "plan": "id_rows-0-name",
    "budget": "budget-check",
    "unit": "unit-facts",
    "consortium": "unit-facts",
}
# Where the rules and the form name a field differently.
_COLUMNS = {"starts_on": "start_on", "ends_on": "end_on", "option": "map_kind", "note": "basis"}
# The grant is the first source of every budget and is not typed.
_TYPED_SOURCES = 2


@dataclass(frozen=True)
class Part:
    """One part of the form: its code in addresses, its label, and the section of the edition it holds, if any."""

    code: str
    label: str
    section: object = None


@dataclass(frozen=True)
class Remark:
    """A finding for people: `subject` names the place in Chinese, `place` is the part to mend it in ("" for none).

    `anchor` is the id of the field on that part's page, `url` the whole address; `missing` as in Finding.
    """

    article: str
    severity: Severity
    code: str
    message: str
    subject: str
    fix: str
    place: str
    url: str
    anchor: str = ""
    missing: bool = False


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
    if head in ("section", "typed"):
        return rest
    if subject == "plan.period":
        return COVER
    return "" if subject in _ELSEWHERE else _HEADS.get(head, "")


def anchor_of(subject: str) -> str:
    """The id of the field that a finding's subject means; "" when its part has no such field."""
    if subject in _ANCHORS:
        return _ANCHORS[subject]
    head, _, rest = subject.partition(".")
    name, _, column = rest.partition(".")
    column = _COLUMNS.get(column, column)
    row = int(name) - 1 if name.isdecimal() else 0
    made = {
        "section": "id_text",
        "typed": "part-problems",
        "plan": f"id_rows-{row}-{column or 'name'}",
        "kpi": f"id_kpi-{name}-{column or 'target'}",
        "budget": f"id_lines-{row}-{column or 'item'}",
        "source": f"id_sources-{row + 1 - _TYPED_SOURCES}-amount" if row else "budget-check",
        "attachment": f"kind-{name}",
    }
    return made.get(head, "")


def remark(finding: Finding, application, labels: dict[str, str]) -> Remark:
    """The finding with a Chinese place and the address of the field where it is mended."""
    place = place_of(finding.subject)
    where = labels.get(place, _ELSEWHERE.get(finding.subject, ""))
    row = next((step for step in finding.subject.split(".") if step.isdecimal()), "")
    if row:
        # People count the rows that they type: the grant before them is none.
        where += f" 第 {int(row) - (finding.subject.startswith('source.'))} 行"
    anchor = anchor_of(finding.subject)
    return Remark(
        finding.article,
        finding.severity,
        finding.code,
        finding.message,
        where,
        finding.fix,
        place,
        _mended_at(finding.subject, application, place, anchor),
        anchor,
        finding.missing,
    )


def _mended_at(subject: str, application, place: str, anchor: str) -> str:
    if subject == CALL:
        return reverse("call_detail", args=[application.call_id])
    if subject == DECLARATION and application.pk is not None:
        return reverse("application", args=[application.public_id]) + "#steps"
    return address(application, place, anchor)


def address(application, place: str, anchor: str = "") -> str:
    """The page of a part, at a field; "" for no part or an application that is not stored yet."""
    if not place or application.pk is None:
        return ""
    path = reverse("application_part", args=[application.public_id, place])
    return f"{path}#{anchor}" if anchor else path
