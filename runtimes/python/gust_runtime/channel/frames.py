"""Frames of PROTOCOL.md: their numbers, and how they are put together. Nothing here knows descriptors or calls."""

from __future__ import annotations

from struct import Struct, unpack_from

READY = 1
INIT = 2
INITIALIZED = 3
INIT_FAILED = 4
CALL = 5
HEAD = 6
DATA = 7
END = 8
ERROR = 9
CANCEL = 10
WINDOW = 11
LOG = 12
PING = 13
PONG = 14
STOP = 15
PREPARE = 16

# Bytes of length, type and call id in front of every payload.
PREFIX_BYTES = 9
LONGEST_FRAME = 1_048_576
# Longest DATA payload, body inside a head, and log line.
LONGEST_PIECE = 65_536
# Body bytes of a call and direction that may be under way without leave.
START_CREDIT = 262_144
LONGEST_STRING = 65_535

_prefix = Struct("<IBI")
_head = Struct("<BH")
_log = Struct("<Bd")
_u32 = Struct("<I")


class FrameLimitError(ValueError):
    """A head that cannot be said in the protocol; its message is for the author of the function."""


def frame(kind: int, call: int, payload: bytes | memoryview = b"") -> bytes:
    return _prefix.pack(len(payload) + 5, kind, call) + payload


def u32_frame(kind: int, call: int, value: int) -> bytes:
    return _prefix.pack(9, kind, call) + _u32.pack(value)


def head_frame(call: int, status: int, pairs: bytes, body: bytes | None) -> bytes:
    """HEAD with the whole body, or (None) with a body that follows. `pairs`: headers as a string list."""
    flags = 0 if body is None else 1
    return frame(HEAD, call, _head.pack(flags, status) + pairs + (body or b""))


def log_frame(call: int, stream: int, seconds: float, line: str) -> bytes:
    """One line of output; one that is too long is cut, between two characters."""
    text = line[:LONGEST_PIECE].encode("utf-8", "backslashreplace")
    if len(text) > LONGEST_PIECE:
        text = text[:LONGEST_PIECE].decode("utf-8", "ignore").encode()
    return frame(LOG, call, _log.pack(stream, seconds * 1000) + text)


def string_list(strings: list[bytes]) -> bytes:
    """Throws when the list cannot be said."""
    lengths = [len(text) for text in strings]
    count = len(lengths)
    longest = max(lengths, default=0)
    if longest > LONGEST_STRING:
        raise FrameLimitError(f"a header of {longest} bytes is longer than {LONGEST_STRING:,}")
    total = 2 + 2 * count + sum(lengths)
    if count > LONGEST_STRING or total > LONGEST_FRAME - 2 * LONGEST_PIECE:
        raise FrameLimitError(f"headers of {total} bytes are more than the platform carries")
    return Struct(f"<{count + 1}H").pack(count, *lengths) + b"".join(strings)


def read_strings(payload: bytes, start: int) -> tuple[list[bytes], int]:
    """A string list, and where it ended."""
    (count,) = unpack_from("<H", payload, start)
    at = start + 2 + 2 * count
    strings = []
    for length in unpack_from(f"<{count}H", payload, start + 2):
        strings.append(payload[at : at + length])
        at += length
    return strings, at


def read_u32(payload: bytes, at: int = 0) -> int:
    return _u32.unpack_from(payload, at)[0]
