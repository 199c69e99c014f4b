"""Every document as its reader gets it: text, fonts, pages, tags, identity on every page."""

import copy
import json

import pytest

from portal import pdf
from tests.portal.pdf_samples import SAMPLES
from tests.portal.pdf_tools import fonts_of, overlaps_of, pages_of, rendered, run, saved, squeezed, text_of

MAX_PAGES = {
    "pdf/call_notice.html": 4,
    "pdf/call_correction.html": 2,
    "pdf/public_notice.html": 2,
    "pdf/formality_letter.html": 2,
    "pdf/rectification_notice.html": 3,
    "pdf/revocation_decision.html": 3,
    "pdf/clawback_notice.html": 2,
    "pdf/clawback_decision.html": 3,
    "pdf/application_undertaking.html": 1,
    "pdf/application_receipt.html": 1,
    "pdf/application.html": 9,
    "pdf/task_contract.html": 13,
    "pdf/score_sheet.html": 2,
    "pdf/selection_list.html": 2,
    "pdf/feedback_letter.html": 2,
    "pdf/acceptance_report.html": 11,
    "pdf/acceptance_report_unit.html": 9,
}
# Words that only the finished page has: filtered money, dates, article numbers, fixed sentences.
EXPECTED = {
    "pdf/call_notice.html": ["京科协创新发〔2026〕3号", "¥300,000.00（人民币叁拾万元整）", "6家", "2026年3月12日印发"],
    "pdf/public_notice.html": ["公示期为2026年4月27日至2026年5月6日，共6个工作日", "匿名或者无法联系的，不予受理"],
    "pdf/formality_letter.html": ["需补正", "第六条（三）", "2026年4月24日17:00（北京时间）"],
    "pdf/rectification_notice.html": ["第十条（一）1", "至2027年1月27日止", "责令限期整改"],
    "pdf/revocation_decision.html": ["自2027年2月20日起撤销", "依照管理办法第二十条"],
    "pdf/clawback_notice.html": ["第十七条（二）", "拟追回¥12,800.00（人民币壹万贰仟捌佰元整）", "视为放弃陈述申辩"],
    "pdf/clawback_decision.html": [
        "依照管理办法第十七条（二），追回项目资金",
        "0200000000000000123",
        "2027年2月28日前",
    ],
    "pdf/application_undertaking.html": ["申报承诺书", "郑重承诺", "管理办法第七条（一）", "盖章处"],
    "pdf/call_correction.html": ["由2026年4月15日", "调整为2026年4月20日", "更正理由：部分证照只有扫描图片。"],
    "pdf/application_receipt.html": ["不代表通过形式审查", "京科协协同2026-0007（第1次提交）"],
    "pdf/application.html": ["十二、承诺与审核", "合计¥400,000.00", "𠮷川䶮", "正式", "“测得准、接得上、用得起”"],
    "pdf/task_contract.html": ["十七、附则", "人民币叁拾万元整", "第十四条（二）", "第十七条（七）", "（盖章处）"],
    "pdf/selection_list.html": [
        "拟支持项目（2项）",
        "1/3",
        "第一名主动放弃",
        "一位专家因病未能提交评分",
        "中心负责人确认",
    ],
    "pdf/feedback_letter.html": ["评审结果为：未入选", "成果转化的承接单位尚未落实", "特此函告"],
    "pdf/score_sheet.html": ["专家甲", "88.00", "推荐意见：通过"],
    "pdf/acceptance_report.html": ["6／6项达标", "PZ-101、PZ-102", "禁列", "总计¥297,900.00", "标准差2.41", "签字页"],
    "pdf/acceptance_report_unit.html": ["6／6项达标", "总计¥297,900.00", "经费使用总体规范", "同意通过验收"],
}


@pytest.fixture(scope="module")
def documents(tmp_path_factory):
    """Every sample rendered once."""
    paths = {}
    for template in SAMPLES:
        folder = tmp_path_factory.mktemp(template.rpartition("/")[2].removesuffix(".html"))
        paths[template] = saved(rendered(template), folder)
    return paths


@pytest.mark.parametrize("template", SAMPLES)
def test_document_says_what_it_must(documents, template):
    text = text_of(documents[template])
    assert [words for words in EXPECTED[template] if squeezed(words) not in text] == []


@pytest.mark.parametrize("template", SAMPLES)
def test_document_embeds_every_font_with_a_unicode_map(documents, template):
    rows = fonts_of(documents[template])
    assert rows
    assert [row for row in rows if row[-5:-2] != ["yes", "yes", "yes"]] == []
    assert any("Portal-Song" in row[0] for row in rows)


@pytest.mark.parametrize("template", SAMPLES)
def test_no_cell_runs_into_its_neighbour_and_no_text_out_of_the_page(documents, template):
    assert overlaps_of(documents[template]) == []


