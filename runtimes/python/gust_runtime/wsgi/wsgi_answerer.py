from __future__ import annotations

from ..channel.call import CallCancelled
from ..channel.frames import LONGEST_PIECE, string_list
from ..process.failure import failure, failure_of
from .wsgi_environ import METHOD_AT, wsgi_environ

hop_by_hop = {"connection", "keep-alive", "transfer-encoding", "upgrade", "proxy-authenticate", "te", "trailer"}


class WsgiAnswerer:
    """Answers calls with a WSGI application, each in a thread of its own."""

    def __init__(self, application):
        self._application = application

    def __call__(self, call) -> None:
        """Raises SystemExit when user code does."""
        answer = _Answer(call)
        try:
            environ = wsgi_environ(call)
            pieces = self._application(environ, answer.start_response)
            try:
                answer.send(pieces)
            finally:
                # Before the end is said: afterwards an instance may stand still.
                if hasattr(pieces, "close"):
                    pieces.close()
            answer.finish()
        except (SystemExit, KeyboardInterrupt):
            raise
        except BadAnswer as error:
            call.fail(failure("bad-result", "BadAnswer", str(error)))
        except CallCancelled as error:
            call.fail(failure("user", "CallCancelled", str(error)))
        except BaseException as error:
            call.fail(failure_of("user", error))


class BadAnswer(Exception):
    """An application that does not keep to PEP 3333."""


class _Answer:
    """
    What an application answers: status and headers wait for the first bytes of the body, and the last bytes for the end.
    A small answer so is one frame.

    waiting → (start_response) started → (more than a piece of body) streaming → finished
    """

    def __init__(self, call):
        self._call = call
        self._is_bodiless = call.strings[METHOD_AT] == b"HEAD"
        self._status = 0
        self._pairs = b""
        self._length: int | None = None
        self._is_sent = False
        self._held = b""

    def start_response(self, status: str, headers: list, exc_info=None):
        if exc_info is not None:
            try:
                if self._is_sent:
                    raise exc_info[1].with_traceback(exc_info[2])
            finally:
                exc_info = None  # a ring with the traceback
        elif self._status:
            raise BadAnswer("start_response() was called twice")
        self._status = _status_of(status)
        self._pairs, self._length = _pairs_of(headers)
        return self._write

    def send(self, pieces) -> None:
        """Every piece is sent before the next is asked for, except the last of an answer that says its length."""
        if isinstance(pieces, (str, bytes)):
            pieces = [pieces]  # PEP 3333 allows it: one byte a piece otherwise
        if isinstance(pieces, (list, tuple)):
            return self._take(b"".join(_checked(piece) for piece in pieces))
        for piece in pieces:
            if self._held:
                self._flush()
            self._take(_checked(piece))
            if self._is_bodiless:
                return
            if self._held and len(self._held) != self._length:
                self._flush()

    def finish(self) -> None:
        if self._status == 0:
            raise BadAnswer("the application answered without calling start_response()")
        if self._is_sent:
            self._call.end(self._held)
        elif len(self._held) <= LONGEST_PIECE:
            self._call.answer(self._status, self._pairs, self._held)
        else:
            self._flush()
            self._call.end()

    def _write(self, data: bytes) -> None:
        """What start_response() gives, for applications of long ago."""
        self._take(_checked(data))
        self._flush()

    def _take(self, data: bytes) -> None:
        if not data:
            return
        if self._status == 0:
            raise BadAnswer("the application gave a body before calling start_response()")
        if not self._is_bodiless:
            self._held += data

    def _flush(self) -> None:
        if not self._is_sent:
            self._is_sent = True
            self._call.head(self._status, self._pairs)
        data, self._held = self._held, b""
        self._call.write(data)


def _status_of(status: str) -> int:
    number = status.partition(" ")[0] if isinstance(status, str) else ""
    if not number.isdigit() or not 200 <= int(number) <= 599:
        raise BadAnswer(f"{status!r} is no status of an answer, such as '200 OK'")
    return int(number)


def _pairs_of(headers: list) -> tuple[bytes, int | None]:
    """Headers as the channel takes them, and the length that they say. What is between two hops is the platform's."""
    pairs = []
    length = None
    for name, value in headers:
        lower = name.lower()
        if lower in hop_by_hop:
            continue
        if "\r" in value or "\n" in value:
            raise BadAnswer(f"the value of header {name!r} has a line break")
        if lower == "content-length" and value.isdigit():
            length = int(value)
        pairs.append(name.encode("latin-1"))
        pairs.append(value.encode("latin-1"))
    return string_list(pairs), length


def _checked(piece) -> bytes:
    if isinstance(piece, bytes):
        return piece
    raise BadAnswer(f"the application gave {type(piece).__name__} for its body, not bytes")
