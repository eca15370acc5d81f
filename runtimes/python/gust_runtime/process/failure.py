from __future__ import annotations

# Where the files of this runtime are: frames in there say nothing to the author of a function.
_runtime_root = __file__.rpartition("/gust_runtime/")[0] + "/"
# Characters; a failure has to fit into one frame.
LONGEST_NAME = 200
LONGEST_MESSAGE = 8_192
LONGEST_STACK = 65_536


class LoadingFailed(Exception):
    """The handler cannot be served, for a reason that is not an error of its code."""

    def __init__(self, kind: str, error_type: str, message: str):
        super().__init__(message)
        self.failure = failure(kind, error_type, message)


def handler_missing(message: str) -> LoadingFailed:
    """The handler cannot be had; the message says what there is instead."""
    return LoadingFailed("handler-missing", "HandlerNotFound", message)


def failure(kind: str, error_type: str, message: str) -> dict:
    """A failure with a sentence of ours."""
    return {"kind": kind, "errorType": error_type, "message": message, "stackTrace": f"{error_type}: {message}"}


def failure_of(kind: str, error: BaseException) -> dict:
    """What user code raised, whatever it is. Running out of memory is a kind of its own."""
    if isinstance(error, MemoryError):
        kind = "memory"
    return {
        "kind": kind,
        "errorType": _cut(type(error).__name__, LONGEST_NAME),
        "message": _cut(_text_of(error), LONGEST_MESSAGE),
        "stackTrace": _cut(stack_of(error), LONGEST_STACK),
    }


def stack_of(error: BaseException) -> str:
    """Traceback and causes as a reader of the function's code wants them: without frames of the runtime."""
    from traceback import TracebackException  # slow to load, and the warm-up has the time

    try:
        shown = TracebackException.from_exception(error)
        _hide_own_frames(shown, set())
        return "".join(shown.format()).rstrip("\n")
    except Exception:  # texts of exceptions are user code, and so may be anything
        return f"{type(error).__name__}: {_text_of(error)}"


def _text_of(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:
        return "the exception cannot be shown"


def _hide_own_frames(shown, seen: set) -> None:
    if shown is None or id(shown) in seen:
        return
    seen.add(id(shown))
    shown.stack[:] = [entry for entry in shown.stack if not _is_own(entry.filename)]
    for other in (shown.__cause__, shown.__context__, *(getattr(shown, "exceptions", None) or ())):
        _hide_own_frames(other, seen)


def _is_own(filename: str) -> bool:
    return filename.startswith(_runtime_root) or filename.startswith("<frozen importlib")


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[:most]}… ({len(text) - most} more characters)"
