"""A snapshot as people read it, part by part."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from portal.measures.rmb import format_money
from portal.measures.workdays import date_cn


@dataclass(frozen=True)
class Group:
    """One part of an application: code and label of the part, rows of {label, value}."""

    code: str
    label: str
    rows: list[dict]


def groups(data: dict) -> list[Group]:
    """All parts of a snapshot in the order of the form."""
    return [
        Group("cover", "封面信息", cover_rows(data)),
        *([Group("unit", "单位与联合体", unit_rows(data))] if "unit" in data else []),
        *(
            Group(section["code"], section["title"], [_row("正文", section["text"])])
            for section in data.get("sections", [])
        ),
        Group("stages", "进度安排", [_row(row["name"], _stage(row)) for row in data.get("stages", [])]),
        Group("kpis", "绩效指标", [_row(row["name"], _kpi(row)) for row in data.get("kpi_rows", [])]),
        Group("budget", "经费预算", _budget(data.get("budget", {}))),
        Group("team", "项目团队", [_row(row["name"], _person(row)) for row in data.get("team", [])]),
        Group("attachments", "附件", [_row(row["kind"], _file(row)) for row in data.get("attachments", [])]),
    ]


def _row(label: str, value) -> dict:
    text = "" if value is None else str(value)
    return {"label": label, "value": text, "missing": not text}


def _day(text: str) -> str:
    return date_cn(date.fromisoformat(text)) if text else "未填写"


def _money(row: dict) -> str:
    return format_money(Decimal(row["amount"]))


def cover_rows(data: dict) -> list[dict]:
    """Rows of the cover."""
    cover = data.get("application", {})
    period = " 至 ".join(_day(day) for day in (cover.get("execution_from"), cover.get("execution_to")) if day)
    supervisor = data.get("supervisor", {})
    return [
        _row("项目名称", cover.get("project_name")),
        _row("所属领域", cover.get("field")),
        _row("服务区域", cover.get("districts")),
        _row("执行期", period),
        _row("项目负责人", data.get("leader", {}).get("name")),
        _row("监督专员", supervisor.get("name")),
        _row("监督专员电话", supervisor.get("phone") if supervisor.get("name") else ""),
        _row("“数字科协”承诺", "已承诺" if cover.get("digital_undertaking") else ""),
    ]


def unit_rows(data: dict) -> list[dict]:
    """Rows about the unit and its consortium, as registered."""
    unit, consortium = data["unit"], data["consortium"]
    members = [f"{row['name']}（{row['role']}，{row['credit_code']}）" for row in consortium["members"]]
    return [
        _row("牵头单位", unit["name"]),
        _row("统一社会信用代码", unit["credit_code"]),
        _row("单位性质", unit["kind"]),
        _row("法定代表人", unit["legal_representative"]),
        _row("开户行与账号", f"{unit['bank']}　{unit['account_number']}".strip()),
        _row("联合体", consortium["name"]),
        _row("成立文件", consortium["founding_document"]),
        _row(f"成员单位（{len(members)} 家）", "\n".join(members)),
    ]


def stage_period(row: dict) -> str:
    """From when to when."""
    return f"{_day(row['from'])} 至 {_day(row['to'])}"


def _stage(row: dict) -> str:
    return f"{stage_period(row)}\n{row['goal']}\n交付物：{row['deliverables'] or '未填写'}"


def kpi_terms(row: dict) -> str:
    """Floor, kind of map, number of people, partner and term of an indicator."""
    parts = [f"底线 {row['floor']} {row['unit']}"] if row["floor"] else []
    parts += [{"industry": "产业图谱", "talent": "人才图谱"}[row["map_kind"]]] if row.get("map_kind") else []
    parts += [f"计划 {row['attendance']} 人"] if row.get("attendance") else []
    parts += [f"联动{row['partner_kind']}"] if row.get("partner_kind") else []
    parts += [f"{_day(row['due_on'])}前完成"] if row["due_on"] else []
    return "，".join(parts)


def _kpi(row: dict) -> str:
    parts = [f"{row['target']} {row['unit']}", kpi_terms(row)]
    return "，".join(part for part in parts if part) + (f"\n佐证：{row['evidence']}" if row["evidence"] else "")


def _budget(budget: dict) -> list[dict]:
    sources = [
        _row(f"来源：{row['name']}", _money(row) + (f"（{row['provider']}）" if row.get("provider") else ""))
        for row in budget.get("sources", [])
    ]
    lines = [
        _row(
            row.get("item") or row["category"],
            f"{_money(row)}（{row['category']}，{row['source']}，{row['direction'] or '未选方向'}）\n{row['basis']}",
        )
        for row in budget.get("lines", [])
    ]
    return sources + lines


def _person(row: dict) -> str:
    return f"{row['unit']}{'，' + row['title'] if row['title'] else ''}\n{row['task']}，投入 {row['months']} 个月"


def file_marks(row: dict) -> str:
    """What was stated of signature and seal."""
    return "，".join(word for word, given in (("已签字", row["signature"]), ("已盖章", row["seal"])) if given)


def _file(row: dict) -> str:
    marks = file_marks(row)
    return f"{row['filename']}（{row['size']}）" + (f"，{marks}" if marks else "") + f"\nSHA-256 {row['sha256'][:12]}"
