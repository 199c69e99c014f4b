"""Recommendations come from the scheme of a round; a closed round is frozen by the database too."""

from django.db import migrations, models

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


class Migration(migrations.Migration):
    """Triggers on SQLite and PostgreSQL (invariant R6)."""

    dependencies = [("reviews", "0002_freeze")]
    operations = [
        migrations.AlterField(
            model_name="scoresheet",
            name="recommendation",
            field=models.CharField(blank=True, help_text="取值见本轮评分表。", max_length=10, verbose_name="推荐意见"),
        ),
        Freeze("ScoreSheet", when=CLOSED_BY_SHEET, name="closed"),
        Freeze("ScoreEntry", when=CLOSED_BY_ENTRY, name="closed"),
        Freeze("ReviewItem", columns=(*RESULTS, *SUBJECT), when=CLOSED_BY_ITEM, name="closed"),
    ]
