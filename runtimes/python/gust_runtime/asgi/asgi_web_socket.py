from __future__ import annotations

import asyncio
from collections import deque

from ..channel.call import CallCancelled
from ..serving.call_changes import CallChanges
from ..web_socket.frame_sender import FrameSender
from ..web_socket.frames import (
    ABNORMAL,
    BINARY,
    CLOSE,
    NORMAL,
    PING,
    SERVER_FAILED,
    TEXT,
    WebSocketError,
    close_frame,
    frame,
    may_be_sent,
    read_close,
)
from ..web_socket.handshake import accept_of
from ..web_socket.message_reader import MessageReader
from .asgi_exchange import AsgiExchange, BadAnswer, pairs_of

# Bytes of one message, as uvicorn has it; a longer one ends the connection with 1009.
LONGEST_MESSAGE = 16_777_216
# Bytes of messages that wait for the application before no more are read, and what each of them counts besides its own.
_MOST_WAITING = 262_144
_EACH_WAITING = 64
# Seconds for what was sent last to leave.
_LAST_WORDS_S = 5
_DENIAL = "websocket.http.response."


class AsgiWebSocket:
    """
    `receive` and `send` of one WebSocket.

    connecting → (websocket.accept) open → (Close of either side, client gone) closed
    connecting → (websocket.close: 403, websocket.http.response.start) denied
    The client is read as it speaks, so that pings are answered and a Close is heard while the application is busy;
    messages wait for it up to a limit, and then the client has to.
    """

    def __init__(self, call):
        self._call = call
        self._changes = CallChanges(call)
        self._sender = FrameSender(call)
        self._reader = MessageReader(LONGEST_MESSAGE)
        self._is_connect_told = False
        self._is_open = False
        self._denial: AsgiExchange | None = None
        self._messages: deque = deque()
        self._waiting = 0
        # How it ended, as the application is told.
        self._end: dict | None = None

    @property
    def is_complete(self) -> bool:
        """What the application does from here on changes nothing for the client."""
        return self._denial.is_complete if self._denial is not None else self._end is not None

    async def receive(self) -> dict:
        if not self._is_connect_told:
            self._is_connect_told = True
            return {"type": "websocket.connect"}
        while True:
            if self._messages:
                size, message = self._messages.popleft()
                self._waiting -= size
                self._read()
                return message
            if self._end is not None:
                return self._end
            if self._is_gone or self.is_complete:
                return _disconnect(ABNORMAL)
            await self._changes.next()

    async def send(self, message: dict) -> None:
        """Raises OSError, as ASGI wants it, when nobody takes the messages any more."""
        kind = message["type"]
        if self._is_gone:
            raise self._call.cancelled()
        if self._denial is not None:
            await self._denial.send({**message, "type": kind.replace("websocket.", "", 1)})
        elif not self._is_open:
            await self._answer(kind, message)
        elif self._end is not None and kind == "websocket.close":
            pass  # it may have been on its way when the client closed
        elif self._end is not None:
            raise CallCancelled("The WebSocket is closed")
        elif kind == "websocket.send":
            self._sender.put(_frame_of(message))
            await self._changes.until(lambda: self._sender.is_empty)
        elif kind == "websocket.close":
            self._close(_code_of(message), message.get("reason") or "")
        else:
            raise BadAnswer(f"{kind} was sent in an open WebSocket")

    async def close(self) -> None:
        """The application has returned."""
        if self._denial is not None:
            return await self._denial.close()
        if not self._is_open:
            raise BadAnswer("the application returned without accepting or closing the WebSocket")
        await self._leave(NORMAL)
        self._call.end()

    async def break_off(self) -> None:
        """The application has failed."""
        if self._is_open:
            await self._leave(SERVER_FAILED)

    @property
    def _is_gone(self) -> bool:
        return self._call.is_over or self._call.cancel_reason > 0

    async def _answer(self, kind: str, message: dict) -> None:
        if kind == "websocket.accept":
            return self._accept(message)
        if kind != "websocket.close" and not kind.startswith(_DENIAL):
            raise BadAnswer(f"{kind} was sent before websocket.accept")
        self._denial = AsgiExchange(self._call, False, self._changes)
        if kind != "websocket.close":
            return await self._denial.send({**message, "type": kind.replace("websocket.", "", 1)})
        await self._denial.send({"type": "http.response.start", "status": 403})
        await self._denial.send({"type": "http.response.body"})

    def _accept(self, message: dict) -> None:
        headers = [(b"sec-websocket-accept", accept_of(self._call)), *(message.get("headers") or ())]
        if message.get("subprotocol"):
            headers.append((b"sec-websocket-protocol", message["subprotocol"].encode("latin-1")))
        pairs = pairs_of(headers)
        self._is_open = True
        self._call.on_change = self._on_change
        self._call.switch(pairs)

    def _on_change(self) -> None:
        self._sender.flush()
        self._read()
        self._changes.wake()

    def _read(self) -> None:
        """Takes what the client has said, as long as the application keeps up."""
        body = self._call.body
        try:
            while self._end is None and self._waiting < _MOST_WAITING:
                read = self._reader.next()
                if read is not None:
                    self._take(*read)
                elif body.is_ended:
                    self._end = _disconnect(ABNORMAL)
                elif body.is_readable:
                    self._reader.push(body.take())
                else:
                    return
        except WebSocketError as error:
            self._close(error.code, str(error))

    def _take(self, opcode: int, payload) -> None:
        if opcode == TEXT:
            self._keep({"type": "websocket.receive", "text": payload}, len(payload))
        elif opcode == BINARY:
            self._keep({"type": "websocket.receive", "bytes": payload}, len(payload))
        elif opcode == PING:
            self._sender.pong(payload)
        elif opcode == CLOSE:
            self._close(*read_close(payload))

    def _keep(self, message: dict, size: int) -> None:
        size += _EACH_WAITING
        self._waiting += size
        self._messages.append((size, message))

    def _close(self, code: int, reason: str) -> None:
        """Says Close, as the first or in answer to the client's. What the client says after it is not read."""
        self._end = _disconnect(code, reason)
        self._sender.put(close_frame(code, reason))

    async def _leave(self, code: int) -> None:
        if self._is_gone:
            return
        if self._end is None:
            self._close(code, "")
        try:
            await asyncio.wait_for(self._changes.until(lambda: self._sender.is_empty), _LAST_WORDS_S)
        except (asyncio.TimeoutError, CallCancelled):
            pass  # a client that takes nothing misses them


def _disconnect(code: int, reason: str = "") -> dict:
    return {"type": "websocket.disconnect", "code": code, "reason": reason}


def _frame_of(message: dict) -> bytes:
    data = message.get("bytes")
    if data is not None:
        return frame(BINARY, bytes(data))
    text = message.get("text")
    if text is None:
        raise BadAnswer("websocket.send has neither bytes nor text")
    return frame(TEXT, text.encode())


def _code_of(message: dict) -> int:
    code = message.get("code")
    code = NORMAL if code is None else code
    if not may_be_sent(code):
        raise BadAnswer(f"{code} is no code that a Close may have")
    return code
