"""Cut the installed CJK fonts once to what Chinese official documents use, so that a PDF takes 0.8 s and not 2.1.

Needs no Django: `python -m portal.fonts [--out DIR]`. The result lies in a folder named by the content of its sources:
it is made once, is never half there and is made anew when a font file or the recipe changes.
HarfBuzz does the cutting (a second a face; fontTools needs half a minute), fontTools reads and names the faces.
"""

import argparse
import ctypes
import fcntl
import hashlib
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from xml.sax.saxutils import escape

from fontTools.ttLib import TTCollection, TTFont

RECIPE = "2"  # raise it whenever the cut below changes
DEFAULT_CACHE = Path(__file__).resolve().parent.parent / "var" / "fonts"
FONT_FOLDERS = (
    Path("/usr/share/fonts"),
    Path("/usr/local/share/fonts"),
    Path.home() / ".local/share/fonts",
    Path("/usr/share/texlive/texmf-dist/fonts/opentype/public/fandol"),
    DEFAULT_CACHE / "faces",  # where ./run setup puts what it takes out of a Debian package
)
FONT_SIGNATURES = (b"OTTO", b"\x00\x01\x00\x00", b"true", b"ttcf")
SPACE, FULLWIDTH_YEN = 0x20, 0xFFE5
HB_DROP_TABLES, HB_NO_HINTING, HB_FLATTEN, HB_NOTDEF_OUTLINE = 3, 0x01, 0x04, 0x40  # enumerations of hb-subset.h
# Latin, Greek, Cyrillic, punctuation, signs, kana, the GBK ideographs (whole URO), compatibility and full-width forms.
CUT_RANGES = (
    (0x20, 0x17F), (0x2C7, 0x2DD), (0x370, 0x3FF), (0x400, 0x45F), (0x2000, 0x206F), (0x20A0, 0x20BF), (0x2100, 0x23FF),
    (0x2460, 0x27BF), (0x2E80, 0x2FDF), (0x3000, 0x312F), (0x3200, 0x33FF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF),
    (0xFE10, 0xFE6F), (0xFF00, 0xFFEF),
)  # fmt: skip


class FontsMissingError(Exception):
    """No usable CJK font is installed (the sentence says which package brings it)."""


@dataclass(frozen=True)
class Face:
    """One face of the documents: CSS family and style, file names it may come from, whether it is indispensable."""

    role: str
    family: str
    style: str
    files: tuple[str, ...]
    needed: bool = True


FACES = (
    Face("songti", "Portal Song", "Regular", ("NotoSerifCJK-Regular.ttc", "NotoSerifCJKsc-Regular.otf")),
    Face("songti_bold", "Portal Song", "Bold", ("NotoSerifCJK-Bold.ttc", "NotoSerifCJKsc-Bold.otf")),
    Face("heiti", "Portal Hei", "Regular", ("NotoSansCJK-Regular.ttc", "NotoSansCJKsc-Regular.otf")),
    Face("heiti_bold", "Portal Hei", "Bold", ("NotoSansCJK-Bold.ttc", "NotoSansCJKsc-Bold.otf")),
    Face("fangsong", "Portal Fangsong", "Regular", ("FandolFang-Regular.otf",), needed=False),
    Face("kaiti", "Portal Kaiti", "Regular", ("FandolKai-Regular.otf", "LXGWWenKai-Regular.ttf"), needed=False),
    Face("biaosong", "Portal Biaosong", "Regular", (), needed=False),
)


@dataclass(frozen=True)
class FontSet:
    """A finished cache folder: `fontconfig` is the configuration file that shows a process these faces only."""

    folder: Path
    built: bool

    @property
    def fontconfig(self) -> Path:
        return self.folder / "fonts.conf"


