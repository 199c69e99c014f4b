"""How much experts have done and do: counted by the database for the rows of a page (D1)."""

from django.db.models import Count, F, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from reviews.models import Assignment, Expert, ExpertAbsence, Round
from reviews.states import SEEING_STATES

RUNNING = ("draft", "open")


def _seats(**which):
    rows = Assignment.objects.filter(expert=OuterRef("pk"), state__in=SEEING_STATES, **which).order_by()
    counted = rows.values("expert").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


def with_loads(rows: QuerySet[Expert]) -> QuerySet[Expert]:
    """With `now` (seats in rounds that have not ended), `in_call` (in the newest call that has rounds) and `ever`."""
    newest = Round.objects.order_by("-call_id").values("call_id")[:1]
    return rows.annotate(
        now=_seats(item__round__state__in=RUNNING),
        in_call=_seats(item__round__call__in=Subquery(newest)),
        ever=_seats(),
    )


def away_on(day) -> QuerySet:
    """Ids of experts who are away on a day."""
    rows = ExpertAbsence.objects.filter(Q(away_to__isnull=True) | Q(away_to__gte=day), away_from__lte=day)
    return rows.values("expert")


AVAILABILITY = [("free", "可安排"), ("away", "在不便时段"), ("term", "聘期已满"), ("off", "已停用")]
LOADS = [("none", "没有在评"), ("some", "在评 1–5 项"), ("many", "在评 6 项以上"), ("full", "达到或超过一轮上限")]


def by_availability(rows: QuerySet[Expert], code: str | None) -> QuerySet[Expert]:
    """Those of one kind of AVAILABILITY, as of today."""
    today = timezone.localdate()
    if code == "off":
        return rows.filter(Q(available=False) | Q(user__is_active=False) | ~Q(user__duty=""))
    if code == "term":
        return rows.filter(term_until__lt=today)
    if code == "away":
        return rows.filter(pk__in=away_on(today))
    if code == "free":
        rows = rows.filter(available=True, user__is_active=True, user__duty="")
        return rows.exclude(term_until__lt=today).exclude(pk__in=away_on(today))
    return rows


def by_load(rows: QuerySet[Expert], code: str | None) -> QuerySet[Expert]:
    """Those of one kind of LOADS; the rows carry `with_loads`."""
    tests = {"none": Q(now=0), "some": Q(now__range=(1, 5)), "many": Q(now__gt=5), "full": Q(now__gte=F("max_load"))}
    return rows.filter(tests[code]) if code in tests else rows


def by_field(rows: QuerySet[Expert], name: str | None) -> QuerySet[Expert]:
    """Those who know a field. The databases spell JSON text differently, so the lists are compared here."""
    if not name:
        return rows
    lists = Expert.objects.order_by().values_list("pk", "fields")
    return rows.filter(pk__in=[pk for pk, fields in lists if name in fields])


def frequent_units(most: int = 12) -> list[str]:
    """Names of units with more than one expert."""
    rows = Expert.objects.order_by().values("unit_name").annotate(n=Count("pk")).filter(n__gt=1)
    return list(rows.order_by("-n", "unit_name").values_list("unit_name", flat=True)[:most])
