"""Virus scan: clamd over its socket. Only a clear answer clears a file, all else is quarantine (invariant F9)."""

import re
import socket
import struct
import time
from dataclasses import dataclass

from django.conf import settings

from portal.states import ScanState

CHUNK = 64 * 1024
MAX_ANSWER = 4096
_ANSWER = re.compile(r"stream: (?:(?P<virus>[^\r\n\x00]{1,200}) )?(?P<word>OK|FOUND)")


@dataclass(frozen=True)
class Verdict:
    """What the scanner said: a ScanState, and in Chinese why (the name of the virus, or what failed)."""

    state: str
    note: str = ""


def is_configured() -> bool:
    """Whether files are scanned at all."""
    return bool(settings.CLAMD_SOCKET)


def scan(data: bytes) -> Verdict:
    """Clean, infected, or quarantined when there is no clear answer; unscanned when no scanner is configured."""
    if not is_configured():
        return Verdict(ScanState.UNSCANNED)
    try:
        answer = _ask(b"zINSTREAM\0", data)
    except TimeoutError:
        return Verdict(ScanState.QUARANTINED, "查毒服务没有在限时内答复。")
    except OSError:
        return Verdict(ScanState.QUARANTINED, "查毒服务连接不上。")
    return _verdict(answer)


def ping() -> bool:
    """Whether the scanner answers; for the health page."""
    try:
        return _ask(b"zPING\0", None) == "PONG"
    except OSError:
        return False


def _verdict(answer: str) -> Verdict:
    if "size limit exceeded" in answer:
        return Verdict(ScanState.QUARANTINED, "文件超过查毒服务的大小上限（StreamMaxLength）。")
    found = _ANSWER.fullmatch(answer)
    if found and found["word"] == "FOUND" and found["virus"]:
        return Verdict(ScanState.INFECTED, found["virus"])
    if found and found["word"] == "OK" and not found["virus"]:
        return Verdict(ScanState.CLEAN)
    return Verdict(ScanState.QUARANTINED, "查毒服务的答复无法识别。")


class _Link:
    """One connection with one deadline for everything: a scanner that trickles cannot hold a request for long."""

    def __init__(self, seconds: float):
        self.ends = time.monotonic() + seconds
        address = settings.CLAMD_SOCKET.removeprefix("tcp://").removeprefix("unix://")
        if address.startswith("/"):
            self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            target: str | tuple[str, int] = address
        else:
            host, _, port = address.rpartition(":")
            self.socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            target = (host, int(port))
        try:
            self._hurry().connect(target)
        except OSError:
            self.socket.close()
            raise

    def _hurry(self) -> socket.socket:
        left = self.ends - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self.socket.settimeout(left)
        return self.socket

    def send(self, data: bytes) -> None:
        self._hurry().sendall(data)

    def answer(self) -> str:
        """Up to the closing NUL or the end of the connection; a longer answer is no answer."""
        got = b""
        while b"\0" not in got and len(got) < MAX_ANSWER:
            part = self._hurry().recv(MAX_ANSWER)
            if not part:
                break
            got += part
        return got.partition(b"\0")[0].decode("utf-8", "replace").strip() if len(got) < MAX_ANSWER else ""


def _ask(command: bytes, data: bytes | None) -> str:
    link = _Link(settings.CLAMD_TIMEOUT)
    try:
        try:
            link.send(command)
            for start in range(0, len(data or b""), CHUNK):
                chunk = data[start : start + CHUNK] if data else b""
                link.send(struct.pack("!L", len(chunk)) + chunk)
            if data is not None:
                link.send(struct.pack("!L", 0))
        except (BrokenPipeError, ConnectionResetError):
            # Above its size limit clamd says so and hangs up while we still send: hear what it said.
            return link.answer()
        return link.answer()
    finally:
        link.socket.close()
