"""Snapshot of the acceptance report and of the copy for the unit (shapes: templates/pdf; H3)."""

from decimal import Decimal

from django.utils import timezone

from consortia.models import Unit
from portal import papers
from portal.editions import edition
from portal.measures.process import execution_rate
from portal.measures.rmb import format_money
from projects.documents.contracts import contract_number
from projects.queries.contracts import effective_contract
from projects.queries.evidence import progress
from reviews import scoring
from reviews.models import AcceptanceConclusion, ReviewItem, ScoreEntry
from reviews.queries.evaluation import Money, category_names, ledger_lines, money_of
from reviews.queries.results import expert_code, submitted_seats

SIGNATURES = ("专家组组长", "专家组成员", "管理单位经办人", "管理单位负责人")
SUMMARY_PARAGRAPHS = 4
STATEMENTS = {
    "passed": "项目完成任务合同约定的各项指标，同意通过验收。",
    "rectification_required": "项目尚未达到任务合同约定的要求，责令限期整改。",
    "passed_after_rectification": "项目经整改达到任务合同约定的要求，同意通过验收。",
    "failed": "项目未达到任务合同约定的要求，不予通过验收。",
}


def report_snapshot(conclusion: AcceptanceConclusion) -> dict:
    """The whole acceptance report of an issued conclusion; dates are those of the conclusion, so it repeats itself."""
    project, item = conclusion.project, conclusion.item
    lines = ledger_lines(project)
    money = money_of(project)
    issued_on = timezone.localdate(conclusion.issued_at)
    seats = list(submitted_seats([item])) if item else []
    return {
        "doc": papers.identity("acceptance_report", report_number(project), issued_on=issued_on),
        "issuer": edition(project.call.edition).managing_unit,
        "project": _project(project, money),
        "conclusion": _conclusion(conclusion, issued_on, len(seats), _conditions(lines, money)),
        "summary_paragraphs": _summary(project),
        "kpi_rows": _kpi_rows(project),
        "achievements": _achievements(project),
        "event": _event(project),
        "budget_rows": [
            {
                "category": name,
                "planned": str(plan),
                "adjusted": str(now),
                "spent": str(spent),
                "rate": str(execution_rate(spent, now) or "0.00"),
            }
            for name, (plan, now, spent) in money.categories.items()
        ],
        "budget_totals": _totals(money),
        "ledger": _ledger(project, lines),
        "findings": [_finding(line) for line in lines if _is_finding(line)],
        "audit": _audit(project),
        "scores": _scores(item, seats),
        "opinions": _opinions(item, seats),
        "panel_opinion": _paragraphs(f"{item.chair_summary if item else ''}\n{conclusion.opinion}"),
        "signatures": list(SIGNATURES),
    }


UNIT_PARTS = (
    "issuer", "project", "summary_paragraphs", "kpi_rows", "achievements", "event",
    "budget_rows", "budget_totals", "ledger", "findings", "audit",
)  # fmt: skip
UNIT_CONCLUSION = ("code", "label", "statement", "conditions", "decided_on")


def unit_snapshot(report: dict, opinion: str) -> dict:
    """The copy for the unit: named parts only, so that no score, comment or expert of the panel gets in (R8)."""
    return {
        "doc": report["doc"] | {"kind": "acceptance_report_unit"},
        "conclusion": {name: report["conclusion"][name] for name in UNIT_CONCLUSION},
        "opinion": _paragraphs(opinion),
    } | {name: report[name] for name in UNIT_PARTS}


def report_number(project) -> str:
    """Number of the report, from the number of its project."""
    return f"京科协协同验〔{project.call.year}〕{int(project.number.rsplit('-', 1)[-1])}号"


def _summary(project) -> list[str]:
    """The first paragraphs of the work summary with the headings over them."""
    package = getattr(project, "package", None)
    taken, paragraphs = [], 0
    for line in _paragraphs(package.work_summary if package else ""):
        is_heading = papers.heading_level(line) > 0
        if paragraphs == SUMMARY_PARAGRAPHS:
            break
        taken.append(line)
        paragraphs += not is_heading
    while taken and papers.heading_level(taken[-1]):
        taken.pop()
    return taken


