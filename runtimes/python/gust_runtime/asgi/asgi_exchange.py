from __future__ import annotations

from asyncio import get_running_loop

from ..channel.frames import LONGEST_PIECE, string_list
from ..serving.call_changes import CallChanges
from ..wsgi.wsgi_answerer import hop_by_hop


EARLY_HINTS = 103


class BadAnswer(Exception):
    """An application that does not keep to ASGI."""


# Headers that an application cannot set; it may announce its trailers.
_platforms_own = hop_by_hop - {"trailer"}


class AsgiExchange:
    """
    `receive` and `send` of one request.

    waiting → (http.response.early_hint) waiting → (http.response.start) started → (http.response.body) streaming
    → (no more_body, and no more_trailers where trailers were announced) complete
    The head waits for the body that is sent in the same step, so that a small answer is one frame; the end waits until
    the application returns, if it does so in the same step: what it logs after its answer still belongs to the call.
    """

    def __init__(self, call, is_bodiless: bool, changes: CallChanges | None = None):
        self._call = call
        self._is_bodiless = is_bodiless
        self._changes = changes or CallChanges(call)
        self._is_requested = False
        self._start: tuple | None = None
        self._is_head_sent = False
        self._last: bytes | None = None
        self._has_trailers = False
        self._is_body_complete = False
        self._trailers: list = []
        self._packed_trailers = b""
        self.is_complete = False

    async def receive(self) -> dict:
        call = self._call
        body = call.body
        if not self._is_requested:
            while not (body.is_readable or self._is_gone):
                await self._changes.next()
            if body.is_readable and not self._is_gone:
                data = body.take()
                self._is_requested = body.is_ended
                return {"type": "http.request", "body": data, "more_body": not self._is_requested}
        while not self._is_gone:
            await self._changes.next()
        return {"type": "http.disconnect"}

    async def send(self, message: dict) -> None:
        """Raises OSError, as ASGI wants it, when nobody takes the answer any more."""
        kind = message["type"]
        if self.is_complete and not self._is_gone:
            raise BadAnswer(f"{kind} was sent after the answer was complete")
        if self._is_gone:
            raise self._call.cancelled()
        if kind == "http.response.start":
            self._begin(message)
        elif kind == "http.response.body":
            await self._continue(message)
        elif kind == "http.response.trailers":
            self._add_trailers(message)
        elif kind == "http.response.early_hint":
            self._hint(message)
        else:
            raise BadAnswer(f"{kind} is not known here")

    async def close(self) -> None:
        """The application has returned."""
        if not self.is_complete:
            raise BadAnswer("the application returned without completing its answer")
        self._send_last()

    async def break_off(self) -> None:
        """The application has failed: that the call has failed says enough."""

    @property
    def _is_gone(self) -> bool:
        return self._call.is_over or self._call.cancel_reason > 0

    def _begin(self, message: dict) -> None:
        if self._start is not None:
            raise BadAnswer("http.response.start was sent twice")
        status = message["status"]
        if not 200 <= status <= 599:
            raise BadAnswer(f"{status} is no status of an answer")
        self._start = (status, pairs_of(message.get("headers", ())))
        self._has_trailers = bool(message.get("trailers", False))
        get_running_loop().call_soon(self._send_head)

    async def _continue(self, message: dict) -> None:
        if self._start is None:
            raise BadAnswer("http.response.body was sent before http.response.start")
        if self._is_body_complete:
            raise BadAnswer("http.response.body was sent where trailers were due")
        data = bytes(message.get("body", b"")) if not self._is_bodiless else b""
        if message.get("more_body", False) or self._has_trailers:
            self._is_body_complete = not message.get("more_body", False)
            self._send_head()
            await self._changes.write(data)
            return
        if len(data) > LONGEST_PIECE or (self._is_head_sent and not self._call.has_leave_for(len(data))):
            self._send_head()
            await self._changes.write(data)
            data = b""
        self._complete(data)

    def _add_trailers(self, message: dict) -> None:
        if not self._is_body_complete:
            raise BadAnswer("http.response.trailers was sent before the body's end, or not announced at the start")
        self._trailers += message.get("headers", ())
        if not message.get("more_trailers", False):
            self._packed_trailers = pairs_of(self._trailers) if self._trailers else b""
            self._complete(b"")

    def _hint(self, message: dict) -> None:
        if self._start is not None:
            raise BadAnswer("http.response.early_hint was sent after http.response.start")
        self._call.inform(EARLY_HINTS, pairs_of((b"link", link) for link in message["links"]))

    def _complete(self, last: bytes) -> None:
        self._last = last
        self.is_complete = True
        get_running_loop().call_soon(self._send_last)

    def _send_head(self) -> None:
        """Unless the whole answer is there, and goes in one frame."""
        if not self._is_head_sent and self._last is None:
            self._is_head_sent = True
            self._call.head(*self._start)

    def _send_last(self) -> None:
        data, self._last = self._last, None
        if data is None:
            return
        if self._is_head_sent:
            self._call.end(data, self._packed_trailers)
        else:
            self._is_head_sent = True
            self._call.answer(*self._start, data)


def pairs_of(headers) -> bytes:
    """Headers as the channel takes them; what is between two hops is the platform's."""
    pairs = []
    for name, value in headers:
        if name.decode("latin-1").lower() in _platforms_own:
            continue
        if b"\r" in value or b"\n" in value:
            raise BadAnswer(f"the value of header {name!r} has a line break")
        pairs.append(bytes(name))
        pairs.append(bytes(value))
    return string_list(pairs)
