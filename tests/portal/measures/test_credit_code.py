import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.measures.credit_code import ALPHABET, check_credit_code, make_credit_code

PUBLIC = (
    "914403001922038216",
    "9144030071526726XG",
    "91110108551385082Q",
    "91110000802100433B",
    "12100000400000624D",
    "12100000400002259P",
    "1210000042500615X0",
    "91350100M000100Y43",
)
bodies = st.text(ALPHABET, min_size=8, max_size=8)
prefixes = st.from_regex(r"[1-9][1-9][0-9]{6}", fullmatch=True)


@pytest.mark.parametrize("code", PUBLIC)
def test_credit_code_accepts_public_codes(code):
    checked = check_credit_code(code)
    assert (checked.normalised, checked.error, checked.warning) == (code, None, None)


@pytest.mark.parametrize(
    "typed",
    [
        "9144030071526726xg",
        "９１４４０３００７１５２６７２６ＸＧ",
        " 91440300 71526726XG ",
        "91440300\u200b71526726X\ufe0fG",
        "91440300-71526726X-G",
    ],
)
def test_credit_code_folds_typing_variants(typed):
    assert check_credit_code(typed).normalised == "9144030071526726XG"
    assert check_credit_code(typed).is_valid


@pytest.mark.parametrize(
    ("typed", "part"),
    [
        ("", "请填写"),
        ("91440300192203821", "17 位"),
        ("9144030019220382160", "19 位"),
        ("91350100M000100Y4Z", "Z"),
        ("9144O3001922038216", "O"),
        ("91440300I922038216", "I"),
        ("914403001922038217", "校验位"),
        ("9144030A1922038216", "行政区划"),
        ("九一四四〇三〇〇一九二二〇三八二一六", "不使用的字符"),
    ],
)
def test_credit_code_refuses_with_reason(typed, part):
    checked = check_credit_code(typed)
    assert not checked.is_valid
    assert part in checked.error


def test_credit_code_warns_on_broken_inner_check():
    sound = make_credit_code("91110108", "MA0000AB")
    other = "0" if sound[16] != "0" else "1"
    first = sound[:16] + other
    broken = next(first + last for last in ALPHABET if check_credit_code(first + last).is_valid)
    assert "主体标识码" in check_credit_code(broken).warning


@given(prefixes, bodies)
def test_made_codes_pass_both_checks(prefix, body):
    checked = check_credit_code(make_credit_code(prefix, body))
    assert (checked.error, checked.warning) == (None, None)


@given(prefixes, bodies, st.integers(0, 17), st.sampled_from(ALPHABET))
def test_any_single_substitution_is_found(prefix, body, position, symbol):
    code = make_credit_code(prefix, body)
    changed = code[:position] + symbol + code[position + 1 :]
    assert check_credit_code(changed).is_valid is (changed == code)


@given(prefixes, bodies, st.integers(0, 16))
def test_any_swap_of_neighbours_is_found(prefix, body, position):
    code = make_credit_code(prefix, body)
    swapped = code[:position] + code[position + 1] + code[position] + code[position + 2 :]
    assert check_credit_code(swapped).is_valid is (swapped == code)


@given(st.text())
def test_any_text_gets_an_answer(text):
    checked = check_credit_code(text)
    assert checked.is_valid or checked.error


@pytest.mark.parametrize(
    ("prefix", "body"), [("9111010", "MA000001"), ("91110108", "MA00000I"), ("9111010A", "MA000001")]
)
def test_make_credit_code_refuses_bad_parts(prefix, body):
    with pytest.raises(ValueError, match="prefix8"):
        make_credit_code(prefix, body)
