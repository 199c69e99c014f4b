"""Reads a table of experts: rows for the action, and every bad cell by line and column (D1)."""

import re
from dataclasses import dataclass

from portal import editions
from portal.sheets import Sheet, cell_text, map_headers, parse_date
from reviews.models import Expert

ALIASES = {
    "username": ("登录名", "账号"),
    "name": ("姓名", "专家姓名"),
    "phone": ("手机", "联系电话", "电话"),
    "email": ("邮箱", "电子邮箱"),
    "unit_name": ("单位", "工作单位", "现单位"),
    "title": ("职称", "职称职务"),
    "background": ("类别", "专家类别"),
    "fields": ("熟悉领域", "领域", "研究领域"),
    "term_until": ("聘期至", "聘期"),
}
REQUIRED = ("username", "name", "unit_name", "title", "background", "fields")
BACKGROUNDS = {label: code for code, label in Expert._meta.get_field("background").choices}
LIMITS = {"username": 64, "name": 40, "phone": 20, "email": 254, "unit_name": 100, "title": 40}


@dataclass(frozen=True)
class CellError:
    """One bad cell: physical line, column name, sentence."""

    line: int
    column: str
    text: str


def read_experts(sheet: Sheet) -> tuple[list[dict], list[CellError]]:
    """Rows for import_experts and all errors; rows count only when there are none."""
    columns = map_headers(sheet.headers, ALIASES)
    absent = [ALIASES[name][0] for name in REQUIRED if name not in columns]
    if absent:
        return [], [CellError(sheet.header_row, "表头", f"缺少列：{'、'.join(absent)}。")]
    known = {choice.name for choice in editions.edition(editions.codes()[-1]).fields}
    rows, errors, seen = [], [], {}
    for row in sheet.rows:
        texts = {name: cell_text(row.cells[place]) for name, place in columns.items()}
        found = dict(_problems(texts, known))
        if texts["username"] in seen:
            found["username"] = f"与第 {seen[texts['username']]} 行重复。"
        seen.setdefault(texts["username"], row.line)
        values, bad_date = _values(texts, row.cells[columns["term_until"]] if "term_until" in columns else None)
        if bad_date:
            found["term_until"] = bad_date
        errors += [CellError(row.line, ALIASES[name][0], text) for name, text in found.items()]
        rows.append(values)
    if not sheet.rows:
        errors.append(CellError(sheet.header_row, "表格", "没有数据行。"))
    return rows, errors


def _split(text: str) -> list[str]:
    return [part for part in re.split(r"[、，,；;/\s]+", text) if part]


def _problems(texts: dict[str, str], known: set[str]):
    for name in REQUIRED:
        if not texts[name]:
            yield name, "不能为空。"
    for name, limit in LIMITS.items():
        if len(texts.get(name, "")) > limit:
            yield name, f"不能超过 {limit} 个字。"
    if texts["background"] and texts["background"] not in BACKGROUNDS:
        yield "background", f"“{texts['background']}”不是专家类别，可填：{'、'.join(BACKGROUNDS)}。"
    strange = [part for part in _split(texts["fields"]) if part not in known]
    if strange:
        yield "fields", f"“{'、'.join(strange)}”不在重点领域内，可填：{'、'.join(sorted(known))}。"
    if texts.get("email") and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", texts["email"]):
        yield "email", "不是有效的邮箱地址。"


def _values(texts: dict[str, str], term) -> tuple[dict, str]:
    try:
        until = parse_date(term) if texts.get("term_until") else None
    except ValueError as problem:
        return {}, str(problem)
    return {
        "username": texts["username"],
        "name": texts["name"],
        "phone": texts.get("phone", ""),
        "email": texts.get("email", ""),
        "unit_name": texts["unit_name"],
        "title": texts["title"],
        "background": BACKGROUNDS.get(texts["background"], ""),
        "fields": _split(texts["fields"]),
        "term_until": until,
    }, ""
