"""Hostile text, hostile layout and rare characters (invariants P1-P3, P10)."""

import copy
import http.server
import os
import threading
from pathlib import Path

import pytest

from portal import pdf
from tests.portal.pdf_samples import SAMPLES
from tests.portal.pdf_tools import rendered, run, saved, squeezed, text_of

RECEIPT = "pdf/application_receipt.html"
PAYLOADS = [
    '<img src="{url}/img.png">',
    '<link rel="attachment" href="{file}">',
    '<link rel="stylesheet" href="{url}/a.css">',
    "<style>@import url({url}/b.css); body {{ background: url({url}/c.png) }}</style>",
    "<style>@font-face {{ font-family: x; src: url({url}/d.ttf) }} * {{ font-family: x }}</style>",
    '<object data="{file}"></object><embed src="{file}">',
    '<base href="{url}/"><img src="e.png">',
    '<svg><image href="{url}/f.png" xlink:href="{file}"/></svg>',
    '<p style="content: url({url}/g.png); list-style-image: url({url}/h.png)">x</p>',
    '<iframe src="{url}/i.html"></iframe><script>fetch("{url}/j")</script>',
    "{{% include 'x' %}}{{{{ settings.SECRET_KEY }}}}",
]


@pytest.fixture
def listener():
    """A web server that remembers who called."""
    calls = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            calls.append(self.path)
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_):
            """Keep quiet."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", calls
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def raw_page(settings, tmp_path):
    """Render markup as if a template of ours had let it through unescaped."""
    settings.TEMPLATES = [settings.TEMPLATES[0] | {"DIRS": [tmp_path, *settings.TEMPLATES[0]["DIRS"]]}]

    def render(markup, **options):
        (tmp_path / "raw.html").write_text(f"<html lang=zh><title>x</title><body>{markup}</body></html>")
        return pdf.render("raw.html", {}, title="x", **options)

    return render


def receipt_with(name: str) -> dict:
    context = copy.deepcopy(SAMPLES[RECEIPT][1])
    context["receipt"]["project_name"] = name
    return context


@pytest.mark.parametrize("payload", PAYLOADS)
def test_markup_typed_by_a_user_is_printed_as_text(payload, listener, tmp_path):
    url, calls = listener
    canary = tmp_path / "canary.txt"
    canary.write_text("CANARYSECRET")
    typed = payload.format(url=url, file=canary.as_uri())
    path = saved(rendered(RECEIPT, receipt_with(typed)), tmp_path)
    text = text_of(path)
    assert squeezed(typed).replace("-", "") in text.replace("-", "")
    assert "CANARYSECRET" not in text
    assert run("pdfdetach", "-list", path).startswith("0 embedded files")
    assert calls == []


@pytest.mark.parametrize("payload", PAYLOADS[:-1])
def test_markup_that_slipped_through_fetches_nothing(payload, listener, raw_page, tmp_path):
    url, calls = listener
    canary = tmp_path / "canary.txt"
    canary.write_text("CANARYSECRET")
    path = saved(raw_page("文字" + payload.format(url=url, file=canary.as_uri())), tmp_path)
    assert b"CANARYSECRET" not in path.read_bytes()
    assert "CANARYSECRET" not in text_of(path)
    assert run("pdfdetach", "-list", path).startswith("0 embedded files")
    assert calls == []


@pytest.mark.parametrize("address", ["../../settings/base.py", "../pdf/../../pdf.py", "official.css/../../../pdf.py"])
def test_style_sheet_address_cannot_leave_its_folder(address, raw_page, tmp_path):
    path = saved(raw_page(f'文字<link rel="attachment" href="{address}">'), tmp_path)
    assert run("pdfdetach", "-list", path).startswith("0 embedded files")


def test_layout_bomb_is_ended_and_the_next_document_is_made(raw_page):
    with pytest.raises(pdf.PdfError, match="超出 2 秒"):
        raw_page("<table><tr><td colspan=1000000>x</table>", timeout=2)
    assert rendered(RECEIPT).startswith(b"%PDF")


def test_deep_nesting_is_an_error_with_a_reason_and_the_child_lives_on(raw_page):
    with pytest.raises(pdf.PdfError, match=r"嵌套过深|已中止"):
        raw_page("<div>" * 3000 + "x")
    assert rendered(RECEIPT).startswith(b"%PDF")


@pytest.mark.slow
def test_memory_bomb_is_refused_and_the_next_document_is_made(raw_page, monkeypatch):
    monkeypatch.setattr(pdf, "MEMORY_MB", 400)
    pdf.stop()
    with pytest.raises(pdf.PdfError, match="内存"):
        raw_page("<p>x" * 200_000, timeout=30)
    monkeypatch.undo()
    pdf.stop()
    assert rendered(RECEIPT).startswith(b"%PDF")


def test_text_over_the_limit_is_refused_before_layout():
    with pytest.raises(pdf.PdfError, match="过长"):
        rendered(RECEIPT, receipt_with("国" * pdf.MAX_CHARACTERS))


def test_killed_child_is_replaced():
    rendered(RECEIPT)
    os.kill(pdf._child.process.pid, 9)
    pdf._child.process.wait()
    assert rendered(RECEIPT).startswith(b"%PDF")


def test_forked_worker_has_a_child_of_its_own():
    rendered(RECEIPT)
    ours = pdf._child.process.pid
    worker = os.fork()
    if not worker:
        made = rendered(RECEIPT)
        os._exit(0 if made.startswith(b"%PDF") and pdf._child.process.pid != ours else 1)
    assert os.waitpid(worker, 0)[1] == 0
    assert rendered(RECEIPT).startswith(b"%PDF")
    assert pdf._child.process.pid == ours


def test_child_knows_no_secret_of_its_parent(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://secret")
    pdf.stop()
    rendered(RECEIPT)
    assert "secret" not in Path(f"/proc/{pdf._child.process.pid}/environ").read_text()


@pytest.mark.parametrize("name", ["张䶮", "𠮷田昇喆", "堃玥赟彧璟", "㎡①￥¥", "Ünal·Müller", "葛\U000e0100城"])
def test_rare_characters_are_printed_and_can_be_read_back(name, tmp_path):
    assert name.replace("\U000e0100", "") in text_of(saved(rendered(RECEIPT, receipt_with(name)), tmp_path)).replace(
        "\U000e0100", ""
    )


@pytest.mark.parametrize("name", ["项目😀", "مشروع", "שלום", "\ue000", "\U0003ffff"])
def test_character_without_a_font_is_a_loud_error(name):
    with pytest.raises(pdf.PdfError, match=r"没有可用字体.*U\+"):
        rendered(RECEIPT, receipt_with(name))


def test_direction_overrides_and_invisible_characters_are_dropped(tmp_path):
    typed = "项目\u202e反写\u202c\u200b名\ufeff称\x00\x0b完"
    assert "项目反写名称完" in text_of(saved(rendered(RECEIPT, receipt_with(typed)), tmp_path))


def test_unprintable_names_the_characters_for_a_form():
    assert pdf.unprintable("张䶮\u200b，ABC¥“”——\n") == []
    assert pdf.unprintable("图😀谱🚀") == ["😀", "🚀"]
    assert pdf.describe(["😀"]) == "“😀”（U+1F600）"
    assert pdf.describe(list("abcdefg")).endswith("等7个")


def test_long_word_and_many_rows_stay_inside_the_page(tmp_path):
    path = saved(rendered(RECEIPT, receipt_with("A" * 6000)), tmp_path)
    words = run("pdftotext", "-bbox", path, "-").split('xMax="')[1:]
    assert max(float(word.split('"')[0]) for word in words) <= 595.3


def test_threads_share_the_child_without_mixing_documents(tmp_path):
    names = [f"第{number}号项目" for number in range(6)]
    contents = {}

    def make(name):
        contents[name] = rendered(RECEIPT, receipt_with(name))

    threads = [threading.Thread(target=make, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for name in names:
        assert name in text_of(saved(contents[name], tmp_path))
