from __future__ import annotations

from collections import deque

from .frames import PONG, frame


class FrameSender:
    """Frames on their way to the client, each whole and in order, as far as there is credit."""

    def __init__(self, call):
        self._call = call
        self._waiting: deque = deque()
        self._pong: memoryview | None = None

    @property
    def is_empty(self) -> bool:
        return not self._waiting

    def put(self, data: bytes) -> None:
        self._waiting.append(memoryview(data))
        self.flush()

    def pong(self, payload: bytes) -> None:
        """One at a time: a client that only sends pings must not fill the memory with what it does not take."""
        if any(waiting is self._pong for waiting in self._waiting):
            return
        self._pong = memoryview(frame(PONG, payload))
        self._waiting.append(self._pong)
        self.flush()

    def flush(self) -> None:
        """Called whenever there may be more credit."""
        while self._waiting:
            rest = self._waiting[0]
            sent = self._call.send_some(rest)
            if sent == 0:
                return
            if sent == len(rest):
                self._waiting.popleft()
            else:
                self._waiting[0] = rest[sent:]
