"""Text of vouchers: what is read, and that a bad file ends only the child (M8, F4)."""

import io
import zipfile

import pytest

from portal import pdf
from portal.attachment_text import MAX_LINES, lines_of
from portal.sheets import write_xlsx
from tests.portal.pdf_samples import SAMPLES

DOCX = '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>{}</w:body></w:document>'


def docx(xml: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("word/document.xml", xml)
    return buffer.getvalue()


def test_lines_of_a_workbook_and_of_a_letter_are_read():
    assert lines_of(write_xlsx({"清单": (["项目", "金额"], [["客户宴请", "800"]])}), "xlsx") == (
        "项目 金额",
        "客户宴请 800",
    )
    text = "".join(f"<w:p><w:r><w:t>{part}</w:t></w:r><w:r><w:t>费</w:t></w:r></w:p>" for part in ("招待", "会议"))
    assert lines_of(docx(DOCX.format(text)), "docx") == ("招待费", "会议费")


def test_lines_of_our_own_pdf_are_read():
    title, sample = SAMPLES["pdf/call_notice.html"]
    found = "".join(lines_of(pdf.render("pdf/call_notice.html", sample, title=title), "pdf"))
    assert "申报" in found


def test_a_long_file_is_read_to_the_limit():
    assert len(lines_of(write_xlsx({"清单": (["科目"], [["会议费"]] * 1000)}), "xlsx")) == MAX_LINES


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><w:document>&b;</w:document>'


@pytest.mark.parametrize(
    ("data", "suffix"),
    [(b"", "pdf"), (b"%PDF-1.4 rubbish", "pdf"), (b"PK\x03\x04", "xlsx"), (docx(BOMB), "docx"), (b"\x89PNG", "png")],
)
def test_what_cannot_be_read_has_no_lines(data, suffix):
    assert lines_of(data, suffix) == ()
