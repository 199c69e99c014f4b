"""Notice and decision of a clawback (17): shapes of templates/pdf/clawback_notice.html and clawback_decision.html."""

from django.conf import settings

from funding.queries.clawbacks import ground_names, paid_of
from portal import documents, papers
from portal.editions import edition
from portal.measures.workdays import date_cn
from projects.documents.contracts import contract_number
from projects.queries.contracts import effective_contract

REMEDY = "如对本决定有异议，可自收到之日起15日内向市科协书面提出复核申请；复核期间不停止执行。"


def clawback_notice(case, *, number: str) -> dict:
    """Snapshot of the notice before a decision."""
    return _paper(case, "clawback_notice", "关于拟追回项目资金的告知书", number)


def clawback_decision(case, *, number: str) -> dict:
    """Snapshot of the decision, with the unit's reply and the number of the notice."""
    snapshot = _paper(case, "clawback_decision", "关于追回项目资金的决定", number)
    notice = documents.latest("clawback_notice", case)
    reply = f"你单位书面答复：{case.reply}" if case.reply else "你单位在规定期限内未提交陈述申辩意见。"
    snapshot["clawback"] |= {
        "reply": reply,
        "notice_number": notice.snapshot["official"]["doc_number"] if notice else "",
    }
    return snapshot


def _paper(case, kind: str, title: str, number: str) -> dict:
    year = edition(case.project.call.edition)
    return {
        "doc": papers.identity(kind, number),
        "official": papers.official(year, title, to=case.project.lead_unit.name, number=number),
        "project": _project(case.project),
        "clawback": _case(case, year),
        "contact": papers.contact(),
    }


def _project(project) -> dict:
    application = project.application
    return {
        "number": project.number,
        "name": project.title,
        "field": application.field,
        "district": application.district,
        "consortium": project.consortium.name,
        "lead_unit": project.lead_unit.name,
        "leader": project.leader.name,
        "supervisor": application.supervisor_name,
        "execution_from": project.start_on.isoformat(),
        "execution_to": project.end_on.isoformat(),
        "contract_number": contract_number(project) if effective_contract(project) else "",
        "amount": str(project.grant_amount),
    }


def _case(case, year) -> dict:
    office = settings.OFFICE
    return {
        "ground": case.ground_code,
        "ground_title": ground_names(case.project)[case.ground],
        "facts": [line.strip() for line in case.facts.splitlines() if line.strip()],
        "lines": [_line(row) for row in case.lines.select_related("line").order_by("line__voucher_date", "line")],
        "amount": str(case.amount),
        "disbursed": str(paid_of(case.project)),
        "reply_deadline": case.reply_due_on.isoformat() if case.reply_due_on else "",
        "pay_by": case.repay_due_on.isoformat() if case.repay_due_on else "",
        "account_name": office.get("account_name", year.managing_unit),
        "bank": office.get("bank", "开户银行待配置"),
        "account_number": office.get("account_number", "账号待配置"),
        "payment_note": f"{case.project.number}追回款",
        "reply": "",
        "notice_number": "",
        "remedy": REMEDY,
    }


def _line(row) -> dict:
    return {
        "voucher": row.line.voucher_no,
        "dated": row.line.voucher_date.isoformat(),
        "summary": row.line.summary,
        "payee": row.line.payee,
        "amount": str(row.amount),
    }


def summary_rows(case, names: dict[int, str]) -> list[dict]:
    """A case as label and value, for its page."""
    rows = [
        ("事由", f"办法第十七条（{'一二三四五六七'[case.ground - 1]}）{names.get(case.ground, '')}"),
        ("认定事实", case.facts),
        ("陈述期限", date_cn(case.reply_due_on) if case.reply_due_on else "（尚未告知）"),
        ("单位陈述", case.reply or "（没有）"),
        ("缴款期限", date_cn(case.repay_due_on) if case.repay_due_on else "（尚未决定）"),
        ("决定理由", case.decision_note or "（尚未决定）"),
    ]
    return [{"label": label, "value": value} for label, value in rows]
