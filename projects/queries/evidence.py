"""Nouns of KPI evidence (article 10): typed records for the rules, judgement, progress of a project."""

from collections import defaultdict
from dataclasses import asdict

from portal.editions import edition
from portal.measures import evidence as facts
from portal.measures.credit_code import normalise_credit_code
from portal.measures.evidence import ProjectContext, fold_name
from portal.measures.findings import Finding
from portal.measures.progress import KpiProgress, judge_evidence, kpi_progress
from portal.measures.targets import TargetRow
from portal.measures.workdays import date_cn
from projects.models import Evidence
from projects.queries.contracts import effective_contract
from projects.states import EvidenceState

COUNTED_STATES = (EvidenceState.CLAIMED, EvidenceState.VERIFIED)
_KEY_MAX = 80


def context_of(project, contract=None) -> ProjectContext:
    """Period and units that evidence is measured against; the contract in force decides the period."""
    contract = contract or effective_contract(project)
    members = project.consortium.memberships.values_list("unit__credit_code", "left_on")
    lead = project.lead_unit.credit_code
    return ProjectContext(
        period_start=contract.start_on if contract else project.start_on,
        period_end=contract.end_on if contract else project.end_on,
        lead_code=lead,
        baseline_codes=frozenset(project.baseline),
        consortium_codes=frozenset({lead, *project.baseline, *(code for code, left in members if left is None)}),
    )


def target_rows(project, contract=None) -> tuple[TargetRow, ...]:
    """Committed indicators: of the contract in force, else of the application."""
    contract = contract or effective_contract(project)
    rows = contract.snapshot.get("kpi_rows") if contract else None
    if rows:
        return tuple(TargetRow(row["code"], int(row["target"]), row.get("option", "")) for row in rows)
    return tuple(TargetRow(row.code, int(row.target), row.map_kind) for row in project.application.kpi_targets.all())


def unique_key(kind: str, *, title: str, happened_on, data: dict) -> str:
    """What makes two items the same achievement, across projects; empty when only a person can tell."""
    if kind == "membership":
        return normalise_credit_code(data.get("credit_code", ""))[:_KEY_MAX]
    if kind == "transfer":
        return fold_name(data.get("contract_number", ""))[:_KEY_MAX]
    if kind == "event":
        return f"{happened_on.isoformat()}|{fold_name(title)}"[:_KEY_MAX]
    if kind == "text":
        return fold_name(data.get("text", ""))[:_KEY_MAX]
    return ""


def typed(row: Evidence, kind: str, *, others: tuple[str, ...] = (), left: dict | None = None) -> facts.Evidence:
    """The row as the frozen record of its kind; a draft is judged as if it were claimed."""
    data = row.data
    common = {
        "number": row.number,
        "state": "claimed" if row.state == EvidenceState.DRAFT else row.state,
        "dated": row.happened_on,
        "other_projects": others,
        "shared": bool(data.get("shared")),
    }
    return _BUILDERS[kind](row, data, common, left or {})


def _membership(row, data, common, left):
    code = normalise_credit_code(data.get("credit_code", ""))
    return facts.MembershipEvidence(
        **common,
        credit_code=data.get("credit_code", ""),
        unit_name=data.get("unit_name", ""),
        left_on=left.get(code),
        has_agreement=_has_file(row),
    )


def _transfer(row, data, common, _left):
    names = ("contract_number", "district", "provider_code", "receiver_code", "output")
    values = {name: data.get(name, "") for name in names}
    for name in ("provider_code", "receiver_code"):
        values[name] = normalise_credit_code(values[name])
    return facts.TransferEvidence(**common, **values)


def _event(row, data, common, _left):
    return facts.EventEvidence(
        **common,
        hosts=facts.split_names(data.get("hosts", "")),
        bast_attendee=data.get("bast_attendee", ""),
        attendees=tuple((name, phone) for name, phone in data.get("attendees", [])),
        claimed_attendance=int(data.get("attendance") or 0),
        partner_kind=data.get("partner_kind", ""),
        news_url=row.news_url,
    )


_BUILDERS = {
    "membership": _membership,
    "transfer": _transfer,
    "event": _event,
    "document": lambda row, data, common, _left: facts.DocumentEvidence(**common, has_file=_has_file(row)),
    "map": lambda row, data, common, _left: facts.MapEvidence(
        **common, option=data.get("option", ""), has_file=_has_file(row)
    ),
    "text": lambda row, data, common, _left: facts.TextEvidence(**common, text=data.get("text", "")),
}


def _has_file(row) -> bool:
    return len(row.files.all()) > 0


