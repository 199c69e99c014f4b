"""Every page a person can open, by address, person and state: the list that accessibility, markup and size are held to.

`make_pages` fills a small world and lists its pages; `left_out` says why an address of the portal has none. A new
address that is in neither makes a test fail, so that no page can be forgotten.
"""

import re
from dataclasses import dataclass, field
from datetime import timedelta

from django.urls import reverse
from django.utils import timezone

from consortia.actions import people as invitations
from consortia.models import Revocation, UnitChange
from consortia.views.units import CHANGES
from portal import documents, files
from portal.access import STAFF
from portal.overview import matrix
from portal.tasks import render_document
from projects.actions import applications, formality
from projects.queries.application_tasks import parts
from projects.queries.applications import edition_of
from tests import factories
from tests.overview import pages_pool, pages_results, review_pages
from tests.projects import applying

ADMINS = ("call", "application")
REGISTERS = ("unit", "consortium", "membership", "qualification", "revocation", "seat")
STALE = {"revision": "0", "text": "另一个窗口里写的内容"}
# Why an address has no page here: the first pattern that matches its name or its address.
LEFT_OUT = {
    r"^admin:(autocomplete|jsi18n)$|_progress$": "data for a script or a fragment of a page, no page",
    r"_(export|download|template|calendar|errors)$|^file$|^healthz$": "a file or plain data, no page",
    r"^admin:logout$": "ends the session; nothing is shown of it but the login page",
    r"^admin:\w+_delete$": "nothing is ever deleted: the same page of refusal (403) for all",
    r"^(admin:projects_application_next|application_copy)$": "leads on to another page of the list",
    r"^admin:projects_application_item$": "takes a form and leads back to the formality page",
    r"^/admin/.*<path:object_id>/$|<url>": "leads on to the change page or says 404",
    r"^admin:(portal_[a-z]+_|password_change|app_list|login)": (
        "registers of the platform itself, drawn by the same templates as the lists and forms here"
    ),
    r"^admin:consortia_(membership|qualification|revocation|seat)_(add|import)$|"
    r"^admin:consortia_(registration|unitchange)_(add|do|move|history)$": ("as the forms of units and consortia"),
    r"^admin:consortia_\w+_import_run$|^admin:consortia_consortium_do$": "as the import page and the steps of units",
    r"^admin:consortia_(registration|unitchange)_change$": "as the change page of a unit",
    r"^file_view$": "a file in its frame; what is inside is the browser's own viewer",
    r"^admin:consortia_revocation_move$": "the confirmation page, as that of calls and applications",
    r"^admin:(projects|funding|reviews)_(?!call_|application_)": "later life of a project, as below",
    r"^/(projects|audits|rounds|notices|objections|funded|clawbacks)/": (
        "later life of a project: the main pages are walked by tests/browser/test_accessibility_life"
    ),
}


@dataclass(frozen=True)
class Page:
    """One page as one person sees it; `typed` is filled into its form, and what comes back is the page meant."""

    name: str
    who: str
    path: str
    status: int = 200
    typed: dict | None = None

    def __str__(self):
        return f"{self.who or 'nobody'} {self.path}{' after sending' if self.typed is not None else ''}"


@dataclass
class Shelf:
    """Collects pages."""

    pages: list[Page] = field(default_factory=list)

    def add(self, name: str, who: str, *args, query: str = "", status: int = 200, typed: dict | None = None) -> None:
        """One more page, by the name of its address."""
        self.pages.append(Page(name, who, reverse(name, args=args) + query, status, typed))


def left_out(row: matrix.Row) -> str:
    """Why the address has no page in the list; "" when it must have one."""
    for pattern, reason in LEFT_OUT.items():
        if re.search(pattern, row.name) or re.search(pattern, row.pattern):
            return reason
    return ""


def uncovered(pages: list[Page]) -> list[str]:
    """Addresses that answer to GET, have no page and no reason."""
    covered = {page.name for page in pages}
    rows = [row for row in matrix.rows() if "GET" in row.methods]
    return [row.pattern for row in rows if row.name not in covered and not left_out(row)]


