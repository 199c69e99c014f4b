from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.measures.evidence import distinct_people, fold_name, parse_headcount, split_names
from portal.measures.findings import Severity, blocks
from portal.measures.progress import judge_evidence
from tests.portal.measures.facts import (
    CONTEXT,
    EDITION,
    END,
    LEAD,
    MEMBER,
    START,
    chart,
    chinese,
    code_of,
    codes,
    event,
    member,
    report,
    summary,
    transfer,
)


def judge(kpi, *items):
    """Judge items of one indicator."""
    return judge_evidence(EDITION.kpi(kpi), items, CONTEXT, EDITION)


def counted(kpi, *items):
    """How many of the items count."""
    return sum(judgement.counts for judgement in judge(kpi, *items))


SOUND = [
    ("member_expansion", member()),
    ("tech_transfer", transfer()),
    ("case_report", report()),
    ("industry_map", chart()),
    ("innovation_event", event()),
    ("work_summary", summary(chinese(2000))),
]
SPOILED = [
    ("member_expansion", member(credit_code="911101"), "member_is_new"),
    ("member_expansion", member(credit_code=LEAD), "member_is_new"),
    ("member_expansion", member(credit_code=MEMBER.lower()), "member_is_new"),
    ("member_expansion", member(left_on=END), "member_is_new"),
    ("member_expansion", member(has_agreement=False), "member_is_new"),
    ("member_expansion", member(dated=START - timedelta(days=1)), "evidence_dated_in_period"),
    ("member_expansion", member(dated=END + timedelta(days=1)), "evidence_dated_in_period"),
    ("member_expansion", member(other_projects=("京科协协同2025-0002",)), "evidence_used_once"),
    ("tech_transfer", transfer(district="langfang"), "transfer_in_beijing"),
    ("tech_transfer", transfer(provider_code=code_of(91)), "transfer_in_beijing"),
    ("tech_transfer", transfer(contract_number=" "), "transfer_in_beijing"),
    ("tech_transfer", transfer(output="成效显著"), "transfer_states_output"),
    ("case_report", report(has_file=False), "report_handed_in"),
    ("case_report", report(dated=None), "evidence_dated_in_period"),
    ("industry_map", chart(option=""), "map_handed_in"),
    ("industry_map", chart(has_file=False), "map_handed_in"),
    ("innovation_event", event(hosts=("大兴区人民政府",)), "event_hosted_by_bast"),
    ("innovation_event", event(hosts=("北京市科学技术协会创新服务中心",)), "event_hosted_by_bast"),
    ("innovation_event", event(bast_attendee=""), "event_hosted_by_bast"),
    ("innovation_event", event(partner_kind="company"), "event_hosted_by_bast"),
    ("innovation_event", event(99), "event_large_enough"),
    ("innovation_event", event(dated=date(2026, 1, 1)), "evidence_dated_in_period"),
    ("innovation_event", event(other_projects=("京科协协同2025-0002",)), "evidence_used_once"),
    ("work_summary", summary(chinese(1999) + "。　\u200b\u3164\u2800\U000e0100" * 100), "summary_long_enough"),
    ("work_summary", summary(""), "summary_long_enough"),
    ("work_summary", summary(chinese(2000), dated=START - timedelta(days=1)), "evidence_dated_in_period"),
]


@pytest.mark.parametrize(("kpi", "item"), SOUND, ids=[kpi for kpi, _ in SOUND])
def test_sound_evidence_counts_without_remarks(kpi, item):
    (judgement,) = judge(kpi, item)
    assert judgement.counts
    assert judgement.findings == ()


@pytest.mark.parametrize(("kpi", "item", "code"), SPOILED)
def test_spoiled_evidence_does_not_count_and_says_why(kpi, item, code):
    (judgement,) = judge(kpi, item)
    assert not judgement.counts
    assert set(codes(blocks(judgement.findings))) == {code}
    assert all(finding.message and finding.subject == item.number for finding in judgement.findings)


@pytest.mark.parametrize(("kpi", "item"), SOUND, ids=[kpi for kpi, _ in SOUND])
def test_rejected_evidence_never_counts(kpi, item):
    (judgement,) = judge(kpi, type(item)(**(vars(item) | {"state": "rejected"})))
    assert not judgement.counts


@pytest.mark.parametrize("day", [START, END])
def test_first_and_last_day_belong_to_the_period(day):
    assert counted("member_expansion", member(dated=day)) == 1


