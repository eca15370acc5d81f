from __future__ import annotations

from ..channel.call import CALLER_GONE
from ..process.failure import failure_of
from ..serving.call_changes import CallChanges
from .event_handler import CallVariables, EventHandler


class AwaitedEvents:
    """Answers events with `async def main_handler(event, context)`, each as a task of one event loop that stays."""

    # From this reason of CANCEL on a call's task is cancelled.
    cancelled_from = CALLER_GONE

    def __init__(self, handler, init: dict):
        self._events = EventHandler(handler, init)

    async def start(self) -> None:
        """Nothing has to be done before the first call."""

    async def stop(self) -> None:
        """Nor after the last."""

    async def run(self, call) -> None:
        """Raises SystemExit when user code does. The task is cancelled with the call."""
        changes = CallChanges(call)
        try:
            arguments = self._events.arguments(call, await changes.read_all())
            if arguments is None:
                return
            with CallVariables(call):
                result = await self._events.handler(*arguments)
            text = self._events.result_text(call, result)
            if text is not None:
                await changes.finish(text)
        except SystemExit:
            raise
        except BaseException as error:
            call.fail(failure_of("user", error))
