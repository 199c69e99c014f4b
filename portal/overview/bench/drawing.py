"""The draw of experts for a large round, timed in one process and taken back: facts, solution, seats."""

import time
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from portal.editions import codes, edition
from portal.models import User
from projects.models import Application
from reviews.actions import draws
from reviews.models import Assignment, Expert, ExpertDraw, ReviewItem, Round
from reviews.queries import pool

APPLICATIONS, EXPERTS, SEATS = 2000, 300, 5
BACKGROUNDS = ("technology", "industry", "finance")


def time_draw() -> dict:
    """Seconds for facts (conflicts of every pair), solution and commit of 2,000 applications by 300 experts."""
    with transaction.atomic():
        round = _round()
        started = time.perf_counter()
        snapshot = pool.snapshot_of(pool.problem(round))
        known = time.perf_counter()
        pool.draw_from(snapshot, "bench")
        solved = time.perf_counter()
        draw = draws.request_draw(round, by=round.created_by, seed="bench")
        draws.compute_draw(draw.pk)
        draw = ExpertDraw.objects.select_related("round").get(pk=draw.pk)
        committing = time.perf_counter()
        draws.commit_draw(draw, by=round.created_by)
        done = time.perf_counter()
        seats = Assignment.objects.filter(item__round=round).count()
        transaction.set_rollback(True)
    return {
        "items": len(snapshot["items"]), "experts": len(snapshot["pool"]), "seats": seats,
        "facts": known - started, "solution": solved - known, "whole": draw.figures["seconds"],
        "commit": done - committing,
    }  # fmt: skip


def _round() -> Round:
    """A round in preparation over as many applications as there are, with 300 experts who may be drawn."""
    officer, now = User.objects.filter(duty="officer").first(), timezone.now()
    rows = list(Application.objects.exclude(state__in=["draft", "unit_review"]).order_by("pk")[:APPLICATIONS])
    fields = [choice.name for choice in edition(codes()[-1]).fields]
    missing = max(EXPERTS - Expert.objects.count(), 0)
    users = User.objects.bulk_create(User(username=f"bench-draw-{n}", name=f"测量{n}") for n in range(missing))
    Expert.objects.bulk_create(
        Expert(
            user=user, unit_name=f"测量大学第{place}研究所", title="教授" if place % 2 else "副教授", max_load=60,
            background=BACKGROUNDS[place % 3], fields=[fields[place % len(fields)], fields[place // 3 % len(fields)]],
        )
        for place, user in enumerate(users)
    )  # fmt: skip
    Expert.objects.filter(pk__in=Expert.objects.order_by("pk").values("pk")[EXPERTS:]).update(available=False)
    Expert.objects.update(max_load=60)
    round = Round.objects.create(
        call=rows[0].call, kind="selection", title="测量抽取", experts_per_item=SEATS, quorum=1, opens_at=now,
        closes_at=now + timedelta(days=10), created_by=officer,
    )  # fmt: skip
    ReviewItem.objects.bulk_create((ReviewItem(round=round, application=row) for row in rows), batch_size=1000)
    return round
