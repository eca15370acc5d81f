from __future__ import annotations

from struct import Struct

from .frames import DATA, LONGEST_FRAME, LONGEST_PIECE, PREFIX_BYTES

_prefix = Struct("<IBI")


class FrameReader:
    """Cuts a stream into frames; what has arrived in part waits for the rest."""

    def __init__(self, on_frame):
        """`on_frame(kind, call, payload)` is called for every whole frame."""
        self._on_frame = on_frame
        self._rest = b""

    def push(self, data: bytes) -> None:
        """Throws when the stream breaks the protocol."""
        if self._rest:
            data = self._rest + data
        at = 0
        end = len(data)
        while end - at >= PREFIX_BYTES:
            length, kind, call = _prefix.unpack_from(data, at)
            _check(length, kind)
            stop = at + 4 + length
            if stop > end:
                break
            # Kept before the call: what it raises must not have the frame read twice.
            start, at = at + PREFIX_BYTES, stop
            self._on_frame(kind, call, data[start:stop])
        self._rest = data[at:] if at < end else b""


def _check(length: int, kind: int) -> None:
    if length < 5 or length > LONGEST_FRAME:
        raise ValueError(f"a frame of {length} bytes")
    if kind == DATA and length - 5 > LONGEST_PIECE:
        raise ValueError(f"a DATA frame of {length} bytes")
