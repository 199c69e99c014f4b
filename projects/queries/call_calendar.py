"""The steps of a call as an iCalendar file (RFC 5545), so that people have its dates in their own calendar."""

from datetime import UTC

from django.conf import settings
from django.utils import timezone

_OCTETS = 74


def calendar_of(call) -> str:
    """One event a milestone; the moment is exact, estimated steps say so in their name."""
    stamp = _moment(call.saved_at or call.published_at or timezone.now())
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//kechuang//calls//ZH", "CALSCALE:GREGORIAN"]
    for step in call.milestones.order_by("due_at", "order"):
        lines += [
            "BEGIN:VEVENT",
            f"UID:call-{call.pk}-{step.code}@{_host()}",
            f"DTSTAMP:{stamp}",
            f"DTSTART:{_moment(step.due_at)}",
            f"SUMMARY:{_text(f'{step.name}：{call.title}')}",
            f"URL:{settings.SITE_URL}/calls/{call.pk}/",
            "END:VEVENT",
        ]
    return "".join(f"{_folded(line)}\r\n" for line in [*lines, "END:VCALENDAR"])


def _host() -> str:
    return settings.SITE_URL.partition("://")[2] or "localhost"


def _moment(moment) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _text(text: str) -> str:
    for mark in ("\\", ";", ","):
        text = text.replace(mark, f"\\{mark}")
    return " ".join(text.split())


def _folded(line: str) -> str:
    """Lines of at most 75 octets, cut between characters."""
    folded, length = "", 0
    for character in line:
        octets = len(character.encode())
        if length + octets > _OCTETS:
            folded, length = f"{folded}\r\n ", 1
        folded, length = folded + character, length + octets
    return folded
