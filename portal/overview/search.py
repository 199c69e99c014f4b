"""Search over what the person may see: the same visible_to as the lists, so nothing leaks by a second path."""

from django.db.models import Q
from django.urls import reverse

from consortia.models import Unit
from portal.access import CENTER, roles_of
from projects.models import Application, Project

LIMIT = 10


def context(user, text: str) -> dict:
    """`q`, `groups` [(label, hits, count)], `total`; nothing for an empty query."""
    q = " ".join(text.replace("\x00", "").split())[:100]
    if not q:
        return {"q": "", "groups": [], "total": 0}
    center = bool(roles_of(user) & frozenset(CENTER))
    found = [
        _group(
            "项目", Project.objects.visible_to(user).filter(_any(q, "title", "number", "lead_unit__name")), _project
        ),
        _group("申报书", Application.objects.visible_to(user).filter(_any(q, "title", "number")), _application(center)),
        _group("单位", Unit.objects.visible_to(user).filter(_any(q, "name", "credit_code")), _unit(center)),
    ]
    groups = [group for group in found if group[2]]
    return {"q": q, "groups": groups, "total": sum(group[2] for group in groups)}


def _any(q: str, *fields: str) -> Q:
    condition = Q()
    for field in fields:
        condition |= Q(**{f"{field}__icontains": q})
    return condition


def _group(label: str, rows, hit):
    count = rows.count()
    return label, [hit(row) for row in rows[:LIMIT]] if count else [], count


def _project(row) -> dict:
    return {"title": row.title, "url": reverse("project_detail", args=[row.public_id]), "meta": row.number, "obj": row}


def _application(center: bool):
    def hit(row) -> dict:
        name, key = ("admin:projects_application_change", row.pk) if center else ("application", row.public_id)
        return {"title": str(row), "url": reverse(name, args=[key]), "meta": row.number or "", "obj": row}

    return hit


def _unit(center: bool):
    def hit(row) -> dict:
        url = reverse("admin:consortia_unit_change", args=[row.pk]) if center else reverse("my_unit")
        return {"title": row.name, "url": url, "meta": row.credit_code, "obj": None}

    return hit
