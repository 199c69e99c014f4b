"""What lies beside the score sheet: the frozen application, or the evidence and money of a project."""

from datetime import date
from decimal import Decimal

from django.db.models import Q
from django.template.loader import render_to_string
from django.utils import timezone

from portal.bundle import Bundle, Question
from portal.measures.counting import count_strict
from portal.models import StoredFile
from projects.models import Application, ApplicationVersion, Project
from projects.queries.evidence import kpi_bars
from reviews import scoring
from reviews.models import Assignment, ReviewItem, Round, ScoreEntry, ScoreSheet, Undertaking
from reviews.queries import blinding
from reviews.queries.evaluation import money_of
from reviews.queries.results import expert_code

_SEAT = Bundle({"user": int, "seat": int, "today": date})
_QUESTIONS = {
    "seat": Question(
        lambda user, seat, today: Assignment.objects.of_expert(user, today).filter(pk=seat),
        model=Assignment,
        related=("item", "expert"),
    ),
    "round": Question(lambda seat: Round.objects.filter(items__assignments=seat), model=Round, related=("call",)),
    "application": Question(
        lambda seat: Application.objects.filter(
            Q(pk__in=_items(seat).values("application")) | Q(pk__in=_items(seat).values("project__application"))
        ),
        model=Application,
        related=("lead_unit", "consortium", "call", "leader"),
    ),
    "project": Question(
        lambda seat: Project.objects.filter(review_items__assignments=seat),
        model=Project,
        related=("lead_unit", "consortium", "call"),
    ),
    "version": Question(
        lambda seat: ApplicationVersion.objects.filter(pk__in=_items(seat).values("version")), model=ApplicationVersion
    ),
    "files": Question(
        lambda seat: StoredFile.objects.filter(
            pk__in=_FILES.objects.filter(applicationversion__in=_items(seat).values("version")).values("storedfile")
        ).order_by("pk"),
        model=StoredFile,
    ),
    "signed": Question(
        lambda seat: Undertaking.objects.filter(round__items__assignments=seat, expert__assignments=seat), ("pk",)
    ),
    "sheet": Question(lambda seat: ScoreSheet.objects.filter(assignment=seat), model=ScoreSheet),
    "entries": Question(
        lambda seat: ScoreEntry.objects.filter(sheet__assignment=seat).order_by("pk"), model=ScoreEntry
    ),
    "places": Question(
        lambda user, seat, today: (
            Assignment.objects.of_expert(user, today)
            .filter(item__round__in=_items(seat).values("round"))
            .order_by("item_id", "pk")
        ),
        ("pk",),
    ),
}
_FILES = ApplicationVersion.files.through
for _name, _question in _QUESTIONS.items():
    _SEAT.add(_name, _question)


def _items(seat):
    return ReviewItem.objects.filter(assignments=seat).order_by()


class Reading:
    """One seat of an expert with everything that its pages show, read in one statement.

    `seat` with item, round, call, application or project, and version; `sheet` (None) and `entries` (by criterion) are
    empty before the seat is accepted; `files` of the frozen version; `places` are the expert's own seats in the round.
    """

    def __init__(self, user, found: dict[str, list]):
        self.seat: Assignment = found["seat"][0]
        self.item: ReviewItem = self.seat.item
        self.seat.expert.user = user
        self.seat.is_signed = bool(found["signed"])
        self.item.round = found["round"][0]
        application = next(iter(found["application"]), None)
        if self.item.application_id:
            self.item.application = application
        else:
            self.item.project = found["project"][0]
            self.item.project.application = application
        if self.item.version_id:
            self.item.version = found["version"][0]
        self.sheet: ScoreSheet | None = next(iter(found["sheet"]), None)
        self.entries: dict[str, ScoreEntry] = {row.criterion: row for row in found["entries"]}
        self.files: list[StoredFile] = found["files"]
        self.places: list[int] = [row["pk"] for row in found["places"]]

    @classmethod
    def of(cls, user, pk: int) -> "Reading | None":
        """The user's own live seat, None when there is none; whether he is in conflict is not asked here."""
        found = _SEAT.ask(user=user.pk, seat=pk, today=timezone.localdate())
        return cls(user, found) if found["seat"] else None

    def neighbours(self) -> dict:
        """Where the seat stands among the expert's own of the round: place, count, and the pk before and after."""
        place = self.places.index(self.seat.pk)
        return {
            "place": place + 1,
            "count": len(self.places),
            "before": self.places[place - 1] if place else None,
            "after": self.places[place + 1] if place + 1 < len(self.places) else None,
        }

    def material(self) -> dict:
        """Context of the left side: `frozen`, `files` of a selection; `kpis`, `money`, … of an acceptance."""
        if self.item.application_id:
            return {"frozen": written_part(self.item), "files": self._version_files()}
        return _project_material(self.item)

    def _version_files(self) -> list[dict]:
        """Files of the frozen version with the kind that the snapshot gives them, by the name that experts read."""
        snapshot, hidden = self.item.version.snapshot, self.item.round.hide_applicants
        kinds = {row.get("file"): row.get("kind", "") for row in snapshot.get("attachments", [])}
        rows = []
        for place, stored in enumerate(self.files, start=1):
            if hidden:
                stored.name = blinding.file_alias(stored.name, place)
            rows.append(_readable(stored, kinds.get(str(stored.public_id), "附件")))
        return rows


