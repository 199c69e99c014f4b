"""What money adds to the archive of a project (H5)."""

import zipfile
from io import BytesIO

import openpyxl
import pytest

from portal import files
from projects.actions import archives
from tests.factories import make_version
from tests.funding.money_tools import make_scene
from tests.funding.test_ledger import PDF

pytestmark = pytest.mark.django_db


def test_archive_holds_application_files_ledger_vouchers_and_the_log_of_the_money(monkeypatch):
    scene = make_scene()
    scene.book("记-1", "1000.00", attachment=(PDF, "发票.pdf"))
    scene.book("记-2", "2500.50")
    make_version(scene.project.application).files.add(files.store_generated(PDF, "承诺书.pdf"))
    # The scan of the sample contract has a row and no bytes; that digests match is tested with the package.
    monkeypatch.setattr(files, "read", lambda stored: stored.name.encode())
    with archives.export_archive(scene.project, by=scene.officer) as stream, zipfile.ZipFile(stream) as archive:
        names = archive.namelist()
        book = openpyxl.load_workbook(BytesIO(archive.read("07-经费/明细账.xlsx")))
        log = archive.read("log.csv").decode("utf-8-sig")
    assert [name for name in names if name.startswith("01-申报附件/") and name.endswith("承诺书.pdf")]
    assert [name for name in names if name.startswith("07-经费/") and name.endswith("发票.pdf")]
    rows = list(book["明细账"].iter_rows(values_only=True))
    assert [row[1] for row in rows[1:3]] == ["记-1", "记-2"]
    assert str(rows[-1][6]) == "3500.5"
    assert "登记拨付" in log
    assert "记-2" in log
