"""What the unit is told of the formality check: the facts of its letters, and the notice in the portal."""

from django.urls import reverse

from consortia.seats import people_of
from portal import notify
from projects.models import Application


def problems_of(application: Application, *results: str, fix: str = "") -> list[dict]:
    """Rows of a letter: item, article, fact, fix, and the part of the form where it is mended."""
    return [
        {
            "item": item.title,
            "article": item.article,
            "fact": item.note or item.evidence,
            "fix": fix,
            "place": item.place,
        }
        for item in application.formality_items.filter(result__in=results)
    ]


def tell_unit(application: Application, title: str, body: str, *, key: str = "") -> int:
    """Tell the leader and the unit's drafters and admins, with a link to the application; returns how many."""
    people = [application.leader, *people_of(application.lead_unit, "drafter", "unitadmin")]
    url = reverse("application", args=[application.public_id])
    return notify.tell(people, title, f"{application.title}（{application.number}）：{body}", url=url, key=key)
