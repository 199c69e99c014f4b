"""What the PDF tests read out of a document, by poppler and qpdf and not by the library that wrote it."""

import re
import subprocess
from pathlib import Path

from portal import pdf
from tests.portal.pdf_samples import SAMPLES


def rendered(template: str, context: dict | None = None, **options) -> bytes:
    """Render a template with its sample context, or with a changed one."""
    title, sample = SAMPLES[template]
    return pdf.render(template, context or sample, title=title, **options)


def saved(content: bytes, folder: Path) -> Path:
    """Write the bytes where the command line tools can read them."""
    path = folder / "document.pdf"
    path.write_bytes(content)
    return path


def run(*command: str | Path) -> str:
    """Output of a tool; CalledProcessError when it complains."""
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def text_of(path: Path) -> str:
    """Extracted text without white space, since line breaks and justification are not content."""
    return squeezed(run("pdftotext", "-raw", path, "-"))


def squeezed(text: str) -> str:
    """Text without white space."""
    return re.sub(r"\s+", "", text)


def pages_of(path: Path) -> int:
    """Number of pages."""
    return int(re.search(r"^Pages:\s+(\d+)", run("pdfinfo", path), re.MULTILINE)[1])


def fonts_of(path: Path) -> list[list[str]]:
    """Rows of pdffonts: name, …, emb, sub, uni, object, generation."""
    return [line.split() for line in run("pdffonts", path).splitlines()[2:]]


WORD = re.compile(r'<word xMin="([\d.-]+)" yMin="([\d.-]+)" xMax="([\d.-]+)" yMax="([\d.-]+)">(.*?)</word>')
A4_WIDTH = 595.3


def overlaps_of(path: Path) -> list[tuple[str, str]]:
    """Pairs of words of a page that are printed over each other, and words that leave the page; watermarks apart."""
    found = []
    for page in run("pdftotext", "-bbox", path, "-").split("<page ")[1:]:
        boxes = [(*map(float, match.groups()[:4]), match[5]) for match in WORD.finditer(page)]
        boxes = [box for box in boxes if box[3] - box[1] < 40]
        found += [(box[4], "page") for box in boxes if box[2] > A4_WIDTH or box[0] < 0]
        boxes.sort()
        for place, (_, top, right, bottom, word) in enumerate(boxes):
            for left, other_top, _, other_bottom, other in boxes[place + 1 :]:
                if left > right - 1:
                    break
                if min(bottom, other_bottom) - max(top, other_top) > 0.6 * min(bottom - top, other_bottom - other_top):
                    found.append((word, other))
    return found
