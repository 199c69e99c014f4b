"""Official PDFs: Django template -> HTML -> WeasyPrint in a limited child process -> bytes (tagged PDF/A).

One warm child per process. It is thrown away after a failure, a timeout or `JOBS_PER_CHILD` documents; a document can
hurt nothing but itself. The same template and context give the same bytes.
"""

import atexit
import json
import logging
import os
import subprocess
import sys
import tempfile
import threading
import unicodedata
from pathlib import Path

from django.conf import settings
from django.template.loader import render_to_string

from portal import fonts

log = logging.getLogger(__name__)
STYLES = Path(__file__).resolve().parent / "static" / "pdf"
CHILD = Path(__file__).resolve().parent / "pdf_child.py"
VARIANTS = ("pdf/a-3a", "pdf/a-3u", "pdf/ua-1")
MAX_CHARACTERS = 4_000_000
MEMORY_MB = 2048
JOBS_PER_CHILD = 200
LINE_CHARACTERS = "\t\n\r"
VARIATION_SELECTORS = frozenset([*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)])
REASONS = {
    "MemoryError": "文件内容过大，超出排版内存限制。",
    "RecursionError": "文件内容嵌套过深，无法排版。",
}


class PdfError(Exception):
    """The document cannot be made; `reason` is a Chinese sentence for the person who asked for it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def render(
    template: str, context: dict, *, title: str, lang: str = "zh-CN", variant: str = "pdf/a-3a", timeout: int = 60
) -> bytes:
    """Render a template under `templates/pdf/` with a JSON-like context and return the PDF.

    `timeout` bounds wall clock and CPU in seconds. PdfError: a character no font has, too long, too slow.
    """
    if variant not in VARIANTS:
        raise ValueError(f"unknown PDF variant {variant}")
    html = _printable(render_to_string(template, {**context, "title": title, "lang": lang}))
    if len(html) > MAX_CHARACTERS:
        raise PdfError("文件内容过长，无法生成 PDF，请拆分后重试。")
    font_set = _fonts()
    if missing := _missing(html, font_set):
        raise PdfError(f"以下字符没有可用字体，无法印出：{describe(missing)}。请改用通行写法后重试。")
    return _child.convert(html.encode("utf-8"), variant, timeout, font_set)


def unprintable(text: str) -> list[str]:
    """Characters of `text` that no document can print, in order; forms refuse them while they can be mended."""
    return _missing(_printable(text), _fonts())


def describe(characters: list[str]) -> str:
    """Name characters for a message: “😀”（U+1F600）, at most five of them."""
    named = "、".join(f"“{character}”（U+{ord(character):04X}）" for character in characters[:5])
    return named + (f"等{len(characters)}个" if len(characters) > 5 else "")


def stop() -> None:
    """End the warm child (it starts again with the next document)."""
    _child.stop()


def _fonts() -> fonts.FontSet:
    try:
        return fonts.ensure(settings.FONT_CACHE, settings.PDF_FONTS)
    except fonts.FontsMissingError as error:
        raise PdfError(str(error)) from error


def _missing(text: str, font_set: fonts.FontSet) -> list[str]:
    covered = fonts.coverage(font_set.folder)
    known = VARIATION_SELECTORS | {ord(character) for character in LINE_CHARACTERS}
    return [
        character for character in dict.fromkeys(text) if ord(character) not in covered and ord(character) not in known
    ]


def _printable(text: str) -> str:
    """Drop control and invisible format characters: an override of the reading direction would forge a name."""
    hidden = {c for c in set(text) if unicodedata.category(c) in ("Cc", "Cf") and c not in LINE_CHARACTERS}
    return text.translate(dict.fromkeys(map(ord, hidden))) if hidden else text


class _Child:
    """The warm layout process of this process; calls from several threads queue up."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.process: subprocess.Popen | None = None
        self.scratch: tempfile.TemporaryDirectory | None = None
        self.fonts: fonts.FontSet | None = None
        self.jobs = 0

    def convert(self, html: bytes, variant: str, timeout: int, font_set: fonts.FontSet) -> bytes:
        with self.lock:
            self._ready(font_set)
            process = self.process
            watchdog = threading.Timer(timeout, process.kill)
            watchdog.start()
            try:
                return self._exchange(process, html, variant, timeout)
            except (OSError, ValueError) as error:
                self._stop()
                log.warning("PDF child ended: %s", error)
                raise PdfError(f"文件排版超出 {timeout} 秒或内存限制，已中止。") from error
            except BaseException:
                self._stop()
                raise
            finally:
                watchdog.cancel()
                watchdog.join()

    def stop(self) -> None:
        with self.lock:
            self._stop()

    def forget(self) -> None:
        """After a fork: the child belongs to the parent, only our copies of its pipes are closed."""
        if self.process:
            self.process.stdin.close()
            self.process.stdout.close()
            self.process.returncode = 0  # not ours to wait for
        if self.scratch:
            self.scratch._finalizer.detach()
        self.__init__()

    def _ready(self, font_set: fonts.FontSet) -> None:
        stale = self.fonts != font_set or self.jobs >= JOBS_PER_CHILD
        if self.process and (stale or self.process.poll() is not None):
            self._stop()
        if not self.process:
            self._start(font_set)
        self.jobs += 1

    def _start(self, font_set: fonts.FontSet) -> None:
        self.scratch = tempfile.TemporaryDirectory(prefix="portal-pdf-")
        environment = {
            "PATH": os.defpath,
            "LANG": "C.UTF-8",
            "HOME": self.scratch.name,
            "TMPDIR": self.scratch.name,
            "FONTCONFIG_FILE": str(font_set.fontconfig),
        }
        self.process = subprocess.Popen(
            [sys.executable, "-I", str(CHILD), str(STYLES), str(MEMORY_MB)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            cwd=self.scratch.name,
        )
        self.fonts, self.jobs = font_set, 0

    @staticmethod
    def _exchange(process: subprocess.Popen, html: bytes, variant: str, timeout: int) -> bytes:
        """Send one document and read the answer; OSError or ValueError when the child died on the way."""
        request = {"length": len(html), "variant": variant, "seconds": timeout}
        process.stdin.write(json.dumps(request).encode() + b"\n" + html)
        process.stdin.flush()
        answer = json.loads(process.stdout.readline())
        if answer["error"]:
            raise PdfError(REASONS.get(answer["error"], f"文件排版失败（{answer['error']}），请联系管理员。"))
        content = process.stdout.read(answer["length"])
        if len(content) != answer["length"]:
            raise ValueError("answer cut short")
        return content

    def _stop(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process.stdout.close()
            # A dead reader makes the buffered rest of the document undeliverable, which is the point.
            try:
                self.process.stdin.close()
            except BrokenPipeError:
                log.debug("document was still on its way to the ended PDF child")
        if self.scratch:
            self.scratch.cleanup()
        self.process = self.scratch = self.fonts = None


_child = _Child()
os.register_at_fork(after_in_child=_child.forget)
atexit.register(stop)
