"""Exports of money, as the invariants F13 and F14 want them: no live formula, filtered, logged, streamed."""

import csv
import io
import re
import tracemalloc
from decimal import Decimal

import pytest
from openpyxl import load_workbook

from portal import sheets
from portal.models import Event
from tests import factories
from tests.funding.money_tools import make_scene
from tests.funding.test_invariants_money import sign_in, url

NASTY = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "==1+1", "＝1", "＋1", "－1", "＠x", ";=1", " =1", "\u3000=1"]


def test_f13_no_cell_of_xlsx_or_csv_is_a_live_formula_and_amounts_stay_numbers():
    rows = [(text, Decimal("-12.30"), f"A{text}") for text in NASTY]
    book = load_workbook(io.BytesIO(b"".join(sheets.stream_xlsx({"=名": (("=头", "金额", "次"), rows)}))))
    for row in book.active.iter_rows():
        for cell in row:
            assert cell.data_type != "f"
            if isinstance(cell.value, str):
                assert not re.match(r"[\s,;，；]*[=+\-@＝＋－＠]", cell.value)
    assert [row[1].value for row in book.active.iter_rows(min_row=2)] == [-12.3] * len(rows)
    data = b"".join(sheets.stream_csv(("=头", "金额", "次"), rows))
    assert data.startswith(b"\xef\xbb\xbf")
    for row in list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))[1:]:
        assert not re.match(r"[\s,;，；]*[=+\-@＝＋－＠]", row[0])
        assert row[1] == "-12.30"


@pytest.mark.django_db
def test_f13_what_a_unit_types_is_text_in_every_export_of_money():
    scene = make_scene()
    for number, text in enumerate(NASTY):
        scene.book(
            f"记-{number}", summary=f"{text}活动场地租赁费", payee=text, account=text, invoice_no=f"{number}{text}"
        )
    client = sign_in(scene.finance)
    for name in ("ledger_export", "budget_export"):
        book = load_workbook(io.BytesIO(client.get(url(scene, name)).getvalue()))
        cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
        assert not [cell for cell in cells if cell.data_type == "f"]


@pytest.mark.django_db
def test_f14_exports_are_filtered_by_object_and_logged():
    scene, other = make_scene(), make_scene()
    scene.book("记-1", "1.00")
    other.book("记-9", "9.00", summary="他人的支出")
    strangers = [other.drafter, factories.make_user("auditor"), factories.make_expert().user]
    for stranger in strangers:
        for name in ("ledger_export", "budget_export"):
            assert sign_in(stranger).get(url(scene, name)).status_code in (403, 404)
    assert not Event.objects.filter(verb__endswith=".export", outcome="ok").exists()
    client = sign_in(scene.finance)
    foreign = other.project.ledger_lines.get().pk
    text = client.get(url(scene, "ledger_export"), {"format": "csv", "ids": foreign, "project": other.project.pk})
    assert "他人的支出" not in text.getvalue().decode("utf-8-sig")
    event = Event.objects.get(verb="ledger.export")
    assert (event.actor, event.after) == (scene.finance, {"rows": 1, "format": "csv"})


def test_f14_a_hundred_thousand_rows_are_streamed_in_flat_memory():
    def rows(count):
        for number in range(count):
            yield (f"记-{number}", "产业创新活动场地租赁费", Decimal(number) / 100)

    def peak(stream, count) -> int:
        tracemalloc.start()
        for _ in stream(count):
            pass
        size = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return size

    for stream in (
        lambda count: sheets.stream_csv(("号", "摘要", "金额"), rows(count)),
        lambda count: sheets.stream_xlsx({"明细账": (("号", "摘要", "金额"), rows(count))}),
    ):
        small, large = peak(stream, 2_000), peak(stream, 100_000)
        assert large < small + 1_000_000
