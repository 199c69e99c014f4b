"""Two people of finance at the same line, and two editors at one draft: one wins, the other is told (14)."""

import pytest

from funding.actions import lexicon
from funding.actions.ledger import decide_lines
from funding.models import BanDecision, LedgerLine, LexiconDraft
from funding.queries import lexicon as words
from tests import factories
from tests.funding.money_tools import make_scene
from tests.races import race

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
ROUNDS = 50
ENTRY = {"id": "race", "item": "14(6)", "strength": "weak", "phrases": ["竞争词"], "reason": "测试词条"}


def decider(line, by, verdict, item):
    def job():
        found = LedgerLine.objects.select_related("project").get(pk=line.pk)
        decide_lines(lines=[found], verdict=verdict, article_item=item, reason="核对合同和发票", by=by, seen=0)

    return job


def test_of_two_deciders_at_once_one_is_told():
    scene, second = make_scene(), factories.make_user("finance")
    for number in range(ROUNDS):
        line = scene.banned(f"记-{number}", f"{100 + number}.00")
        jobs = [decider(line, scene.finance, "banned", "14(2)"), decider(line, second, "allowed", "")]
        assert race(jobs) == ["ok", "refused"]
        assert BanDecision.objects.filter(line=line).count() == 1


def test_of_two_editors_of_one_draft_none_loses_an_update():
    editors = [factories.make_user("finance") for _ in range(4)]
    seen = words.digest_seen(None, words.current_data())
    jobs = [
        lambda number=number, by=by: lexicon.save_entry(entry=ENTRY | {"id": f"race.{number}"}, seen=seen, by=by)
        for number, by in enumerate(editors)
    ]
    assert race(jobs) == ["ok"] + ["refused"] * 3
    assert sum(row["id"].startswith("race.") for row in LexiconDraft.objects.get().entries["entry"]) == 1
