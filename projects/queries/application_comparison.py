"""Two frozen versions of an application side by side, part by part: nothing is left out, the same is counted."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal

from portal.measures.rmb import format_money
from projects.queries import application_summaries as summaries
from projects.queries.text_diff import Block, Clock, blocks

SAME, CHANGED, ADDED, REMOVED = "same", "changed", "added", "removed"


@dataclass(frozen=True)
class Field:
    """One value of a row in both versions, "" where it is not there; `difference` in 元 with its sign, for amounts."""

    label: str
    old: str
    new: str
    difference: str = ""

    @property
    def is_changed(self) -> bool:
        """Whether the versions differ here."""
        return self.old != self.new


@dataclass(frozen=True)
class Row:
    """One row of a part, found again by its name: an indicator, a line of the budget, a person, a kind of file."""

    name: str
    status: str
    fields: tuple[Field, ...]

    @property
    def shown(self) -> tuple[Field, ...]:
        """What a reader must see of it."""
        return tuple(field for field in self.fields if field.is_changed)


@dataclass(frozen=True)
class Part:
    """One part of the form: rows, or the blocks of a text."""

    code: str
    label: str
    rows: tuple[Row, ...] = ()
    text: tuple[Block, ...] = ()

    @property
    def changed(self) -> tuple[Row, ...]:
        """Rows that are not the same in both."""
        return tuple(row for row in self.rows if row.status != SAME)

    @property
    def count(self) -> int:
        """How many places differ."""
        return len(self.changed) + sum(1 for block in self.text if not block.kept)

    @property
    def same(self) -> int:
        """How many rows are the same in both."""
        return len(self.rows) - len(self.changed)

    @property
    def has_money(self) -> bool:
        """Whether a difference in 元 stands beside its values."""
        return any(field.difference for row in self.rows for field in row.fields)


def compare(old: dict, new: dict, clock: Clock | None = None) -> tuple[Part, ...]:
    """All parts in the order of the form; a part that one version lacks counts as empty there."""
    clock = clock or Clock.start()
    return (
        _values("cover", "封面信息", summaries.cover_rows(old), summaries.cover_rows(new)),
        _values("unit", "单位与联合体", _unit_rows(old), _unit_rows(new)),
        *_sections(old, new, clock),
        *(_table(table, old, new) for table in _TABLES),
    )


def _unit_rows(data: dict) -> list[dict]:
    return summaries.unit_rows(data) if "unit" in data else []


def _values(code: str, label: str, old: list[dict], new: list[dict]) -> Part:
    pairs = _paired(old, new, lambda row: row["label"])
    return Part(code, label, tuple(_row(name, one, two, (("", _value),)) for name, one, two in pairs))


def _value(row: dict) -> str:
    return row["value"]


def _sections(old: dict, new: dict, clock: Clock) -> list[Part]:
    pairs = _paired(old.get("sections", []), new.get("sections", []), lambda row: row["code"])
    return [
        Part(code, (two or one)["title"], text=blocks((one or {}).get("text", ""), (two or {}).get("text", ""), clock))
        for code, one, two in pairs
    ]


def _paired(old: Iterable[dict], new: Iterable[dict], key: Callable[[dict], str]) -> list[tuple[str, dict, dict]]:
    """(name, old row or None, new row or None): rows of one name are paired in their order, new rows stand last."""
    first, second = _numbered(old, key), _numbered(new, key)
    return [(name[0], first.get(name), second.get(name)) for name in dict.fromkeys([*first, *second])]


def _numbered(rows: Iterable[dict], key: Callable[[dict], str]) -> dict[tuple[str, int], dict]:
    seen: Counter[str] = Counter()
    found = {}
    for row in rows:
        name = key(row)
        found[name, seen[name]] = row
        seen[name] += 1
    return found


Column = tuple[str, Callable[[dict], str]]


def _row(name: str, old: dict | None, new: dict | None, columns: Iterable[Column], amount: str = "") -> Row:
    fields = [Field(label, read(old) if old else "", read(new) if new else "") for label, read in columns]
    if amount:
        fields.insert(0, _money_field(amount, old, new))
    if old is None or new is None:
        return Row(name, REMOVED if new is None else ADDED, tuple(fields))
    return Row(name, CHANGED if any(field.is_changed for field in fields) else SAME, tuple(fields))


def _money_field(label: str, old: dict | None, new: dict | None) -> Field:
    one, two = (Decimal(row["amount"]) if row else Decimal(0) for row in (old, new))
    sign = "+" if two > one else "−"
    difference = "" if one == two else f"{sign}{format_money(abs(two - one))}"
    return Field(label, format_money(one) if old else "", format_money(two) if new else "", difference)


@dataclass(frozen=True)
class _Table:
    code: str
    label: str
    rows: Callable[[dict], list[dict]]
    key: Callable[[dict], str]
    columns: tuple[Column, ...]
    amount: str = ""


def _table(table: _Table, old: dict, new: dict) -> Part:
    pairs = _paired(table.rows(old), table.rows(new), table.key)
    rows = tuple(_row(name, one, two, table.columns, table.amount) for name, one, two in pairs)
    return Part(table.code, table.label, rows)


def _named(key: str) -> Callable[[dict], str]:
    return lambda row: str(row.get(key) or "")


def _source_name(row: dict) -> str:
    return f"{row['name']}（{row['provider']}）" if row.get("provider") else row["name"]


def _totals(data: dict) -> list[dict]:
    budget = data.get("budget", {})
    lines = sum((Decimal(row["amount"]) for row in budget.get("lines", [])), Decimal(0))
    return [
        {"name": "来源合计", "amount": budget.get("total", "0")},
        {"name": "支出合计", "amount": str(lines)},
    ]


def _costing(row: dict) -> str:
    return f"{format_money(Decimal(row['unit_price']))}×{row['quantity']}×{row['times']}"


_TABLES = (
    _Table(
        "stages",
        "进度安排",
        lambda data: data.get("stages", []),
        _named("name"),
        (("起止", summaries.stage_period), ("阶段目标", _named("goal")), ("交付物", _named("deliverables"))),
    ),
    _Table(
        "kpis",
        "绩效指标",
        lambda data: data.get("kpi_rows", []),
        _named("name"),
        (
            ("目标值", lambda row: f"{row['target']} {row['unit']}"),
            ("要求", summaries.kpi_terms),
            ("佐证", _named("evidence")),
        ),
    ),
    _Table(
        "sources",
        "经费来源",
        lambda data: data.get("budget", {}).get("sources", []),
        _source_name,
        (),
        "金额",
    ),
    _Table(
        "budget",
        "支出预算",
        lambda data: data.get("budget", {}).get("lines", []),
        lambda row: row.get("item") or row["category"],
        (
            ("科目", _named("category")),
            ("资金来源", _named("source")),
            ("用途方向", _named("direction")),
            ("单价×数量×次数", _costing),
            ("测算依据", _named("basis")),
        ),
        "金额",
    ),
    _Table("totals", "经费合计", _totals, _named("name"), (), "金额"),
    _Table(
        "team",
        "项目团队",
        lambda data: data.get("team", []),
        _named("name"),
        (
            ("单位", _named("unit")),
            ("职称/职务", _named("title")),
            ("承担任务", _named("task")),
            ("投入（月）", _named("months")),
        ),
    ),
    _Table(
        "attachments",
        "附件",
        lambda data: data.get("attachments", []),
        _named("kind"),
        (
            ("文件", lambda row: f"{row['filename']}（{row['size']}）"),
            ("签章", summaries.file_marks),
            ("SHA-256", _named("sha256")),
        ),
    ),
)
