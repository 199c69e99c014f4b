"""What is put forward for an indicator, as frozen records, and small readers for typed-in evidence."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar

_HEADCOUNT = re.compile(r"[0-9]{1,6}")


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """An item of evidence; state is claimed, verified or rejected, `dated` its decisive day.

    `other_projects` are numbers of projects that claim the same thing, `shared` whether an officer allowed it;
    `file_twins` are places where the same file bytes were handed in before.
    """

    number: str
    state: str
    dated: date | None
    other_projects: tuple[str, ...] = ()
    shared: bool = False
    file_twins: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class MembershipEvidence(Evidence):
    """A unit that joined on `dated`."""

    credit_code: str
    unit_name: str
    left_on: date | None = None
    has_agreement: bool


@dataclass(frozen=True, kw_only=True)
class TransferEvidence(Evidence):
    """A result put to use in Beijing by a contract or certificate of `dated`; `output` states its effect in figures."""

    contract_number: str
    district: str
    provider_code: str
    receiver_code: str
    output: str


@dataclass(frozen=True, kw_only=True)
class DocumentEvidence(Evidence):
    """A finished paper, such as the case report."""

    has_file: bool


@dataclass(frozen=True, kw_only=True)
class MapEvidence(Evidence):
    """A finished map with its kind."""

    option: str
    has_file: bool


@dataclass(frozen=True, kw_only=True)
class EventEvidence(Evidence):
    """An event held on `dated`; attendees are rows of name and phone from the sign-in sheet."""

    hosts: tuple[str, ...]
    bast_attendee: str
    attendees: tuple[tuple[str, str], ...]
    claimed_attendance: int
    partner_kind: str
    news_url: str


@dataclass(frozen=True, kw_only=True)
class TextEvidence(Evidence):
    """The text of the work summary."""

    text: str


@dataclass(frozen=True)
class ProjectContext:
    """The project that evidence is measured against: its period and who was in the consortium at the baseline."""

    period_start: date
    period_end: date
    lead_code: str
    baseline_codes: frozenset[str]
    consortium_codes: frozenset[str]


E = TypeVar("E", bound=Evidence, covariant=True)


@dataclass(frozen=True)
class Claim(Generic[E]):
    """One item of evidence in the light of its project."""

    item: E
    context: ProjectContext


def fold_name(text: str) -> str:
    """Fold a name for comparison: full width, case and blanks."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(char for char in folded if unicodedata.category(char)[0] not in "ZC")


def split_names(text: str) -> tuple[str, ...]:
    """Split a typed list of organisations at enumeration marks, commas, semicolons and line breaks."""
    return tuple(part.strip() for part in re.split(r"[、，,；;\n\r]", text) if part.strip())


def parse_headcount(text: str) -> int:
    """Read a typed number of people (full width is folded); ValueError with a Chinese sentence for anything else."""
    folded = unicodedata.normalize("NFKC", text).strip()
    if not _HEADCOUNT.fullmatch(folded):
        raise ValueError("人数须为整数，例如 120。")
    return int(folded)


def distinct_people(rows: Iterable[tuple[str, str]]) -> int:
    """Count different people in rows of name and phone; a nameless row is nobody, a phoneless namesake is the same."""
    people = {(fold_name(name), re.sub(r"[^0-9]", "", unicodedata.normalize("NFKC", phone))) for name, phone in rows}
    named = {(name, phone) for name, phone in people if name}
    reachable = {name for name, phone in named if phone}
    return sum(1 for name, phone in named if phone or name not in reachable)
