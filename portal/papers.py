"""The frame of official papers: issuer, number, contact; apps add the body (shapes: templates/pdf)."""

import re
from datetime import date

from django.conf import settings
from django.utils import timezone

from portal.measures.edition_schema import Edition
from portal.models import Document

_NUMBER = "snapshot__official__doc_number"
_HEADINGS = (re.compile("[一二三四五六七八九十]+、"), re.compile("（[一二三四五六七八九十]+）"))
CONTACT_KEYS = ("department", "person", "phone", "support_phone", "supervision_phone", "email", "address", "postcode")


def heading_level(line: str) -> int:
    """1 for a line such as 一、申报条件, 2 for （一）网上填报, 0 for running text, numbered sentences among it."""
    if line.endswith(tuple("。；：，、")):
        return 0
    return next((level for level, form in enumerate(_HEADINGS, 1) if form.match(line)), 0)


def numbered_sections(lines: list[str]) -> int:
    """How many lines begin with a number of the first level, 一、; what follows goes on from there."""
    return sum(1 for line in lines if _HEADINGS[0].match(line))


def contact() -> dict[str, str]:
    """Where people turn to; every key is there, unset ones empty."""
    return {key: settings.OFFICE.get(key, "") for key in CONTACT_KEYS}


def identity(kind: str, number: str, *, issued_on: date | None = None, draft: bool = False) -> dict:
    """Key `doc` of a snapshot; version, digest and verification code are added when the paper is printed."""
    day = issued_on or timezone.localdate()
    return {"kind": kind, "number": number, "issued_on": day.isoformat(), "draft": draft}


def official(edition: Edition, title: str, *, to: str = "", number: str = "", by_bast: bool = False) -> dict:
    """Key `official` of a snapshot: the GB/T 9704 frame, issued today by the center, or by the association."""
    issuer = edition.issuer if by_bast else edition.managing_unit
    today = timezone.localdate().isoformat()
    return {
        "issuer_mark": issuer,
        "doc_number": number,
        "title": title,
        "addressee": to,
        "attachments": [],
        "signature_unit": issuer,
        "issued_on": today,
        "copies_to": [edition.managing_unit if by_bast else edition.issuer] if to else [],
        "print_unit": f"{edition.managing_unit}综合部",
        "printed_on": today,
    }


def next_number(edition: Edition) -> str:
    """The next number of an official paper this year; call it after an event of the same transaction was recorded.

    The lock of the event log then orders the callers on PostgreSQL; SQLite has one writer anyway.
    """
    year = timezone.localdate().year
    head = edition.document_number(year, 0).split("0号")[0]
    used = Document.objects.filter(created_at__year=year, snapshot__official__doc_number__startswith=head)
    numbers = [text.removeprefix(head).removesuffix("号") for text in used.values_list(_NUMBER, flat=True)]
    return edition.document_number(year, max((int(text) for text in numbers if text.isdecimal()), default=0) + 1)