def _elsewhere(rows) -> dict[tuple[str, str], tuple[str, ...]]:
    """(kpi code, unique key) -> numbers of other projects that claim the same; one query."""
    keys = {row.unique_key for row in rows if row.unique_key}
    if not keys:
        return {}
    own = {row.project_id for row in rows}
    found = defaultdict(list)
    others = Evidence.objects.filter(unique_key__in=keys, state__in=COUNTED_STATES).exclude(project_id__in=own)
    for code, key, number in others.values_list("kpi_code", "unique_key", "project__number"):
        found[code, key].append(number)
    return {place: tuple(sorted(set(numbers))) for place, numbers in found.items()}


def _departures(project) -> dict:
    """Credit code -> day on which the unit left the consortium, for units that are out."""
    rows = project.consortium.memberships.filter(left_on__isnull=False)
    return dict(rows.values_list("unit__credit_code", "left_on"))


def _typed_by_kpi(project, rows, year) -> dict[str, list[facts.Evidence]]:
    kinds = {kpi.code: kpi.kind for kpi in year.kpis}
    elsewhere, left = _elsewhere(rows), _departures(project)
    items = defaultdict(list)
    for row in rows:
        if row.kpi_code in kinds:
            others = elsewhere.get((row.kpi_code, row.unique_key), ())
            items[row.kpi_code].append(typed(row, kinds[row.kpi_code], others=others, left=left))
    return items


def progress(project) -> tuple[KpiProgress, ...]:
    """Target, verified and claimed of every indicator, judged anew from the rows (seven queries at most)."""
    year, contract = edition(project.call.edition), effective_contract(project)
    rows = list(project.evidence.exclude(state=EvidenceState.DRAFT).prefetch_related("files"))
    items = _typed_by_kpi(project, rows, year)
    return kpi_progress(target_rows(project, contract), items, context_of(project, contract), year)


def findings_of(row: Evidence) -> tuple[Finding, ...]:
    """All findings on one item, in the light of the other items of its indicator."""
    project = row.project
    year = edition(project.call.edition)
    siblings = project.evidence.filter(kpi_code=row.kpi_code, state__in=COUNTED_STATES).exclude(pk=row.pk)
    rows = [*siblings.prefetch_related("files"), row]
    items = _typed_by_kpi(project, rows, year)[row.kpi_code]
    judged = judge_evidence(year.kpi(row.kpi_code), items, context_of(project), year)
    return next((verdict.findings for verdict in judged if verdict.item.number == row.number), ())


def plain(findings) -> list[dict]:
    """Findings as JSON for the row and for templates."""
    return [{key: str(value) for key, value in asdict(finding).items()} for finding in findings]


def kpi_bars(project) -> list[dict]:
    """Rows of components/kpi_bar.html: label, unit, floor, target, verified, claimed, article."""
    return [
        {
            "code": row.code,
            "label": row.name,
            "unit": row.unit,
            "floor": row.floor,
            "target": row.target,
            "verified": row.verified,
            "claimed": row.claimed,
            "article": row.article,
            "met": row.met,
            "explanation_due": row.explanation_due,
        }
        for row in progress(project)
    ]


LABELS = {
    "unit_name": "单位全称",
    "credit_code": "统一社会信用代码",
    "contract_number": "合同或证明编号",
    "district": "转化应用所在区",
    "provider_code": "提供方信用代码",
    "receiver_code": "受让方信用代码",
    "output": "成效或产出",
    "option": "图谱类型",
    "hosts": "主办单位",
    "bast_attendee": "市科协参会人员",
    "partner_kind": "联动单位类型",
    "partner_name": "联动单位",
    "attendance": "填报人数",
    "text": "全文",
}


def shown_facts(row: Evidence, kind: str) -> list[dict]:
    """Rows of components/summary_list.html; people on a sign-in sheet are counted, not named."""
    year = edition(row.project.call.edition)
    names = {choice.code: choice.name for choice in (*year.districts, *year.targets.event_partner_kinds)}
    names |= {"outside": "不在北京市", "other": "其他"}
    names |= {option.code: option.name for kpi in year.kpis for option in kpi.options}
    rows = [{"label": "发生日期", "value": date_cn(row.happened_on)}]
    rows += [
        {"label": label, "value": names.get(str(row.data[key]), row.data[key])}
        for key, label in LABELS.items()
        if row.data.get(key) not in (None, "")
    ]
    if kind == "event":
        people = facts.distinct_people(tuple(person) for person in row.data.get("attendees", []))
        rows.append({"label": "签到人数（去重）", "value": f"{people} 人"})
    rows.append({"label": "新闻稿", "value": row.news_url or "未填写"})
    told = date_cn(row.told_center_on) if row.told_center_on else "未填写"
    return [*rows, {"label": "告知中心", "value": told}]