def _paragraphs(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _project(project, money: Money) -> dict:
    contract = effective_contract(project)
    amount = contract.amount if contract else project.grant_amount
    members = project.consortium.memberships.filter(left_on__isnull=True)
    return {
        "number": project.number,
        "name": project.title,
        "field": project.application.field,
        "district": project.application.district,
        "consortium": project.consortium.name,
        "lead_unit": project.lead_unit.name,
        "leader": project.leader.name,
        "supervisor": project.application.supervisor_name,
        "execution_from": (contract or project).start_on.isoformat(),
        "execution_to": (contract or project).end_on.isoformat(),
        "contract_number": contract_number(project),
        "amount": str(amount),
        "credit_code": project.lead_unit.credit_code,
        "call_title": project.call.title,
        "disbursed": str(money.paid),
        "member_count": members.count(),
    }


def _conditions(lines, money: Money) -> list[str]:
    """What is still to be put right with the money, from the ledger (14, 16)."""
    banned = [line for line in lines if line.source == "grant" and line.effective == "banned" and not line.settled]
    conditions = [f"{line.voucher_no}号凭证{format_money(line.amount)}属禁列支出，须归垫。" for line in banned]
    if money.surplus > 0:
        conditions.append(f"已拨付经费结余{format_money(money.surplus)}，须说明原因并按规定退回。")
    return conditions


def _conclusion(conclusion, issued_on, panel_size: int, conditions: list[str]) -> dict:
    return {
        "code": conclusion.code,
        "label": conclusion.get_code_display(),
        "statement": STATEMENTS[conclusion.code],
        "conditions": conditions,
        "decided_on": issued_on.isoformat(),
        "panel_size": panel_size,
        "pass_line": str(conclusion.project.call.acceptance_pass_line),
    }


def _kpi_rows(project) -> list[dict]:
    return [
        {
            "code": row.code,
            "name": row.name,
            "unit": row.unit,
            "floor": str(row.floor),
            "target": str(row.target),
            "article": row.article,
            "claimed": str(row.claimed),
            "verified": str(row.verified),
            "met": row.met,
            "evidence": [j.item.number for j in row.judgements if j.counts and j.item.state == "verified"],
            "note": "；".join(
                f"{j.item.number} 不计入：{j.findings[0].message if j.findings else '未通过核实'}"
                for j in row.judgements
                if not j.counts
            ),
        }
        for row in progress(project)
    ]


def _verified(project, code: str):
    return project.evidence.filter(kpi_code=code, state="verified").order_by("happened_on", "pk")


def _achievements(project) -> list[dict]:
    rows = list(_verified(project, "tech_transfer"))
    codes = {row.data.get("receiver_code", "") for row in rows}
    districts = {choice.code: choice.name for choice in edition(project.call.edition).districts}
    names = dict(Unit.objects.filter(credit_code__in=codes).values_list("credit_code", "name"))
    return [
        {
            "title": row.title,
            "receiver": row.data.get("receiver_name") or names.get(row.data.get("receiver_code", ""), ""),
            "district": districts.get(row.data.get("district", ""), ""),
            "outcome": row.data.get("output", ""),
            "news": row.news_url,
            "told_on": row.told_center_on.isoformat() if row.told_center_on else "",
        }
        for row in rows
    ]


def _event(project) -> dict | None:
    row = _verified(project, "innovation_event").first()
    if row is None:
        return None
    partners = {choice.code: choice.name for choice in edition(project.call.edition).targets.event_partner_kinds}
    names = row.data.get("partners") or row.data.get("partner_name") or ""
    kind = partners.get(row.data.get("partner_kind", ""), "")
    return {
        "title": row.title,
        "held_on": row.happened_on.isoformat(),
        "place": row.data.get("place", ""),
        "hosts": row.data.get("hosts", ""),
        "attendance": str(len(row.data.get("attendees", [])) or row.data.get("attendance", "")),
        "partners": f"{names}（{kind}）" if names and kind else names or kind,
    }


def _rate(spent: Decimal, budget: Decimal) -> str:
    return str(scoring.rounded(spent * 100 / budget)) if budget else "0.00"


def _totals(money: Money) -> dict:
    return {
        "planned": str(money.planned),
        "adjusted": str(money.adjusted),
        "spent": str(money.spent),
        "surplus": str(money.surplus),
        "rate": str(money.rate or "0.00"),
        "matching_planned": str(money.matching_planned),
        "matching_spent": str(money.matching_spent),
        "banned": str(money.banned),
        "needs_review": str(money.needs_review),
    }


def _ledger(project, lines) -> list[dict]:
    """Lines of the grant by category; subtotals add up to what was spent."""
    names = category_names(project)
    groups: dict[str, list] = {}
    for line in lines:
        if line.source == "grant":
            groups.setdefault(names.get(line.category, line.category) or "未分类", []).append(line)
    return [
        {
            "category": name,
            "subtotal": str(sum((line.amount for line in rows), Decimal("0.00"))),
            "lines": [
                {
                    "dated": line.voucher_date.isoformat(),
                    "voucher": f"{line.voucher_no}-{line.line_no}" if line.line_no > 1 else line.voucher_no,
                    "summary": line.summary,
                    "payee": line.payee,
                    "amount": str(line.amount),
                    "verdict": _verdict(line.effective),
                }
                for line in rows
            ],
        }
        for name, rows in groups.items()
    ]


def _verdict(code: str) -> str:
    return code.replace("-", "_")


def _is_finding(line) -> bool:
    return line.amount > 0 and (line.verdict != "allowed" or line.effective != "allowed")


def _finding(line) -> dict:
    decision = line.last_decision
    settled = "已冲销" if line.is_reversed else ""
    word = f"认定为{decision.get_verdict_display()}：{decision.reason}" if decision else ""
    return {
        "voucher": line.voucher_no,
        "summary": line.summary,
        "amount": str(line.amount),
        "article": line.article_item,
        "verdict": _verdict(line.verdict),
        "reason": line.last_finding.reason if line.last_finding else "",
        "decision": "；".join(part for part in (word, settled) if part),
        "decided_by": decision.decided_by.name if decision else "",
    }


def _audit(project) -> dict | None:
    row = project.audits.filter(state="reported").order_by("-pk").first()
    if row is None:
        return None
    return {"firm": row.firm, "number": f"第{row.pk}号", "issued_on": row.ends_on.isoformat(), "opinion": row.opinion}


def _scores(item: ReviewItem | None, seats) -> dict:
    """Figures of the panel as stored at closing, and per criterion; experts only by code."""
    if item is None:
        blank = dict.fromkeys(("total", "mean", "sd", "minimum", "maximum"), "")
        return blank | {"rule": "", "sheet_count": 0, "criteria": []}
    totals = [seat.sheet.total for seat in seats]
    trimmed = item.round.aggregation == "trimmed" and item.trimmed_mean is not None
    return {
        "rule": "去掉一个最高分和一个最低分后的平均分" if trimmed else "平均分",
        "sheet_count": len(seats),
        "total": str(item.score),
        "mean": str(item.mean),
        "sd": str(item.sd),
        "minimum": str(min(totals)) if totals else "",
        "maximum": str(max(totals)) if totals else "",
        "criteria": _criteria(scoring.scheme_of(item.round.scheme), seats),
    }


def _criteria(scheme: scoring.Scheme, seats) -> list[dict]:
    points: dict[str, list[Decimal]] = {}
    rows = ScoreEntry.objects.filter(sheet__in=[seat.sheet for seat in seats], points__isnull=False)
    for code, value in rows.values_list("criterion", "points"):
        points.setdefault(code, []).append(value)
    figures = {row.code: scoring.aggregate(points.get(row.code, []), "mean") for row in scheme.criteria}
    return [
        {
            "name": row.name,
            "maximum": scoring.plain(row.maximum),
            "mean": str(figures[row.code].mean or "0.00"),
            "sd": str(figures[row.code].sd or "0.00"),
            "percent": _rate(figures[row.code].mean or Decimal(0), row.maximum),
        }
        for row in scheme.criteria
    ]


def _opinions(item: ReviewItem | None, seats) -> list[dict]:
    if item is None:
        return []
    scheme = scoring.scheme_of(item.round.scheme)
    return [
        {
            "expert": expert_code(position),
            "total": str(seat.sheet.total),
            "recommendation": scheme.recommendation(seat.sheet.recommendation),
            "comment": seat.sheet.comment,
        }
        for position, seat in enumerate(seats)
    ]
