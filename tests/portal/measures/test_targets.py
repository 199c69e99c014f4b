from decimal import Decimal

import pytest

from portal.measures.findings import Severity
from portal.measures.targets import TargetFacts, TargetRow, check_targets
from tests.portal.measures.facts import EDITION, codes, target_rows


def test_rows_at_their_floors_pass():
    assert check_targets(target_rows(), EDITION) == ()


@pytest.mark.parametrize("kpi", EDITION.kpis, ids=lambda kpi: kpi.code)
def test_each_indicator_is_needed(kpi):
    (finding,) = check_targets(target_rows(**{kpi.code: None}), EDITION)
    assert (finding.code, finding.article, finding.subject) == ("targets_complete", kpi.article, f"kpi.{kpi.code}")


@pytest.mark.parametrize("kpi", EDITION.kpis, ids=lambda kpi: kpi.code)
def test_each_indicator_keeps_its_floor(kpi):
    row = TargetRow(kpi.code, kpi.floor - 1, option="talent", attendance=100, partner_kind="district_government")
    (finding,) = check_targets(target_rows(**{kpi.code: row}), EDITION)
    assert (finding.code, finding.article, finding.severity) == ("targets_at_floor", kpi.article, Severity.BLOCK)
    assert f"不少于 {kpi.floor} {kpi.unit}" in finding.fix


@pytest.mark.parametrize(
    ("target", "part"),
    [
        (None, "没有目标值"),
        (Decimal("6.5"), "不是整数"),
        (Decimal("NaN"), "不是整数"),
        (Decimal("Infinity"), "不是整数"),
        (-6, "低于"),
    ],
)
def test_broken_targets_are_refused(target, part):
    (finding,) = check_targets(target_rows(member_expansion=TargetRow("member_expansion", target)), EDITION)
    assert part in finding.message


def test_a_doubled_row_is_refused():
    rows = target_rows().rows
    assert codes(check_targets(TargetFacts((*rows, rows[0])), EDITION)) == ["targets_complete"]


def test_more_rows_than_the_measures_ask_are_welcome():
    rows = (*target_rows().rows, TargetRow("patents", 3))
    assert check_targets(TargetFacts(rows), EDITION) == ()


def test_map_needs_one_of_its_kinds():
    row = TargetRow("industry_map", 1, option="mind")
    assert codes(check_targets(target_rows(industry_map=row), EDITION)) == ["map_option_chosen"]


@pytest.mark.parametrize(("attendance", "refused"), [(None, True), (99, True), (100, False), (-100, True)])
def test_event_is_planned_for_a_hundred(attendance, refused):
    row = TargetRow("innovation_event", 1, attendance=attendance, partner_kind="municipal_department")
    found = check_targets(target_rows(innovation_event=row), EDITION)
    assert codes(found) == (["event_plan_large_enough"] if refused else [])


def test_event_is_planned_with_a_partner():
    row = TargetRow("innovation_event", 1, attendance=100, partner_kind="company")
    (finding,) = check_targets(target_rows(innovation_event=row), EDITION)
    assert (finding.code, finding.article) == ("event_plan_large_enough", "10(1)5")
