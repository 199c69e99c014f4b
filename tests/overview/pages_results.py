"""Pages of results, decision and the cockpit of rounds, for the list of all pages."""

from reviews.actions import feedback, lists, proposals, sheets
from reviews.models import Proposal
from tests.factories import make_expert, make_user
from tests.reviews.wide import wide_round
from tests.reviews.worlds import open_world, score, seat_of

LETTER = "专家组认为项目需求真实，成果转化的承接单位尚未落实，建议先与应用单位签订意向协议。"
CLOSED = ("ranking", "scales", "items", "experts", "log", "feedback")


def add_pages(shelf, people) -> None:
    """A running round, a closed one with its draft, and one with a list under way."""
    officer = people["officer"]
    _running(shelf, officer)
    closed, _ = wide_round(30, experts=3, grants=12)
    for name in CLOSED:
        shelf.add(f"admin:reviews_round_{name}", "officer", closed.pk)
    shelf.add("admin:reviews_round_ranking", "officer", closed.pk, query="?q=没有")
    shelf.add("admin:reviews_round_change", "officer", closed.pk)
    shelf.add("admin:reviews_round_item", "officer", closed.pk, closed.items.first().pk)
    _list(shelf, closed, officer)
    _decided(shelf, officer)


def _running(shelf, officer) -> None:
    round, experts, _ = open_world(applications=2)
    score(seat_of(round, experts[0]))
    sheets.void_assignment(seat_of(round, experts[1], 1), by=officer, note="专家出国")
    make_expert()
    for name in ("change", "items", "experts", "close", "log"):
        shelf.add(f"admin:reviews_round_{name}", "officer", round.pk)
    shelf.add("admin:reviews_round_close", "officer", round.pk, typed={"note": ""}, status=409)
    shelf.add("admin:reviews_round_item", "officer", round.pk, round.items.first().pk)


def _list(shelf, round, officer) -> None:
    shelf.add("admin:reviews_round_proposal", "officer", round.pk)
    proposal = lists.start_list(round=round, by=officer)
    first = proposal.items.order_by("item__rank").first()
    wanted = {first.item_id: ("decline", "", None)}
    proposal = lists.choose(round=round, wanted=wanted, seen=proposal.digest, by=officer)
    shelf.add("admin:reviews_round_proposal", "officer", round.pk, query="?show=silent")
    shelf.add("admin:reviews_round_proposal", "officer", round.pk, typed={"seen": "0"}, status=409)
    shelf.add("admin:reviews_proposal_change", "officer", proposal.pk)


def _decided(shelf, officer) -> None:
    round, _ = wide_round(6, experts=2, grants=2)
    proposal = lists.start_list(round=round, by=officer)
    proposal = proposals.submit_list(round=round, seen=proposal.digest, by=officer)
    proposals.send_back_proposal(proposal, by=make_user("director"), note="请补充合议记录")
    proposal = proposals.submit_list(round=round, seen=Proposal.objects.get(pk=proposal.pk).digest, by=officer)
    shelf.add("admin:reviews_proposal_change", "director", proposal.pk)
    shelf.add("admin:reviews_proposal_move", "director", proposal.pk, "confirm")
    item = round.items.first()
    feedback.save_feedback(item=item, text=LETTER, revision=0, by=officer)
    shelf.add("admin:reviews_round_feedback", "officer", round.pk)
    shelf.add("admin:reviews_round_feedback_edit", "officer", round.pk, item.pk)
    shelf.add("admin:reviews_round_feedback_edit", "officer", round.pk, item.pk, typed={"text": "短"}, status=400)
