from __future__ import annotations

from .frames import BINARY, CLOSE, CONTINUATION, LONGEST_CONTROL, PONG, PROTOCOL_ERROR, TEXT, TOO_LARGE, WebSocketError, text_of

# Bytes that are unmasked at a time; a multiple of the mask's four.
_PIECE = 65_536


class MessageReader:
    """
    Makes messages and control frames of a client's bytes. What breaks RFC 6455 raises WebSocketError, after which nothing
    more can be read. Extensions are never agreed to, so the bits that are reserved for them must be clear.
    """

    def __init__(self, longest: int):
        """`longest`: bytes that a message may have."""
        self._longest = longest
        self._bytes = bytearray()
        # Of the frame whose payload is awaited: opcode, whether it is the last of its message, length, mask.
        self._head: tuple | None = None
        # Of the message whose end is awaited; an opcode of 0: none is.
        self._opcode = 0
        self._pieces: list[bytes] = []
        self._size = 0

    def push(self, data: bytes) -> None:
        self._bytes += data

    def next(self) -> tuple | None:
        """Opcode and payload of the next message (a str when it is TEXT) or control frame; None: more bytes are needed."""
        while True:
            if self._head is None:
                self._head = self._read_head()
            if self._head is None:
                return None
            opcode, is_last, size, mask = self._head
            if len(self._bytes) < size:
                return None
            payload = unmasked(self._bytes[:size], mask)
            del self._bytes[:size]
            self._head = None
            if opcode >= CLOSE:
                return opcode, payload
            self._pieces.append(payload)
            if is_last:
                return self._whole()

    def _whole(self) -> tuple:
        opcode, pieces = self._opcode, self._pieces
        self._opcode, self._pieces, self._size = 0, [], 0
        payload = pieces[0] if len(pieces) == 1 else b"".join(pieces)
        return opcode, text_of(payload) if opcode == TEXT else payload

    def _read_head(self) -> tuple | None:
        """The head of the next frame, checked, so that what is wrong is refused before its payload is kept."""
        data = self._bytes
        if len(data) < 2:
            return None
        opcode, is_last = data[0] & 0x0F, data[0] >= 0x80
        _check(data[0] & 0x70 == 0, "a frame has a reserved bit set")
        _check(opcode <= BINARY or CLOSE <= opcode <= PONG, "a frame has a reserved opcode")
        _check(data[1] >= 0x80, "a frame of a client is not masked")
        size, start = data[1] & 0x7F, 2
        if opcode >= CLOSE:
            _check(is_last and size <= LONGEST_CONTROL, "a control frame is in pieces or too long")
        if size >= 126:
            start = 4 if size == 126 else 10
            if len(data) < start:
                return None
            size = int.from_bytes(data[2:start], "big")
        if len(data) < start + 4:
            return None
        if opcode < CLOSE:
            self._begin(opcode, size)
        mask = bytes(data[start : start + 4])
        del data[: start + 4]
        return opcode, is_last, size, mask

    def _begin(self, opcode: int, size: int) -> None:
        """A piece of a message has come."""
        if opcode == CONTINUATION:
            _check(self._opcode != 0, "a message goes on that has not begun")
        else:
            _check(self._opcode == 0, "a message begins inside of another")
            self._opcode = opcode
        self._size += size
        if self._size > self._longest:
            raise WebSocketError(TOO_LARGE, f"a message has more than {self._longest} bytes")


def unmasked(data: bytes | bytearray, mask: bytes) -> bytes:
    """As one number, XOR is done in C; in pieces, since each of them needs its size three times over."""
    if len(data) <= _PIECE:
        return _xor(data, mask)
    return b"".join(_xor(data[start : start + _PIECE], mask) for start in range(0, len(data), _PIECE))


def _xor(data: bytes | bytearray, mask: bytes) -> bytes:
    size = len(data)
    key = (mask * (size // 4 + 1))[:size]
    return (int.from_bytes(data, "little") ^ int.from_bytes(key, "little")).to_bytes(size, "little")


def _check(is_so: bool, problem: str) -> None:
    if not is_so:
        raise WebSocketError(PROTOCOL_ERROR, problem)
