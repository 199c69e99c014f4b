"""Search over what the person may see: the same visible_to as the lists, so nothing leaks by a second path."""

from django.contrib.contenttypes.models import ContentType
from django.db.models import Q
from django.urls import reverse

from consortia.models import Unit
from funding.models import Clawback
from portal import documents
from portal.access import CENTER, roles_of
from portal.models import Document
from projects.models import Application, Contract, Project, Rectification
from projects.queries.decisions import Shown, with_shown_state

LIMIT, CANDIDATES = 10, 60


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
        _group("申报书", _applications(user).filter(_any(q, "title", "number")), _application(center)),
        _group("单位", Unit.objects.visible_to(user).filter(_any(q, "name", "credit_code")), _unit(center)),
    ]
    found.append(_documents(user, q))
    groups = [group for group in found if group[2]]
    return {"q": q, "groups": groups, "total": sum(group[2] for group in groups)}


def _documents(user, q: str) -> tuple:
    """Papers about what the person may see, and public ones; each is asked once more by its own permission."""
    projects = Project.objects.visible_to(user).values("pk")
    subjects = [Project.objects.filter(pk__in=projects), Application.objects.visible_to(user)]
    subjects += [model.objects.filter(project__in=projects) for model in (Contract, Rectification, Clawback)]
    reach = Q(kind__in=[kind.code for kind in documents.KINDS.values() if kind.public])
    for rows in subjects:
        reach |= Q(subject_type=ContentType.objects.get_for_model(rows.model), subject_id__in=rows.values("pk"))
    rows = Document.objects.filter(reach, title__icontains=q, state="ready").defer("snapshot")
    readable = [row for row in rows.prefetch_related("subject")[:CANDIDATES] if documents.may_read(user, row)]
    return "文书", [_document(row) for row in readable[:LIMIT]], len(readable)


def _document(row) -> dict:
    url = reverse("document", args=[row.verification_code])
    return {"title": row.title, "url": url, "meta": str(row.subject), "obj": None}


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
        meta, state = row.number or "", Shown(row.shown_state)
        return {"title": str(row), "url": reverse(name, args=[key]), "meta": meta, "obj": state}

    return hit


def _applications(user):
    return with_shown_state(Application.objects.visible_to(user), user)


def _unit(center: bool):
    def hit(row) -> dict:
        url = reverse("admin:consortia_unit_change", args=[row.pk]) if center else reverse("my_unit")
        return {"title": row.name, "url": url, "meta": row.credit_code, "obj": None}

    return hit
