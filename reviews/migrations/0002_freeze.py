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
CLOSED_BY_ITEM = "(SELECT held.state FROM reviews_round held WHERE held.id = OLD.round_id) = 'closed'"
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
        Freeze(
            "ScoreSheet", columns=("total", "comment", "recommendation"), when="OLD.locked", unless="NOT NEW.locked"
        ),
        Freeze(
            "ScoreEntry",
            when="(SELECT sheet.locked FROM reviews_scoresheet sheet WHERE sheet.id = OLD.sheet_id)",
        ),
        Freeze("Round", columns=("kind", "scheme", "aggregation", "call_id"), when="OLD.state <> 'draft'"),
        Freeze("ScoreSheet", when=CLOSED_BY_SHEET, name="closed"),
        Freeze("ScoreEntry", when=CLOSED_BY_ENTRY, name="closed"),
        Freeze("HintCheck"),
        Freeze("ExpertConflict", columns=CONFLICT),
        Freeze("ExpertConflict", columns=("ended_at", "end_reason"), when="OLD.ended_at IS NOT NULL", name="ended"),
        Freeze("ExpertDraw", columns=("round_id", "seed", "snapshot", "digest", "result"), when=COMMITTED),
        Freeze("ReviewItem", columns=(*RESULTS, *SUBJECT), when=CLOSED_BY_ITEM, name="closed"),
    ]
