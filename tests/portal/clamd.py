"""A scanner for tests: a real socket that speaks INSTREAM and answers what it was told to."""

import socket
import struct
import threading
from contextlib import contextmanager
from pathlib import Path

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + rb"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


class Clamd:
    """Says `answer`, or scans for EICAR when it is None; remembers what came in. `silent` never answers."""

    def __init__(self, link: socket.socket):
        self.link = link
        self.answer: bytes | None = None
        self.silent = False
        self.limit = 0  # hang up above so many bytes, as clamd does
        self.seen: list[bytes] = []
        self.chunks: list[int] = []

    def serve(self) -> None:
        """One connection after another, until the socket is closed."""
        while True:
            try:
                peer, _ = self.link.accept()
            except OSError:
                return
            with peer:
                try:
                    self._talk(peer)
                except OSError:
                    continue

    def _talk(self, peer: socket.socket) -> None:
        stream = peer.makefile("rb")
        command = b""
        while not command.endswith(b"\0"):
            command += stream.read(1)
        if command == b"zPING\0":
            peer.sendall(b"PONG\0")
            return
        data = self._receive(stream, peer)
        if data is None:
            return
        self.seen.append(data)
        if self.silent:
            stream.read(1)
            return
        found = b"stream: Eicar-Test-Signature FOUND\0" if EICAR in data else b"stream: OK\0"
        peer.sendall(found if self.answer is None else self.answer)

    def _receive(self, stream, peer: socket.socket) -> bytes | None:
        data = b""
        while size := struct.unpack("!L", stream.read(4))[0]:
            data += stream.read(size)
            self.chunks.append(size)
            if self.limit and len(data) > self.limit:
                peer.sendall(b"INSTREAM size limit exceeded. ERROR\0")
                return None
        return data


@contextmanager
def running(path: Path):
    """A scanner at a Unix socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as link:
        link.bind(str(path))
        link.listen()
        scanner = Clamd(link)
        thread = threading.Thread(target=scanner.serve, daemon=True)
        thread.start()
        yield scanner
        link.shutdown(socket.SHUT_RDWR)
    thread.join(timeout=5)