def make_pages() -> tuple[dict, list[Page]]:
    """People by role (user objects), and all pages."""
    factories.make_calendar(*(timezone.localdate().year + offset for offset in (0, 1)))
    team = applying.make_team()
    people = {"drafter": team.drafter, "leader": team.leader, "unitadmin": team.admin}
    people |= {duty: factories.make_user(duty) for duty in STAFF if duty != "logadmin"}
    people["stranger"] = applying.make_team(call=team.call).drafter
    member = team.consortium.memberships.filter(role="member").first().unit
    people["member"] = factories.make_person(member, "drafter")
    people["memberadmin"] = factories.make_person(member, "unitadmin")
    shelf = Shelf()
    _public(shelf, team)
    _units(shelf, team, people)
    _own_unit(shelf, team)
    _drafts(shelf, team)
    _submitted(shelf, team, people)
    _admin(shelf, team, people)
    review_pages.add(shelf, people)
    pages_results.add_pages(shelf, people)
    pages_pool.add_pool(shelf, people)
    return people, shelf.pages


def _public(shelf: Shelf, team) -> None:
    closed = factories.make_call(
        title="往年申报通知", state="closed", closes_at=timezone.now() - timedelta(days=1)
    )  # a call that is over looks otherwise
    for name in ("public_home", "login", "unit_register", "unit_registered", "call_list", "verify"):
        shelf.add(name, "")
    for call in (team.call, closed):
        shelf.add("call_detail", "", call.pk)
    shelf.add("login", "", typed={"username": "nobody", "password": "wrong"})
    shelf.add("unit_register", "", typed={"credit_code": "911"}, status=400)
    shelf.add("registration_query", "")
    shelf.add("verify_code", "", "0000-0000-0000-0000", status=404)
    shelf.add("invitation", "", "no-such-token", status=404)
    shelf.add("call_detail", "", 987654321, status=404)
    shelf.add("application", "stranger", "00000000-0000-0000-0000-000000000007", status=404)
    shelf.add("unit_edit", "drafter", status=403)


def _units(shelf: Shelf, team, people) -> None:
    unit, consortium = team.unit, team.consortium
    token = invitations.invite(unit=unit, role="drafter", name="周受邀", email="z@example.com", by=team.admin)[1]
    membership = consortium.memberships.filter(role="member").last()
    member = consortium.memberships.filter(role="member").first()
    case = Revocation.objects.create(
        consortium=consortium, project_number="京科协协同2024-0001", facts="整改不到位，逾期未提交整改报告。",
        hearing_until=timezone.localdate() + timedelta(days=5), opened_by=people["officer"],
    )  # fmt: skip
    shelf.add("invitation", "", token)
    shelf.add("invitation", "", token, typed={"password": "a", "again": "b"}, status=400)
    for name in ("home", "search", "account", "password_change", "notifications", "my_unit", "my_consortia"):
        shelf.add(name, "drafter")
    shelf.add("home", "member")
    shelf.add("search", "officer", query="?q=竞争")
    shelf.add("password_change", "drafter", typed={"old_password": "x"})
    for name in ("my_unit", "unit_edit", "unit_invite"):
        shelf.add(name, "unitadmin")
    shelf.add("seat_end", "unitadmin", unit.seats.filter(user=team.drafter).get().pk)
    for who in ("drafter", "unitadmin", "member"):
        shelf.add("consortium", who, consortium.public_id)
    shelf.add("member_add", "unitadmin", consortium.public_id)
    for name in ("member_edit", "membership_end"):
        shelf.add(name, "unitadmin", membership.pk)
    for name in ("membership_confirm", "membership_dispute"):
        shelf.add(name, "memberadmin", member.pk)
    for who in ("unitadmin", "officer"):
        shelf.add("revocation", who, case.pk)
    people["case"] = case


