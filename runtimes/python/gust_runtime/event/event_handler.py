from __future__ import annotations

import json
import os

from ..process.failure import failure, failure_of
from .event_context import EventContext, context_fields

# Taken before user code runs; NaN and Infinity are not JSON.
_loads = json.loads
_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode
_encode_ascii = json.JSONEncoder(allow_nan=False, separators=(",", ":")).encode


class EventHandler:
    """What is the same for handlers that are called and handlers that are awaited: the event, the context, the result."""

    def __init__(self, handler, init: dict):
        self.handler = handler
        self._init = init
        self._fields = context_fields(init, init["environment"])

    def arguments(self, call, body: bytes) -> tuple | None:
        """Event and context; None: the call has failed, its event is not JSON."""
        try:
            event = _loads(body.decode()) if body else {}
        except ValueError as error:
            call.fail(failure("user", "InvalidEvent", f"The event is not JSON: {error}"))
            return None
        return event, EventContext(self._fields_of(call), call)

    def result_text(self, call, result) -> bytes | None:
        """The result as it is sent; None: the call has failed, it cannot be sent."""
        try:
            text = self._to_json(result)
        except Exception as error:
            reason = failure_of("bad-result", error)
            reason["message"] = f"The result is not JSON: {reason['message']}"
            call.fail(reason)
            return None
        if len(text) > self._init["maxResultBytes"]:
            call.fail(failure("result-too-large", "ResponseTooLarge", "body size is too long"))
            return None
        return text

    def _to_json(self, result) -> bytes:
        try:
            return _encode(result).encode()
        except UnicodeEncodeError:  # half a surrogate pair: JSON can say it, UTF-8 cannot
            return _encode_ascii(result).encode()

    def _fields_of(self, call) -> dict:
        variables = variables_of(call)
        if not variables:
            return self._fields
        return context_fields(self._init, {**self._init["environment"], **variables})


def variables_of(call) -> dict[str, str]:
    """Variables that hold for a call alone."""
    texts = [text.decode("latin-1") for text in call.strings[1:]]
    return dict(zip(texts[::2], texts[1::2]))


class CallVariables:
    """The process environment has a call's variables while this is entered."""

    def __init__(self, call):
        self._variables = variables_of(call)
        self._before: dict = {}

    def __enter__(self) -> None:
        for name, value in self._variables.items():
            self._before[name] = os.environ.get(name)
            os.environ[name] = value

    def __exit__(self, *_) -> None:
        for name, value in self._before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
