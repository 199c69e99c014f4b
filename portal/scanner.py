"""Virus scan hook: clamd over its socket when configured; a scanner that does not answer means quarantine."""

import socket
import struct

from django.conf import settings

from portal.errors import Invalid

_CHUNK = 64 * 1024


def scan(data: bytes) -> str:
    """`clean`, `unscanned` (no scanner configured) or `quarantined` (no clear answer); raises Invalid on a virus."""
    if not settings.CLAMD_SOCKET:
        return "unscanned"
    try:
        answer = _ask(settings.CLAMD_SOCKET, data)
    except OSError:
        return "quarantined"
    if answer.endswith("FOUND"):
        raise Invalid("文件未通过病毒检查，已拒绝。请在本机查毒后重新上传。")
    return "clean" if answer.endswith("OK") else "quarantined"


def _ask(path: str, data: bytes) -> str:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as link:
        link.settimeout(30)
        link.connect(path)
        link.sendall(b"zINSTREAM\0")
        for start in range(0, len(data), _CHUNK):
            chunk = data[start : start + _CHUNK]
            link.sendall(struct.pack("!L", len(chunk)) + chunk)
        link.sendall(struct.pack("!L", 0))
        return link.recv(4096).decode("utf-8", "replace").strip("\0\n ")