@pytest.mark.parametrize("template", SAMPLES)
def test_document_keeps_its_page_limit(documents, template):
    assert pages_of(documents[template]) <= MAX_PAGES[template]


@pytest.mark.parametrize("template", SAMPLES)
def test_document_is_tagged_titled_sound_and_without_attachments(documents, template):
    path = documents[template]
    info = run("pdfinfo", path)
    assert "Tagged:          yes" in info
    assert f"Title:           {SAMPLES[template][0]}" in info
    assert "JavaScript:      no" in info
    assert "No syntax or stream encoding errors" in run("qpdf", "--check", path)
    assert run("pdfdetach", "-list", path).startswith("0 embedded files")
    assert "pdfaid:part" in run("pdfinfo", "-meta", path)


@pytest.mark.parametrize("template", SAMPLES)
def test_every_page_carries_code_and_digest(documents, template):
    document = SAMPLES[template][1]["doc"]
    pages = run("pdftotext", "-raw", documents[template], "-").split("\f")[:-1]
    stamp = squeezed(f"校验码 {document['verification_code']} 摘要 {document['digest']}")
    assert [number for number, page in enumerate(pages, 1) if stamp not in squeezed(page)] == []


@pytest.mark.parametrize("template", SAMPLES)
def test_sample_is_a_snapshot_that_survives_json(template):
    context = SAMPLES[template][1]
    assert json.loads(json.dumps(context)) == context


def test_official_page_has_22_lines_of_28_characters(tmp_path):
    context = copy.deepcopy(SAMPLES["pdf/revocation_decision.html"][1])
    context["revocation"]["facts"] = ["国" * 2000]
    path = saved(rendered("pdf/revocation_decision.html", context), tmp_path)
    lines = [line.strip() for line in run("pdftotext", "-layout", "-f", "2", "-l", "2", path, "-").splitlines()]
    full = [line for line in lines if set(line) == {"国"}]
    assert [len(line) for line in full] == [28] * 22


def test_page_numbers_of_official_document_alternate_sides(documents):
    first, second = (_box_of_number(documents["pdf/call_notice.html"], page) for page in (1, 2))
    assert first > 400 > 200 > second


def _box_of_number(path, page):
    """Left edge in points of the page number."""
    words = run("pdftotext", "-bbox", "-f", str(page), "-l", str(page), path, "-").splitlines()
    line = next(line for line in words if f">{page}</word>" in line or f">—{page}—</word>" in line)
    return float(line.split('xMin="')[1].split('"')[0])


def test_same_input_gives_same_bytes_also_from_a_new_process():
    warm = rendered("pdf/acceptance_report.html")
    assert rendered("pdf/acceptance_report.html") == warm
    pdf.stop()
    assert rendered("pdf/acceptance_report.html") == warm


def test_draft_is_marked_on_every_page(tmp_path):
    context = copy.deepcopy(SAMPLES["pdf/task_contract.html"][1])
    context["doc"]["draft"] = True
    pages = run("pdftotext", "-raw", saved(rendered("pdf/task_contract.html", context), tmp_path), "-").split("\f")[:-1]
    assert all("草稿" in squeezed(page) for page in pages)


@pytest.mark.parametrize("variant", pdf.VARIANTS)
def test_each_variant_is_written(variant, tmp_path):
    path = saved(rendered("pdf/application_receipt.html", variant=variant), tmp_path)
    assert "pdfuaid:part" in run("pdfinfo", "-meta", path) or "pdfaid:part" in run("pdfinfo", "-meta", path)
    assert "京科协协同2026-0007" in text_of(path)


def test_unknown_variant_is_refused():
    with pytest.raises(ValueError, match="variant"):
        rendered("pdf/application_receipt.html", variant="pdf/a-9")


def test_qr_code_is_drawn_on_the_cover(documents):
    listing = run("pdfimages", "-list", documents["pdf/task_contract.html"]).splitlines()
    last = str(pages_of(documents["pdf/task_contract.html"]))
    assert [line.split()[0] for line in listing[2:]] == ["1", last]


def test_empty_collections_print_sentences_not_blanks(tmp_path):
    context = copy.deepcopy(SAMPLES["pdf/acceptance_report.html"][1])
    context |= {"ledger": [], "findings": [], "achievements": [], "event": None, "audit": None, "panel_opinion": []}
    text = text_of(saved(rendered("pdf/acceptance_report.html", context), tmp_path))
    for sentence in (
        "无支出记录",
        "逐笔核查未发现",
        "无核实通过的转化成果",
        "无核实通过的产业创新活动",
        "未出具专项审计报告",
    ):
        assert sentence in text
