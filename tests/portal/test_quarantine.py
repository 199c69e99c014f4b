"""The virus scan fails closed: a real socket, a scanner that lies, and what people see meanwhile (invariant F9)."""

import io
import socket
import struct
import zipfile

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from portal import files, quarantine, scanner, tasks
from portal.errors import Conflict, Invalid
from portal.models import Event, Notification, StoredFile
from tests.factories import make_user
from tests.papers import PDF, pdf
from tests.portal import clamd

pytestmark = pytest.mark.django_db


@pytest.fixture
def scan_server(settings, tmp_path):
    """A scanner that the portal is told of."""
    settings.CLAMD_SOCKET, settings.CLAMD_TIMEOUT = str(tmp_path / "clamd.sock"), 5.0
    with clamd.running(tmp_path / "clamd.sock") as server:
        yield server


@pytest.fixture
def waiting(settings, tmp_path):
    """A file that came while the scanner was down, and its uploader."""
    settings.CLAMD_SOCKET = str(tmp_path / "nobody.sock")
    owner = make_user("officer")
    return files.store(PDF, "附件.pdf", by=owner)


def test_clean_file_is_sent_whole_and_in_chunks(scan_server):
    data = pdf("x" * 200_000)
    assert files.store(data, "大.pdf", by=make_user()).scan_state == "clean"
    assert scan_server.seen == [data]
    assert scan_server.chunks == [65536, 65536, 65536, len(data) - 3 * 65536]


@pytest.mark.parametrize("depth", [0, 1, 2])
def test_virus_is_refused_by_name_and_nothing_is_kept(scan_server, settings, depth):
    data = pdf(clamd.EICAR.decode()) if not depth else clamd.EICAR
    for level in range(depth):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            archive.writestr(f"{level}.bin", data)
        data = out.getvalue()
    with pytest.raises(Invalid, match="Eicar-Test-Signature"):
        files.store(data, "材料.zip" if depth else "材料.pdf", by=make_user())
    assert not StoredFile.objects.exists()
    assert not [path for path in settings.MEDIA_ROOT.rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\0",
        b"OK\0",
        b"stream: OKAY\0",
        b"stream: ERROR\0",
        b"stream: FOUND\0",
        b"UNKNOWN COMMAND\0",
        b"stream: OK\nstream: Eicar FOUND\0",
        b"\xff\xfe\x00",
        b"A" * 9000,
    ],
)
def test_garbage_is_no_clearance(scan_server, answer):
    scan_server.answer = answer
    stored = files.store(PDF, "附件.pdf", by=make_user())
    assert stored.scan_state == "quarantined"
    assert stored.scan_note


def test_silence_ends_at_the_deadline(scan_server, settings):
    settings.CLAMD_TIMEOUT = 0.3
    scan_server.silent = True
    verdict = scanner.scan(PDF)
    assert (verdict.state, verdict.note) == ("quarantined", "查毒服务没有在限时内答复。")


def test_size_limit_of_the_scanner_is_told(scan_server):
    scan_server.limit = 1000
    verdict = scanner.scan(b"x" * 3_000_000)
    assert verdict.state == "quarantined"


def test_scanner_may_be_reached_by_tcp(settings):
    with socket.create_server(("127.0.0.1", 0)) as server:
        settings.CLAMD_SOCKET, settings.CLAMD_TIMEOUT = f"tcp://127.0.0.1:{server.getsockname()[1]}", 5.0
        link = scanner._Link(5)
        peer, _ = server.accept()
        link.send(struct.pack("!L", 7))
        assert peer.recv(4) == b"\0\0\0\7"
        link.socket.close()
        peer.close()


def test_file_in_quarantine_is_closed_in_words_to_those_who_may_see_it(client, waiting):
    assert waiting.scan_state == "quarantined"
    url = reverse("file", args=[waiting.public_id])
    client.force_login(waiting.uploaded_by)
    for address in (url, f"{url}?inline", reverse("file_view", args=[waiting.public_id])):
        response = client.get(address, follow=True)
        assert response.status_code == 409
        assert "正在查毒，暂不能下载" in response.text
    client.force_login(make_user("officer"))
    assert client.get(url).status_code == 404
    with pytest.raises(Conflict):
        files.read(waiting)


