"""The process that lays out PDFs: knows no Django, no database, no secret, no network, and may be killed at any time.

Started as a file (not as a module) by `portal.pdf`. Protocol on stdin and stdout: a line of JSON, then as many bytes
as its `length` says. Request: {"length", "variant", "seconds"} + HTML. Answer: {"length", "error"} + PDF.
"""

import gc
import json
import math
import os
import resource
import sys
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote, urlsplit

from weasyprint import HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher

PNG = "data:image/png;base64,"


class ClosedFetcher(URLFetcher):
    """Gives our style sheets and the PNG images we made; everything else is refused, whatever the document asks for."""

    def __init__(self, folder: Path) -> None:
        super().__init__(allowed_protocols=("file", "data"), allow_redirects=False)
        self.folder = folder

    def fetch(self, url, headers=None):
        """Answer an allowed address; ValueError for any other (WeasyPrint then goes on without the resource)."""
        if not url.startswith(PNG) and not self._is_style_sheet(url):
            raise ValueError("address not allowed")
        return super().fetch(url, headers)

    def _is_style_sheet(self, url: str) -> bool:
        parts = urlsplit(url)
        path = Path(unquote(parts.path))
        plain = parts.scheme == "file" and not parts.netloc and path.suffix == ".css"
        return plain and path.resolve().parent == self.folder


class Renderer:
    """Keeps the fonts open between documents: a warm document costs a third of a first one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.fetcher = ClosedFetcher(folder)
        self.fonts = FontConfiguration()

    def render(self, html: str, variant: str) -> bytes:
        """Lay out one document."""
        document = HTML(string=html, base_url=f"{self.folder.as_uri()}/", url_fetcher=self.fetcher)
        return document.write_pdf(font_config=self.fonts, pdf_variant=variant, pdf_tags=True)


def limit_memory(megabytes: int) -> None:
    """Bound the address space and forbid core files."""
    size = megabytes * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (size, size))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def allow_seconds(seconds: int) -> None:
    """Allow this many seconds of CPU from now on; the kernel ends the process that takes more."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    spent = math.ceil(usage.ru_utime + usage.ru_stime)
    resource.setrlimit(resource.RLIMIT_CPU, (spent + seconds, resource.RLIM_INFINITY))


def answer(stream: BinaryIO, content: bytes, error: str = "") -> None:
    """Write one answer."""
    stream.write(json.dumps({"length": len(content), "error": error}).encode() + b"\n" + content)
    stream.flush()


def serve(renderer: Renderer, requests: BinaryIO, answers: BinaryIO) -> None:
    """Work off requests until stdin is closed, that is, until the parent is gone or has had enough."""
    while line := requests.readline():
        request = json.loads(line)
        html = requests.read(request["length"]).decode("utf-8")
        allow_seconds(request["seconds"])
        try:
            content = renderer.render(html, request["variant"])
        except Exception as error:
            answer(answers, b"", type(error).__name__)
        else:
            answer(answers, content)
        gc.collect()


def main() -> None:
    """Take over the answers' pipe, so that a library that prints cannot break the protocol; then serve."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    limit_memory(int(sys.argv[2]))
    gc.disable()  # collected between documents, while nobody waits: a tenth of the layout time
    serve(Renderer(Path(sys.argv[1]).resolve()), sys.stdin.buffer, answers)


if __name__ == "__main__":
    main()
