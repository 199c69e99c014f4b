"""One table for buttons and enforcement: moves objects between states, with log, in one transaction."""

import functools
from collections.abc import Callable, Iterable
from typing import Any, Protocol, TypeVar

from django.db import OperationalError, connections, models, transaction

from portal import access, events
from portal.errors import Conflict, NotAllowed, Refused
from portal.states import Transition

_RETRIES = 3
F = TypeVar("F", bound=Callable[..., Any])


class Stateful(Protocol):
    """What a model needs to be moved: a pk, a state, a table of transitions."""

    pk: Any
    state: str
    TRANSITIONS: dict[str, Transition]


def move(obj: Any, name: str, *, by: Any, note: str = "", **changes: Any) -> None:
    """Move `obj` along the named edge, or refuse.

    `by` is the acting user, or None for the system. `changes` are further columns, written in the same UPDATE.
    Raises NotAllowed (403) when the predicate says no, Conflict (409) when the state is not a source any more.
    """
    edge = obj.TRANSITIONS[name]
    if by is not None and not access.allowed(by, edge.perm, obj):
        raise NotAllowed(f"您的账号不能执行“{edge.label}”。", article=edge.article)
    before = obj.state
    # No savepoint: what fails in here takes the whole action back. A refusal is raised after the block, as it changed
    # nothing.
    with transaction.atomic(savepoint=False):
        rows = type(obj)._base_manager.filter(pk=obj.pk, state__in=edge.sources)
        is_moved = rows.update(state=edge.target, **changes)
        if is_moved:
            obj.state = edge.target
            for key, value in changes.items():
                setattr(obj, key, value)
            _log_move(obj, name, edge, by=by, note=note, before=before, changes=changes)
    if not is_moved:
        raise Conflict(
            f"不能{edge.label}：“{obj}”目前的状态是“{current_label(obj)}”，可能已由他人或另一个窗口处理。请刷新页面查看最新状态。",
            article=edge.article,
        )


def move_all(objects: Iterable[Any], name: str, *, by: Any, note: str = "") -> None:
    """Move many objects of one model along one edge, all or none, each with its own event, in a few statements.

    For lists of thousands, inside an action. Raises NotAllowed, or Conflict when one of them is in another state now.
    """
    rows = list(objects)
    if not rows:
        return
    edge, model = rows[0].TRANSITIONS[name], type(rows[0])
    if by is not None and not all(access.allowed(by, edge.perm, obj) for obj in rows):
        raise NotAllowed(f"您的账号不能执行“{edge.label}”。", article=edge.article)
    with transaction.atomic(savepoint=False):
        moved = model._base_manager.filter(pk__in=[obj.pk for obj in rows], state__in=edge.sources).update(
            state=edge.target
        )
        if moved != len(rows):
            raise Conflict(
                f"不能{edge.label}：{len(rows)} 项中有 {len(rows) - moved} 项的状态已变，可能已由他人或另一个窗口处理。"
                "请刷新页面查看最新状态。",
                article=edge.article,
            )
        facts = [(obj, {"state": obj.state}, {"state": edge.target}) for obj in rows]
        verb = f"{model._meta.model_name}.{name}"
        events.record_all(verb, edge.label, facts, by=by, note=note, article=edge.article)
    for obj in rows:
        obj.state = edge.target


def _log_move(
    obj: Any, name: str, edge: Transition, *, by: Any, note: str, before: str, changes: dict[str, Any]
) -> None:
    events.record(
        f"{obj._meta.model_name}.{name}",
        edge.label,
        obj,
        by=by,
        note=note,
        article=edge.article,
        before={"state": before},
        after={"state": edge.target, **{key: str(value) for key, value in changes.items()}},
    )


def current_label(obj: Any) -> str:
    """The Chinese label of the state that the database holds now."""
    value = type(obj)._base_manager.filter(pk=obj.pk).values_list("state", flat=True).first()
    return str(dict(obj._meta.get_field("state").flatchoices).get(value, value))


def available(obj: Any, user: Any) -> list[tuple[str, Transition]]:
    """The edges that `user` may take from the present state, in table order."""
    return [
        (name, edge)
        for name, edge in obj.TRANSITIONS.items()
        if obj.state in edge.sources and access.allowed(user, edge.perm, obj)
    ]


def lock(obj: models.Model) -> Any:
    """The same row, locked until the end of the transaction and read anew (lock order: unit, consortium, call, …)."""
    return type(obj)._base_manager.select_for_update().get(pk=obj.pk)


def share(obj: models.Model) -> Any:
    """The same row, read anew and kept from changing until the end of the transaction; others may share it too."""
    rows = type(obj)._base_manager.filter(pk=obj.pk)
    if not connections[rows.db].features.has_select_for_update:
        return rows.get()
    statement, parameters = rows.query.sql_with_params()
    return type(obj)._base_manager.raw(f"{statement} FOR SHARE", parameters)[0]


def bar(*objects: models.Model) -> None:
    """Lock rows until the end of the transaction without reading them, in the order given (see `lock`)."""
    for obj in objects:
        _bar(type(obj), obj.pk)


def bar_parents(obj: models.Model, *names: str) -> None:
    """The same for the rows that these foreign keys of `obj` point to; they are not read for it either."""
    for name in names:
        column: Any = obj._meta.get_field(name)
        _bar(column.related_model, getattr(obj, column.attname))


def _bar(model: type[models.Model], pk: Any) -> None:
    model._base_manager.select_for_update().values_list("pk").get(pk=pk)


def _is_serialization_failure(error: OperationalError) -> bool:
    state = getattr(error.__cause__, "sqlstate", None)
    return state in {"40P01", "40001"}


def action(function: F) -> F:
    """Wrap a write: one transaction; a deadlock is tried again (3 times); a refusal is logged as an event.

    Nested actions log twice, but the inner event is rolled back with the outer transaction.
    """

    @functools.wraps(function)
    def run(*args: Any, **kwargs: Any) -> Any:
        outermost = not transaction.get_connection().in_atomic_block
        for attempt in range(_RETRIES):
            try:
                with transaction.atomic():
                    return function(*args, **kwargs)
            except OperationalError as error:
                if not (outermost and _is_serialization_failure(error)) or attempt == _RETRIES - 1:
                    raise
            except Refused as refusal:
                _log_refusal(function.__name__, args, kwargs, refusal)
                raise
        raise AssertionError("unreachable")

    return run  # type: ignore[return-value]


def _log_refusal(name: str, args: tuple[Any, ...], kwargs: dict[str, Any], refusal: Refused) -> None:
    given = (*args, *(value for key, value in kwargs.items() if key != "by"))
    target = next((value for value in given if isinstance(value, models.Model) and value.pk), None)
    events.record(
        name, "被拒绝", target, by=kwargs.get("by"), note=refusal.message, article=refusal.article, outcome="refused"
    )
