"""What lies beside the score sheet: the frozen application, or the evidence and money of a project."""

from decimal import Decimal

from portal.measures.counting import count_strict
from projects.queries.evidence import kpi_bars
from reviews import scoring
from reviews.models import Assignment, ReviewItem
from reviews.queries.evaluation import money_of
from reviews.queries.results import expert_code


def material(item: ReviewItem) -> dict:
    """Context of the left side: `snapshot`, `files` of a selection; `kpis`, `money`, `package`, … of an acceptance."""
    if item.application_id:
        return {"snapshot": item.version.snapshot, "files": _version_files(item.version)}
    project = item.project
    package = getattr(project, "package", None)
    evidence = project.evidence.filter(state="verified").prefetch_related("files__file").order_by("kpi_code", "number")
    return {
        "kpis": kpi_bars(project),
        "money": money_of(project),
        "package": package,
        "package_files": list(package.files.select_related("file")) if package else [],
        "evidence": list(evidence),
        "rectifications": list(project.rectifications.order_by("pk")),
    }


def _version_files(version) -> list[dict]:
    """Files of the frozen version with the kind that the snapshot gives them."""
    kinds = {row.get("file"): row.get("kind", "") for row in version.snapshot.get("attachments", [])}
    return [{"file": stored, "kind": kinds.get(str(stored.public_id), "附件")} for stored in version.files.all()]


def sheet_rows(scheme: scoring.Scheme, form) -> list[dict]:
    """Criteria with their form fields and bands, for the template."""
    return [
        {
            "criterion": row,
            "maximum": scoring.plain(row.maximum),
            "points": form[f"points_{row.code}"],
            "comment": form[f"comment_{row.code}"],
            "bands": _bands(scheme, row),
        }
        for row in scheme.criteria
    ]


def _bands(scheme: scoring.Scheme, row: scoring.Criterion) -> list[dict]:
    """From top to bottom: name, range in whole points, and the value that a press of the button sets."""
    bands, upper = [], row.maximum
    for name, ratio in scheme.bands:
        lower = (row.maximum * ratio / 100).to_integral_value(rounding="ROUND_CEILING")
        if lower > upper:
            continue
        middle = ((lower + upper) / 2).to_integral_value(rounding="ROUND_CEILING")
        bands.append({"name": name, "low": int(lower), "high": int(upper), "value": int(min(middle, upper))})
        upper = lower - 1
    return bands


def draft_total(sheet) -> tuple[Decimal, int]:
    """Sum of the points given so far and how many criteria have points."""
    given = [entry.points for entry in sheet.entries.all() if entry.points is not None]
    return sum(given, Decimal(0)), len(given)


def figures(seat: Assignment, scheme: scoring.Scheme) -> dict:
    """What the page of a seat shows beside the fields: sums, counts, words, and what may be done."""
    total, given = draft_total(seat.sheet)
    return {
        "seat": seat,
        "item": seat.item,
        "total": scoring.plain(total),
        "given": given,
        "written": count_strict(seat.sheet.comment),
        "recommendation": scheme.recommendation(seat.sheet.recommendation),
        "others": others_sheets(seat),
        "is_editable": seat.state == "accepted" and seat.item.round.state == "open",
    }


def answers(scheme: scoring.Scheme, sheet, entries: dict, back: str) -> list[dict]:
    """Rows of components/summary_list.html: every criterion, total, recommendation, comment."""
    total, _ = draft_total(sheet)
    word = scheme.recommendation(sheet.recommendation)
    return [
        *(_answer(row, entries[row.code], back) for row in scheme.criteria),
        {"label": "总分", "value": f"{scoring.plain(total)} / {scoring.plain(scheme.maximum)} 分"},
        {"label": "推荐意见", "value": word, "missing": not sheet.recommendation, "url": back},
        {"label": "总体评价", "value": sheet.comment, "missing": not sheet.comment, "url": back},
    ]


def _answer(criterion: scoring.Criterion, entry, back: str) -> dict:
    if entry.points is None:
        return {"label": criterion.name, "missing": True, "url": back}
    text = f"{scoring.plain(entry.points)} / {scoring.plain(criterion.maximum)} 分"
    return {"label": criterion.name, "value": f"{text}\n{entry.comment}".strip(), "url": back}


def differences(scheme: scoring.Scheme, sheet, typed: dict) -> list[dict]:
    """Where a typed sheet differs from the stored one: label, what is stored, what was typed."""
    entries = {entry.criterion: entry for entry in sheet.entries.all()}
    rows = []
    for row in scheme.criteria:
        entry, points = entries[row.code], scoring.parse_points(typed["scores"][row.code], row.maximum, scheme.step)
        rows.append((f"{row.name}得分", _points_text(entry.points), _points_text(points)))
        rows.append((f"{row.name}评语", entry.comment, typed["comments"][row.code]))
    words = (scheme.recommendation(sheet.recommendation), scheme.recommendation(typed["recommendation"]))
    rows += [("推荐意见", *words), ("总体评价", sheet.comment, typed["comment"])]
    return [
        {"label": label, "stored": stored, "typed": new} for label, stored, new in rows if stored.split() != new.split()
    ]


def _points_text(points: Decimal | None) -> str:
    return "" if points is None else scoring.plain(points)


def others_sheets(seat: Assignment) -> list[dict]:
    """Submitted sheets of the other experts by code, once this one is locked and the round allows it (D4, R4, R5)."""
    if not seat.item.round.show_others_after_submit or seat.state != "submitted":
        return []
    rows = Assignment.objects.filter(item=seat.item_id, state="submitted").exclude(pk=seat.pk)
    return [
        {"code": expert_code(position), "total": row.sheet.total, "comment": row.sheet.comment}
        for position, row in enumerate(rows.select_related("sheet").order_by("pk"))
    ]