def test_member_who_left_after_the_period_counts():
    assert counted("member_expansion", member(left_on=END + timedelta(days=1))) == 1


def test_one_unit_under_two_spellings_counts_once():
    twice = member(2, credit_code=f" {code_of(1).lower()} ", unit_name="示例成员1（北京）")
    first, second = judge("member_expansion", member(1), twice)
    assert (first.counts, second.counts) == (True, False)
    assert codes(second.findings) == ["evidence_duplicate"]
    assert second.findings[0].message == "与 K1-1 是同一单位，只计一次。"


def test_of_duplicates_the_verified_one_counts():
    first, second = judge(
        "tech_transfer", transfer(1, state="claimed"), transfer(2, contract_number=transfer(1).contract_number)
    )
    assert (first.counts, second.counts) == (False, True)
    assert first.findings[0].message == "与 K2-2 是同一合同，只计一次。"


def test_a_spoiled_first_item_does_not_take_the_place_of_a_sound_one():
    same = transfer(1).contract_number
    assert counted("tech_transfer", transfer(1, district=""), transfer(2, contract_number=same)) == 1


def test_shared_achievement_counts_by_decision():
    assert counted("innovation_event", event(other_projects=("京科协协同2025-0002",), shared=True)) == 1


def test_same_file_elsewhere_is_held_for_a_person():
    (judgement,) = judge("case_report", report(file_twins=("京科协协同2025-0002 K3-1",)))
    assert [item.severity for item in judgement.findings] == [Severity.ASK]
    assert codes(judgement.findings) == ["evidence_used_once"]


def test_event_counts_the_sheet_not_the_claim():
    padded = event(
        99, attendees=(*event(99).attendees, ("来宾1", "138-0000-0001"), ("来宾 1", ""), ("", "13900000000"))
    )
    (judgement,) = judge("innovation_event", padded)
    assert not judgement.counts
    assert "99 人" in judgement.findings[0].message


def test_event_claim_that_differs_from_the_sheet_is_noted():
    (judgement,) = judge("innovation_event", event(120, claimed_attendance=300))
    assert judgement.counts
    assert [item.severity for item in judgement.findings] == [Severity.WARN]


@pytest.mark.parametrize("url", ["", "新华网", "javascript:alert(1)", "https://"])
def test_event_without_news_is_warned_about(url):
    (judgement,) = judge("innovation_event", event(news_url=url))
    assert judgement.counts
    assert codes(judgement.findings) == ["event_in_the_news"]


@pytest.mark.parametrize("host", ["北京市科协", " 北京市科学技术协会 ", "北京市 科协"])
def test_host_may_be_written_short_or_with_blanks(host):
    assert counted("innovation_event", event(hosts=("中国某某学会", host))) == 1


@pytest.mark.parametrize(
    "text",
    [chinese(100) * 20, chinese(500) + " ".join(f"w{number}" for number in range(1600))],
    ids=["repeated", "foreign"],
)
def test_doubtful_summary_is_held_for_a_reader(text):
    (judgement,) = judge("work_summary", summary(text))
    assert judgement.counts
    assert {item.severity for item in judgement.findings} == {Severity.ASK}


def test_summary_may_be_written_after_the_period():
    assert counted("work_summary", summary(chinese(2000), dated=END + timedelta(days=30))) == 1


@pytest.mark.parametrize(("typed", "count"), [("100", 100), ("１００", 100), (" 120 ", 120), ("0", 0)])
def test_headcount_reads_whole_numbers(typed, count):
    assert parse_headcount(typed) == count


@pytest.mark.parametrize("typed", ["", "99.5", "100+", "-100", "一百", "1,000", "1_000", "٣", "1e2", "9999999"])
def test_headcount_refuses_everything_else(typed):
    with pytest.raises(ValueError, match="整数"):
        parse_headcount(typed)


def test_names_are_split_and_folded():
    assert split_names("北京市科协、大兴区人民政府；\n 中国某某学会,") == (
        "北京市科协",
        "大兴区人民政府",
        "中国某某学会",
    )
    assert fold_name("ＡＢ（北京） 公司") == fold_name("ab(北京)公司")


@given(st.lists(st.tuples(st.sampled_from("甲乙丙丁"), st.sampled_from(["", "1", "2"])), max_size=20))
def test_people_are_never_counted_above_their_rows_nor_by_order(rows):
    people = distinct_people(rows)
    assert people == distinct_people(rows[::-1]) == distinct_people(rows * 2)
    assert len({name for name, _ in rows}) <= people <= len(rows)
