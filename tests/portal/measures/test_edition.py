import re

import pytest

from portal.measures.edition import FOLDER, EditionError, edition_codes, load_edition

SOURCE = (FOLDER / "2025.toml").read_text(encoding="utf-8")


def write_edition(folder, year, *changes):
    """Write the edition of 2025 under another year with some texts exchanged."""
    text = SOURCE.replace("year = 2025", f"year = {year}")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    (folder / f"{year}.toml").write_text(text, encoding="utf-8")
    return (folder,)


def test_edition_2025_holds_the_numbers_of_the_measures():
    edition = load_edition(2025)
    assert edition.application_cap == 2
    assert {kpi.code: (kpi.floor, kpi.unit) for kpi in edition.kpis} == {
        "member_expansion": (6, "家"),
        "tech_transfer": (3, "项"),
        "case_report": (1, "份"),
        "industry_map": (1, "份"),
        "innovation_event": (1, "场"),
        "work_summary": (1, "份"),
    }
    assert (edition.targets.event_min_attendance, edition.targets.summary_min_chars) == (100, 2000)
    assert [item.name for item in edition.directions] == ["科技咨询", "产品研发", "成果转化", "学术交流", "智库建设"]
    assert [item.code for item in edition.banned] == [f"14({number})" for number in range(1, 7)]
    assert [item.code for item in edition.clawback_grounds] == [f"17({number})" for number in range(1, 8)]
    assert len(edition.districts) == 17
    assert [criterion.maximum for criterion in edition.evaluation.criteria] == [35, 20, 20, 25]


def test_edition_writes_numbers():
    edition = load_edition("2025")
    assert edition.project_number(2025, 12) == "京科协协同2025-0012"
    assert edition.document_number(2026, 3) == "京科协创发〔2026〕3号"


def test_edition_finds_parts_by_code():
    edition = load_edition(2025)
    assert edition.kpi("tech_transfer").article == "10(1)2"
    assert edition.category("travel_fee").name == "差旅费"
    assert edition.scheme("acceptance") is edition.evaluation
    with pytest.raises(KeyError):
        edition.kpi("unknown")


def test_a_new_year_is_one_new_file(tmp_path):
    folders = write_edition(tmp_path, 2031, ("application_cap = 2", "application_cap = 3"), ("floor = 6", "floor = 8"))
    assert edition_codes(folders) == ("2025", "2031")
    edition = load_edition(2031, folders)
    assert (edition.year, edition.application_cap, edition.kpi("member_expansion").floor) == (2031, 3, 8)
    assert load_edition(2025, folders).application_cap == 2


def test_unknown_year_names_those_that_exist():
    with pytest.raises(EditionError, match=r"没有 1999 年版.*2025"):
        load_edition(1999)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("application_cap = 2", "application_cap = 'two'", "application_cap：应为整数"),
        ("application_cap = 2", "application_cap = true", "application_cap：应为整数"),
        ("application_cap = 2", "", "application_cap：缺少必填项目"),
        ("application_cap = 2", "application_cap = 0", "application_cap：须不少于 1"),
        ("application_cap = 2", "application_cap = 2\ncolour = 1", "colour：不认识的项目"),
        ("application_cap = 2", "application_cap = ", "不是有效的 TOML"),
        ('code = "case_report"', 'code = "tech_transfer"', "kpis：代码 tech_transfer 重复"),
        ('kind = "membership"', 'kind = "magic"', "magic 不在"),
        ("floor = 6", "floor = 0", "member_expansion.floor：须不少于 1"),
        ("required = true", "required = 1", r"attachments\[1\].required：应为true 或 false"),
        ('options = [{ code = "industry"', 'evidence_hint = [{ code = "industry"', "evidence_hint：不认识"),
        ('directions = ["product_rd", "tech_transfer"]', 'directions = ["holiday"]', "holiday 不在 directions"),
        ('directions = ["product_rd", "tech_transfer"]', 'directions = "product_rd"', "directions：应为一个列表"),
        ('mode = "automatic"', 'mode = "guess"', "guess 不在"),
        ("ratio = 70", "ratio = 60", "比例之和须为 100"),
        ("number = 2", "number = 3", "连续编号"),
        ('condition = "contract_effective"', 'condition = "friday"', "条件须为"),
        ("quorum = 3", "quorum = 9", "review.quorum"),
        ('aggregation = "trimmed_mean"', 'aggregation = "best"', "review.aggregation"),
        ("pass_line = 70", "pass_line = 90", "acceptance.pass_line"),
        ("from_ratio = 75", "from_ratio = 95", "bands：须从高到低"),
        ('tie_break = "goals"', 'tie_break = "luck"', "luck 不是评分指标"),
        ("maximum = 35", "maximum = 36", "满分之和须为 100"),
        ("maximum = 35", "maximum = -35", "满分须为正数"),
        ('code = "innovation"', 'code = "results"', "acceptance.criteria：代码重复"),
        ("{seq:04d}", "", "须包含 {seq}"),
        ("{seq:04d}", "{unit}", "只能使用"),
        ("notice_working_days = 5", "notice_working_days = 0", "periods.notice_working_days"),
        ("[periods]", "[[periods]]", "periods：应为一个表"),
    ],
)
def test_a_broken_edition_is_refused_at_its_place(tmp_path, old, new, message):
    folders = write_edition(tmp_path, 2032, (old, new))
    with pytest.raises(EditionError, match=message) as caught:
        load_edition(2032, folders)
    assert "2032.toml" in str(caught.value)


def test_file_name_and_year_agree(tmp_path):
    (folder,) = write_edition(tmp_path, 2033)
    (folder / "2033.toml").rename(folder / "2034.toml")
    with pytest.raises(EditionError, match=re.escape("文件名为 2034.toml，内容却是 2033 年")):
        load_edition(2034, (folder,))


def test_map_without_options_is_refused(tmp_path):
    line = next(line for line in SOURCE.splitlines() if line.startswith("options = "))
    folders = write_edition(tmp_path, 2035, (line, ""))
    with pytest.raises(EditionError, match=r"industry_map\.options"):
        load_edition(2035, folders)


def test_empty_lists_are_refused(tmp_path):
    start, end = SOURCE.index("sections = ["), SOURCE.index("[targets]")
    folders = write_edition(tmp_path, 2036, (SOURCE[start:end], "sections = []\n"))
    with pytest.raises(EditionError, match="sections：不能为空"):
        load_edition(2036, folders)
