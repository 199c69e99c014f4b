"""Lexicon versions (F4): what finance saves is in force for new lines; old findings stay."""

import tomllib

import pytest
from django.db import IntegrityError, transaction

from funding.actions.ledger import recheck_project
from funding.actions.lexicon import save_version
from funding.models import LexiconVersion
from funding.queries.spending import effective_lexicon, lexicon_file
from portal.errors import Invalid, NotAllowed
from projects.queries.applications import raw_findings
from tests.funding.money_tools import make_scene
from tests.projects import applying

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene():
    return make_scene()


@pytest.fixture
def entries():
    return tomllib.loads(lexicon_file("2025").read_text(encoding="utf-8"))


def with_word(entries, word):
    entry = {"id": "test.word", "item": "14(6)", "strength": "strong", "phrases": [word], "reason": "测试词条"}
    return entries | {"entry": [entry, *entries["entry"]]}


def test_new_version_is_in_force_and_recheck_keeps_the_old_finding(scene, entries):
    line = scene.book(summary="产业创新活动场地租赁费用飞碟")
    version = save_version(entries=with_word(entries, "飞碟"), note="增加词条", by=scene.finance)
    assert effective_lexicon("2025")[1] == f"词库第{version.number}版"
    assert recheck_project(scene.project, by=scene.finance) == 1
    line.refresh_from_db()
    old, new = line.findings.order_by("id")
    assert (line.verdict, line.article_item, old.verdict, new.verdict) == ("banned", "14(6)", "allowed", "banned")
    assert old.lexicon != new.lexicon


def test_shipped_lexicon_serves_until_finance_saves_one_and_for_later_years(entries):
    assert effective_lexicon("2025")[1] == f"办法词库 {entries['version']}"
    assert lexicon_file("2027").name == "lexicon-2025.toml"


def test_a_budget_is_judged_by_the_lexicon_in_force(scene, entries):
    team = applying.make_team()
    draft = applying.ready(team)
    assert "14(6)" not in {found.article for found in raw_findings(draft)}
    save_version(entries=with_word(entries, applying.LINE["item"]), note="增加词条", by=scene.finance)
    assert "14(6)" in {found.article for found in raw_findings(draft)}


@pytest.mark.parametrize("broken", [{}, {"entry": [{"id": "x"}]}, {"edition": "abc"}])
def test_broken_lexicon_is_refused_with_a_sentence(scene, entries, broken):
    with pytest.raises(Invalid, match="。"):
        save_version(entries=(entries | broken) if broken else {}, note="试", by=scene.finance)
    assert not LexiconVersion.objects.exists()


def test_only_finance_saves_and_nobody_edits(scene, entries):
    with pytest.raises(NotAllowed):
        save_version(entries=entries, note="试", by=scene.officer)
    version = save_version(entries=entries, note="试", by=scene.finance)
    with pytest.raises(IntegrityError), transaction.atomic():
        LexiconVersion.objects.filter(pk=version.pk).update(note="改")
