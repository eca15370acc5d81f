from __future__ import annotations

from threading import Condition, Lock

from .frames import DATA, END, ERROR, LONGEST_PIECE, START_CREDIT, frame, head_frame
from .request_body import RequestBody

CALLER_GONE = 1
DEADLINE = 2
STOPPING = 3
MOST_INFORMATIONAL = 8
_reasons = {CALLER_GONE: "the caller is gone", DEADLINE: "the time limit was reached", STOPPING: "the sandbox is stopping"}


class CallCancelled(ConnectionResetError):
    """What code that waits for a cancelled call is told."""


class Call:
    """
    One call: what came with it, and the answer's way out.

    open → (end, answer, fail) over. After that every method does nothing.
    Its methods may be called from any thread; frames of one body from one thread at a time.
    """

    def __init__(self, channel, call_id: int, is_event: bool, deadline: float, strings: list[bytes], whole: bytes | None):
        """`deadline`: on the monotonic clock, infinite when there is none."""
        self.channel = channel
        self.id = call_id
        self.is_event = is_event
        self.deadline = deadline
        self.request_id = strings[0].decode("latin-1") if strings else ""
        # As PROTOCOL.md has them: after the request id, variables of an event; method, target and headers of http.
        self.strings = strings
        self.is_over = False
        self.cancel_reason = 0
        # Lines begun by user code: stdout, stderr.
        self.partial_lines = ["", ""]
        # Called, by whatever thread, when there is more credit or body, at CANCEL and when the call is over.
        self.on_change = None
        # Called at CANCEL.
        self.on_cancel = None
        self._credit = START_CREDIT
        self._informed = 0
        self._changed = Condition(Lock())
        self.body = RequestBody(self, whole)

    def inform(self, status: int, pairs: bytes) -> None:
        """Informational answer; more of them than the platform passes on are left out."""
        self._informed += 1
        if self._informed <= MOST_INFORMATIONAL:
            self.head(status, pairs)

    def head(self, status: int, pairs: bytes) -> None:
        """The answer's head; its body follows. `pairs`: headers as a string list."""
        if not self.is_over:
            self.channel.link.send(head_frame(self.id, status, pairs, None))

    def switch(self, pairs: bytes) -> None:
        """Changes the protocol (101): from here on both directions carry the new one's bytes."""
        self.body = RequestBody(self, None)
        self.head(101, pairs)

    def answer(self, status: int, pairs: bytes, body: bytes) -> None:
        """The whole answer; its body is at most LONGEST_PIECE."""
        if self._finish():
            self.channel.link.send(head_frame(self.id, status, pairs, body))

    def send_some(self, data: memoryview) -> int:
        """Sends as much body as there is leave for, at most one frame; says how much."""
        with self._changed:
            size = min(len(data), self._credit, LONGEST_PIECE)
            if self.is_over or size == 0:
                return 0
            self._credit -= size
        self.channel.link.send(frame(DATA, self.id, data[:size]))
        return size

    def write(self, data: bytes) -> None:
        """Body of the answer; returns when it is sent. Throws when the call is cancelled: leave to send may never run out."""
        rest = memoryview(data)
        while len(rest) > 0:
            self.wait_until(lambda: self._credit > 0)
            if self.cancel_reason:
                raise self.cancelled()
            rest = rest[self.send_some(rest) :]

    @property
    def has_credit(self) -> bool:
        return self._credit > 0

    def has_leave_for(self, size: int) -> bool:
        return self._credit >= size

    def end(self, last: bytes = b"", trailers: bytes = b"") -> None:
        """The answer is complete. `last` goes with it in one write, when there is leave for it. `trailers`: as a string list."""
        if len(last) > min(self._credit, LONGEST_PIECE):
            self.write(last)
            last = b""
        if self._finish():
            data = frame(DATA, self.id, last) if last else b""
            self.channel.link.send(data + frame(END, self.id, trailers))

    def fail(self, failure: dict) -> None:
        """The call failed, whatever was said of its answer so far."""
        if self._finish():
            self.channel.send_json(ERROR, self.id, failure)

    def grant(self, size: int) -> None:
        """More may be sent."""
        with self._changed:
            self._credit += size
        self.wake()

    def cancel(self, reason: int) -> None:
        """The deadline may still come after the caller has gone."""
        if self.cancel_reason >= reason:
            return
        self.cancel_reason = reason
        self.wake()
        if self.on_cancel is not None:
            self.on_cancel(reason)

    def wait_until(self, is_so) -> None:
        """Holds the thread until something is so. Throws when the call is over or cancelled first."""
        with self._changed:
            while not is_so():
                if self.is_over or self.cancel_reason:
                    raise self.cancelled()
                self._changed.wait()

    def wake(self) -> None:
        with self._changed:
            self._changed.notify_all()
        if self.on_change is not None:
            self.on_change()

    def cancelled(self) -> CallCancelled:
        return CallCancelled(f"The call was cancelled: {_reasons.get(self.cancel_reason, 'it is over')}")

    def _finish(self) -> bool:
        """Whether the call was open until now; lines begun by it go out before its last frame."""
        if self.is_over:
            return False
        self.channel.before_answer(self)
        with self._changed:
            if self.is_over:
                return False
            self.is_over = True
        self.channel.forget(self)
        self.wake()
        return True
