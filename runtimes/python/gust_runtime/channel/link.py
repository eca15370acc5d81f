from __future__ import annotations

import os
from errno import EBADF, ECONNRESET, EPIPE
from select import select
from time import monotonic

from .frames import LONGEST_FRAME, PREFIX_BYTES

READ_BYTES = 262_144
_gone = {EPIPE, ECONNRESET, EBADF}


class Link:
    """
    The byte stream of the channel. Every frame is in the kernel when `send` returns, so a process may die right after it
    has spoken; a platform that reads slower than user code prints holds the printing thread up, as a full pipe would.

    Frames go through a BufferedWriter that is larger than any frame, and that writes in C: when a signal handler of user
    code or the end of a call's time raises in the middle of a write, the bytes that are left stay in its buffer and go
    first at the next send. A loop over os.write() would tear a frame.
    """

    def __init__(self, fd: int):
        os.set_blocking(fd, True)
        os.set_inheritable(fd, False)
        self.fd = fd
        self._writer = open(fd, "wb", buffering=LONGEST_FRAME + PREFIX_BYTES)
        self._is_broken = False
        # Frames of a signal handler that interrupted a write of its own thread.
        self._late: list[bytes] = []

    def send(self, frames: bytes) -> None:
        """One frame, or several that together are no longer than the longest."""
        if self._is_broken:
            return
        try:
            while self._late:
                self._writer.write(self._late.pop(0))
            self._writer.write(frames)
            self._writer.flush()
        except RuntimeError:  # "reentrant call"
            self._late.append(frames)
        except OSError as error:
            # The platform is gone: the reading end learns of it as well, and ends the process.
            self._is_broken = error.errno in _gone
            if not self._is_broken:
                raise  # by a signal handler of user code, such as TimeoutError

    def flush(self) -> None:
        """Sends what an interrupted `send` has left."""
        self.send(b"")

    def read(self) -> bytes:
        """The next bytes; none: the platform is gone."""
        try:
            return os.read(self.fd, READ_BYTES)
        except OSError as error:
            if error.errno in _gone:
                return b""
            raise

    def finish(self, seconds: float) -> None:
        """
        Says that nothing more comes, and waits, not long, until the platform has closed its end too. A process that ends
        before would have the platform's next write fail, and with it what the platform has not read yet.
        """
        from _socket import SHUT_WR, socket

        try:
            socket(fileno=os.dup(self.fd)).shutdown(SHUT_WR)
        except OSError:
            return  # gone
        until = monotonic() + seconds
        while select([self.fd], [], [], max(0, until - monotonic()))[0] and self.read():
            pass

    def drop(self) -> None:
        """Closes a forked child's copy, unsent bytes and all: they are its parent's to send."""
        self._is_broken = True
        self._writer.raw.close()
