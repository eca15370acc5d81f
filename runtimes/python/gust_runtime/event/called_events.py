from __future__ import annotations

from contextvars import copy_context

from ..process.current_call import current_call
from ..process.failure import failure_of
from .event_handler import CallVariables, EventHandler


class CalledEvents:
    """
    Answers events with `def main_handler(event, context)`, one after another, in the main thread: where user code may set
    signal handlers and run an event loop of its own.
    """

    def __init__(self, handler, init: dict):
        self._events = EventHandler(handler, init)
        self._loop = None

    def run(self, call) -> None:
        """Raises SystemExit when user code does."""
        copy_context().run(self._run, call)

    def _run(self, call) -> None:
        current_call.set(call)
        try:
            arguments = self._events.arguments(call, call.body.read_all())
            if arguments is None:
                return
            with CallVariables(call):
                result = self._events.handler(*arguments)
                if hasattr(result, "__await__"):
                    result = self._await(result)
            text = self._events.result_text(call, result)
            if text is not None:
                call.end(text)
        except SystemExit:
            raise
        except BaseException as error:
            call.fail(failure_of("user", error))

    def _await(self, awaitable):
        """A plain function gave something to await; the loop stays, and so do clients that are bound to it."""
        import asyncio

        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            asyncio.set_event_loop(self._loop)

        async def settle():
            return await awaitable

        return self._loop.run_until_complete(settle())
