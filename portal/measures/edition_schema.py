"""The shape of an edition: one frozen record per kind of thing that a year fixes."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar


@dataclass(frozen=True)
class Choice:
    """A coded name, ready for a select field."""

    code: str
    name: str


@dataclass(frozen=True)
class Section:
    """A free-text section of the application; lengths are strictly counted characters, hint is what to write of."""

    code: str
    name: str
    article: str
    min_chars: int
    max_chars: int
    hint: str = ""


@dataclass(frozen=True)
class Kpi:
    """A task indicator of article 10(1) with its floor; kind selects the evidence rule."""

    code: str
    name: str
    unit: str
    floor: int
    article: str
    kind: str
    evidence: tuple[str, ...] = ()
    options: tuple[Choice, ...] = ()


@dataclass(frozen=True)
class Targets:
    """What articles 10(1) and 10(2) ask of evidence."""

    summary_min_chars: int
    event_min_attendance: int
    event_hosts: tuple[str, ...]
    event_partner_kinds: tuple[Choice, ...]
    overfulfilment_ratio: int


@dataclass(frozen=True)
class BudgetCategory:
    """A budget category and the article 13 directions it can serve (empty: any)."""

    code: str
    name: str
    directions: tuple[str, ...]
    hint: str
    needs_note: bool = False


@dataclass(frozen=True)
class AttachmentKind:
    """A kind of attachment of the application."""

    code: str
    name: str
    formats: tuple[str, ...]
    max_mb: int
    required: bool = False
    signature: bool = False
    seal: bool = False


@dataclass(frozen=True)
class FormalityRule:
    """A row of the formality check; mode is automatic, data or manual."""

    code: str
    name: str
    mode: str
    article: str


@dataclass(frozen=True)
class Periods:
    """Lengths of periods; names with `working` count working days, the others calendar days."""

    notice_working_days: int
    supplement_days: int
    objection_days: int
    objection_appeal_days: int
    rectification_days: int
    hearing_days: int
    reply_days: int
    major_event_report_days: int


@dataclass(frozen=True)
class Review:
    """Defaults of an expert review round; alerts are points of a hundred."""

    experts_per_application: int
    quorum: int
    aggregation: str
    trim_from_sheets: int
    former_unit_years: int
    expert_load_max: int
    excluded_experts_max: int
    comment_min_chars: int
    range_alert: int
    deviation_alert: int


@dataclass(frozen=True)
class PackageItem:
    """A part of the acceptance package."""

    code: str
    name: str
    article: str
    required: bool = True


@dataclass(frozen=True)
class Acceptance:
    """Defaults of the evaluation of article 11."""

    pass_line: int
    pass_line_min: int
    pass_line_max: int
    execution_rate_min: int
    package: tuple[PackageItem, ...]


@dataclass(frozen=True)
class ExecutionAlert:
    """A point of the period (percent of its days) at which less than `rate` percent of the grant spent is told."""

    time: int
    rate: int


@dataclass(frozen=True)
class BudgetRules:
    """What the measures leave open about budgets: percents, and days to return a surplus."""

    free_percent: int
    category_alert: int
    return_days: int
    alerts: tuple[ExecutionAlert, ...]


@dataclass(frozen=True)
class Instalment:
    """One part of the fixed grant: ratio in percent, condition contract_effective or acceptance_passed."""

    number: int
    ratio: int
    condition: str
    text: str


@dataclass(frozen=True)
class Numbers:
    """Patterns of project and document numbers; {year} and {seq} are filled in."""

    project: str
    document: str


@dataclass(frozen=True)
class Band:
    """A band of a score: applies from this percentage of the maximum."""

    code: str
    name: str
    from_ratio: int


@dataclass(frozen=True)
class Criterion:
    """A criterion of a score sheet with its maximum points."""

    code: str
    name: str
    maximum: int
    hints: tuple[str, ...]


@dataclass(frozen=True)
class ScoreScheme:
    """A score sheet: criteria that sum to 100, the tie-break criterion and the recommendations."""

    code: str
    name: str
    tie_break: str
    recommendations: tuple[Choice, ...]
    criteria: tuple[Criterion, ...]


T = TypeVar("T", Kpi, BudgetCategory, ScoreScheme)


@dataclass(frozen=True)
class Edition:
    """The measures of one year."""

    year: int
    title: str
    issuer: str
    managing_unit: str
    application_cap: int
    leader_project_cap: int
    title_max_chars: int
    fields: tuple[Choice, ...]
    districts: tuple[Choice, ...]
    directions: tuple[Choice, ...]
    banned: tuple[Choice, ...]
    clawback_grounds: tuple[Choice, ...]
    sections: tuple[Section, ...]
    targets: Targets
    kpis: tuple[Kpi, ...]
    budget_categories: tuple[BudgetCategory, ...]
    attachments: tuple[AttachmentKind, ...]
    formality: tuple[FormalityRule, ...]
    periods: Periods
    review: Review
    acceptance: Acceptance
    budget: BudgetRules
    instalments: tuple[Instalment, ...]
    numbers: Numbers
    bands: tuple[Band, ...]
    selection: ScoreScheme
    evaluation: ScoreScheme

    @property
    def code(self) -> str:
        """The edition's code, its year as text."""
        return str(self.year)

    def kpi(self, code: str) -> Kpi:
        """Return the indicator of this code; KeyError if the edition has none."""
        return _by_code(self.kpis, code)

    def category(self, code: str) -> BudgetCategory:
        """Return the budget category of this code; KeyError if the edition has none."""
        return _by_code(self.budget_categories, code)

    def scheme(self, code: str) -> ScoreScheme:
        """Return the score scheme `selection` or `acceptance`; KeyError for another code."""
        return _by_code((self.selection, self.evaluation), code)

    def project_number(self, year: int, sequence: int) -> str:
        """Write the number of the project with this sequence in the year of its call."""
        return self.numbers.project.format(year=year, seq=sequence)

    def document_number(self, year: int, sequence: int) -> str:
        """Write the number of an official document issued in `year`."""
        return self.numbers.document.format(year=year, seq=sequence)


def _by_code(items: Iterable[T], code: str) -> T:
    for item in items:
        if item.code == code:
            return item
    raise KeyError(code)
