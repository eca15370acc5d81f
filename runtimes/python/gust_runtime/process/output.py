from __future__ import annotations

import codecs
import io
import os
import sys
from threading import RLock
from time import time

from ..channel.frames import LONGEST_PIECE, log_frame
from .current_call import call_here

# Log frames that leave in one write.
BATCH_BYTES = 262_144


class CallOutput(io.TextIOBase):
    """
    sys.stdout or sys.stderr of user code: every line becomes a log line of the call that printed it, at once.
    Never closes, as the real ones do not. In a forked child it writes to the descriptor instead.
    """

    encoding = "utf-8"
    errors = "backslashreplace"
    mode = "w"
    line_buffering = True

    def __init__(self, channel, fd: int):
        self._channel = channel
        self._fd = fd
        self._is_forked = False
        self._lock = RLock()
        # A line begun outside any call.
        self._partial = ""
        self.name = "<stdout>" if fd == 1 else "<stderr>"
        self.buffer = _ByteOutput(self)

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        if self._is_forked:
            os.write(self._fd, text.encode("utf-8", "backslashreplace"))
        elif "\n" in text:
            self._print(text)
        else:
            self._begin(text)
        return len(text)

    def flush(self) -> None:
        """Whole lines are sent already, and a line is sent when it is whole or its call is over."""

    def close(self) -> None:
        """Does nothing."""

    def fileno(self) -> int:
        return self._fd

    def isatty(self) -> bool:
        return False

    def readable(self) -> bool:
        return False

    def writable(self) -> bool:
        return True

    def reconfigure(self, **_) -> None:
        """Lines are UTF-8 whatever is asked for."""

    def flush_partial(self, call) -> None:
        """Line begun by a call that is about to be over, or (None) outside any."""
        with self._lock:
            text = self._take_partial(call)
        if text:
            self._channel.link.send(log_frame(0 if call is None else call.id, self._fd, time(), text))

    def enter_child(self) -> None:
        self._is_forked = True
        self._lock = RLock()

    def _print(self, text: str) -> None:
        call = call_here()
        with self._lock:
            lines = (self._take_partial(call) + text).split("\n")
            self._keep_partial(call, lines.pop())
        batch = b""
        now = time()
        for line in lines:
            batch += log_frame(0 if call is None else call.id, self._fd, now, line.rstrip("\r"))
            if len(batch) > BATCH_BYTES:
                self._channel.link.send(batch)
                batch = b""
        self._channel.link.send(batch)

    def _begin(self, text: str) -> None:
        call = call_here()
        with self._lock:
            self._keep_partial(call, self._take_partial(call) + text)

    def _take_partial(self, call) -> str:
        if call is None:
            text, self._partial = self._partial, ""
        else:
            text = call.partial_lines[self._fd - 1]
            call.partial_lines[self._fd - 1] = ""
        return text

    def _keep_partial(self, call, text: str) -> None:
        """What is longer will be cut anyway."""
        if call is None:
            self._partial = text[: LONGEST_PIECE + 1]
        else:
            call.partial_lines[self._fd - 1] = text[: LONGEST_PIECE + 1]


class _ByteOutput(io.BufferedIOBase):
    """`sys.stdout.buffer`."""

    def __init__(self, output: CallOutput):
        self._output = output
        self._decode = codecs.getincrementaldecoder("utf-8")("backslashreplace").decode

    def write(self, data) -> int:
        data = bytes(data)
        self._output.write(self._decode(data))
        return len(data)

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._output.fileno()

    def close(self) -> None:
        """Does nothing."""


class Output:
    """Log lines in the place of the process's output."""

    def __init__(self, channel):
        self._streams = (CallOutput(channel, 1), CallOutput(channel, 2))
        channel.before_answer = self.flush_call

    def redirect(self) -> None:
        sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__ = self._streams

    def flush_call(self, call) -> None:
        """Lines begun by a call, or (None) outside any."""
        for stream in self._streams:
            stream.flush_partial(call)

    def enter_child(self) -> None:
        for stream in self._streams:
            stream.enter_child()
