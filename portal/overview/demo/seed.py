"""What outside tests need to drive the portal: logins per role, one object of each kind and state, their addresses."""

from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.contrib import admin
from django.db.models import Model
from django.urls import reverse

from consortia.models import Consortium, Qualification, Revocation, Unit
from funding.models import Clawback, Disbursement, LedgerLine, ProjectAudit, SurplusReturn
from portal.models import Document
from portal.overview.demo.accounts import NAMED, PASSWORD
from projects.models import (
    AcceptancePackage,
    Application,
    Call,
    ChangeRequest,
    Contract,
    Evidence,
    Objection,
    ProgressReport,
    Project,
    PublicNotice,
    Rectification,
)
from reviews.models import AcceptanceConclusion, Assignment, Proposal, Round, ScoreSheet

PREFERRED_UNIT = "drafter"  # objects of the unit of this account come first: the named accounts can act on them


@dataclass(frozen=True)
class Kind:
    """A kind of object: its model, the column that tells the state, its page, and the way to its lead unit."""

    name: str
    model: type[Model]
    page: Callable[[Model], str] | None
    state: str = "state"
    unit: str = ""
    number: str = "pk"


def _of_project(name: str) -> Callable[[Model], str]:
    return lambda row: reverse(name, args=[row.project.public_id])


def _row_of_project(name: str) -> Callable[[Model], str]:
    return lambda row: reverse(name, args=[row.project.public_id, row.pk])


KINDS = (
    Kind("call", Call, lambda row: reverse("call_detail", args=[row.pk]), number="doc_number"),
    Kind("application", Application, lambda row: reverse("application", args=[row.public_id]), unit="lead_unit",
         number="number"),
    Kind("notice", PublicNotice, lambda row: reverse("notice_detail", args=[row.public_id]), number="doc_number"),
    Kind("objection", Objection, lambda row: reverse("objection_receipt", args=[row.query_code]), number="query_code"),
    Kind("project", Project, lambda row: reverse("project_detail", args=[row.public_id]), unit="lead_unit",
         number="number"),
    Kind("contract", Contract, _of_project("project_contract"), unit="project__lead_unit", number="project__number"),
    Kind("change", ChangeRequest, _of_project("project_contract"), unit="project__lead_unit"),
    Kind("evidence", Evidence, _row_of_project("evidence"), unit="project__lead_unit", number="number"),
    Kind("report", ProgressReport, _row_of_project("report"), unit="project__lead_unit", number="title"),
    Kind("package", AcceptancePackage, _of_project("package"), unit="project__lead_unit"),
    Kind("rectification", Rectification, _row_of_project("rectification"), unit="project__lead_unit"),
    Kind("revocation", Revocation, lambda row: reverse("revocation", args=[row.pk]), number="project_number"),
    Kind("disbursement", Disbursement, _of_project("disbursements"), unit="project__lead_unit", number="voucher_no"),
    Kind("ledger_line", LedgerLine, _row_of_project("ledger_line"), state="verdict", unit="project__lead_unit",
         number="voucher_no"),
    Kind("clawback", Clawback, _row_of_project("clawback"), unit="project__lead_unit", number="number"),
    Kind("audit", ProjectAudit, lambda row: reverse("audit", args=[row.pk]), unit="project__lead_unit"),
    Kind("surplus_return", SurplusReturn, _of_project("budget"), unit="project__lead_unit"),
    Kind("round", Round, None, number="title"),
    Kind("assignment", Assignment, lambda row: reverse("review_seat", args=[row.pk])),
    Kind("score_sheet", ScoreSheet, lambda row: reverse("review_seat", args=[row.assignment_id]), state="locked"),
    Kind("proposal", Proposal, None),
    Kind("conclusion", AcceptanceConclusion, None, number="project__number"),
    Kind("document", Document, lambda row: reverse("document", args=[row.verification_code]),
         number="verification_code"),
    Kind("unit", Unit, None, number="credit_code"),
    Kind("consortium", Consortium, lambda row: reverse("consortium", args=[row.public_id]), state="status"),
)  # fmt: skip


def describe() -> dict:
    """Accounts and objects as plain data; the same database gives the same answer."""
    accounts = {
        username: {"username": username, "password": PASSWORD, "role": username.rstrip("0123456789"), "label": label}
        for label, username, _ in NAMED
    }
    return {"site": settings.SITE_URL, "accounts": accounts, "objects": {kind.name: _objects(kind) for kind in KINDS}}


def _objects(kind: Kind) -> dict[str, dict]:
    """State -> the object that stands for it: one of the main unit where there is one, else the oldest."""
    if kind.model is Consortium:
        return _consortia(kind)
    own = set(Unit.objects.filter(seats__user__username=PREFERRED_UNIT).values_list("pk", flat=True))
    rows = kind.model._base_manager.order_by("pk").values_list("pk", kind.state, kind.unit or "pk")
    chosen: dict[str, int] = {}
    preferred: dict[str, int] = {}
    for pk, state, unit in rows:
        chosen.setdefault(_word(state), pk)
        if kind.unit and unit in own:
            preferred.setdefault(_word(state), pk)
    chosen |= preferred
    found = kind.model._base_manager.in_bulk(chosen.values())
    return {state: _entry(kind, found[pk]) for state, pk in sorted(chosen.items())}


def _word(state) -> str:
    """Locked or open for flags, else the state itself."""
    return {True: "locked", False: "open"}.get(state, state) if isinstance(state, bool) else str(state)


def _consortia(kind: Kind) -> dict[str, dict]:
    chosen: dict[str, Consortium] = {}
    newest = {row.consortium_id: row.status for row in Qualification.objects.order_by("since", "pk")}
    for row in Consortium.objects.order_by("pk"):
        chosen.setdefault(newest.get(row.pk, "none"), row)
    return {state: _entry(kind, row) for state, row in sorted(chosen.items())}


def _entry(kind: Kind, row: Model) -> dict:
    entry = {"id": row.pk, "number": str(_follow(row, kind.number)), "url": kind.page(row) if kind.page else ""}
    name = f"admin:{row._meta.app_label}_{row._meta.model_name}_change"
    entry["admin_url"] = reverse(name, args=[row.pk]) if kind.model in admin.site._registry else ""
    return entry


def _follow(row: Model, path: str):
    value = row
    for part in path.split("__"):
        value = getattr(value, part)
    return value or ""
