"""Saving the parts of an application. Every function refuses what the measures forbid and says how to mend it."""

from collections.abc import Sequence
from decimal import Decimal

from django.utils import timezone

from consortia.seats import people_of
from portal import events, files, workflow
from portal.errors import Invalid, Refused
from portal.measures.articles import article_label
from portal.measures.findings import block
from portal.measures.rmb import round_fen
from projects.actions.application_editing import close_part, hold, open_part, require_editable
from projects.models import Application, Attachment, BudgetLine, FundingSource, KpiTarget, Stage, TeamMember
from projects.queries.application_tasks import ATTACHMENTS, BUDGET, COVER, KPIS, STAGES, TEAM, part_of
from projects.queries.applications import edition_of, verdicts, worded

COVER_FIELDS = (
    "title",
    "field",
    "district",
    "start_on",
    "end_on",
    "leader",
    "supervisor_name",
    "supervisor_phone",
    "digital_undertaking",
)
MAX_ROWS = 60
MAX_TEXT = 40_000
SMALLEST, AMOUNT_LIMIT = Decimal("0.01"), Decimal(10) ** 11


@workflow.action
def save_cover(application: Application, *, data: dict, revision: int, by) -> Application:
    """Save the cover: any of COVER_FIELDS; other keys are ignored (A5). Raises StaleEdit, Invalid, NotAllowed."""
    section = open_part(application, COVER, revision, by=by)
    given = {name: data[name] for name in COVER_FIELDS if name in data}
    _check_cover(application, given)
    before = {name: str(getattr(application, name) or "") for name in given}
    for name, value in given.items():
        setattr(application, name, value)
    application.save(update_fields=[*given, "updated_at"])
    changed = {name: str(value or "") for name, value in given.items() if str(value or "") != before[name]}
    close_part(application, section, "封面信息", by=by, after=changed)
    return application


def _check_cover(application: Application, given: dict) -> None:
    if "title" in given and not (given["title"] or "").strip():
        raise Invalid("请填写“项目名称”。")
    leader = given.get("leader")
    if leader is not None and leader not in people_of(application.lead_unit, "leader", "drafter", "unitadmin"):
        raise Invalid("项目负责人须是本单位已开通账号的人员。", article="7", fix="请单位管理员先邀请其加入本单位。")
    start = given.get("start_on", application.start_on)
    end = given.get("end_on", application.end_on)
    if start and end and end <= start:
        raise Invalid("执行期止须晚于执行期起。", article="16")


@workflow.action
def save_section(application: Application, *, code: str, data: dict, revision: int, by):
    """Save the text of one section ({"text": …}); returns the section row with its new revision."""
    part = part_of(application, code)
    if part is None or part.section is None:
        raise Invalid("没有这个章节。")
    section = open_part(application, code, revision, by=by)
    text = str(data.get("text", "")).replace("\r\n", "\n").replace("\x00", "")
    if len(text) > MAX_TEXT:
        raise Invalid(f"“{part.label}”过长（{len(text)} 个字符），最多 {MAX_TEXT} 个字符。")
    if section.revision and section.body.get("text") == text and not section.typed:
        return section
    close_part(application, section, part.label, by=by, body={"text": text}, after={"characters": len(text)})
    return section


