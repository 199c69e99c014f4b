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


# What unit and leader promise: article, paraphrase.
PROMISES = (
    ("7(1)", "提交的申报材料真实、完整、有效、合法，由项目负责人直接负责；如有虚假，愿承担由此产生的后果。"),
    ("5(1)1", "同一申报年度本单位申报的项目不超过规定数量，本项目没有重复申报其他财政资金支持。"),
    ("6(3)", "安排专人监督项目的实施效果和经费使用，为项目实施提供必要的条件。"),
    ("8(1)", "按“数字科协”有关要求开展工作，建立工作台账，及时报告重大进展和重大事项。"),
    ("13", "支持经费只用于管理办法允许的方向，不用于第十四条所列禁止事项，不转拨其他单位和账户。"),
    ("15", "经费专款专用、单独核算，在执行期内执行完毕，接受审计、监督和检查。"),
    ("17", "出现管理办法规定的追回情形的，按要求退回支持经费。"),
    ("7(1)", "授权管理单位为申报、评审和管理的需要使用申报材料中的单位信息和人员信息。"),
)


def request_papers(application, version, *, by):
    """Queue what a submission leaves behind: the official print of the frozen version and the receipt (8(1))."""
    return documents.request_documents(
        application, [_print(application, version), _receipt(application, version)], by=by
    )


def _print(application, version) -> documents.Wanted:
    data = version.snapshot | {
        "doc": papers.identity("application", application.number),
        "watermark": "正式",
    }
    title = f"{application.call.title.removesuffix('申报通知')}申报书"
    return documents.Wanted("application", data, title)


def request_draft(application, *, by):
    """Queue a print of the working draft; the same content gives the same paper."""
    data = snapshot(application, version=application.versions.count() + 1, status_label="草稿，未提交") | {
        "doc": papers.identity("application_draft", "", draft=True),
        "watermark": "草稿",
    }
    return documents.request_document("application_draft", application, data, title="申报书（草稿）", by=by)


def request_undertaking(application, *, by):
    """Queue the commitment letter of the unit and its leader (5-8, 12-18), filled in for this application."""
    edition = editions.edition(application.call.edition)
    data = {
        "doc": papers.identity("application_undertaking", ""),
        "undertaking": {
            "to": edition.managing_unit,
            "call_title": application.call.title,
            "project_name": application.title,
            "unit": application.lead_unit.name,
            "credit_code": application.lead_unit.credit_code,
            "consortium": application.consortium.name,
            "leader": application.leader.name if application.leader else "",
            "promises": [{"article": article, "text": text} for article, text in PROMISES],
        },
    }
    return documents.request_document("application_undertaking", application, data, title="申报承诺书", by=by)


def _receipt(application, version) -> documents.Wanted:
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
    return documents.Wanted("application_receipt", data, "项目申报受理回执")


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