def test_worker_clears_it_once_the_scanner_answers(waiting, settings, tmp_path):
    tasks.scan_waiting()
    waiting.refresh_from_db()
    assert waiting.scan_state == "quarantined"
    with clamd.running(tmp_path / "clamd.sock") as server:
        settings.CLAMD_SOCKET = str(tmp_path / "clamd.sock")
        tasks.scan_waiting()
        tasks.scan_file(waiting.pk)
    waiting.refresh_from_db()
    assert (waiting.scan_state, len(server.seen)) == ("clean", 1)
    assert files.read(waiting) == PDF
    assert Event.objects.get(verb="file.scan").after["scan_state"] == "clean"


def test_virus_found_later_closes_every_row_of_these_bytes_and_tells_people(scan_server, client):
    admin, owner = make_user("sysadmin"), make_user("officer")
    first, second = files.store(PDF, "一.pdf", by=owner), files.store(PDF, "二.pdf", by=make_user())
    scan_server.answer = b"stream: Win.Test FOUND\0"
    quarantine.rescan(first)
    assert set(StoredFile.objects.values_list("scan_state", flat=True)) == {"infected"}
    assert Notification.objects.filter(user__in=[owner, second.uploaded_by]).count() == 2
    assert Notification.objects.filter(user=admin, title="查出带病毒的文件").exists()
    client.force_login(owner)
    assert "已隔离" in client.get(reverse("file", args=[first.public_id])).text


def test_no_scanner_clears_nothing(waiting, settings):
    settings.CLAMD_SOCKET = ""
    assert quarantine.rescan(waiting).scan_state == "quarantined"
    with pytest.raises(CommandError, match="CLAMD_SOCKET"):
        call_command("scan_files")


def test_changed_bytes_are_not_cleared(waiting, scan_server):
    files.path_of(waiting.sha256).write_bytes(b"%PDF-other")
    assert quarantine.rescan(waiting).scan_state == "quarantined"
    assert scan_server.seen == []


def test_files_from_before_the_scanner_are_scanned_too(settings, scan_server, capsys):
    address, settings.CLAMD_SOCKET = settings.CLAMD_SOCKET, ""
    old = files.store(PDF, "旧.pdf", by=make_user())
    assert old.scan_state == "unscanned"
    settings.CLAMD_SOCKET = address
    call_command("scan_files")
    old.refresh_from_db()
    assert old.scan_state == "clean"
    assert "已通过 1" in capsys.readouterr().out


def test_administrator_lists_filters_and_scans_again(client, waiting, settings, tmp_path):
    files_list = reverse("admin:portal_storedfile_changelist")
    clean = files.store_generated(PDF, "异议材料-张三.pdf")
    client.force_login(make_user("sysadmin"))
    page = client.get(files_list, {"scan_state": "quarantined"})
    assert "附件.pdf" in page.text
    assert clean.name not in page.text
    assert client.get(reverse("admin:portal_storedfile_change", args=[clean.pk])).status_code == 302
    with clamd.running(tmp_path / "clamd.sock"):
        settings.CLAMD_SOCKET = str(tmp_path / "clamd.sock")
        chosen = {"action": "scan_again", "_selected_action": [waiting.pk]}
        assert "已通过 1 个" in client.post(files_list, chosen, follow=True).text
    waiting.refresh_from_db()
    assert waiting.scan_state == "clean"


@pytest.mark.parametrize("duty", ["officer", "finance", "director", "bast", "logadmin"])
def test_other_duties_do_not_see_the_list_of_closed_files(client, waiting, duty):
    client.force_login(make_user(duty))
    assert client.get(reverse("admin:portal_storedfile_changelist")).status_code == 403
