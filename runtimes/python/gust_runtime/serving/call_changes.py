from __future__ import annotations

from asyncio import get_running_loop

from ..channel.frames import LONGEST_PIECE


class CallChanges:
    """What a task of the event loop waits for at a call: body, leave to send more, its end. Nothing here holds the loop up."""

    def __init__(self, call):
        self._call = call
        self._waiters: list = []
        call.on_change = self.wake

    async def until(self, is_so) -> None:
        """Raises when the call is over or cancelled first."""
        call = self._call
        while not is_so():
            if call.is_over or call.cancel_reason:
                raise call.cancelled()
            await self.next()

    async def next(self) -> None:
        """Whatever changes next."""
        waiter = get_running_loop().create_future()
        self._waiters.append(waiter)
        try:
            await waiter
        finally:
            if waiter in self._waiters:
                self._waiters.remove(waiter)

    async def read_all(self) -> bytes:
        """The whole body of the request."""
        body = self._call.body
        parts = []
        while not body.is_ended:
            await self.until(lambda: body.is_readable)
            parts.append(body.take())
        return b"".join(parts)

    async def write(self, data: bytes) -> None:
        """Body of the answer; returns when it is sent."""
        call = self._call
        rest = memoryview(data)
        while len(rest) > 0:
            await self.until(lambda: call.has_credit)
            rest = rest[call.send_some(rest) :]

    async def finish(self, last: bytes) -> None:
        """The last of the body, and the end, in one write when it fits."""
        if len(last) > LONGEST_PIECE or not self._call.has_leave_for(len(last)):
            await self.write(last)
            last = b""
        self._call.end(last)

    def wake(self) -> None:
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)