@workflow.action
def save_kpis(application: Application, *, rows: Sequence[dict], revision: int, by) -> list[KpiTarget]:
    """Save the indicators. Rows: code ("" for further ones), name, unit, target, map_kind, attendance, partner_kind,
    due_on, evidence_method. The six of 10(1) take name, unit and floor from the edition and never go below the floor.
    """
    section = open_part(application, KPIS, revision, by=by)
    _limit(rows)
    edition = edition_of(application.call)
    known = {kpi.code: kpi for kpi in edition.kpis}
    low = [_below(known[row["code"]], row) for row in rows if row.get("code") in known and _is_below(known, row)]
    if low:
        raise Refused.from_findings(worded(low, application))
    given = [row for row in rows if row.get("target") is not None]
    fixed = [_fixed_kpi(known[row["code"]], row) for row in given if row.get("code") in known]
    further = [_further_kpi(number, row) for number, row in enumerate(_unknown(given, known), start=1)]
    order = {code: place for place, code in enumerate(known)}
    fixed.sort(key=lambda row: order[row.code])
    if len({row.code for row in fixed}) != len(fixed):
        raise Invalid("同一项任务指标只能填写一行。", article="10(1)")
    saved = _replace(KpiTarget, application, [*fixed, *further])
    close_part(application, section, "绩效指标", by=by, after={row.code: str(row.target) for row in saved})
    return saved


def _unknown(rows, known) -> list[dict]:
    return [row for row in rows if row.get("code") not in known]


def _is_below(known, row) -> bool:
    return row.get("target") is not None and row["target"] < known[row["code"]].floor


def _below(kpi, row):
    return block(
        f"任务指标“{kpi.name}”的目标值 {row['target']} {kpi.unit}低于办法{article_label(kpi.article)}的底线。",
        f"kpi.{kpi.code}",
        f"请改为不少于 {kpi.floor} {kpi.unit}。",
        kpi.article,
    )


def _fixed_kpi(kpi, row) -> KpiTarget:
    return KpiTarget(
        code=kpi.code,
        name=kpi.name,
        unit=kpi.unit,
        floor=kpi.floor,
        target=row["target"],
        map_kind=row.get("map_kind") or "" if kpi.kind == "map" else "",
        attendance=row.get("attendance") if kpi.kind == "event" else None,
        partner_kind=row.get("partner_kind") or "" if kpi.kind == "event" else "",
        due_on=row.get("due_on"),
        evidence_method=row.get("evidence_method") or "",
    )


def _further_kpi(number: int, row) -> KpiTarget:
    if not (row.get("name") or "").strip() or row["target"] < 0:
        raise Invalid("补充指标须写明名称，目标值不能为负。")
    return KpiTarget(
        code=f"further_{number}",
        name=row["name"].strip(),
        unit=row.get("unit") or "项",
        target=row["target"],
        due_on=row.get("due_on"),
        evidence_method=row.get("evidence_method") or "",
    )


@workflow.action
def save_budget(
    application: Application, *, sources: Sequence[dict], lines: Sequence[dict], revision: int, by
) -> list[BudgetLine]:
    """Save the plan. Sources: kind lead|member, provider, amount (the fixed grant is always there). Lines: category,
    direction, item, source grant|matching, unit_price, quantity, times, basis; the amount is their product in 元.

    A line that 14 or 17 bans is refused with its clause; a doubtful one is kept and shown.
    """
    section = open_part(application, BUDGET, revision, by=by)
    _limit(sources)
    _limit(lines)
    planned = [_line(row) for row in lines]
    edition = edition_of(application.call)
    banned = [
        block(found.reason, f"budget.{place}", "请删除该项，或改列为允许的支出。", found.article_item)
        for place, found in enumerate(verdicts(planned, edition), start=1)
        if found.verdict == "banned"
    ]
    if banned:
        raise Refused.from_findings(worded(banned, application))
    grant = FundingSource(kind="grant", amount=application.call.fixed_grant)
    given = [
        FundingSource(kind=row["kind"], provider=row.get("provider") or "", amount=row["amount"])
        for row in sources
        if row["kind"] in ("lead", "member") and row["amount"]
    ]
    FundingSource.objects.filter(application=application).delete()
    for source in [grant, *given]:
        source.application = application
        source.save()
    saved = _replace(BudgetLine, application, planned)
    total = sum((line.amount for line in saved), Decimal("0.00"))
    close_part(application, section, "经费预算", by=by, after={"lines": len(saved), "total": str(total)})
    return saved


