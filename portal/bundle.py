"""Several small questions to the database in one statement, compiled once a process.

A page that shows a whole object asks its parent and ten child tables. Compiling a queryset costs Django more time than
the database needs to answer it, so such a page spends most of its time on questions that differ in one number only.
A Bundle compiles its querysets once, with marks in place of the parameters, joins them by UNION ALL (every row as
JSON, so that tables of any shape fit), and from then on only fills in the parameters.
"""

import json
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.db import connections, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.postgresql.base import ServerBindingCursor
from django.db.models import F, QuerySet, TextField
from django.db.models.functions import Cast, JSONArray
from django.utils.dateparse import parse_datetime

# No key is negative, no text holds this sign, no day is so early, no random UUID so small: none is a constant.
_FIRST_MARK, _SIGN = -2_000_000_000, "\x1f"


@dataclass(frozen=True)
class Question:
    """One queryset of a bundle: `build` takes the parameters it names and may order and slice.

    `fields` name the columns of plain rows (dicts, values as JSON knows them); with `model` the rows are instances,
    with the instances of the forward relations in `related` filled in (a missing one is None).
    """

    build: Callable[..., QuerySet[Any]]
    fields: Sequence[str] = ()
    model: type[models.Model] | None = None
    related: Sequence[str] = ()

    def expression(self) -> JSONArray:
        """One row as JSON: an array for each table, or one of the plain fields."""
        if self.model is None:
            return JSONArray(*self.fields)
        tables = [_columns(self.model, "")]
        tables += [_columns(_target(self.model, name), f"{name}__") for name in self.related]
        return JSONArray(*(JSONArray(*columns) for columns in tables))

    def read(self, data: list[Any], connection: BaseDatabaseWrapper) -> Any:
        """One row of the answer."""
        if self.model is None:
            return dict(zip(self.fields, data, strict=True))
        row = _instance(self.model, data[0], connection)
        for name, values in zip(self.related, data[1:], strict=True):
            target = _target(self.model, name)
            missing = values[target._meta.concrete_fields.index(target._meta.pk)] is None
            setattr(row, name, None if missing else _instance(target, values, connection))
        return row


@dataclass
class Bundle:
    """Named questions over the same parameters (whole numbers, texts, days and UUIDs)."""

    parameters: dict[str, type]
    questions: dict[str, Question] = field(default_factory=dict)
    _compiled: dict[str, tuple[str, list[Any]]] = field(default_factory=dict)

    def add(self, name: str, question: Question) -> None:
        """Ask one thing more; apps do so while they start."""
        self.questions[name] = question
        self._compiled.clear()

    def ask(self, using: str = "default", **values: Any) -> dict[str, list[Any]]:
        """Rows by question, in the order of each queryset; one query. Every parameter must be given."""
        connection = connections[using]
        statement, slots = self._statement(connection)
        answer: dict[str, list[Any]] = {name: [] for name in self.questions}
        if not statement:
            return answer
        with _cursor(connection) as cursor:
            cursor.execute(
                statement, [slot.fill(values, connection) if isinstance(slot, _Slot) else slot for slot in slots]
            )
            for name, text in cursor.fetchall():
                answer[name].append(self.questions[name].read(json.loads(text), connection))
        return answer

    def _statement(self, connection: BaseDatabaseWrapper) -> tuple[str, list[Any]]:
        # One process may talk to two kinds of database in tests only; the vendor is the key all the same.
        if connection.vendor not in self._compiled:
            self._compiled[connection.vendor] = self._compile(connection)
        return self._compiled[connection.vendor]

    def _compile(self, connection: BaseDatabaseWrapper) -> tuple[str, list[Any]]:
        marks = {name: _mark(name, kind, place) for place, (name, kind) in enumerate(self.parameters.items())}
        slots = {_adapted(mark, connection): _Slot(name) for name, mark in marks.items()}
        parts, filled = [], []
        for name, question in self.questions.items():
            wanted = question.build.__code__.co_varnames[: question.build.__code__.co_argcount]
            rows = question.build(**{key: marks[key] for key in wanted})
            rows = rows.annotate(bundle_row=question.expression()).values_list("bundle_row")
            try:
                text, parameters = rows.query.get_compiler(connection.alias).as_sql()
            except EmptyResultSet:
                continue
            parts.append(f"SELECT %s, bundle_part.* FROM ({text}) AS bundle_part")  # noqa: S608  # compiled by the ORM
            filled += [name, *(_slot_or_value(slots, value) for value in parameters)]
        return " UNION ALL ".join(parts), filled


