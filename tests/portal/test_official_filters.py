"""Filters of official documents, and that they refuse what is no money."""

from decimal import InvalidOperation

import pytest

from portal.templatetags import official


@pytest.mark.parametrize(
    ("article", "text"),
    [
        ("8", "第八条"),
        ("10(1)1", "第十条（一）1"),
        ("20", "第二十条"),
        ("17(5)(7)", "第十七条（五）（七）"),
        ("14(2)", "第十四条（二）"),
        ("单位规定", "单位规定"),
        ("", ""),
    ],
)
def test_article_is_written_as_officials_do(article, text):
    assert official.article_cn(article) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("2026-03-09", "2026年3月9日"),
        ("2026-08", "2026年8月"),
        ("", "—"),
        ("长期", "长期"),
        ("2026-13-40", "2026-13-40"),
    ],
)
def test_date_is_written_without_leading_zeros(value, text):
    assert official.date_cn(value) == text


@pytest.mark.parametrize(
    ("title", "lines"),
    [
        ("关于责令限期整改的通知", ["关于责令限期整改的通知"]),
        ("关于撤销延庆数字冰雪科创协同联合体资格的决定", ["关于撤销延庆数字冰雪", "科创协同联合体资格的决定"]),
        ("关于2026年科创协同区域行动拟支持项目的公示", ["关于2026年科创协同", "区域行动拟支持项目的公示"]),
        ("", [""]),
    ],
)
def test_title_breaks_between_words_into_lines_of_about_equal_length(title, lines):
    assert official.title_lines(title) == lines


def test_title_that_is_one_long_word_stays_whole():
    assert official.title_lines("A" * 80) == ["A" * 80]


def test_typed_text_gets_its_levels_and_numbers():
    lines = ["现通知如下。", "一、申报条件", "（一）单位应为牵头单位。", "（二）材料", "二、逾期不再受理。"]
    assert [line["level"] for line in official.paper_lines(lines)] == [0, 1, 0, 2, 0]
    assert official.numbered_sections(lines) == 2


def test_share_is_cut_and_not_rounded_up_to_all():
    assert official.percent_of("299999.99", "300000.00") == "99.99"
    assert official.percent_of("1", "0.00") == "—"


def test_money_is_exact_and_uses_the_narrow_yen_sign():
    assert official.money("1234567.5") == "\u00a51,234,567.50"
    assert official.money("") == "—"
    assert official.rmb_words("107000.53") in (
        "人民币壹拾万柒仟元零伍角叁分",
        "人民币壹拾万柒仟元伍角叁分",
        "人民币壹拾万零柒仟元伍角叁分",
    )
    assert official.wan("300000.00") == "30.00"
    assert official.total([{"a": "0.10"}, {"a": "0.20"}, {"a": ""}], "a") == "0.30"
    assert official.difference("1.00", "0.90") == "0.10"


def test_money_that_is_no_number_is_an_error():
    with pytest.raises(InvalidOperation):
        official.money("三万")


@pytest.mark.parametrize(
    ("value", "maximum", "length"),
    [("50", "100", 50), ("130", "100", 100), ("-1", "100", 0), ("x", "1", 0), ("1", "0", 0)],
)
def test_bar_stays_inside_its_track(value, maximum, length):
    assert official.bar(value, maximum) == length


def test_numerals_to_99():
    assert [official.numeral(n) for n in (1, 9, 10, 11, 20, 99)] == ["一", "九", "十", "十一", "二十", "九十九"]


def test_qr_is_a_png_data_address():
    assert official.qr("https://portal.example.cn/verify/A/").startswith("data:image/png;base64,")


def test_word_of_verdict_and_dash_for_blank():
    assert official.verdict_cn("needs_review") == "待核"
    assert official.or_dash("") == "—"
    assert official.or_dash(0) == "0"
