"""Private files: checked by content, stored once, served only to those who may see a row that holds them."""

import io
import zipfile
import zlib

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse
from PIL import Image

from portal import file_watch, files, tasks
from portal.batches import BATCH, in_batches
from portal.errors import Invalid
from portal.models import Event, Notification, StoredFile, User
from tests.factories import make_user
from tests.races import ask, race, real_database

PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\n2 0 obj<</Type /Page>>endobj\ntrailer<<>>\n%%EOF\n"


def png(size=(4, 4)) -> bytes:
    """A real small PNG."""
    stream = io.BytesIO()
    Image.new("RGB", size).save(stream, "PNG")
    return stream.getvalue()


def zipped(*names: str) -> bytes:
    """A zip with empty entries."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return stream.getvalue()


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (PDF, "协议.pdf"),
        (png(), "照片.PNG"),
        (zipped("word/document.xml"), "总结.docx"),
        (zipped("xl/workbook.xml"), "台账.xlsx"),
        ("摘要,金额\n".encode("gb18030"), "台账.csv"),
    ],
)
def test_check_content_accepts_honest_files(data, name):
    assert files.check_content(data, name)


def packed(objects: bytes) -> bytes:
    """A PDF that keeps these objects in a compressed object stream."""
    body = zlib.compress(objects)
    head = b"2 0 obj<</Filter /FlateDecode /Type /ObjStm /N 1 /First 4 /Length %d>>\nstream\n" % len(body)
    return PDF.replace(b"trailer", head + body + b"\nendstream endobj\ntrailer")


def test_bytes_of_a_picture_that_look_like_a_short_name_are_no_script():
    scan = PDF.replace(b"trailer", b"3 0 obj<<>>stream\n\x93/JS\x07\x11 /XFAq\nendstream endobj\ntrailer")
    assert files.check_content(scan, "扫描件.pdf") == "application/pdf"
    assert files.check_content(packed(b"<</Type /Page>>"), "压缩.pdf") == "application/pdf"


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"", "空.pdf"),
        (b"<html><script>alert(1)</script>", "页面.pdf"),
        (PDF, "页面.html"),
        (PDF, "脚本.pdf.exe"),
        (PDF, "无扩展名"),
        (PDF.replace(b"<<>>", b"<</JavaScript (x)>>"), "脚本.pdf"),
        (PDF.replace(b"<<>>", b"<</EmbeddedFile 1>>"), "内嵌.pdf"),
        (PDF.replace(b"<<>>", b"<</S /J#61vaScript>>"), "改写名称.pdf"),
        (packed(b"<</S /JavaScript /JS (app.alert(1))>>"), "压缩脚本.pdf"),
        (PDF.replace(b"trailer<<", b"trailer<</Encrypt 9 0 R"), "加密.pdf"),
        (PDF.replace(b"trailer<<", b"trailer<</Encr#79pt<</V 4>>"), "改写加密.pdf"),
        (PDF.replace(b"2 0 obj<</Type /Page>>endobj", b""), "没有一页.pdf"),
        (PDF[:-8], "没有传完.pdf"),
        (b"MZ\x90\x00" + PDF, "改名程序.pdf"),
        (b"%PDF-1.7 PK\x03\x04 %%EOF", "双面.pdf"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "图.png"),
        (png()[:30], "截断.png"),
        (zipped("xl/workbook.xml", "xl/vbaProject.bin"), "宏.xlsx"),
        (zipped("a.txt"), "不是文档.docx"),
        (b"a\x00b", "空字符.csv"),
    ],
)
def test_check_content_refuses_disguises_with_a_sentence(data, name):
    with pytest.raises(Invalid) as refusal:
        files.check_content(data, name)
    assert refusal.value.message.endswith(("。", "txt、zip。"))


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\temp\\协议.pdf", "协议.pdf"),
        ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie: x.pdf"),
        ("报告\u202efdp.exe", "报告fdp.exe"),
        ("", "未命名文件"),
    ],
)
def test_clean_name_keeps_only_what_is_harmless(given, kept):
    assert files.clean_name(given) == kept


def test_clean_name_is_never_long():
    assert len(files.clean_name("长" * 400 + ".pdf")) <= 120


@pytest.mark.django_db
def test_equal_bytes_are_stored_once(settings):
    user = make_user()
    first, second = files.store(PDF, "一.pdf", by=user), files.store(PDF, "二.pdf", by=user)
    stored = [path for path in settings.MEDIA_ROOT.rglob("*") if path.is_file()]
    assert first.sha256 == second.sha256
    assert [path.read_bytes() for path in stored] == [PDF]


@pytest.mark.django_db
def test_download_is_an_attachment_for_its_uploader_and_404_for_others(client):
    owner = make_user("officer")
    stored = files.store(PDF, "附件“一”.pdf", by=owner)
    url = reverse("file", args=[stored.public_id])
    client.force_login(owner)
    response = client.get(url)
    assert response.content == PDF
    assert response["Content-Disposition"].startswith("attachment; filename*=UTF-8''")
    assert response["X-Content-Type-Options"] == "nosniff"
    client.force_login(make_user("officer"))
    assert client.get(url).status_code == 404


@pytest.mark.parametrize("word", [b"see /Encrypt below", b"/EncryptMetadata false", b"/Encryption 4 0 R"])
def test_words_that_look_like_encryption_are_none(word):
    assert files.check_content(PDF.replace(b"1 0 obj", word + b" 1 0 obj"), "说明.pdf") == "application/pdf"


def test_streams_that_overlap_do_not_hold_the_check():
    heads = b"2 0 obj<</Type /ObjStm>>stream\n" * 20_000
    assert files.check_content(PDF.replace(b"trailer", heads + b"trailer"), "重叠.pdf") == "application/pdf"


@pytest.mark.django_db
def test_pdf_and_pictures_are_shown_on_a_page_with_a_way_back(client):
    owner = make_user("officer")
    client.force_login(owner)
    for data, name, shown in ((PDF, "证照.pdf", "<iframe"), (png(), "现场.png", '<img class="file-picture"')):
        stored = files.store(data, name, by=owner)
        url = reverse("file_view", args=[stored.public_id])
        assert shown in client.get(url).text
        assert (
            'href="http://testserver/applications/"'
            in client.get(url, HTTP_REFERER="http://testserver/applications/").text
        )
        assert "evil" not in client.get(url, HTTP_REFERER="https://evil.example/").text
        inline = client.get(f"{reverse('file', args=[stored.public_id])}?inline")
        assert inline["Content-Disposition"].startswith("inline")
        assert (inline["X-Frame-Options"], inline["X-Content-Type-Options"]) == ("SAMEORIGIN", "nosniff")
        assert "default-src 'none'" in inline["Content-Security-Policy"]
    client.force_login(make_user("officer"))
    assert client.get(url).status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize(("data", "name"), [(b"<script>x</script>", "表.csv"), (b"<svg onload='x'/>", "图.txt")])
def test_markup_is_never_shown_inline(client, data, name):
    owner = make_user("officer")
    stored = files.store(data, name, by=owner)
    client.force_login(owner)
    url = reverse("file", args=[stored.public_id])
    assert client.get(reverse("file_view", args=[stored.public_id])).url == url
    answer = client.get(f"{url}?inline")
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["Content-Security-Policy"].startswith("sandbox")


@pytest.mark.django_db
def test_nightly_watch_reads_the_longest_unread_first_and_alarms(settings):
    admin = make_user("sysadmin")
    first, second = files.store(PDF, "一.pdf", by=None), files.store(png(), "二.png", by=None)
    assert file_watch.watch(seconds=0) == []
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.verified_at is None, second.verified_at is None) == (False, True)
    files.path_of(second.sha256).unlink()
    tasks.watch_files()
    assert "二.png" in Notification.objects.get(user=admin).body
    assert Event.objects.filter(verb="file.watch").count() == 2


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("look", [file_watch.watch, lambda: call_command("verify_files")])
def test_files_are_verified_while_others_write(look, tmp_path, monkeypatch, capsys):
    """SQLite answers a write beside an open statement with "database is locked" once another process has written."""
    first = files.store(PDF, "一.pdf", by=None)
    shared = {"sha256": first.sha256, "size": first.size, "content_type": first.content_type}
    StoredFile.objects.bulk_create(StoredFile(name=f"{n}.pdf", **shared) for n in range(BATCH))
    intact, others = files.intact, []

    def read_while_another_writes(stored):
        if not others:
            another = StoredFile.objects.filter(pk=stored.pk)
            others.append(race([lambda: another.update(scan_note="另一进程") and None]))
        return intact(stored)

    with real_database(tmp_path):
        monkeypatch.setattr(files, "intact", read_while_another_writes)
        assert race([lambda: look() and None]) == ["ok"]
        assert others == [["ok"]]
        assert ask(StoredFile.objects.filter(verified_at__isnull=False).count) == BATCH + 1


@pytest.mark.django_db
def test_rows_come_in_batches_in_the_order_of_the_query():
    people = [make_user("officer") for _ in range(5)]
    seen = []
    for row in in_batches(User.objects.order_by("-pk").filter(pk__in=[user.pk for user in people]), size=2):
        seen.append(row.pk)
        User.objects.filter(pk=people[0].pk).delete()
    assert seen == [user.pk for user in reversed(people[1:])]


@pytest.mark.django_db
def test_bytes_that_no_row_knows_are_named(settings, capsys):
    stored = files.store(PDF, "一.pdf", by=None)
    stray = files.path_of("ab" * 32)
    stray.parent.mkdir(parents=True, exist_ok=True)
    stray.write_bytes(b"x")
    call_command("verify_files")
    told = capsys.readouterr().out
    assert "ab" * 32 in told
    assert stored.sha256 not in told


@pytest.mark.django_db
def test_changed_bytes_are_found_by_download_and_by_the_nightly_check(client):
    owner = make_user()
    stored = files.store(PDF, "附件.pdf", by=owner)
    call_command("verify_files")
    files.path_of(stored.sha256).write_bytes(PDF + b"x")
    client.force_login(owner)
    assert client.get(reverse("file", args=[stored.public_id])).status_code == 400
    with pytest.raises(CommandError, match=r"附件\.pdf"):
        call_command("verify_files")
