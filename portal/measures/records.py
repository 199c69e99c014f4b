"""Builds frozen dataclasses from parsed TOML, naming the exact place of anything wrong."""

from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

T = TypeVar("T")
_KIND_NAMES = {str: "文字", int: "整数", bool: "true 或 false"}


class EditionError(ValueError):
    """An edition file cannot be used; the Chinese message names the file and the place in it."""


def build(kind: type[T], table: object, place: str) -> T:
    """Make one `kind` of a TOML table; EditionError for missing, unknown or wrongly typed keys."""
    if not isinstance(table, Mapping):
        raise EditionError(f"{place}：应为一个表。")
    known = {item.name: item for item in fields(kind)}  # type: ignore[arg-type]
    strange = sorted(set(table) - set(known))
    if strange:
        raise EditionError(f"{place}.{strange[0]}：不认识的项目，请检查拼写。")
    hints = get_type_hints(kind)
    missing = [name for name, item in known.items() if name not in table and not _has_default(item)]
    if missing:
        raise EditionError(f"{place}.{missing[0]}：缺少必填项目。")
    return kind(**{name: _value(hints[name], value, f"{place}.{name}") for name, value in table.items()})


def _has_default(item: Field[Any]) -> bool:
    return item.default is not MISSING or item.default_factory is not MISSING


def _value(hint: Any, value: object, place: str) -> object:
    if get_origin(hint) is tuple:
        if not isinstance(value, list):
            raise EditionError(f"{place}：应为一个列表。")
        (inner, *_rest) = get_args(hint)
        return tuple(_value(inner, item, f"{place}[{index}]") for index, item in enumerate(value, start=1))
    if is_dataclass(hint) and isinstance(hint, type):
        return build(hint, value, place)
    # bool is a subclass of int, so the exact type is asked for.
    if type(value) is not hint:
        raise EditionError(f"{place}：应为{_KIND_NAMES[hint]}。")
    return value
