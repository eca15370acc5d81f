from __future__ import annotations

from collections import deque

from .frames import WINDOW, u32_frame

# Credit is given back in steps of so many bytes taken.
WINDOW_STEP = 65_536


class RequestBody:
    """
    The body of a call on its way in: what has arrived waits here until it is taken, and taking gives the platform leave to
    send more. What changes here wakes whoever waits for the call.
    """

    def __init__(self, call, whole: bytes | None):
        """`whole`: the body, when all of it came with the call."""
        self._call = call
        self._chunks = deque([whole] if whole else [])
        self._taken = 0
        self.is_complete = whole is not None

    @property
    def is_ended(self) -> bool:
        """Nothing is left and nothing will come."""
        return self.is_complete and not self._chunks

    @property
    def is_readable(self) -> bool:
        """`take` has something to give, or says that there is no more."""
        return bool(self._chunks) or self.is_complete

    def take(self) -> bytes:
        """The next bytes; none at the end, and when nothing is there at the moment."""
        if not self._chunks:
            return b""
        chunk = self._chunks.popleft()
        if self.is_complete:
            return chunk
        self._taken += len(chunk)
        if self._taken >= WINDOW_STEP:
            self._call.channel.link.send(u32_frame(WINDOW, self._call.id, self._taken))
            self._taken = 0
        return chunk

    def read(self) -> bytes:
        """Waits for the next bytes; none: the end. Throws when the call is cancelled first."""
        self._call.wait_until(lambda: self.is_readable)
        return self.take()

    def read_all(self) -> bytes:
        """Waits for the whole body."""
        if self.is_complete and len(self._chunks) == 1:
            return self._chunks.popleft()
        return b"".join(iter(self.read, b""))

    def push(self, chunk: bytes) -> None:
        self._chunks.append(chunk)
        self._call.wake()

    def end(self) -> None:
        self.is_complete = True
        self._call.wake()
