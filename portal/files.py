"""Private, content-addressed files: checked on the way in, permission-checked on the way out (invariants G)."""

import hashlib
import io
import os
import re
import tempfile
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from django.conf import settings
from django.db.models import Model
from PIL import Image

from portal import access
from portal.errors import Invalid
from portal.models import StoredFile
from portal.scanner import scan

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
INLINE = {"application/pdf", "image/png", "image/jpeg"}
# Long names only: three bytes such as /JS stand by chance in the pictures of a large scan, and a script needs both.
_ACTIVE_PDF = re.compile(rb"/(?:JavaScript|Launch|EmbeddedFile|RichMedia)\b|/XFA\s*[\[\d]")
_OBJECT_STREAM = re.compile(rb"/ObjStm\b.{0,600}?stream\r?\n", re.DOTALL)
_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
_MAX_OBJECTS = 64 * 1024 * 1024
_holders: list[tuple[type[Model], str, str]] = []


def register_holder(model: type[Model], field: str, perm: str) -> None:
    """Rows of `model` point to files by `field`; who has `perm` on the row may read the file."""
    _holders.append((model, field, perm))


def may_read(user, stored: StoredFile) -> bool:
    """Whether any row that holds the file lets the user see it; the uploader sees his own until it is used."""
    held = False
    for model, field, perm in _holders:
        for row in model._base_manager.filter(**{field: stored}):
            held = True
            if access.allowed(user, perm, row):
                return True
    return not held and user.is_authenticated and stored.uploaded_by_id == user.pk


def clean_name(name: str) -> str:
    """A display name without path, control, bidi and other invisible characters, at most 120 characters."""
    name = unicodedata.normalize("NFC", name or "").replace("\\", "/").rsplit("/", 1)[-1]
    name = "".join(char for char in name if unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co", "Cn"})
    stem, dot, suffix = name.strip(" .").rpartition(".")
    return (f"{stem[:110]}{dot}{suffix[:9]}" if dot else name[:120]) or "未命名文件"


def path_of(sha256: str) -> Path:
    """Where the bytes of a digest lie."""
    return Path(settings.MEDIA_ROOT) / sha256[:2] / sha256


def store(data: bytes, name: str, *, by, formats: tuple[str, ...] = (), max_bytes: int | None = None) -> StoredFile:
    """Check an upload by its content, write it once under its digest and return its row.

    `formats` are allowed suffixes (default: all known). Raises Invalid with a Chinese sentence.
    """
    name = clean_name(name)
    content_type = check_content(data, name, formats=formats, max_bytes=max_bytes)
    return _keep(data, name, content_type, by, scan(data))


def store_generated(data: bytes, name: str, content_type: str = "application/pdf") -> StoredFile:
    """Keep a file that the portal itself made."""
    return _keep(data, clean_name(name), content_type, None, "clean")


def _keep(data: bytes, name: str, content_type: str, by, scan_state: str) -> StoredFile:
    digest = hashlib.sha256(data).hexdigest()
    write_once(path_of(digest), data)
    return StoredFile.objects.create(
        sha256=digest, size=len(data), name=name, content_type=content_type, uploaded_by=by, scan_state=scan_state
    )


def write_once(target: Path, data: bytes) -> None:
    """Write through a temporary file, fsync and rename: a full disk never leaves half a file."""
    if target.exists() and target.stat().st_size == len(data):
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        Path(temporary).replace(target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def read(stored: StoredFile) -> bytes:
    """The bytes, verified against the digest; raises Invalid when the file was changed on disk (F11)."""
    try:
        data = path_of(stored.sha256).read_bytes()
    except OSError:
        data = b""
    if hashlib.sha256(data).hexdigest() != stored.sha256:
        raise Invalid("文件校验未通过：存储的内容与登记的摘要不一致，已停止下载。请联系平台管理员。")
    return data


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
        return "内容不是完整的 PDF 文件。"
    if data[:4096].find(b"PK\x03\x04") >= 0 or any(_ACTIVE_PDF.search(_spelled(part)) for part in _pdf_parts(data)):
        return "PDF 含有脚本、启动动作或内嵌文件。请打印为新的 PDF 后上传。"
    return ""


def _pdf_parts(data: bytes) -> Iterator[bytes]:
    """The file itself and its unpacked object streams, where names would escape a look at the bytes."""
    yield data
    unpacked = 0
    for found in _OBJECT_STREAM.finditer(data):
        part = zlib.decompressobj()
        try:
            content = part.decompress(data[found.end() :], _MAX_OBJECTS - unpacked)
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
                return "内容不是 PNG 或 JPEG 图片。"
            if image.width * image.height > MAX_PIXELS:
                return "图片像素过大（上限 6000 万像素）。"
            image.verify()
    except Exception:
        return "图片已损坏或内容与扩展名不符。"
    return ""


def _check_zip(required: str) -> Callable[[bytes], str]:
    def check(data: bytes) -> str:
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                infos = archive.infolist()
        except (zipfile.BadZipFile, ValueError, NotImplementedError):
            return "内容与扩展名不符或文件已损坏。"
        names = {info.filename for info in infos}
        total = sum(info.file_size for info in infos)
        if len(infos) > 5000 or total > 400 * 1024 * 1024 or total > 150 * max(len(data), 10_000):
            return "压缩内容异常（解压后过大）。"
        if any("vbaproject" in entry.lower() for entry in names):
            return "文件含有宏。请另存为不含宏的格式。"
        if required and not any(entry.startswith(required) for entry in names):
            return "内容与扩展名不符。"
        return ""

    return check


def _check_xls(data: bytes) -> str:
    if not data.startswith(b"\xd0\xcf\x11\xe0"):
        return "内容不是 Excel 97-2003 文件。"
    return "文件含有宏。请另存为不含宏的格式。" if b"_\x00V\x00B\x00A\x00" in data else ""


def _check_text(data: bytes) -> str:
    if b"\x00" in data:
        return "文本文件中含有空字符。"
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


def first_bad() -> tuple[str, str] | None:
    """The first stored file (name, reason) whose bytes are missing or changed, or None."""
    for stored in StoredFile.objects.order_by("id").iterator():
        try:
            read(stored)
        except Invalid as problem:
            return f"{stored.pk} {stored.name}", problem.message
    return None
