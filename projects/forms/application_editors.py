"""One editor a part: binds what was typed, validates, saves by the action, keeps what cannot be saved yet."""

from dataclasses import dataclass
from decimal import Decimal

from portal import editions
from portal.errors import Refused
from projects.actions import application_parts as save
from projects.actions.application_editing import keep_typed, part_revision, section_row
from projects.forms import application_tables as tables
from projects.forms.applications import CoverForm, TextForm
from projects.models import BudgetLine
from projects.queries.application_tasks import BUDGET, COVER, KPIS, STAGES, TEAM, Part
from projects.queries.applications import edition_of, verdicts

FIELDS = {
    "stages": ("name", "start_on", "end_on", "goal", "deliverable"),
    "team": ("name", "unit_name", "title", "task", "months"),
    "further": ("name", "unit", "target", "due_on", "evidence_method"),
    "kpi": ("target", "map_kind", "attendance", "partner_kind", "due_on", "evidence_method"),
    "source": ("kind", "provider", "amount"),
    "line": ("category", "item", "direction", "source", "unit_price", "quantity", "times", "basis"),
}
LAST_REVISION = 2**31 - 1
LONGEST_COUNT = len(str(LAST_REVISION))


@dataclass(frozen=True)
class Problem:
    """Why something typed is not stored: the field's id, its row in words, and whether it is wrong or still empty."""

    anchor: str
    place: str
    message: str
    empty: bool


class Editor:
    """Base: a part with one plain form."""

    template = "projects/application/form.html"
    refusals: tuple = ()

    def __init__(self, application, part: Part, data=None, *, resumed=False):
        self.application, self.part, self.data, self.resumed = application, part, data, resumed
        self.stored_revision = part_revision(application, part.code)
        self.build(data)
        if resumed:
            self.is_valid()

    def build(self, data) -> None:
        """Make `self.form` (may be None) and `self.formsets` (named)."""
        self.form, self.formsets = None, {}

    @property
    def revision(self) -> int:
        """The revision that the typed content starts from; -1 for nonsense, which never matches."""
        typed = (self.data.get("revision", "") if self.data is not None else "") or ""
        return int(typed) if _is_count(typed) and int(typed) <= LAST_REVISION else -1

    @property
    def counts_its_rows(self) -> bool:
        """Whether every table says how many rows it has: without that nothing typed in it can be found again."""
        return all(formset.management_form.is_valid() for formset in self.formsets.values())

    @property
    def all_forms(self) -> list:
        """Every form with fields, for validation and for showing a conflict."""
        rows = [form for formset in self.formsets.values() for form in formset]
        return ([self.form] if self.form is not None else []) + rows

    def is_valid(self) -> bool:
        """Whether all forms and formsets are valid."""
        checks = [part.is_valid() for part in (self.form, *self.formsets.values()) if part is not None]
        return all(checks)

    def save(self, *, by) -> None:
        """Call the action of this part."""

    def keep(self, *, by) -> None:
        """Keep what was typed although it cannot be stored; raises StaleEdit like a save."""
        faults = sum(not problem.empty for problem in self.problems())
        keep_typed(
            self.application,
            code=self.part.code,
            fields=self.typed(),
            faults=faults,
            revision=self.revision,
            by=by,
        )

    def typed(self) -> dict[str, str]:
        """What this part's own fields were sent with; nothing else that a request may carry."""
        names = [form.add_prefix(name) for form in self.all_forms for name in form.fields]
        names += [f"{formset.prefix}-{name}" for formset in self.formsets.values() for name in tables.COUNTERS]
        return {name: self.data[name] for name in names if name in self.data}

    def problems(self) -> list[Problem]:
        """Every message about what was typed, with the field it is about."""
        forms = [form for form in self.all_forms if form.is_bound and not _is_deleted(form)]
        found = [problem for form in forms for problem in _problems(form)]
        for formset in self.formsets.values():
            found += [Problem("", "", message, empty=False) for message in _general(formset)]
        return found

    def refuse(self, refusal: Refused) -> None:
        """Show a refusal in the page's error summary, one line a finding, with everything typed kept."""
        self.refusals = refusal.findings or (refusal,)


def _is_deleted(form) -> bool:
    return bool(getattr(form, "cleaned_data", {}).get("DELETE"))


def _is_count(text: str) -> bool:
    # Longer ones are no numbers that a page sends, and Python refuses to read the very long.
    return text.isascii() and text.isdecimal() and len(text) <= LONGEST_COUNT


def _general(formset) -> list[str]:
    return list(formset.non_form_errors()) if formset.is_bound else []


def _problems(form):
    for bound in form:
        for message in bound.errors:
            typed = bound.value()
            yield Problem(bound.auto_id, getattr(form, "place", ""), message, typed in (None, "", False))
    for message in form.non_field_errors():
        yield Problem("", getattr(form, "place", ""), message, empty=False)


class CoverEditor(Editor):
    """封面信息."""

    def build(self, data):
        self.form, self.formsets = CoverForm(data, application=self.application), {}

    def save(self, *, by):
        save.save_cover(self.application, data=self.form.cleaned_data, revision=self.revision, by=by)


class TextEditor(Editor):
    """A text section."""

    def build(self, data):
        rows = {row.code: row.body.get("text", "") for row in self.application.sections.all()}
        self.form, self.formsets = TextForm(data, part=self.part, stored=rows.get(self.part.code, "")), {}

    def save(self, *, by):
        save.save_section(
            self.application, code=self.part.code, data=self.form.cleaned_data, revision=self.revision, by=by
        )


