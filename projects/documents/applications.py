"""Papers about applications: print, receipt, letter of the formality check (shapes: tests/portal/pdf_samples)."""

from portal import documents, editions, papers
from portal.measures.workdays import datetime_cn
from projects.queries.application_snapshots import snapshot

FIRST_STEPS = (
    "形式审查：由管理单位核对材料，结果会在平台通知您；需补正的，请在期限内一次性补正。",
    "专家评审：通过形式审查后进行。",
    "公示与签约：拟支持项目经公示无异议后签订任务合同。",
)

_LETTERS = {
    "supplement": "关于项目申报材料形式审查需补正的通知",
    "extended": "关于延长项目申报材料补正期限的通知",
    "rejected": "关于项目申报材料形式审查不通过的通知",
    "revoked": "关于撤销项目申报材料形式审查不通过决定的通知",
}


def request_print(application, version, *, by):
    """Queue the official print of a frozen version."""
    data = version.snapshot | {
        "doc": papers.identity("application", application.number),
        "watermark": "正式",
    }
    title = f"{application.call.title.removesuffix('申报通知')}申报书"
    return documents.request_document("application", application, data, title=title, by=by)


def request_draft(application, *, by):
    """Queue a print of the working draft; the same content gives the same paper."""
    data = snapshot(application, version=application.versions.count() + 1, status_label="草稿，未提交") | {
        "doc": papers.identity("application_draft", "", draft=True),
        "watermark": "草稿",
    }
    return documents.request_document("application_draft", application, data, title="申报书（草稿）", by=by)


def request_receipt(application, version, *, by):
    """Queue the receipt of a submission (8(1))."""
    data = {
        "doc": papers.identity("application_receipt", application.number),
        "receipt": {
            "number": application.number,
            "version": version.number,
            "call_title": application.call.title,
            "project_name": application.title,
            "lead_unit": application.lead_unit.name,
            "credit_code": application.lead_unit.credit_code,
            "leader": application.leader.name,
            "submitted_by": version.submitted_by.name,
            "submitted_at": datetime_cn(version.submitted_at),
            "content_digest": version.sha256,
            "attachment_count": len(version.snapshot["attachments"]),
            "next_steps": list(FIRST_STEPS),
        },
        "issuer": editions.edition(application.call.edition).managing_unit,
        "contact": papers.contact(),
    }
    return documents.request_document("application_receipt", application, data, title="项目申报受理回执", by=by)


def request_letter(application, *, outcome: str, problems: list[dict], deadline=None, by):
    """Queue the letter of the formality check: outcome "supplement", "extended" (deadline), "rejected", "revoked".

    `problems` are dicts with item, article, fact, fix. Call it after an event of the same transaction was recorded.
    """
    edition = editions.edition(application.call.edition)
    title = _LETTERS[outcome]
    number = papers.next_number(edition)
    data = {
        "doc": papers.identity("formality_letter", number),
        "official": papers.official(edition, title, to=application.lead_unit.name, number=number) | {"copies_to": []},
        "letter": {
            "outcome": outcome,
            "project_number": application.number,
            "project_name": application.title,
            "submitted_at": datetime_cn(application.submitted_at),
            "deadline": datetime_cn(deadline) if deadline else "",
            "appeal_days": edition.periods.objection_appeal_days,
        },
        "problems": problems,
        "contact": papers.contact(),
    }
    return documents.request_document("formality_letter", application, data, title=title, by=by)
