"""Frames of RFC 6455 as a server sends them, and what its close codes may be."""

from __future__ import annotations

from struct import pack

CONTINUATION = 0
TEXT = 1
BINARY = 2
CLOSE = 8
PING = 9
PONG = 10

NORMAL = 1000
PROTOCOL_ERROR = 1002
# Never sent: a Close without a code, and a connection that ended without a Close.
NO_CODE = 1005
ABNORMAL = 1006
NOT_UTF8 = 1007
TOO_LARGE = 1009
SERVER_FAILED = 1011

LONGEST_CONTROL = 125
_FINAL = 0x80


class WebSocketError(Exception):
    """What a client broke; `code` is for the Close that says so."""

    def __init__(self, code: int, reason: str):
        super().__init__(reason)
        self.code = code


def frame(opcode: int, payload: bytes) -> bytes:
    """A whole message, or a control frame."""
    size = len(payload)
    if size < 126:
        return bytes((_FINAL | opcode, size)) + payload
    if size < 65_536:
        return pack(">BBH", _FINAL | opcode, 126, size) + payload
    return pack(">BBQ", _FINAL | opcode, 127, size) + payload


def close_frame(code: int, reason: str = "") -> bytes:
    """A reason that is too long is cut, between two characters."""
    if code == NO_CODE:
        return frame(CLOSE, b"")
    text = reason.encode("utf-8", "replace")
    if len(text) > LONGEST_CONTROL - 2:
        text = text[: LONGEST_CONTROL - 2].decode("utf-8", "ignore").encode()
    return frame(CLOSE, pack(">H", code) + text)


def read_close(payload: bytes) -> tuple[int, str]:
    """Code and reason of a client's Close."""
    if not payload:
        return NO_CODE, ""
    code = int.from_bytes(payload[:2], "big")
    if len(payload) == 1 or not may_be_sent(code):
        raise WebSocketError(PROTOCOL_ERROR, "a Close has a code that may not be sent")
    return code, text_of(payload[2:])


def may_be_sent(code: int) -> bool:
    """Codes of the RFC and of IANA's list, and those that are the applications' own."""
    return 1000 <= code <= 1014 and code not in (1004, NO_CODE, ABNORMAL) or 3000 <= code <= 4999


def text_of(payload: bytes) -> str:
    try:
        return payload.decode("utf-8")
    except UnicodeDecodeError:
        raise WebSocketError(NOT_UTF8, "a text is not UTF-8") from None
