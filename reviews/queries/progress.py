"""How a round goes on: totals, items, experts, what is missing, its history; each page in a few queries (D7)."""

from django.db.models import Case, CharField, Count, Exists, F, IntegerField, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Cast
from django.utils import timezone

from portal.models import Event, Notification
from reviews.models import Assignment, Expert, Proposal, ReviewItem, Round, Undertaking
from reviews.queries.results import with_subjects
from reviews.states import SEEING_STATES

LIVE = Q(assignments__state__in=SEEING_STATES)
WAITING = Q(assignments__state__in=("assigned", "accepted"))
ENDED = ("recused", "voided")
ITEM_STATES = (
    ("waiting", "还有未提交的"),
    ("short", "席位不足"),
    ("quorum", "有效评分不够"),
    ("done", "已全部提交"),
)
EXPERT_STATES = (
    ("waiting", "还有未提交的"),
    ("unsigned", "未签承诺书"),
    ("unopened", "有未接受的席位"),
    ("done", "已全部提交"),
)


def items_of(round: Round) -> QuerySet[ReviewItem]:
    """Items with `live`, `done`, `waiting` and `ended` seats."""
    return round.items.annotate(
        live=Count("assignments", filter=LIVE),
        done=Count("assignments", filter=Q(assignments__state="submitted")),
        waiting=Count("assignments", filter=WAITING),
        ended=Count("assignments", filter=Q(assignments__state__in=ENDED)),
    )


def item_rows(round: Round, *, state="", q="", field="") -> QuerySet[ReviewItem]:
    """Items for the page of progress, the least advanced first."""
    rows = with_subjects(items_of(round), round).filter(_item_state(round, state))
    if q:
        found = Q(application__title__icontains=q) | Q(application__number__icontains=q)
        rows = rows.filter(found | Q(project__title__icontains=q) | Q(project__number__icontains=q))
    if field:
        rows = rows.filter(Q(application__field=field) | Q(project__application__field=field))
    return rows.order_by("done", "pk")


def _item_state(round: Round, state: str) -> Q:
    return {
        "waiting": Q(waiting__gt=0),
        "short": Q(live__lt=round.experts_per_item),
        "quorum": Q(done__lt=round.quorum),
        "done": Q(waiting=0, live__gt=0),
    }.get(state, Q())


def with_seats(items) -> list[ReviewItem]:
    """A page of items, each with `seats` (live ones first): one more query."""
    rows = list(items)
    seats: dict[int, list[Assignment]] = {item.pk: [] for item in rows}
    found = Assignment.objects.filter(item__in=rows).select_related("expert__user", "sheet").order_by("pk")
    for seat in found:
        seats[seat.item_id].append(seat)
    for item in rows:
        item.seats = sorted(seats[item.pk], key=lambda seat: (seat.state not in SEEING_STATES, seat.pk))
    return rows


def missing_items(round: Round) -> QuerySet[ReviewItem]:
    """Items that stand in the way of closing: seats that have not submitted, or too few sheets."""
    rows = items_of(round).filter(Q(waiting__gt=0) | Q(done__lt=round.quorum))
    return rows.select_related("application", "project").order_by("done", "pk")


def expert_rows(round: Round, *, state="", q="") -> QuerySet[Expert]:
    """Experts of a round with their seats by state, whether they signed, and whether they were reminded today."""
    of_round = Q(assignments__item__round=round)
    rows = Expert.objects.filter(of_round).select_related("user")
    rows = rows.annotate(
        seats=Count("assignments", filter=of_round & LIVE),
        unopened=Count("assignments", filter=of_round & Q(assignments__state="assigned")),
        done=Count("assignments", filter=of_round & Q(assignments__state="submitted")),
        ended=Count("assignments", filter=of_round & Q(assignments__state__in=ENDED)),
        signed=Exists(Undertaking.objects.filter(round=round, expert=OuterRef("pk"))),
        reminded=Exists(Notification.objects.filter(user=OuterRef("user"), key=reminder_key(round))),
    )
    if q:
        rows = rows.filter(Q(user__name__icontains=q) | Q(unit_name__icontains=q))
    rows = rows.filter(
        {
            "waiting": Q(seats__gt=F("done")),
            "unsigned": Q(signed=False, seats__gt=0),
            "unopened": Q(unopened__gt=0),
            "done": Q(seats__gt=0, seats=F("done")),
        }.get(state, Q())
    )
    left = Case(When(seats__gt=F("done"), then=F("seats") - F("done")), default=Value(0), output_field=IntegerField())
    return rows.alias(left=left).order_by("-left", "user__name", "pk")


def reminder_key(round: Round) -> str:
    """Of the message that an expert gets at most once a day."""
    return f"round-remind-{round.pk}-{timezone.localdate()}"


def summary(round: Round) -> dict:
    """Figures of a whole round (three queries)."""
    seats = Assignment.objects.filter(item__round=round)
    counts = seats.aggregate(
        live=Count("pk", filter=Q(state__in=SEEING_STATES)),
        assigned=Count("pk", filter=Q(state="assigned")),
        accepted=Count("pk", filter=Q(state="accepted")),
        submitted=Count("pk", filter=Q(state="submitted")),
        recused=Count("pk", filter=Q(state="recused")),
        experts=Count("expert", filter=Q(state__in=SEEING_STATES), distinct=True),
    )
    items = items_of(round).values_list("live", "done", "waiting")
    rows = list(items)
    signed = Undertaking.objects.filter(round=round, expert__assignments__in=seats.filter(state__in=SEEING_STATES))
    return counts | {
        "items": len(rows),
        "short": sum(live < round.experts_per_item for live, _, _ in rows),
        "finished": sum(live > 0 and waiting == 0 for live, _, waiting in rows),
        "below_quorum": sum(done < round.quorum for _, done, _ in rows),
        "signed": signed.values("expert").distinct().count(),
        "overdue": counts["assigned"] + counts["accepted"] if is_over(round) else 0,
    }


def is_over(round: Round) -> bool:
    """The time for scoring has run out while the round is open."""
    return round.state == "open" and round.closes_at <= timezone.now()


def history(round: Round) -> QuerySet[Event]:
    """What happened in a round: to itself, its items, its seats and its list, newest first."""
    seats = Assignment.objects.filter(item__round=round)
    kinds = Q(target_type="reviews.round", target_id=str(round.pk))
    kinds |= Q(target_type="reviews.assignment", target_id__in=_keys(seats))
    kinds |= Q(target_type="reviews.reviewitem", target_id__in=_keys(round.items.all()))
    kinds |= Q(target_type="reviews.proposal", target_id__in=_keys(Proposal.objects.filter(round=round)))
    return Event.objects.filter(kinds).order_by("-id")


def item_history(item: ReviewItem) -> QuerySet[Event]:
    """What happened to one item and its seats, newest first."""
    kinds = Q(target_type="reviews.reviewitem", target_id=str(item.pk))
    kinds |= Q(target_type="reviews.assignment", target_id__in=_keys(item.assignments.all()))
    return Event.objects.filter(kinds).order_by("-id")


def _keys(rows: QuerySet) -> QuerySet:
    return rows.order_by().annotate(key=Cast("pk", CharField())).values("key")
