"""One editor a part: binds what was typed, validates, saves by the action, and shows both sides of a conflict."""

from portal import editions
from portal.errors import Refused
from projects.actions import application_parts as save
from projects.actions.application_editing import part_revision
from projects.forms import application_tables as tables
from projects.forms.applications import CoverForm, TextForm
from projects.queries.application_tasks import BUDGET, COVER, KPIS, STAGES, TEAM, Part

FIELDS = {
    "stages": ("name", "start_on", "end_on", "goal", "deliverable"),
    "team": ("name", "unit_name", "title", "task", "months"),
    "further": ("name", "unit", "target", "due_on", "evidence_method"),
    "kpi": ("target", "map_kind", "attendance", "partner_kind", "due_on", "evidence_method"),
    "source": ("kind", "provider", "amount"),
    "line": ("category", "item", "direction", "source", "unit_price", "quantity", "times", "basis"),
}
LAST_REVISION = 2**31 - 1


class Editor:
    """Base: a part with one plain form."""

    template = "projects/application/form.html"

    def __init__(self, application, part: Part, data=None):
        self.application, self.part, self.data = application, part, data
        self.stored_revision = part_revision(application, part.code)
        self.build(data)

    def build(self, data) -> None:
        """Make `self.form` (may be None) and `self.formsets` (named)."""
        self.form, self.formsets = None, {}

    @property
    def revision(self) -> int:
        """The revision that the typed content starts from; -1 for nonsense, which never matches."""
        typed = (self.data.get("revision", "") if self.data is not None else "") or ""
        return int(typed) if typed.isascii() and typed.isdecimal() and int(typed) <= LAST_REVISION else -1

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

    def refuse(self, refusal: Refused) -> None:
        """Show a refusal in the page's error summary, one line a finding, with everything typed kept."""
        lines = [f"{found.subject}：{found.message}{found.fix}" for found in refusal.findings]
        self.refusals = lines or [f"{refusal.message}{refusal.fix}"]

    refusals: list[str] = []

    def shown(self) -> list[tuple[str, str]]:
        """(label, text) of all that is filled in, typed or stored; a blank last row is nothing."""
        filled = [form for form in self.all_forms if not form.empty_permitted or form.has_changed()]
        return [(label, text) for form in filled for label, text in _values(form) if text]


def _values(form):
    for bound in form:
        if bound.name == "DELETE":
            continue
        value = bound.value()
        names = {str(key): str(label) for key, label in getattr(bound.field, "choices", [])}
        text = names.get(str(value), str(value)) if value not in (None, "", False) else ""
        yield bound.label, "是" if value is True else text


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


class ErrorRows(list):
    """Forms in the order of the page, shown by the error summary as rows."""

    non_form_errors = ()

    @property
    def total_error_count(self) -> int:
        """Number of messages; 0 for forms that were not sent."""
        return sum(len(form.errors) for form in self if form.is_bound)


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
    def fixed_errors(self):
        """What the error summary needs to list the six rows like a formset."""
        return ErrorRows(self.fixed + list(self.formsets["further"]))

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
    """经费预算: matching sources and lines."""

    template = "projects/application/budget.html"

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

    def save(self, *, by):
        save.save_budget(
            self.application,
            sources=self.formsets["sources"].rows(),
            lines=self.formsets["lines"].rows(),
            revision=self.revision,
            by=by,
        )


_EDITORS = {COVER: CoverEditor, STAGES: StagesEditor, TEAM: TeamEditor, KPIS: KpiEditor, BUDGET: BudgetEditor}


def open_editor(application, part: Part, data=None) -> Editor | None:
    """The editor of a part, or None for parts that are not typed (unit, attachments)."""
    kind = TextEditor if part.section is not None else _EDITORS.get(part.code)
    return kind(application, part, data) if kind else None


def _row(row, names) -> dict:
    return {name: getattr(row, name) for name in names}


def _initial(data, rows, names) -> list[dict]:
    """Stored rows for a page as it opens; what was typed stands for itself, so a row like a stored one is kept."""
    return [] if data is not None else [_row(row, names) for row in rows]