@contextmanager
def _cursor(connection: BaseDatabaseWrapper) -> Iterator[Any]:
    """A cursor for the same statement again and again: PostgreSQL parses and plans it once a connection.

    Not while queries are logged: the log would lack the text of a statement that the server knows by name.
    """
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql" and not connection.queries_logged:
            cursor.cursor.close()
            cursor.cursor = _PreparingCursor(connection.connection)  # type: ignore[call-arg]
        yield cursor


class _PreparingCursor(ServerBindingCursor):
    """Binds on the server and prepares at the first execution; Django's own cursor does neither."""

    def execute(self, query: Any, params: Any = None) -> Any:
        return super().execute(query, params, prepare=True)  # type: ignore[misc]


@dataclass(frozen=True)
class _Slot:
    """The place of a parameter in a compiled statement."""

    name: str

    def fill(self, values: dict[str, Any], connection: BaseDatabaseWrapper) -> Any:
        return _adapted(values[self.name], connection)


def _slot_or_value(slots: dict[Any, _Slot], value: Any) -> Any:
    return slots.get(value, value) if isinstance(value, Hashable) else value


def _mark(name: str, kind: type, place: int) -> Any:
    marks = {int: _FIRST_MARK - place, str: f"{_SIGN}{name}", date: date(1, 1, 1 + place), UUID: UUID(int=1 + place)}
    return marks[kind]


def _adapted(value: Any, connection: BaseDatabaseWrapper) -> Any:
    """The value as the database's driver takes it."""
    if isinstance(value, UUID):
        return value if connection.features.has_native_uuid_field else value.hex
    return connection.ops.adapt_datefield_value(value) if isinstance(value, date) else value


def _target(model: type[models.Model], name: str) -> Any:
    return model._meta.get_field(name).related_model


def _columns(model: type[models.Model], prefix: str) -> list[Any]:
    return [_as_json(column, prefix + column.attname) for column in model._meta.concrete_fields]


def _as_json(column: Any, path: str) -> Cast | F:
    """Amounts as text: JSON has no exact decimals."""
    return Cast(path, TextField()) if isinstance(column, models.DecimalField) else F(path)


def _instance(model: type[models.Model], data: list[Any], connection: BaseDatabaseWrapper) -> models.Model:
    columns = model._meta.concrete_fields
    values = [_python(column, value, connection) for column, value in zip(columns, data, strict=True)]
    return model.from_db(connection.alias, [column.attname for column in columns], values)


def _python(column: Any, value: Any, connection: BaseDatabaseWrapper) -> Any:
    """The value of a column as the ORM gives it."""
    if value is None:
        return None
    if isinstance(column, models.DecimalField):
        return Decimal(value).quantize(Decimal(1).scaleb(-column.decimal_places))
    if isinstance(column, models.DateTimeField):
        return moment(value)
    if isinstance(column, models.JSONField):
        # SQLite keeps JSON as text, so it stands in the row's JSON as a text.
        return json.loads(value) if connection.vendor == "sqlite" else value
    return column.to_python(value)


def moment(text: str) -> datetime:
    """A moment of a plain row (ValueError for anything else); SQLite keeps it in UTC without saying so."""
    found = parse_datetime(text)
    if found is None:
        raise ValueError(f"{text!r} is no moment")
    return found if found.tzinfo else found.replace(tzinfo=UTC)
