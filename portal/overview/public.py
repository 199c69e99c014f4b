"""What the public front page shows: published rows only."""

from django.urls import reverse

from portal import documents
from projects.models import Call, PublicNotice
from projects.queries import calls


def context() -> dict:
    """`call` (the one that is open, else the newest), `notices`, `results`, `calls`: see the template's comment."""
    published = list(calls.public_calls()[:8])
    current = calls.open_call() or (published[0] if published else None)
    notices = list(PublicNotice.objects.filter(state__in=["open", "closed"]).order_by("-starts_on")[:12])
    return {
        "call": _call(current) if current else None,
        "notices": [_notice(row) for row in notices if row.state == "open"],
        "results": [_notice(row) for row in notices if row.state == "closed"],
        "calls": [_link(row) for row in published if row != current],
        "notices_url": reverse("notice_list"),
        "funded_url": reverse("funded_list"),
    }


def _call(call: Call) -> dict:
    label, tone = calls.phase(call)
    document = documents.latest("call_notice", call)
    lines = [line for line in call.notice_text.splitlines() if len(line) > 20]
    return {
        "title": call.title,
        "summary": lines[0] if lines else "",
        "state_label": label,
        "state_tone": tone,
        "opens_at": call.opens_at,
        "closes_at": call.closes_at,
        "url": reverse("call_detail", args=[call.pk]),
        "grant": call.fixed_grant,
        "quota": call.number_of_grants,
        "pdf_url": reverse("document_download", args=[document.verification_code])
        if document and document.state == "ready"
        else "",
    }


def _notice(notice: PublicNotice) -> dict:
    return {
        "title": notice.title,
        "url": reverse("notice_detail", args=[notice.public_id]),
        "at": notice.starts_on,
        "until": notice.ends_on if notice.state == "open" else None,
    }


def _link(call: Call) -> dict:
    return {"title": call.title, "url": reverse("call_detail", args=[call.pk]), "at": call.published_at, "until": None}
