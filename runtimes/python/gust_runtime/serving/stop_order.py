from __future__ import annotations

import signal
from threading import Timer

from ..process.failure import failure


class StopOrder:
    """
    STOP: calls under way are finished, none is taken any more, user code is told, the process ends; all within the grace.

    serving → (STOP) stopping → (no call is left) `on_quiet`, once
    """

    def __init__(self, channel, endings, on_quiet):
        """`on_quiet` may be called from any thread; whoever serves then ends the process."""
        self._channel = channel
        self._endings = endings
        self._on_quiet = on_quiet
        self.is_given = False
        channel.on_over = lambda call: self._look()

    def give(self, grace_ms: int) -> None:
        if self.is_given:
            return
        self.is_given = True
        late = Timer(grace_ms / 1000, self._endings.end, [0])
        late.daemon = True
        late.start()
        self._look()

    def refuse(self, call) -> bool:
        """Whether a call comes too late, and has been told so."""
        if self.is_given:
            call.fail(failure("exit", "Stopping", "the sandbox is stopping and takes no more calls"))
        return self.is_given

    def _look(self) -> None:
        if self.is_given and not self._channel.calls:
            self._on_quiet()


def has_signal_handler() -> bool:
    """Whether user code wants to hear of the end."""
    return signal.getsignal(signal.SIGTERM) not in (signal.SIG_DFL, signal.SIG_IGN, None)


def tell_signal_handler() -> None:
    """In the main thread, where Python runs the handlers of signals."""
    if has_signal_handler():
        signal.raise_signal(signal.SIGTERM)