def _own_unit(shelf: Shelf, team) -> None:
    unit = team.unit
    shelf.add("unit_invite", "unitadmin", typed={}, status=400)
    invited = unit.invitations.get()
    for name in ("invitation_revoke", "invitation_again"):
        shelf.add(name, "unitadmin", invited.pk)
    for name in ("unit_log", "unit_hand_over"):
        shelf.add(name, "unitadmin")
    for kind in CHANGES:
        shelf.add("unit_change", "unitadmin", kind)
    change = UnitChange.objects.create(
        unit=unit,
        kind="legal",
        wanted={"legal_representative": "钱更换"},
        reason="换届",
        requested_by=team.admin,
        proof=files.store(applying.PDF, "换届文件.pdf", by=team.admin),
    )
    shelf.add("unit_change_withdraw", "unitadmin", change.pk)


def _drafts(shelf: Shelf, team) -> None:
    empty, draft = applying.start(team, "空白草稿"), applying.fill(applying.start(team), team)
    ready = applying.ready_rows(team)[0]
    wrong = {
        "cover": {"title": ""},
        "stages": {"rows-0-name": "一"},
        "kpis": {"kpi-member_expansion-target": "5"},
        "budget": {"lines-0-item": "会", "lines-0-unit_price": "一百", "sources-0-amount": "x"},
        "team": {"rows-0-name": "赵", "rows-0-months": "x"},
    }
    shelf.add("application_list", "drafter")
    for who in ("drafter", "member"):
        shelf.add("application_start", who)
    shelf.add("application_start", "drafter", typed={}, status=422)
    for row in (empty, draft, ready):
        for who in ("drafter", "leader", "unitadmin"):
            shelf.add("application", who, row.public_id)
        shelf.add("application_check", "drafter", row.public_id)
    for part in parts(edition_of(team.call)):
        shelf.add("application_part", "drafter", empty.public_id, part.code)
        shelf.add("application_part", "drafter", draft.public_id, part.code)
        if part.code in wrong:
            shelf.add("application_part", "drafter", empty.public_id, part.code, typed=wrong[part.code], status=422)
    shelf.add("application_part", "drafter", draft.public_id, "rationale", typed=STALE, status=409)
    shelf.add("application_discard", "drafter", draft.public_id)
    shelf.add("application_declare", "leader", draft.public_id)
    shelf.add("application_declare", "leader", draft.public_id, typed={}, status=422)
    shelf.add("application_step", "drafter", draft.public_id, "send")
    shelf.add("application_discard", "drafter", draft.public_id)
    for step in ("return", "submit"):
        shelf.add("application_step", "unitadmin", ready.public_id, step)
    shelf.add("application_step", "unitadmin", empty.public_id, "submit")
    file = draft.attachments.get().file.public_id
    shelf.add("application_attachment_remove", "drafter", draft.public_id, file)


def _submitted(shelf: Shelf, team, people) -> None:
    twice, mended = applying.ready_rows(team, 2)
    for row in (twice, mended):
        applications.submit_application(row, by=team.admin)
    applications.withdraw_application(twice, by=team.admin)
    applications.reopen_application(twice, by=team.admin)
    text = {"text": applying.TEXT + "\n新增一段。"}
    applications.save_section(twice, code="rationale", data=text, revision=1, by=team.drafter)
    applications.declare(twice, by=team.leader)
    applications.send_to_unit(twice, by=team.drafter)
    applications.submit_application(twice, by=team.admin)
    request = {"places": ["rationale", "attachments"], "text": "请补充立项依据，并上传清晰的证照。"}
    formality.ask_supplement(mended, by=people["officer"], **request)
    withdrawn = factories.make_application(team.call, team.consortium, leader=team.leader, state="withdrawn")
    for row in (twice, mended, withdrawn):
        for who in ("drafter", "unitadmin"):
            shelf.add("application", who, row.public_id)
    shelf.add("application", "officer", twice.public_id)
    for who in ("drafter", "officer"):
        shelf.add("application_versions", who, twice.public_id)
        shelf.add("application_version", who, twice.public_id, 1)
        shelf.add("application_receipt", who, twice.public_id)
    shelf.add("application_versions", "drafter", twice.public_id, query="?old=1&new=2")
    for who in ("drafter", "stranger"):
        shelf.add("application_copy_from", who)
    shelf.add("application_copy_from", "drafter", query=f"?from={twice.public_id}")
    shelf.add("application_copy_from", "drafter", typed={}, status=422)
    shelf.add("application_step", "unitadmin", twice.public_id, "withdraw")
    shelf.add("application_step", "unitadmin", withdrawn.public_id, "reopen")
    shelf.add("application_step", "unitadmin", mended.public_id, "supply")
    for code in request["places"]:
        shelf.add("application_part", "drafter", mended.public_id, code)
    receipt = documents.latest("application_receipt", twice)
    render_document(receipt.pk)
    shelf.add("document", "drafter", receipt.verification_code)
    shelf.add("verify_code", "", receipt.verification_code)
    people["submitted"], people["mended"] = twice, mended