# Frozen texts as drawn, the newest last: by digest of the version, so that one that changed is another one.
_DRAWN: dict[tuple, str] = {}
_KEPT = 64


def written_part(item: ReviewItem) -> str:
    """The frozen application as HTML for experts; drawn once a process: nothing in it changes or differs by person.

    Files stand outside: whether they may be opened does change.
    """
    hidden, version = item.round.hide_applicants, item.version
    key = (version.sha256, version.pk, version.number, hidden)
    if key not in _DRAWN:
        context = {"snapshot": blinding.shown_snapshot(item), "hidden": hidden, "version": version}
        if len(_DRAWN) >= _KEPT:
            _DRAWN.pop(next(iter(_DRAWN)), None)
        _DRAWN[key] = render_to_string("reviews/_application.html", context)
    return _DRAWN[key]


def _readable(stored: StoredFile, kind: str) -> dict:
    """A row of templates/reviews/_file.html."""
    return {"file": stored, "kind": kind, "is_picture": stored.content_type.startswith("image/")}


def _project_material(item: ReviewItem) -> dict:
    project = item.project
    package = getattr(project, "package", None)
    files = package.files.select_related("file") if package else ()
    evidence = project.evidence.filter(state="verified").prefetch_related("files__file").order_by("kpi_code", "number")
    return {
        "kpis": kpi_bars(project),
        "money": money_of(project),
        "package": package,
        "package_files": [_readable(row.file, row.get_kind_display()) for row in files],
        "evidence": list(evidence),
        "rectifications": list(project.rectifications.order_by("pk")),
    }


def shown(item: ReviewItem) -> dict:
    """How an item is called on the pages of its experts: title, number, unit, and whether applicants are hidden."""
    return {
        "title": blinding.shown_title(item),
        "number": blinding.shown_number(item),
        "unit": blinding.shown_unit(item),
        "hidden": item.round.hide_applicants,
    }


def present_members(item: ReviewItem) -> list[str]:
    """Names of the units in the consortium today, for an expert who looks for conflicts; none where they are hidden."""
    if item.round.hide_applicants:
        return []
    rows = item.judged_application.consortium.memberships.filter(left_on__isnull=True)
    return list(rows.values_list("unit__name", flat=True))


def sheet_rows(scheme: scoring.Scheme, form, entries: dict[str, ScoreEntry]) -> list[dict]:
    """Criteria with their form fields and bands, for the template."""
    return [
        {
            "criterion": row,
            "number": number,
            "maximum": scoring.plain(row.maximum),
            "step": scoring.plain(scoring.STEPS[scheme.step]),
            "points": form[f"points_{row.code}"],
            "comment": form[f"comment_{row.code}"],
            "skip": form[f"skip_{row.code}"] if row.may_skip else None,
            "bands": bands_of(scheme, row),
            "set_aside": _points_text(entries[row.code].set_aside) if row.code in entries else "",
        }
        for number, row in enumerate(scheme.criteria, start=1)
    ]


def sheet_parts(scheme: scoring.Scheme, form, entries: dict[str, ScoreEntry]) -> dict:
    """The sheet for its template: scheme, rows, and what is left of criteria that were taken out."""
    return {"scheme": scheme, "rows": sheet_rows(scheme, form, entries), "dropped": dropped(scheme, entries)}


def dropped(scheme: scoring.Scheme, entries: dict[str, ScoreEntry]) -> list[ScoreEntry]:
    """What the expert wrote on criteria that the center has taken out since: shown, not counted."""
    known = {row.code for row in scheme.criteria}
    return [
        row for row in entries.values() if row.criterion not in known and (row.set_aside is not None or row.comment)
    ]