def _line(row: dict) -> BudgetLine:
    product = row["unit_price"] * row["quantity"] * row["times"]
    # Judged before rounding: the exact arithmetic of 元 refuses numbers beyond all reason.
    if not SMALLEST <= product < AMOUNT_LIMIT:
        raise Invalid(f"“{row['item']}”的金额（单价×数量×次数）须不少于一分且小于一千亿元。", article="15")
    return BudgetLine(
        category=row["category"],
        direction=row.get("direction") or "",
        item=row["item"],
        source=row["source"],
        unit_price=row["unit_price"],
        quantity=row["quantity"],
        times=row["times"],
        amount=round_fen(product),
        basis=row.get("basis") or "",
    )


@workflow.action
def save_team(application: Application, *, rows: Sequence[dict], revision: int, by) -> list[TeamMember]:
    """Save the people: name, unit_name, title, task, months (0 < months <= 36)."""
    section = open_part(application, TEAM, revision, by=by)
    _limit(rows)
    saved = _replace(TeamMember, application, [TeamMember(**row) for row in rows])
    close_part(application, section, "项目团队", by=by, after={"people": len(saved)})
    return saved


@workflow.action
def save_stages(application: Application, *, rows: Sequence[dict], revision: int, by) -> list[Stage]:
    """Save the plan: name, start_on, end_on, goal, deliverable; kept in the order of their start."""
    section = open_part(application, STAGES, revision, by=by)
    _limit(rows)
    wrong = [row["name"] for row in rows if row["end_on"] < row["start_on"]]
    if wrong:
        raise Invalid(f"“{wrong[0]}”的结束日期早于开始日期，请更正。", article="7(3)")
    ordered = sorted(rows, key=lambda row: (row["start_on"], row["end_on"]))
    saved = _replace(Stage, application, [Stage(**row) for row in ordered])
    close_part(application, section, "进度安排", by=by, after={"stages": len(saved)})
    return saved


@workflow.action
def add_attachment(
    application: Application, *, kind, data: bytes, name: str, by, signed: bool = False, sealed: bool = False
) -> Attachment:
    """Check and keep a file for an attachment kind of the call; the file before it stays on record as replaced."""
    hold(application)
    require_editable(application, ATTACHMENTS, by=by)
    if kind.call_id != application.call_id:
        raise Invalid("这份申报通知没有这种附件。")
    stored = files.store(data, name, by=by, formats=kind.format_list, max_bytes=kind.max_mb * 1024 * 1024)
    _current(application, kind=kind).update(replaced_at=timezone.now())
    attachment = Attachment.objects.create(
        application=application, kind=kind, file=stored, signed=signed, sealed=sealed, added_by=by
    )
    facts = {"kind": kind.code, "name": stored.name, "sha256": stored.sha256}
    events.record("application.attach", f"上传附件“{kind.name}”", application, by=by, after=facts)
    return attachment


@workflow.action
def remove_attachment(attachment: Attachment, *, by) -> None:
    """Take a file out of the application; row and bytes stay on record."""
    application = attachment.application
    hold(application)
    require_editable(application, ATTACHMENTS, by=by)
    if not _current(application, pk=attachment.pk).update(replaced_at=timezone.now()):
        return
    facts = {"kind": attachment.kind.code, "sha256": attachment.file.sha256}
    events.record("application.detach", f"移除附件“{attachment.kind.name}”", application, by=by, before=facts)


def _current(application: Application, **lookup):
    return Attachment.objects.filter(application=application, replaced_at__isnull=True, **lookup)


def _replace(model, application: Application, rows: list) -> list:
    model.objects.filter(application=application).delete()
    for place, row in enumerate(rows):
        row.application = application
        row.order = place
    return model.objects.bulk_create(rows)


def _limit(rows: Sequence[dict]) -> None:
    if len(rows) > MAX_ROWS:
        raise Invalid(f"一张表最多 {MAX_ROWS} 行，现有 {len(rows)} 行。请合并同类内容。")
