from __future__ import annotations

from ..wsgi.wsgi_environ import HEADERS_AT

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def asks_for_web_socket(call) -> bool:
    """Whether the call is a WebSocket's; the platform has checked its handshake."""
    strings = call.strings
    return b"upgrade" in strings and b"websocket" in header_values(call, b"upgrade")


def header_values(call, name: bytes) -> list[bytes]:
    """Values of a header; its name is given in lower case."""
    strings = call.strings
    return [strings[index + 1] for index in range(HEADERS_AT, len(strings) - 1, 2) if strings[index].lower() == name]


def accept_of(call) -> bytes:
    """`Sec-WebSocket-Accept`."""
    from binascii import b2a_base64
    from hashlib import sha1  # 3 ms to load

    return b2a_base64(sha1(header_values(call, b"sec-websocket-key")[0] + _GUID).digest(), newline=False)
