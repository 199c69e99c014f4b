"""One application with everything that facts, pages and snapshots read, in one query."""

from portal.bundle import Bundle, Question
from projects.models import (
    Application,
    ApplicationSection,
    Attachment,
    AttachmentKind,
    BudgetLine,
    FundingSource,
    KpiTarget,
    Stage,
    TeamMember,
)

_PEOPLE = ("leader", "declared_by", "submitted_by")


def _rows(model, *related: str) -> Question:
    """The rows of a child table of the application, in the order of its model."""
    return Question(lambda application: model.objects.filter(application=application), model=model, related=related)


_WHOLE = Bundle(
    {"application": int},
    {
        "application": Question(
            lambda application: Application.objects.filter(pk=application),
            model=Application,
            related=("call", "consortium", "lead_unit", *_PEOPLE),
        ),
        # Pages say who saved a part last.
        "sections": _rows(ApplicationSection, "updated_by"),
        "kpi_targets": _rows(KpiTarget),
        "funding_sources": _rows(FundingSource),
        "budget_lines": _rows(BudgetLine),
        "stages": _rows(Stage),
        "team": _rows(TeamMember),
        "attachments": _rows(Attachment, "kind", "file"),
        "attachment_kinds": Question(
            lambda application: AttachmentKind.objects.filter(call__applications=application), model=AttachmentKind
        ),
    },
)


def whole_application(pk: int) -> Application:
    """The application with call, consortium, unit, people and all parts prefetched; Application.DoesNotExist."""
    answer = _WHOLE.ask(application=pk)
    if not answer["application"]:
        raise Application.DoesNotExist
    (application,) = answer.pop("application")
    _remember(application.call, "attachment_kinds", answer.pop("attachment_kinds"))
    for name, rows in answer.items():
        _remember(application, name, rows)
    return application


def as_whole(application: Application) -> Application:
    """The application itself when whole_application brought it, else read anew."""
    is_whole = "sections" in getattr(application, "_prefetched_objects_cache", {})
    return application if is_whole else whole_application(application.pk)


def _remember(parent, name: str, rows: list) -> None:
    """What prefetch_related leaves behind: `all()` costs no query, `filter()` asks anew."""
    found = getattr(parent, name).get_queryset()
    found._result_cache, found._prefetch_done = rows, True
    if not hasattr(parent, "_prefetched_objects_cache"):
        parent._prefetched_objects_cache = {}
    parent._prefetched_objects_cache[name] = found
