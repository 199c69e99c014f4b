"""Pages of the expert pool, of conflicts and of the draw, in the states that look different."""

from datetime import timedelta

from django.utils import timezone

from reviews.actions import draws, interests
from reviews.models import ExpertAbsence, ExpertPost
from tests import factories
from tests.reviews import worlds

FORMS = ("reviews_expert_add", "reviews_expertconflict_add", "reviews_unittie_add")


def add_pool(shelf, people) -> None:
    """Cards, conflicts and a draw that is short of people."""
    officer = people["officer"]
    rows = worlds.applications_under_review(2)
    round = worlds.selection_round(rows, officer)
    for background in ("technology", "industry", "finance"):
        factories.make_expert(background=background)
    expert = factories.make_expert(unit=rows[0].lead_unit, user=factories.make_user(phone="13900000001"))
    factories.make_expert(available=False)
    ExpertAbsence.objects.create(expert=expert, away_from=timezone.localdate(), note="出国")
    ExpertPost.objects.create(expert=expert, unit_name="旧单位", ended_on=timezone.localdate() - timedelta(days=90))
    factories.seat(factories.make_user(phone="13900000001"), rows[1].lead_unit, "member")
    hinted = factories.make_expert(unit_name=f"{rows[0].lead_unit.name}研究所")
    pin = {"expert": expert, "by": officer, "application": rows[0]}
    kept = interests.pin_conflict(**pin, kind="family")
    ended = interests.pin_conflict(**pin, kind="coauthor")
    interests.end_conflict(ended, by=officer, note="登记有误")
    letter = {"kind": "requested", "letter_on": timezone.localdate(), "note": "学术争议"}
    interests.pin_conflict(**(pin | letter))
    tie = interests.tie_units(parent=rows[0].lead_unit, child=rows[1].lead_unit, note="全资子公司", by=officer)
    _lists(shelf, expert, hinted, rows[0], kept, tie)
    waiting = draws.request_draw(round, by=officer, seed="1")
    shelf.add("admin:reviews_round_draw_run", "officer", round.pk, waiting.pk)
    draw = draws.request_draw(round, by=officer, seed="2")
    draws.compute_draw(draw.pk)
    for query in ("", "?only=short"):
        shelf.add("admin:reviews_round_draw_run", "officer", round.pk, draw.pk, query=query)
    shelf.add("admin:reviews_round_draw", "officer", round.pk)
    shelf.add("admin:reviews_round_draw", "officer", round.pk, typed={"mix_technology": "x"}, status=400)
    shelf.add("admin:reviews_round_assign", "officer", round.pk)
    people["declaring"] = hinted.user
    shelf.add("review_conflicts", "declaring")


def _lists(shelf, expert, hinted, application, kept, tie) -> None:
    for model in ("expert", "expertconflict", "unittie"):
        shelf.add(f"admin:reviews_{model}_changelist", "officer")
    shelf.add("admin:reviews_expert_changelist", "officer", query="?can=away")
    for card in (expert, hinted):
        shelf.add("admin:reviews_expert_change", "officer", card.pk)
        shelf.add("admin:reviews_expert_interests", "officer", card.pk)
    shelf.add("admin:reviews_expert_interests", "director", hinted.pk)
    shelf.add("admin:reviews_expert_import", "officer")
    shelf.add("admin:reviews_expertconflict_application", "officer", application.pk)
    shelf.add("admin:reviews_expertconflict_end", "officer", kept.pk)
    shelf.add("admin:reviews_unittie_end", "officer", tie.pk)
    for name in FORMS:
        shelf.add(f"admin:{name}", "officer")
        typed = "history" if name == "reviews_expert_add" else "note"
        shelf.add(f"admin:{name}", "officer", typed={typed: "x" * 300}, status=400)
