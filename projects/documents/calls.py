"""Frozen content of the official notice of a call (8(1))."""

from django.conf import settings
from django.utils import timezone

from portal import papers
from portal.measures.workdays import datetime_cn

ADDRESSEE = "各科创协同联合体牵头单位"


def call_notice(call, year) -> dict:
    """Snapshot of the PDF `call_notice`; `year` is the call's edition of the measures."""
    kinds = list(call.attachment_kinds.all())
    addressee, paragraphs = _opening([line.strip() for line in call.notice_text.splitlines() if line.strip()])
    official = papers.official(year, call.title, to=addressee, number=call.doc_number)
    return {
        "doc": papers.identity("call_notice", call.doc_number),
        "official": official | {"attachments": [year.title]},
        "call": _facts(call, year),
        "notice_paragraphs": paragraphs,
        "kpi_rows": [
            {"name": kpi.name, "floor": kpi.floor, "unit": kpi.unit, "evidence": "、".join(kpi.evidence)}
            for kpi in year.kpis
        ],
        "attachment_kinds": [
            {
                "name": kind.name,
                "required": kind.required,
                "signature": kind.signature_required,
                "seal": kind.seal_required,
                "formats": "、".join(kind.format_list).upper(),
            }
            for kind in kinds
        ],
        "contact": papers.contact(),
    }


def correction_notice(correction, year) -> dict:
    """Snapshot of the PDF `call_correction`: what was said, what holds now, why; numbered like every official paper.

    Call it after an event of the same transaction was recorded.
    """
    call = correction.call
    title = f"关于更正《{call.title}》的通知（第{correction.number}号）"
    moved = correction.new_closes_at is not None
    number = papers.next_number(year)
    return {
        "doc": papers.identity("call_correction", number),
        "official": papers.official(year, title, to=ADDRESSEE, number=number),
        "correction": {
            "number": correction.number,
            "call_title": call.title,
            "call_number": call.doc_number,
            "published_on": timezone.localdate(call.published_at).isoformat() if call.published_at else "",
            "paragraphs": [line.strip() for line in correction.text.splitlines() if line.strip()],
            "reason": correction.reason,
            "old_closes_at": datetime_cn(correction.old_closes_at) if moved else "",
            "new_closes_at": datetime_cn(correction.new_closes_at) if moved else "",
        },
        "contact": papers.contact(),
    }


def _opening(lines: list[str]) -> tuple[str, list[str]]:
    """Addressee and text: a first line that ends with a colon is the addressee that the officer chose."""
    if lines and lines[0].endswith(("：", ":")):
        return lines[0][:-1], lines[1:]
    return ADDRESSEE, lines


def _facts(call, year) -> dict:
    return {
        "year": call.year,
        "measures_title": f"《{year.title}》",
        "fields": [item.name for item in year.fields],
        "fixed_grant": str(call.fixed_grant),
        "grant_count": call.number_of_grants,
        "application_cap": year.application_cap,
        "opens_at": datetime_cn(call.opens_at),
        "closes_at": datetime_cn(call.closes_at),
        "execution_from": call.execution_start.isoformat(),
        "execution_to": call.execution_end.isoformat(),
        "notice_working_days": call.notice_working_days,
        "portal_url": f"{settings.SITE_URL}/",
    }
