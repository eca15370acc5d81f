from __future__ import annotations

import asyncio

from ..process.failure import LoadingFailed
from .asgi_scope import VERSIONS


class Lifespan:
    """
    Start and end of an application, as ASGI has it: one task that hears `lifespan.startup` and `lifespan.shutdown`.

    new → starting → started → (stop) stopping → ended; an application that knows no lifespan raises, and is served all the same
    """

    def __init__(self, application):
        self._application = application
        self._messages = None
        self._task = None
        self._started = None
        self._stopped = None
        # What the application leaves here at the start, every request has in its scope.
        self.state: dict = {}

    async def start(self) -> None:
        """Raises LoadingFailed when the application says that it cannot."""
        loop = asyncio.get_running_loop()
        self._messages = asyncio.Queue()
        self._started = loop.create_future()
        self._stopped = loop.create_future()
        scope = {"type": "lifespan", "asgi": VERSIONS, "state": self.state}
        self._task = loop.create_task(self._application(scope, self._messages.get, self._send))
        self._task.add_done_callback(self._end)
        self._messages.put_nowait({"type": "lifespan.startup"})
        problem = await self._started
        if problem is not None:
            raise LoadingFailed("code", "LifespanStartupFailed", problem)

    async def stop(self) -> None:
        if self._task is None or self._task.done():
            return
        self._messages.put_nowait({"type": "lifespan.shutdown"})
        await self._stopped

    async def _send(self, message: dict) -> None:
        kind = message["type"]
        if kind == "lifespan.startup.complete":
            _settle(self._started, None)
        elif kind == "lifespan.startup.failed":
            _settle(self._started, message.get("message") or "the application said lifespan.startup.failed")
        elif kind in ("lifespan.shutdown.complete", "lifespan.shutdown.failed"):
            _settle(self._stopped, None)

    def _end(self, task) -> None:
        """An application that raises before it has started does not know the lifespan."""
        if not task.cancelled():
            task.exception()  # taken, so that nothing is said of it
        _settle(self._started, None)
        _settle(self._stopped, None)


def _settle(future, value) -> None:
    if not future.done():
        future.set_result(value)
