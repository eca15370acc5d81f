from __future__ import annotations

import time

from . import frames
from .call import Call
from .frame_reader import FrameReader

_monotonic = time.monotonic


class Channel:
    """
    The runtime's end of the channel.

    started → READY → (PREPARE) → (INIT) → INITIALIZED | INIT_FAILED; CALLs any time after INITIALIZED.
    One that comes before, behind INIT, waits for it.
    Frames are read by one thread at a time: the main thread until the handler is loaded, then by whoever serves.
    """

    def __init__(self, link):
        self.link = link
        # Calls under way, by the platform's id.
        self.calls: dict[int, Call] = {}
        self._is_initialized = False
        # CALLs that came before INITIALIZED, by id; None: cancelled since.
        self._early: dict[int, bytes | None] = {}
        self._reader = FrameReader(self._dispatch)
        # What a runtime does with what the platform says.
        self.on_prepare = _nothing
        self.on_init = _nothing
        self.on_call = _nothing
        self.on_stop = _nothing
        self.on_ping = self.pong
        # Called before the last of a call's own frames: lines begun by it go out first.
        self.before_answer = _nothing
        # Called when a call is over.
        self.on_over = _nothing

    def read(self) -> bool:
        """Waits for bytes and does what they say. False: the platform is gone."""
        data = self.link.read()
        self._reader.push(data)
        return len(data) > 0

    def send_json(self, kind: int, call: int, message: dict) -> None:
        self.link.send(frames.frame(kind, call, _to_json(message)))

    def initialized(self, handler: str) -> None:
        """The handler is loaded: says so, and then begins the call that came meanwhile."""
        self._is_initialized = True
        self.send_json(frames.INITIALIZED, 0, {"handler": handler})
        for call_id, payload in self._early.items():
            if payload is None:
                self.send_json(frames.ERROR, call_id, _cancelled)
            else:
                self._start_call(call_id, payload)
        self._early.clear()

    def fail(self, failure: dict) -> None:
        """The whole runtime failed and is about to exit."""
        self.send_json(frames.ERROR, 0, failure)

    def pong(self, value: int) -> None:
        self.link.send(frames.u32_frame(frames.PONG, 0, value))

    def forget(self, call: Call) -> None:
        """Called by a call that is over."""
        self.calls.pop(call.id, None)
        self.on_over(call)

    def _dispatch(self, kind: int, call_id: int, payload: bytes) -> None:
        if kind == frames.CALL:
            if self._is_initialized:
                return self._start_call(call_id, payload)
            self._early[call_id] = bytes(payload)
            return
        if kind == frames.PING:
            return self.on_ping(frames.read_u32(payload))
        if kind == frames.INIT:
            if payload:
                self.on_prepare(_from_json(payload))
            return self.on_init()
        if kind == frames.PREPARE:
            return self.on_prepare(_from_json(payload))
        if kind == frames.STOP:
            return self.on_stop(frames.read_u32(payload))
        if kind not in _about_calls:
            raise ValueError(f"a frame of type {kind}")
        call = self.calls.get(call_id)
        if call is not None:
            _about_calls[kind](call, payload)
        elif kind == frames.CANCEL and call_id in self._early:
            self._early[call_id] = None
        # other frames about calls that are over are dropped

    def _start_call(self, call_id: int, payload: bytes) -> None:
        until_deadline = frames.read_u32(payload, 2)
        deadline = _monotonic() + until_deadline / 1000 if until_deadline else float("inf")
        strings, body_start = frames.read_strings(payload, 6)
        whole = payload[body_start:] if payload[0] & 1 else None
        call = Call(self, call_id, payload[1] == 0, deadline, strings, whole)
        self.calls[call_id] = call
        self.on_call(call)


_about_calls = {
    frames.DATA: lambda call, payload: call.body.push(payload),
    frames.END: lambda call, payload: call.body.end(),
    frames.WINDOW: lambda call, payload: call.grant(frames.read_u32(payload)),
    frames.CANCEL: lambda call, payload: call.cancel(payload[0] if payload else 1),
}


_cancelled = {
    "kind": "user",
    "errorType": "Canceled",
    "message": "the call was cancelled before it began",
    "stackTrace": "",
}


def _to_json(message: dict) -> bytes:
    from json import dumps  # 5 ms to load, and the warm-up has the time

    return dumps(message).encode()  # in ASCII: whatever text there is can be said


def _from_json(payload: bytes) -> dict:
    from json import loads

    return loads(payload)


def _nothing(*_) -> None:
    pass
