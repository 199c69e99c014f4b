"""The expert pool as the draw sees it: candidates, barred pairs, and the snapshot that is kept (D2)."""

from django.db.models import Count, Q
from django.utils import timezone

from reviews import assignment, conflicts
from reviews.models import Assignment, Expert, ReviewItem, Round
from reviews.states import SEEING_STATES


def serving_experts():
    """Experts who may be asked today: in the pool, within their term, with an account in use and without a duty."""
    rows = Expert.objects.filter(available=True, user__is_active=True, user__duty="")
    return rows.exclude(term_until__lt=timezone.localdate()).select_related("user")


def candidates(round: Round) -> tuple[list[Expert], list[assignment.Candidate]]:
    """The pool with what each may still take in this round."""
    experts = list(serving_experts().order_by("pk"))
    live = Assignment.objects.filter(item__round=round, state__in=SEEING_STATES)
    loads = dict(live.values_list("expert").annotate(n=Count("pk")))
    return experts, [
        assignment.Candidate(
            expert.pk, frozenset(expert.fields), expert.background, max(expert.max_load - loads.get(expert.pk, 0), 0)
        )
        for expert in experts
    ]


def subjects(round: Round, experts: list[Expert], items=None, wanted: int | None = None) -> list[assignment.Subject]:
    """Items of the round with the seats they still want and the experts barred by a conflict."""
    rows = ReviewItem.objects.filter(round=round) if items is None else ReviewItem.objects.filter(pk__in=items)
    rows = rows.select_related("application__call", "project__application__call").annotate(
        live=Count("assignments", filter=Q(assignments__state__in=SEEING_STATES))
    )
    rows = list(rows.order_by("pk"))
    applications = {item.pk: item.judged_application for item in rows}
    found = conflicts.detect_many(experts, applications.values())
    seated: dict[int, set[int]] = {item.pk: set() for item in rows}
    for item_id, expert_id in Assignment.objects.filter(item__in=rows).values_list("item_id", "expert_id"):
        seated[item_id].add(expert_id)
    return [
        assignment.Subject(
            item.pk,
            applications[item.pk].field,
            max(round.experts_per_item - item.live, 0) if wanted is None else wanted,
            frozenset(expert.pk for expert in experts if (expert.pk, applications[item.pk].pk) in found),
            frozenset(seated[item.pk]),
        )
        for item in rows
    ]


def snapshot_of(draw: assignment.Draw, experts: list[Expert], rows: list[assignment.Subject]) -> dict:
    """What was drawn from what, JSON-safe: the pool, the barred pairs, the seats with reasons, what stayed empty."""
    return {
        "seed": draw.seed,
        "at": timezone.localtime().isoformat(timespec="seconds"),
        "pool": [
            {
                "id": expert.pk,
                "name": expert.user.name,
                "unit": expert.unit_name,
                "fields": list(expert.fields),
                "background": expert.background,
            }
            for expert in experts
        ],
        "barred": {str(row.id): sorted(row.barred) for row in rows if row.barred},
        "seats": [{"item": seat.subject, "expert": seat.expert, "reason": seat.reason} for seat in draw.seats],
        "unfilled": [{"item": item, "missing": missing, "reason": why} for item, missing, why in draw.unfilled],
    }
