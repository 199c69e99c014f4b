"""Charts of accounts of the three accounting systems: codes and names as data, one file a system and version (15)."""

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

from portal.measures.normalise import normalise

CHARTS = Path(__file__).with_name("charts")
_CODE = re.compile(r"\s*(\d[\d.\-]*)")
_BARE = re.compile(r"[\d.\-\s]+")
_PARTS = re.compile(r"[-—－_/\\>、．.\s]+")
_SHORTEST = 4
_SPENDING = frozenset({"expense", "cost", "classification", "budget_expense"})
_LONGEST_CODE = 20


@dataclass(frozen=True, slots=True)
class Account:
    """One account: `category` is the budget category that it means, "" where that is not clear."""

    code: str
    name: str
    kind: str
    category: str


@dataclass(frozen=True)
class Chart:
    """The accounts of a system from a day on."""

    system: str
    title: str
    source: str
    since: date
    accounts: tuple[Account, ...]
    by_code: Mapping[str, Account]
    by_name: Mapping[str, Account]

    @property
    def spending(self) -> list[Account]:
        """The accounts that spending is booked on."""
        return [account for account in self.accounts if account.kind in _SPENDING]

    def find(self, text: str) -> Account | None:
        """The most detailed account that a cell names: "5301 研发支出", "530101", "业务活动费用-会议费"; else None.

        A code below a listed one ("500101", "5001.01") belongs to it; a name behind the code may be more detailed.
        """
        text = unicodedata.normalize("NFKC", text)
        code = _CODE.match(text)
        by_code = self._below(code.group(1)) if code else None
        names = [normalise(part) for part in _PARTS.split(text[code.end() :] if code else text)]
        named = next((self.by_name[name] for name in reversed(names) if name in self.by_name), None)
        if by_code is None or (named is not None and named.category and not by_code.category):
            return named if code is None or by_code is not None else None
        return by_code

    def _below(self, code: str) -> Account | None:
        digits = re.sub(r"\D", "", code)[:_LONGEST_CODE]
        lengths = range(len(digits), _SHORTEST - 1, -1)
        return next((self.by_code[digits[:n]] for n in lengths if digits[:n] in self.by_code), None)

    def full(self, text: str) -> str:
        """The cell with the name of its account where it has a bare code: "530101" becomes "530101 研发支出"."""
        found = self.find(text) if _BARE.fullmatch(unicodedata.normalize("NFKC", text)) else None
        return f"{text} {found.name}" if found else text


@lru_cache(maxsize=16)
def load_chart(system: str, on: date) -> Chart | None:
    """The newest chart of a system that applies on a day; None for a system without charts."""
    charts = [_read(path) for path in sorted(CHARTS.glob(f"{system}-*.toml"))]
    charts = [chart for chart in charts if chart.since <= on] or charts[:1]
    return max(charts, key=lambda chart: chart.since, default=None)


@lru_cache(maxsize=16)
def _read(path: Path) -> Chart:
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    accounts = tuple(Account(*row) for row in data["accounts"])
    return Chart(
        system=data["system"],
        title=data["title"],
        source=data["source"],
        since=data["since"],
        accounts=accounts,
        by_code={account.code: account for account in accounts},
        by_name={normalise(account.name): account for account in accounts},
    )