def bands_of(scheme: scoring.Scheme, row: scoring.Criterion) -> list[dict]:
    """From top to bottom: name, range in whole points, and the value that a press of the button sets."""
    bands, upper = [], row.maximum
    for name, ratio in scheme.bands:
        lower = (row.maximum * ratio / 100).to_integral_value(rounding="ROUND_CEILING")
        if lower > upper:
            continue
        middle = ((lower + upper) / 2).to_integral_value(rounding="ROUND_CEILING")
        span = f"{lower}–{upper}" if lower < upper else f"{upper}"
        bands.append({"name": name, "span": span, "value": int(min(middle, upper))})
        upper = lower - 1
    return bands


def draft_total(scheme: scoring.Scheme, entries: dict[str, ScoreEntry]) -> tuple[Decimal, int]:
    """The total as it stands and how many criteria have been dealt with."""
    rows = [entries[row.code] for row in scheme.criteria if row.code in entries]
    skipped = frozenset(row.criterion for row in rows if row.not_applicable)
    total = scoring.total_of(scheme, {row.criterion: row.points for row in rows}, skipped)
    return total, sum(row.not_applicable or row.points is not None for row in rows)


def figures(reading: Reading, scheme: scoring.Scheme) -> dict:
    """What the page of a seat shows beside the fields: sums, counts, words, and what may be done."""
    seat, sheet, round = reading.seat, reading.sheet, reading.item.round
    total, given = draft_total(scheme, reading.entries)
    now = timezone.now()
    return {
        "seat": seat,
        "item": reading.item,
        "round": round,
        "shown": shown(reading.item),
        "total": scoring.plain(total),
        "given": given,
        "written": count_strict(sheet.comment),
        "recommendation": scheme.recommendation(sheet.recommendation),
        "others": others_sheets(seat),
        "sheet": sheet,
        "phase": round.phase_at(now).value,
        "is_editable": seat.state == "accepted" and round.allows("score", now),
        "may_recuse": seat.state == "accepted" and round.allows("recuse_conflict", now),
    }


def answers(scheme: scoring.Scheme, reading: Reading, back: str) -> list[dict]:
    """Rows of components/summary_list.html: every criterion, total, recommendation, comment."""
    sheet, entries = reading.sheet, reading.entries
    total, _ = draft_total(scheme, entries)
    word = scheme.recommendation(sheet.recommendation)
    return [
        *(_answer(row, entries[row.code], back) for row in scheme.criteria),
        {"label": "总分", "value": f"{scoring.plain(total)} / {scoring.plain(scheme.maximum)} 分"},
        {"label": "推荐意见", "value": word, "missing": not sheet.recommendation, "url": back},
        {"label": "总体评价", "value": sheet.comment, "missing": not sheet.comment, "url": back},
    ]


def _answer(criterion: scoring.Criterion, entry, back: str) -> dict:
    if entry.points is None and not entry.not_applicable:
        return {"label": criterion.name, "missing": True, "url": back}
    points = "不适用" if entry.not_applicable else scoring.plain(entry.points)
    text = points if entry.not_applicable else f"{points} / {scoring.plain(criterion.maximum)} 分"
    return {"label": criterion.name, "value": f"{text}\n{entry.comment}".strip(), "url": back}


def paper(scheme: scoring.Scheme, reading: Reading) -> list[dict]:
    """Rows of the printed sheet: name, maximum, score, comment."""
    return [
        {
            "name": row.name,
            "maximum": scoring.plain(row.maximum),
            "score": "不适用" if entry.not_applicable else _points_text(entry.points),
            "comment": entry.comment,
        }
        for row in scheme.criteria
        for entry in (reading.entries[row.code],)
    ]


def differences(scheme: scoring.Scheme, reading: Reading, typed: dict) -> list[dict]:
    """Where a typed sheet differs from the stored one: label, what is stored, what was typed."""
    sheet, rows = reading.sheet, []
    for row in scheme.criteria:
        entry, points = (
            reading.entries[row.code],
            scoring.parse_points(typed["scores"][row.code], row.maximum, scheme.step),
        )
        stored = "不适用" if entry.not_applicable else _points_text(entry.points)
        new = "不适用" if row.code in typed["skipped"] else _points_text(points)
        rows.append((f"{row.name}得分", stored, new))
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
