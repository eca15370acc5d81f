from __future__ import annotations

import inspect

from .is_asynchronous import is_asynchronous


def http_kind(handler) -> str | None:
    """
    What an object that a handler names is: `wsgi`, `asgi`, `factory` (it makes the application), or None: nothing that
    takes requests. Nothing is called to find out.
    """
    if not callable(handler) or inspect.isclass(handler):
        return None
    if is_asynchronous(handler):
        return "asgi" if _takes(handler, 3) else None
    names = _parameter_names(handler)
    if names is None:
        return None
    if names[:3] == ["scope", "receive", "send"] or (len(names) >= 3 and _takes(handler, 3) and not _takes(handler, 2)):
        return "asgi"
    if _takes(handler, 2):
        return "wsgi" if names[:2] != ["event", "context"] else None
    return "factory" if _takes(handler, 0) else None


def _parameter_names(handler) -> list[str] | None:
    try:
        return list(inspect.signature(handler).parameters)
    except (TypeError, ValueError):
        return None


def _takes(handler, count: int) -> bool:
    """Whether it can be called with so many positional arguments."""
    try:
        inspect.signature(handler).bind(*range(count))
    except (TypeError, ValueError):
        return False
    return True
