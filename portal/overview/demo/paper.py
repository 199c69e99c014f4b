"""Small real files for the demo: a PDF of text lines, a picture, a sheet."""

import io
import textwrap
import zlib
from collections.abc import Iterable

from PIL import Image, ImageDraw

_WIDTH, _LINE = 34, 22


def pdf(title: str, lines: Iterable[str]) -> bytes:
    """One page of Chinese text in a font that every PDF reader brings along; not for print."""
    rows = [title, "", *(part for line in lines for part in textwrap.wrap(line, _WIDTH) or [""])][:32]
    moves = [f"<{row.encode('utf-16-be').hex()}> Tj 0 -{_LINE} Td" for row in rows]
    content = zlib.compress(("BT /F1 14 Tf 60 780 Td " + " ".join(moves) + " ET").encode())
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UTF16-H /DescendantFonts [6 0 R] >>",
        b"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /DW 1000 /FontDescriptor 7 0 R"
        b" /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 4 >> >>",
        b"<< /Type /FontDescriptor /FontName /STSong-Light /Flags 6 /FontBBox [-25 -254 1000 880] /ItalicAngle 0"
        b" /Ascent 880 /Descent -120 /CapHeight 880 /StemV 93 >>",
    ]
    return _assemble(objects)


def _assemble(objects: list[bytes]) -> bytes:
    out = bytearray(b"%PDF-1.5\n%\xe6\x96\x87\n")
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    for place in places:
        out += b"%010d 00000 n \n" % place
    out += b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(out)


def png(seed: int) -> bytes:
    """A small drawing that differs by seed: stands for a photo."""
    image = Image.new("RGB", (640, 420), (236, 241, 247))
    draw = ImageDraw.Draw(image)
    for step in range(6):
        left = 40 + step * 95
        height = 60 + (seed * 37 + step * 53) % 240
        draw.rectangle((left, 360 - height, left + 60, 360), fill=(30, 70 + step * 20, 140 + (seed + step) % 90))
    draw.line((30, 362, 610, 362), fill=(60, 60, 60), width=3)
    # The seed itself lies in a corner pixel, so that no two pictures have the same bytes.
    image.putpixel((0, 0), (seed % 256, seed // 256 % 256, 7))
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()
