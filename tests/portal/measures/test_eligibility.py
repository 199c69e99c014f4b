from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.measures.eligibility import check_applicant, count_words, short_list
from portal.measures.findings import Severity, blocks
from portal.measures.workdays import closing_bound
from tests.portal.measures.facts import EDITION, applicant, codes, moment


def test_sound_applicant_has_no_findings():
    assert check_applicant(applicant(), EDITION) == ()


def test_third_application_is_refused_in_the_words_of_the_house():
    numbers = ("京科协协同2025-0012", "京科协协同2025-0031")
    (finding,) = check_applicant(applicant(counted_numbers=numbers), EDITION)
    assert (finding.code, finding.article, finding.severity) == ("application_cap", "5(1)1", Severity.BLOCK)
    assert finding.sentence == (
        "不能提交：本单位今年已提交 2 个项目（京科协协同2025-0012、-0031）。"
        "办法第五条（一）1 规定每个申报主体最多申报两个项目。可撤回其中一个后再提交。"
    )


@given(st.lists(st.from_regex(r"京科协协同2025-[0-9]{4}", fullmatch=True), max_size=5))
def test_cap_refuses_exactly_from_the_limit_on(numbers):
    refused = codes(check_applicant(applicant(counted_numbers=tuple(numbers)), EDITION)) == ["application_cap"]
    assert refused is (len(numbers) >= EDITION.application_cap)


@pytest.mark.parametrize(
    ("changes", "code", "part"),
    [
        ({"leads_consortium": False, "qualification": None}, "lead_of_consortium", "不是市科协支持建设"),
        ({"qualification": "rectifying"}, "qualification_valid", "正在整改"),
        ({"qualification": "revoked"}, "qualification_valid", "已被撤销"),
        ({"qualification": None}, "qualification_valid", "没有有效的资格记录"),
        ({"qualification": "something new"}, "qualification_valid", "没有有效的资格记录"),
        ({"call_published": False}, "call_published", "尚未发布"),
        ({"now": moment(2025, 3, 1, 8, 59, 59)}, "inside_window", "尚未开始"),
        ({"now": moment(2025, 4, 1)}, "inside_window", "已于2025年4月1日 00:00（北京时间）截止"),
        ({"open_clawbacks": ("追2025-3",)}, "no_open_clawback", "追2025-3"),
        ({"overdue_acceptances": ("京科协协同2024-0002",)}, "no_overdue_acceptance", "京科协协同2024-0002"),
    ],
)
def test_unsound_applicant_is_refused_with_the_fact(changes, code, part):
    (finding,) = blocks(check_applicant(applicant(**changes), EDITION))
    assert finding.code == code
    assert part in finding.message
    assert finding.fix


@pytest.mark.parametrize("name", ["opens_at", "closes_at", "counted_numbers", "open_clawbacks", "overdue_acceptances"])
def test_missing_facts_refuse_instead_of_passing(name):
    (finding,) = blocks(check_applicant(applicant(**{name: None}), EDITION))
    assert finding.message.startswith("缺少")


def test_window_includes_its_opening_and_excludes_its_bound():
    bound = closing_bound(datetime(2025, 3, 31, tzinfo=UTC).date())
    last = bound - timedelta(microseconds=1)
    assert check_applicant(applicant(now=moment(2025, 3, 1, 9), closes_at=bound), EDITION) == ()
    assert check_applicant(applicant(now=last.astimezone(UTC), closes_at=bound), EDITION) == ()
    assert codes(check_applicant(applicant(now=bound.astimezone(UTC), closes_at=bound), EDITION)) == ["inside_window"]


@pytest.mark.parametrize(
    ("numbers", "text"),
    [((), ""), (("A-1",), "A-1"), (("A-1", "A-2", "B-3", "B-4"), "A-1、-2、B-3、-4"), (("甲", "乙"), "甲、乙")],
)
def test_short_list_repeats_only_what_differs(numbers, text):
    assert short_list(numbers) == text


def test_counts_are_spoken():
    assert [count_words(number) for number in (1, 2, 3, 12)] == ["一", "两", "三", " 12 "]