def ensure(out: Path | str = DEFAULT_CACHE, overrides: Mapping[str, str] | None = None) -> FontSet:
    """Return the cut fonts under `out`, cutting them first when needed; `overrides` maps a role to a font file.

    FontsMissingError if a needed face is not installed or an override names no file.
    """
    sources = find_sources(overrides or {})
    out = Path(out).resolve()
    folder = out / _stamp(sources)
    if (folder / "fonts.conf").exists():
        return FontSet(folder, built=False)
    out.mkdir(parents=True, exist_ok=True)
    with (out / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if (folder / "fonts.conf").exists():
            return FontSet(folder, built=False)
        _build(folder, sources)
    return FontSet(folder, built=True)


def find_sources(overrides: Mapping[str, str]) -> dict[str, Path]:
    """Map each role to its font file; optional roles without a file are left out."""
    unknown = set(overrides) - {face.role for face in FACES}
    if unknown:
        raise FontsMissingError(f"PDF_FONTS 中有未知的字体角色：{'、'.join(sorted(unknown))}。")
    installed = _installed()
    sources = {}
    for face in FACES:
        path = Path(overrides[face.role]) if face.role in overrides else _first(installed, face.files)
        if path and _is_font(path):
            sources[face.role] = path
        elif face.role in overrides:
            raise FontsMissingError(f"PDF_FONTS 指定的文件不存在或者不是字体文件：{face.role}。")
        elif face.needed:
            raise FontsMissingError(f"未安装中文字体 {face.files[0]}，请安装 Debian 软件包 fonts-noto-cjk。")
    return sources


@lru_cache(maxsize=4)
def coverage(folder: Path) -> frozenset[int]:
    """Code points that a document can print: the cut faces and, behind them, the whole Noto Serif."""
    ranges = json.loads((folder / "coverage.json").read_text())
    return frozenset(point for first, last in ranges for point in range(first, last + 1))


def _first(installed: Mapping[str, Path], names: Iterable[str]) -> Path | None:
    return next((installed[name] for name in names if name in installed), None)


def _installed() -> dict[str, Path]:
    wanted = {name for face in FACES for name in face.files}
    found: dict[str, Path] = {}
    for root in FONT_FOLDERS:
        for folder, _, names in os.walk(root):
            found |= {name: Path(folder, name) for name in wanted.intersection(names) if name not in found}
    return found


def _is_font(path: Path) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as stream:
        return stream.read(4) in FONT_SIGNATURES


def _stamp(sources: Mapping[str, Path]) -> str:
    digest = hashlib.sha256(RECIPE.encode())
    for role, path in sorted(sources.items()):
        digest.update(role.encode() + _file_digest(path, path.stat().st_mtime_ns))
    return digest.hexdigest()[:16]


@lru_cache(maxsize=32)
def _file_digest(path: Path, mtime_ns: int) -> bytes:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").digest()


def _build(folder: Path, sources: Mapping[str, Path]) -> None:
    work = Path(tempfile.mkdtemp(prefix=".cut-", dir=folder.parent))
    try:
        covered: set[int] = set()
        songti = sources["songti"]
        for face in FACES:
            if face.role in sources:
                like = None if face.needed else songti
                covered |= _cut(face, sources[face.role], work / f"{face.role}.otf", like)
        with TTFont(songti, fontNumber=_face_number(songti), lazy=True) as whole:
            covered |= set(whole.getBestCmap())
        (work / "coverage.json").write_text(json.dumps(_as_ranges(covered)))
        (work / "fonts.conf").write_text(_fontconfig(folder, sources), encoding="utf-8")
        shutil.rmtree(folder, ignore_errors=True)
        work.chmod(0o755)
        work.rename(folder)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _cut(face: Face, source: Path, target: Path, like: Path | None) -> set[int]:
    """Write the cut face and return its code points.

    With `like`, the song face, only signs that stand on a whole em in both are kept, and the space gets its width
    there: digits, Latin and half-width signs come from it, and lines break alike whatever optional face is installed.
    """
    number = _face_number(source)
    with TTFont(source, fontNumber=number, lazy=True) as font:
        points = {p for first, last in CUT_RANGES for p in range(first, last + 1)} & set(font.getBestCmap())
    if like:
        # Pango sets a space in the face of the sign before it: where that has none, it would draw a box.
        points &= (_widths(source, whole=True).keys() & _widths(like, whole=True).keys()) | {SPACE}
    if "Fandol" in source.name:
        points.discard(FULLWIDTH_YEN)  # Fandol draws it as a dollar sign
    with TTFont(BytesIO(_subset(source, number, points)), recalcBBoxes=False) as font:
        if like:
            _set_space(font, _widths(like)[SPACE])
        _rename(font, face)
        font.save(target)
    return points


def _widths(path: Path, *, whole: bool = False) -> dict[int, float]:
    """Width of every sign in em, of those that are one em wide only with `whole`."""
    with TTFont(path, fontNumber=_face_number(path), lazy=True) as font:
        em, metrics = font["head"].unitsPerEm, font["hmtx"].metrics
        found = {point: metrics[glyph][0] / em for point, glyph in font.getBestCmap().items()}
    return {point: width for point, width in found.items() if width == 1} if whole else found


def _set_space(font: TTFont, width: float) -> None:
    """Set the width of the space, in em."""
    glyph, units = font.getBestCmap()[SPACE], round(width * font["head"].unitsPerEm)
    font["hmtx"][glyph] = (units, 0)
    if "CFF " in font:
        outline = font["CFF "].cff.topDictIndex[0].CharStrings[glyph]
        outline.setProgram([units - outline.private.nominalWidthX, "endchar"])


def _subset(source: Path, number: int, points: set[int]) -> bytes:
    """Keep the glyphs of `points`, without hints and layout features (Chinese text needs neither)."""
    try:
        base, library = ctypes.CDLL("libharfbuzz.so.0"), ctypes.CDLL("libharfbuzz-subset.so.0")
    except OSError as error:
        raise FontsMissingError("缺少 HarfBuzz 子集化组件，请安装 Debian 软件包 libharfbuzz-subset0。") from error
    pointer = ctypes.c_void_p
    for name in ("hb_blob_create_from_file", "hb_face_create", "hb_face_reference_blob", "hb_blob_get_data"):
        getattr(base, name).restype = pointer
    for name in ("input_create_or_fail", "input_unicode_set", "input_set", "or_fail"):
        getattr(library, f"hb_subset_{name}").restype = pointer
    blob = pointer(base.hb_blob_create_from_file(os.fsencode(source)))
    whole = pointer(base.hb_face_create(blob, number))
    wish = pointer(library.hb_subset_input_create_or_fail())
    unicodes = pointer(library.hb_subset_input_unicode_set(wish))
    for point in points:
        base.hb_set_add(unicodes, point)
    dropped = pointer(library.hb_subset_input_set(wish, HB_DROP_TABLES))
    for tag in (b"GSUB", b"GPOS", b"GDEF", b"BASE", b"VORG", b"vhea", b"vmtx", b"DSIG"):
        base.hb_set_add(dropped, int.from_bytes(tag))
    library.hb_subset_input_set_flags(wish, HB_NO_HINTING | HB_FLATTEN | HB_NOTDEF_OUTLINE)
    cut = pointer(library.hb_subset_or_fail(whole, wish))
    if not cut:
        raise FontsMissingError(f"字体文件无法处理：{source.name}。")
    result, length = pointer(base.hb_face_reference_blob(cut)), ctypes.c_uint()
    content = ctypes.string_at(base.hb_blob_get_data(result, ctypes.byref(length)), length.value)
    for release, thing in (("blob", result), ("face", cut), ("face", whole), ("blob", blob)):
        getattr(base, f"hb_{release}_destroy")(thing)
    library.hb_subset_input_destroy(wish)
    return content


def _rename(font: TTFont, face: Face) -> None:
    """Name the cut face after its role; the original's copyright and licence lines stay."""
    full = f"{face.family} {face.style}"
    names = {1: face.family, 2: face.style, 3: f"{full};{RECIPE}", 4: full, 6: full.replace(" ", "")}
    for record in list(font["name"].names):
        if record.nameID in names:
            font["name"].removeNames(record.nameID, record.platformID, record.platEncID, record.langID)
    for name_id, text in names.items():
        font["name"].setName(text, name_id, 3, 1, 0x409)
    font["OS/2"].usWeightClass = 700 if face.style == "Bold" else 400


def _face_number(path: Path) -> int:
    """Index of the simplified Chinese face in a collection; 0 for a single font."""
    if path.suffix.lower() != ".ttc":
        return 0
    with TTCollection(path, lazy=True) as collection:
        names = [face["name"].getDebugName(1) or "" for face in collection.fonts]
    return next((n for n, name in enumerate(names) if name.endswith(" SC") and "Mono" not in name), 0)


def _as_ranges(points: Iterable[int]) -> list[list[int]]:
    ranges: list[list[int]] = []
    for point in sorted(points):
        if ranges and point == ranges[-1][1] + 1:
            ranges[-1][1] = point
        else:
            ranges.append([point, point])
    return ranges


def _fontconfig(folder: Path, sources: Mapping[str, Path]) -> str:
    """Configuration with our faces and the folder of the whole Noto only, so that no other installed font slips in."""
    folders = "".join(f"<dir>{escape(str(path))}</dir>" for path in (folder, sources["songti"].parent))
    return (
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">'
        f"<fontconfig>{folders}<cachedir>{escape(str(folder.parent / 'fontconfig'))}</cachedir></fontconfig>\n"
    )


def main(arguments: list[str] | None = None) -> int:
    """Command line: cut the fonts and say what was done; exit 1 with a sentence when no font is installed."""
    parser = argparse.ArgumentParser(description="Cut the installed CJK fonts for the PDF documents.")
    parser.add_argument("--out", type=Path, default=Path(os.environ.get("FONT_CACHE", DEFAULT_CACHE)))
    options = parser.parse_args(arguments)
    try:
        sources = find_sources({})
        fonts = ensure(options.out)
    except FontsMissingError as missing:
        sys.stderr.write(f"{missing}\n")
        return 1
    for role, path in sources.items():
        size = (fonts.folder / f"{role}.otf").stat().st_size / 1e6
        sys.stdout.write(f"{role}: {path.name} -> {size:.1f} MB\n")
    sys.stdout.write(
        f"{'cut' if fonts.built else 'already there'}: {fonts.folder.name}, {len(coverage(fonts.folder))} characters\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
