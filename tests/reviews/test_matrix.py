"""Role x address x object for everything of this app, generated from the list of addresses (`show_urls --json`, R3)."""

import json
import re
from io import StringIO

import pytest
from django.core.management import call_command
from django.test import Client

from portal.access import CENTER
from reviews.actions import experts as experts_actions
from reviews.actions import sheets
from reviews.models import Assignment, Expert, ExpertDraw, Round, UnitTie
from tests import factories
from tests.reviews import worlds

pytestmark = pytest.mark.django_db
ARGUMENT = re.compile(r"<(?:\w+:)?(\w+)>")
JUDGES, DESK = "officer director bast", "officer"
UNIT = ("drafter", "leader", "unitadmin", "supervisor", "member")
PEOPLE = ("anonymous", *UNIT, "expert", "other-panel", "recused", *CENTER, "auditor", "sysadmin", "logadmin")
# Who gets a page (200), an act that leads on (302) or a refusal in words (400, 409) from an address about the objects
# of the world below; everybody else gets 403, 404 or the login page. The first pattern that matches the name counts.
ALLOWED = {
    r"^review_(desk|conflicts)": "expert other-panel recused",
    r"^review_": "expert",
    r"^admin:reviews_(round|assignment|proposal|expert|expertconflict|unittie|acceptanceconclusion)_delete$": "",
    r"^admin:reviews_(assignment|proposal|acceptanceconclusion)_add$": "",
    r"^admin:reviews_(round|expert|expertconflict|unittie)_add$": DESK,
    r"^admin:reviews_round_(edit|scheme|extend|draw\w*|assign|remind|reassign|close|proposal\w*)$": DESK,
    r"^admin:reviews_round_feedback_(draft|edit|release)$": DESK,
    r"^admin:reviews_(assignment_substitute|expert_hint|expert_template|expertconflict_end|unittie_end)$": DESK,
    r"^admin:reviews_(expert_import|conclusion_|acceptance_(start|draft)$)": DESK,
    r"^admin:reviews_acceptance_(board|reports|progress)$": " ".join(CENTER),
    r"^admin:reviews_acceptanceconclusion_": " ".join(CENTER),
    r"^admin:reviews_round_(items|experts|log|scales|item|item_sheets|feedback|feedback_progress)$": JUDGES,
    r"^admin:reviews_(expert_interests|expert_export|expertconflict_application|proposal_print)$": JUDGES,
    r"^admin:reviews_\w+_(changelist|change|history|move|ranking|ranking_xlsx|sheets)$": JUDGES,
}
SHOWN = {200, 302, 400, 409}
# What an address is about, where neither a seat nor a round: its model's row, made by nobody here, is missing.
MISSING = (
    *("reviews_proposal_", "acceptanceconclusion", "acceptance_draft", "acceptance_start", "acceptance_progress"),
    *("expert_import_run", "expert_import_progress", "expert_import_errors"),
)


def rows() -> list[dict]:
    """The addresses of this app, as the command lists them."""
    out = StringIO()
    call_command("show_urls", "--json", stdout=out)
    listed = json.loads(out.getvalue())
    mine = [row for row in listed if row["name"].startswith("review_") or "/reviews/" in row["pattern"]]
    # Nameless addresses of the admin lead on to the change page, which is among the others.
    return [row for row in mine if row["name"]]


def allowed(name: str) -> str | None:
    """Who may, by the table; None when it says nothing."""
    return next((who for pattern, who in ALLOWED.items() if re.search(pattern, name)), None)


def make_world() -> tuple[dict, dict]:
    """People by name, and keys of the objects by what an address is about."""
    round, experts, _ = worlds.open_world()
    _, others, _ = worlds.open_world()
    worlds.accept(worlds.seat_of(round, experts[0]))
    gone = worlds.seat_of(round, experts[1])
    sheets.recuse(gone, by=experts[1].user, note="与负责人有师生关系")
    application = round.items.get().application
    member = application.consortium.memberships.filter(role="member").first().unit
    people = {
        role: factories.make_person(application.lead_unit, role) for role in ("drafter", "unitadmin", "supervisor")
    }
    people |= {"leader": application.leader, "member": factories.make_person(member, "member")}
    people |= {"expert": experts[0].user, "other-panel": others[0].user, "recused": experts[1].user}
    people |= {duty: factories.make_user(duty) for duty in (*CENTER, "sysadmin", "logadmin", "auditor")}
    keys = {
        "seat": Assignment.objects.get(item__round=round, expert=experts[0]).pk,
        "recused": gone.pk,
        "round": round.pk,
        "item": round.items.get().pk,
        "application": application.pk,
        "draw": ExpertDraw.objects.create(round=round, seed="seed", requested_by=people["officer"]).pk,
        "tie": UnitTie.objects.create(
            parent=application.lead_unit, child=factories.make_unit(), note="出资", recorded_by=people["officer"]
        ).pk,
        "expert": Expert.objects.order_by("pk").first().pk,
        "conflict": experts_actions.pin_conflict(
            expert=experts[2], by=people["officer"], kind="family", unit=factories.make_unit()
        ).pk,
    }
    return people, keys


def path_of(row: dict, keys: dict) -> str:
    """The address with the object that it is about."""
    pattern, name = row["pattern"], row["name"]
    if "/seats/" in pattern or "assignment" in name:
        key = keys["seat"]
    elif "/rounds/" in pattern or "_round_" in name:
        key = keys["round"]
    elif name.endswith("expertconflict_application"):
        key = keys["application"]
    elif "unittie" in name:
        key = keys["tie"]
    else:
        key = keys["conflict" if "expertconflict" in name else "expert"]
    own = {"move": "open", "draw_pk": keys["draw"], "item": keys["item"]}
    return ARGUMENT.sub(lambda found: str(own.get(found[1], key)), pattern)


def test_every_address_of_reviews_has_an_expectation():
    assert [row["name"] for row in rows() if allowed(row["name"]) is None] == []
    assert len(rows()) > 30


def test_each_role_gets_at_each_address_what_the_matrix_says():
    people, keys = make_world()
    wrong = []
    for person in PEOPLE:
        client = Client(raise_request_exception=False)
        if person != "anonymous":
            client.force_login(people[person])
        for row in rows():
            if "GET" not in row["methods"] or (any(word in row["name"] for word in MISSING) and "<" in row["pattern"]):
                continue
            path = path_of(row, keys)
            answer = client.get(path)
            is_login = answer.get("Location", "").startswith(("/login/", "/admin/login/"))
            gets_it = answer.status_code in SHOWN and not is_login
            if gets_it != (person in (allowed(row["name"]) or "").split()):
                wrong.append((person, path, answer.status_code))
    assert wrong == [], "\n".join(str(row) for row in wrong)


def test_a_seat_that_ended_is_gone_for_its_expert_too():
    people, keys = make_world()
    client = Client()
    client.force_login(people["recused"])
    seats = [row for row in rows() if "/seats/" in row["pattern"]]
    answers = {}
    for row in seats:
        path = ARGUMENT.sub(str(keys["recused"]), row["pattern"])
        answers[row["name"]] = (client.get if "GET" in row["methods"] else client.post)(path).status_code
    assert set(answers.values()) == {404}
    assert Round.objects.get(pk=keys["round"]).state == "open"
