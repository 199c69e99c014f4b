"""Second wall behind append-only rules: the database itself refuses edits."""

from django.db import migrations

from portal.triggers import Freeze

OF_SHEET = "SELECT held.state FROM reviews_round held JOIN reviews_reviewitem item ON item.round_id = held.id"
CLOSED_BY_SHEET = (
    f"({OF_SHEET} JOIN reviews_assignment seat ON seat.item_id = item.id WHERE seat.id = OLD.assignment_id) = 'closed'"
)
CLOSED_BY_ENTRY = (
    f"({OF_SHEET} JOIN reviews_assignment seat ON seat.item_id = item.id "
    "JOIN reviews_scoresheet sheet ON sheet.assignment_id = seat.id WHERE sheet.id = OLD.sheet_id) = 'closed'"
)
CLOSED_BY_SEAT = f"({OF_SHEET} WHERE item.id = OLD.item_id) = 'closed'"
CLOSED_BY_ITEM = "(SELECT held.state FROM reviews_round held WHERE held.id = OLD.round_id) = 'closed'"
TERMS = ("scheme", "aggregation", "show_others_after_submit", "hide_applicants")
HAS_SUBMITTED = (
    "OLD.scheme_frozen_at IS NOT NULL OR EXISTS (SELECT 1 FROM reviews_assignment seat "
    "JOIN reviews_reviewitem item ON item.id = seat.item_id WHERE item.round_id = OLD.id AND seat.state = 'submitted')"
)
RESULTS = ("n", "mean", "trimmed_mean", "median", "sd", "score_range", "score", "tie_break", "rank")
SUBJECT = ("round_id", "application_id", "project_id", "version_id")
CONFLICT = (
    *("expert_id", "unit_id", "application_id", "kind", "source", "note", "since", "until", "letter_on"),
    *("recorded_by_id", "recorded_at"),
)
COMMITTED = "OLD.state = 'committed'"


class Migration(migrations.Migration):
    """Triggers on SQLite and PostgreSQL."""

    dependencies = [("reviews", "0001_initial")]
    operations = [
        Freeze("Undertaking"),
        # Given back by way of its seat only: whoever unlocks the sheet alone is refused.
        Freeze(
            "ScoreSheet",
            columns=("total", "comment", "recommendation", "locked"),
            when="OLD.locked",
            unless="NOT NEW.locked AND (SELECT seat.state FROM reviews_assignment seat "
            "WHERE seat.id = OLD.assignment_id) <> 'submitted'",
        ),
        Freeze(
            "ScoreEntry",
            when="(SELECT sheet.locked FROM reviews_scoresheet sheet WHERE sheet.id = OLD.sheet_id)",
        ),
        Freeze("Round", columns=("kind", "call_id"), when="OLD.state <> 'draft'"),
        # The terms on which sheets were scored: fixed from the first submitted sheet on, and that it came is fixed too.
        Freeze("Round", columns=TERMS, when=HAS_SUBMITTED, delete=False, name="terms"),
        Freeze(
            "Round", columns=("scheme_frozen_at",), when="OLD.scheme_frozen_at IS NOT NULL", delete=False, name="began"
        ),
        Freeze("Assignment", columns=("item_id", "expert_id"), delete=False),
        Freeze("Assignment", columns=("state", "submitted_at", "is_chair"), when=CLOSED_BY_SEAT, name="closed"),
        Freeze("ScoreSheet", when=CLOSED_BY_SHEET, name="closed"),
        Freeze("ScoreEntry", when=CLOSED_BY_ENTRY, name="closed"),
        Freeze("HintCheck"),
        Freeze("ExpertConflict", columns=CONFLICT),
        Freeze("ExpertConflict", columns=("ended_at", "end_reason"), when="OLD.ended_at IS NOT NULL", name="ended"),
        Freeze("ExpertDraw", columns=("round_id", "seed", "snapshot", "digest", "result"), when=COMMITTED),
        Freeze("ReviewItem", columns=(*RESULTS, *SUBJECT), when=CLOSED_BY_ITEM, name="closed"),
        Freeze("ProposalAttempt", columns=("proposal_id", "number", "digest", "rows", "proposed_by_id", "proposed_at")),
        Freeze("ProposalAttempt", when="OLD.ended_at IS NOT NULL", name="ended"),
        Freeze("FeedbackLetter", when="OLD.released_at IS NOT NULL"),
    ]
