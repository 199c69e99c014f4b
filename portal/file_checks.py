"""What an upload really is: suffix, magic and structure must agree before a byte is kept (invariants F2-F5, F10)."""

import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator

from django.conf import settings
from PIL import Image

from portal.errors import Invalid

MAX_PIXELS = 60_000_000
TYPES = {
    "pdf": "application/pdf",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "xls": "application/vnd.ms-excel",
    "csv": "text/csv",
    "txt": "text/plain",
    "zip": "application/zip",
}
# Long names only: three bytes such as /JS stand by chance in the pictures of a large scan, and a script needs both.
_ACTIVE_PDF = re.compile(rb"/(?:JavaScript|Launch|EmbeddedFile|RichMedia)\b|/XFA\s*[\[\d]")
# Of the trailer: a dictionary or a reference follows, in text the word stands alone.
_ENCRYPTED = re.compile(rb"/Encrypt\s*(?:<<|\d+\s+\d+\s+R)")
_PAGE = re.compile(rb"/Type\s*/Page\b|/MediaBox\b|/Kids\b")
_OBJECT_STREAM = re.compile(rb"/ObjStm\b.{0,600}?stream\r?\n", re.DOTALL)
_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
_MAX_OBJECTS = 64 * 1024 * 1024
_ACTIVE = "PDF 含有脚本、启动动作或内嵌文件。请打印为新的 PDF 后上传。"


def check_content(data: bytes, name: str, *, formats: tuple[str, ...] = (), max_bytes: int | None = None) -> str:
    """The content type when suffix, magic and parser agree; raises Invalid otherwise."""
    limit = max_bytes or settings.UPLOAD_MAX_BYTES
    if not data:
        raise Invalid(f"文件“{name}”是空文件（0 字节）。请检查后重新上传。")
    if len(data) > limit:
        raise Invalid(f"文件“{name}”超过 {limit // (1024 * 1024)} MB 的上限。请压缩或拆分后上传。")
    suffix = name.rpartition(".")[2].lower() if "." in name else ""
    allowed = tuple(formats) or tuple(TYPES)
    if suffix not in TYPES or suffix not in allowed:
        raise Invalid(f"文件“{name}”的格式不被接受。可上传：{'、'.join(allowed)}。")
    problem = _CHECKS[suffix](data)
    if problem:
        raise Invalid(f"文件“{name}”不能接受：{problem}")
    return TYPES[suffix]


def _check_pdf(data: bytes) -> str:
    if not data.startswith(b"%PDF-") or b"%%EOF" not in data[-2048:]:
        return "内容不是完整的 PDF 文件，可能没有传完或只改了扩展名。请重新导出或扫描为 PDF。"
    if data.find(b"PK\x03\x04", 0, 4096) >= 0:
        return _ACTIVE
    has_page = False
    for part in _pdf_parts(data):
        names = _spelled(part)
        if _ENCRYPTED.search(names):
            return "PDF 设有打开密码或权限密码，平台无法核对内容。请去除密码，或打印为新的 PDF 后上传。"
        if _ACTIVE_PDF.search(names):
            return _ACTIVE
        has_page = has_page or _PAGE.search(names) is not None
    return "" if has_page else "PDF 已损坏，读不到任何一页。请重新导出或扫描为 PDF。"


def _pdf_parts(data: bytes) -> Iterator[bytes]:
    """The file itself and its unpacked object streams, where names would escape a look at the bytes."""
    yield data
    unpacked = read = 0
    view = memoryview(data)
    for found in _OBJECT_STREAM.finditer(data):
        end = data.find(b"endstream", found.end())
        part = view[found.end() : end if end >= 0 else len(data)]
        read += len(part)
        if read > 2 * len(data):
            # Streams that overlap: no program writes that, and unpacking them all would take for ever.
            return
        try:
            content = zlib.decompressobj().decompress(part, _MAX_OBJECTS - unpacked)
        except zlib.error:
            continue
        unpacked += len(content)
        yield content
        if unpacked >= _MAX_OBJECTS:
            return


def _spelled(part: bytes) -> bytes:
    """Names with their #xx escapes written out."""
    return _ESCAPE.sub(lambda found: bytes([int(found[1], 16)]), part)


def _check_image(data: bytes) -> str:
    try:
        with Image.open(io.BytesIO(data)) as image:
            if image.format not in {"PNG", "JPEG"}:
                return "内容不是 PNG 或 JPEG 图片，与扩展名不符。请另存为 PNG 或 JPEG 后上传。"
            if image.width * image.height > MAX_PIXELS:
                return "图片像素过大（上限 6000 万像素）。请缩小后上传。"
            image.verify()
    except Exception:
        return "图片已损坏或内容与扩展名不符。请重新导出后上传。"
    return ""


def _check_zip(required: str) -> Callable[[bytes], str]:
    def check(data: bytes) -> str:
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                infos = archive.infolist()
        except (zipfile.BadZipFile, ValueError, NotImplementedError):
            return "内容与扩展名不符、文件已损坏或设有打开密码。请去除密码或重新另存后上传。"
        names = {info.filename for info in infos}
        total = sum(info.file_size for info in infos)
        if len(infos) > 5000 or total > 400 * 1024 * 1024 or total > 150 * max(len(data), 10_000):
            return "压缩内容异常（解压后过大）。请解压后分别上传。"
        if any("vbaproject" in entry.lower() for entry in names):
            return "文件含有宏。请另存为不含宏的格式。"
        if required and not any(entry.startswith(required) for entry in names):
            return "内容与扩展名不符。请用原来的程序另存后上传。"
        return ""

    return check


def _check_xls(data: bytes) -> str:
    if not data.startswith(b"\xd0\xcf\x11\xe0"):
        return "内容不是 Excel 97-2003 文件。请另存为 xlsx 后上传。"
    return "文件含有宏。请另存为不含宏的格式。" if b"_\x00V\x00B\x00A\x00" in data else ""


def _check_text(data: bytes) -> str:
    if b"\x00" in data:
        return "文本文件中含有空字符。请另存为 UTF-8 后上传。"
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return ""
    return "文本编码无法识别。请存为 UTF-8 或 GBK。"


_CHECKS: dict[str, Callable[[bytes], str]] = {
    "pdf": _check_pdf,
    "png": _check_image,
    "jpg": _check_image,
    "jpeg": _check_image,
    "docx": _check_zip("word/"),
    "xlsx": _check_zip("xl/"),
    "zip": _check_zip(""),
    "xls": _check_xls,
    "csv": _check_text,
    "txt": _check_text,
}
