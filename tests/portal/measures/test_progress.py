import pytest

from portal.measures.progress import kpi_progress
from portal.measures.targets import TargetRow
from tests.portal.measures.facts import (
    CONTEXT,
    EDITION,
    chart,
    chinese,
    event,
    member,
    report,
    summary,
    target_rows,
    transfer,
)

FULL = {
    "member_expansion": [member(number) for number in range(1, 7)],
    "tech_transfer": [transfer(number) for number in range(1, 4)],
    "case_report": [report()],
    "industry_map": [chart()],
    "innovation_event": [event()],
    "work_summary": [summary(chinese(2000))],
}


def progress(targets=None, **changes):
    """Progress by indicator code."""
    rows = kpi_progress(targets or target_rows().rows, FULL | changes, CONTEXT, EDITION)
    return {row.code: row for row in rows}


def test_full_evidence_meets_every_indicator():
    assert [row.met for row in progress().values()] == [True] * 6


@pytest.mark.parametrize("code", ["member_expansion", "tech_transfer"])
def test_one_less_than_the_floor_is_not_enough(code):
    row = progress(**{code: FULL[code][1:]})[code]
    assert (row.verified, row.met) == (row.floor - 1, False)


def test_claimed_evidence_is_shown_but_not_counted_as_verified():
    items = [*FULL["member_expansion"][:4], member(5, state="claimed"), member(6, state="rejected")]
    row = progress(member_expansion=items)["member_expansion"]
    assert (row.verified, row.claimed, row.met) == (4, 5, False)
    assert [judgement.item.number for judgement in row.judgements] == [item.number for item in items]


def test_committed_target_above_the_floor_rules():
    targets = target_rows(member_expansion=TargetRow("member_expansion", 8)).rows
    row = progress(targets)["member_expansion"]
    assert (row.floor, row.target, row.met) == (6, 8, False)


def test_missing_target_counts_as_the_floor_and_missing_evidence_as_none():
    rows = kpi_progress((), {}, CONTEXT, EDITION)
    assert [row.target for row in rows] == [kpi.floor for kpi in EDITION.kpis]
    assert {(row.verified, row.claimed, row.met) for row in rows} == {(0, 0, False)}


@pytest.mark.parametrize(("number", "due"), [(7, False), (8, True)])
def test_far_more_than_the_target_asks_for_an_explanation(number, due):
    items = [member(index) for index in range(1, number + 1)]
    assert progress(member_expansion=items)["member_expansion"].explanation_due is due
