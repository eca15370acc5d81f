from __future__ import annotations

import sys
from _thread import start_new_thread
from queue import SimpleQueue

from ..process.failure import failure_of
from .stop_order import StopOrder, tell_signal_handler


class ThreadServing:
    """
    Serves code that blocks: a thread of its own reads the channel, so that PING, CANCEL and STOP are heard meanwhile.
    `answer(call)` runs in the main thread, one call after another; a `pool` takes the calls instead where there is one.
    """

    def __init__(self, channel, endings, answer=None, pool=None):
        self._channel = channel
        self._endings = endings
        self._answer = answer
        self._calls: SimpleQueue = SimpleQueue()
        self._stop = StopOrder(channel, endings, lambda: self._calls.put(None))
        self._put = self._calls.put if pool is None else pool.put
        channel.on_call = self._take
        channel.on_stop = self._stop.give
        if pool is not None:
            channel.on_ping = lambda value: channel.pong(value) if pool.has_room else None

    def run(self, on_ready) -> None:
        """Serves until STOP, then ends the process."""
        on_ready()
        start_new_thread(self._read, ())
        while True:
            call = self._calls.get()
            if call is None:
                break
            self._answer_one(call)
        try:
            tell_signal_handler()
            self._endings.run_exit_functions()
        except SystemExit as error:
            self._endings.end_by(error)
        self._endings.end_silently(0)

    def _answer_one(self, call) -> None:
        try:
            self._answer(call)
        except SystemExit as error:
            self._endings.end_by(error, call)
        except BaseException as error:  # a signal handler of user code raised while it was not user code that ran
            call.fail(failure_of("user", error))
        self._channel.link.flush()

    def _take(self, call) -> None:
        if not self._stop.refuse(call):
            self._put(call)

    def _read(self) -> None:
        try:
            while self._channel.read():
                pass
        except BaseException:
            sys.excepthook(*sys.exc_info())
        self._endings.end_with_platform()