class TableEditor(Editor):
    """A part that is one table."""

    template = "projects/application/table.html"
    formset_class, relation, action = None, "", None

    def build(self, data):
        rows = _initial(data, getattr(self.application, self.relation).all(), FIELDS[self.relation])
        self.form, self.formsets = None, {"rows": self.formset_class(data, initial=rows, prefix="rows")}

    def save(self, *, by):
        rows = self.formsets["rows"].rows()
        type(self).action(self.application, rows=rows, revision=self.revision, by=by)


class StagesEditor(TableEditor):
    """进度安排."""

    formset_class, relation, action = tables.Stages, "stages", staticmethod(save.save_stages)


class TeamEditor(TableEditor):
    """项目团队."""

    formset_class, relation, action = tables.Team, "team", staticmethod(save.save_team)


class KpiEditor(Editor):
    """绩效指标: six fixed rows with their floors, and further ones."""

    template = "projects/application/kpis.html"

    def build(self, data):
        edition = editions.edition(self.application.call.edition)
        stored = {row.code: row for row in self.application.kpi_targets.all()}
        self.form = None
        self.fixed = [
            tables.KpiForm(
                data,
                prefix=f"kpi-{kpi.code}",
                kpi=kpi,
                edition=edition,
                initial=_row(stored[kpi.code], FIELDS["kpi"]) if kpi.code in stored else {},
            )
            for kpi in edition.kpis
        ]
        codes = {kpi.code for kpi in edition.kpis}
        further = [row for code, row in stored.items() if code not in codes]
        self.formsets = {
            "further": tables.FurtherKpis(data, initial=_initial(data, further, FIELDS["further"]), prefix="further")
        }

    @property
    def all_forms(self):
        return [*self.fixed, *super().all_forms]

    def is_valid(self):
        checks = [form.is_valid() for form in self.fixed]
        return super().is_valid() and all(checks)

    def save(self, *, by):
        rows = [{"code": form.kpi.code} | form.cleaned_data for form in self.fixed]
        rows += [{"code": ""} | row for row in self.formsets["further"].rows()]
        save.save_kpis(self.application, rows=rows, revision=self.revision, by=by)


class BudgetEditor(Editor):
    """经费预算: matching sources and lines. `judged` holds (form, BudgetLine, verdict) of every complete row typed."""

    template = "projects/application/budget.html"
    judged: tuple = ()

    def build(self, data):
        edition = editions.edition(self.application.call.edition)
        sources = [row for row in self.application.funding_sources.all() if row.kind != "grant"]
        lines = self.application.budget_lines.all()
        self.form = None
        self.formsets = {
            "sources": tables.Sources(data, initial=_initial(data, sources, FIELDS["source"]), prefix="sources"),
            "lines": tables.Lines(
                data, initial=_initial(data, lines, FIELDS["line"]), prefix="lines", form_kwargs={"edition": edition}
            ),
        }

    def is_valid(self):
        """Banned lines (14, 17) are errors of their row, so that they are seen where they stand."""
        valid = super().is_valid()
        forms = [form for form in self.formsets["lines"] if tables.is_whole(form)]
        lines = [_line(form.cleaned_data) for form in forms]
        found = verdicts(lines, edition_of(self.application.call))
        self.judged = tuple(zip(forms, lines, found, strict=True))
        banned = [(form, verdict) for form, _, verdict in self.judged if verdict.verdict == "banned"]
        for form, verdict in banned:
            form.add_error("item", f"{verdict.reason}请删除该项，或改列为允许的支出。")
        return valid and not banned

    def save(self, *, by):
        save.save_budget(
            self.application,
            sources=self.formsets["sources"].rows(),
            lines=self.formsets["lines"].rows(),
            revision=self.revision,
            by=by,
        )


def _line(data: dict) -> BudgetLine:
    given = {name: value for name, value in data.items() if name != "DELETE"}
    return BudgetLine(**given, amount=tables.amount_of(data))


_EDITORS = {COVER: CoverEditor, STAGES: StagesEditor, TEAM: TeamEditor, KPIS: KpiEditor, BUDGET: BudgetEditor}


def open_editor(application, part: Part, data=None) -> Editor | None:
    """The editor of a part, or None for parts that are not typed (unit, attachments).

    Without `data` it opens with what is kept of an unfinished save, else with what is stored.
    """
    kind = TextEditor if part.section is not None else _EDITORS.get(part.code)
    if kind is None:
        return None
    row = section_row(application, part.code)
    kept = row.typed.get("fields") if row is not None and data is None else None
    return kind(application, part, _with_blank_rows(kept), resumed=True) if kept else kind(application, part, data)


def _with_blank_rows(fields: dict[str, str]) -> dict[str, str]:
    """What is kept, with one more row at the end of every table, as pages of stored tables have."""
    more = {}
    for name, value in fields.items():
        if name.endswith(f"-{tables.COUNTERS[0]}") and _is_count(value) and int(value) < tables.MAX_ROWS:
            last = f"{name.removesuffix(tables.COUNTERS[0])}{int(value) - 1}-"
            filled = any(typed for key, typed in fields.items() if key.startswith(last) and key != f"{last}source")
            more[name] = str(int(value) + filled)
    return fields | more


# Counts are shown as people write them: 2, not 2.00.
_COUNTS = ("quantity", "times", "months")


def _row(row, names) -> dict:
    return {name: _as_typed(name, getattr(row, name)) for name in names}


def _as_typed(name: str, value):
    return Decimal(f"{value.normalize():f}") if name in _COUNTS and value is not None else value


def _initial(data, rows, names) -> list[dict]:
    """Stored rows for a page as it opens; what was typed stands for itself, so a row like a stored one is kept."""
    return [] if data is not None else [_row(row, names) for row in rows]
