"""Experts sign, accept, score and submit; what is not theirs they never see."""

from reviews.models import Assignment, Round
from tests.flows.visitor import Visitor
from tests.flows.world import World

COMMENT = "项目目标明确，分工合理，指标可以考核，经费测算有依据。" * 3


def score_round(world: World, round: Round, share: int = 80) -> None:
    """Every expert of the round does his work; a stranger to the round sees none of it."""
    seats = list(Assignment.objects.filter(item__round=round).select_related("expert__user", "item"))
    seated = {seat.expert_id for seat in seats}
    for expert in world.experts:
        visitor = Visitor(expert.user)
        own = [seat for seat in seats if seat.expert_id == expert.pk]
        if expert.pk not in seated:
            visitor.open(f"/reviews/seats/{seats[0].pk}/", expect=404)
            continue
        assert own[0].item.application is None or own[0].item.application.title not in visitor.open(
            f"/reviews/seats/{own[0].pk}/"
        )
        sign(visitor, round, expert.user.name)
        for seat in own:
            score(visitor, seat, share)


def sign(visitor: Visitor, round: Round, name: str) -> None:
    """The undertaking, with one's own name."""
    page = visitor.open(f"/reviews/rounds/{round.pk}/undertaking/")
    page = page.press("签署承诺书", agree="on", signed_name="别人的名字", expect=400)
    page.press("签署承诺书", agree="on", signed_name=name)


def score(visitor: Visitor, seat: Assignment, share: int) -> None:
    """Accept the seat, fill in the sheet, check the answers, submit; then it is locked."""
    address = f"/reviews/seats/{seat.pk}/"
    page = visitor.open(address).press("无利益冲突，开始评审")
    scheme = seat.item.round.scheme
    values = {f"points_{row['code']}": row["maximum"] * share // 100 for row in scheme["criteria"]}
    first = f"points_{scheme['criteria'][0]['code']}"
    page = page.press("核对并提交", expect=400, **values | {first: "101"})
    values |= {"recommendation": scheme["recommendations"][1]["code"], "comment": COMMENT}
    page = page.press("核对并提交", **values)
    page.press("提交评分")
    seat.refresh_from_db()
    assert seat.state == "submitted"
    assert "points_" not in visitor.open(address)
