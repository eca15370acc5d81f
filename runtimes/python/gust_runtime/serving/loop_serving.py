from __future__ import annotations

import asyncio
import sys
from contextvars import copy_context

from ..process.current_call import current_call
from .stop_order import StopOrder, has_signal_handler, tell_signal_handler


class LoopServing:
    """
    Serves code that awaits: one event loop in the main thread reads the channel and runs every call as a task. A loop
    that is held up answers no PING.

    `application` has `start()`, `run(call)`, `stop()`, and `cancelled_from`: the reason of CANCEL from which on the task
    of a call is cancelled.
    """

    def __init__(self, channel, endings, application):
        self._channel = channel
        self._endings = endings
        self._application = application
        self._loop = asyncio.new_event_loop()
        self._tasks: set = set()
        self._quiet = self._loop.create_future()
        self._stop = StopOrder(channel, endings, lambda: self._loop.call_soon_threadsafe(self._end_quietly))
        channel.on_call = self._take
        channel.on_stop = self._stop.give

    def run(self, on_ready) -> None:
        """Serves until STOP, then ends the process. Raises what the application's start raises."""
        asyncio.set_event_loop(self._loop)
        self._loop.add_reader(self._channel.link.fd, self._read)
        self._loop.run_until_complete(self._application.start())
        on_ready()
        try:
            self._loop.run_until_complete(self._serve())
            self._endings.run_exit_functions()
        except SystemExit as error:
            self._endings.end_by(error)
        self._endings.end_silently(0)

    async def _serve(self) -> None:
        await self._quiet
        await self._application.stop()
        tell_signal_handler()
        if has_signal_handler():
            await asyncio.sleep(0)  # handlers of the loop run in its next turn
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    def _end_quietly(self) -> None:
        if not self._quiet.done():
            self._quiet.set_result(None)

    def _take(self, call) -> None:
        if self._stop.refuse(call):
            return
        context = copy_context()
        context.run(current_call.set, call)
        task = context.run(self._loop.create_task, self._application.run(call))
        self._tasks.add(task)  # the loop itself keeps tasks weakly
        task.add_done_callback(self._tasks.discard)
        call.on_cancel = lambda reason: self._cancel(task, reason)

    def _cancel(self, task, reason: int) -> None:
        if reason >= self._application.cancelled_from:
            task.cancel()

    def _read(self) -> None:
        try:
            if self._channel.read():
                return
        except Exception:
            sys.excepthook(*sys.exc_info())
        self._endings.end_with_platform()