def _admin(shelf: Shelf, team, people) -> None:
    unit = factories.make_unit(state="pending", contact_email="p@example.com")
    draft = factories.make_call(state="draft")
    submitted = people["submitted"]
    rows = {
        "call": [team.call, draft], "application": [submitted, people["mended"]], "unit": [team.unit, unit],
        "consortium": [team.consortium], "membership": [team.consortium.memberships.first()],
        "qualification": [team.consortium.qualifications.first()], "revocation": [people["case"]],
        "seat": [team.unit.seats.first()],
    }  # fmt: skip
    shelf.add("admin:index", "officer")
    shelf.add("admin:index", "director")
    for model, objects in rows.items():
        app = "projects" if model in ADMINS else "consortia"
        shelf.add(f"admin:{app}_{model}_changelist", "officer")
        for obj in objects:
            shelf.add(f"admin:{app}_{model}_change", "officer", obj.pk)
        shelf.add(f"admin:{app}_{model}_history", "officer", objects[0].pk)
    for name in ("projects_call_add", "consortia_unit_add", "consortia_consortium_add"):
        shelf.add(f"admin:{name}", "officer")
        shelf.add(f"admin:{name}", "officer", typed={})
    shelf.add("admin:projects_application_add", "officer", status=403)
    for model in ("unit", "consortium"):
        shelf.add(f"admin:consortia_{model}_import", "officer")
        shelf.add(f"admin:consortia_{model}_import", "officer", typed={}, status=400)
    assert set(rows) == {*ADMINS, *REGISTERS}
    _acts(shelf, team, people, draft, unit)


def _acts(shelf: Shelf, team, people, draft, unit) -> None:
    """Pages of the admin on which something is done."""
    submitted = people["submitted"]
    shelf.add("admin:projects_call_move", "officer", draft.pk, "publish")
    shelf.add("admin:projects_call_preview", "officer", draft.pk)
    shelf.add("admin:projects_call_copy", "officer", team.call.pk)
    shelf.add("admin:projects_application_extend", "officer", people["mended"].pk)
    for model in ("registration", "unitchange"):
        shelf.add(f"admin:consortia_{model}_changelist", "officer")
    shelf.add("admin:projects_call_correct", "officer", team.call.pk)
    shelf.add("admin:projects_call_correct", "officer", team.call.pk, typed={}, status=400)
    for row in (submitted, people["mended"]):
        shelf.add("admin:projects_application_formality", "officer", row.pk)
    shelf.add("admin:projects_application_formality", "director", submitted.pk)
    shelf.add("admin:projects_application_supplement", "officer", submitted.pk)
    shelf.add("admin:projects_application_supplement", "officer", submitted.pk, typed={})
    shelf.add("admin:projects_application_move", "officer", submitted.pk, "fail_formality")
    for step in ("rename", "merge-into", "invite-admin"):
        shelf.add("admin:consortia_unit_do", "officer", team.unit.pk, step)
    for move in ("approve", "reject"):
        shelf.add("admin:consortia_unit_move", "officer", unit.pk, move)
