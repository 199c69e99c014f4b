"""Frozen contents of public notices (8(3)): an allow-list, no personal data, no scores."""

from portal import papers
from portal.editions import edition


def notice_items(notice) -> list[dict]:
    """The rows of a notice in the order of application numbers: seq, project_name, lead_unit, consortium, field."""
    rows = notice.applications.select_related("lead_unit", "consortium").order_by("number")
    return [
        {
            "seq": seq,
            "application": str(row.public_id),
            "project_name": row.title,
            "lead_unit": row.lead_unit.name,
            "consortium": row.consortium.name,
            "field": row.field,
        }
        for seq, row in enumerate(rows, start=1)
    ]


def notice_snapshot(notice, *, starts_on, ends_on) -> dict:
    """What is published and never changes again; its digest is the notice's."""
    return {
        "title": notice.title,
        "call_title": notice.call.title.removesuffix("申报通知"),
        "starts_on": starts_on.isoformat(),
        "ends_on": ends_on.isoformat(),
        "working_days": notice.working_days,
        "how_to_object": notice.how_to_object,
        "items": notice_items(notice),
    }


def notice_paper(notice) -> dict:
    """Snapshot of the PDF `public_notice`, from the frozen content of the notice only."""
    frozen = notice.snapshot
    year = edition(notice.call.edition)
    return {
        "doc": papers.identity("public_notice", notice.doc_number),
        "official": papers.official(year, frozen["title"], number=notice.doc_number),
        "notice": {
            "call_title": frozen["call_title"],
            "basis": "经单位申报、形式审查、专家评审和市科协审定",
            "starts_on": frozen["starts_on"],
            "ends_on": frozen["ends_on"],
            "working_days": frozen["working_days"],
            "result_word": "拟支持项目",
        },
        "rows": [
            {"serial": item["seq"]} | {key: item[key] for key in ("project_name", "lead_unit", "consortium", "field")}
            for item in frozen["items"]
        ],
        "contact": papers.contact(),
    }
