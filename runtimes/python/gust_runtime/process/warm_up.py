from __future__ import annotations

from select import select


def warm_up(fd: int) -> None:
    """
    Loads what the first call of any function needs, after READY: a sandbox in the pool has the time. Goes step by step, so
    that an INIT waits for one of them at most, and stops when it has come.
    """
    for step in _steps:
        if select([fd], [], [], 0)[0]:
            return
        step()


def _json() -> None:
    import json

    json.loads("{}")


def _event_handler() -> None:
    from ..event import called_events  # noqa: F401
    from ..handler import load_handler  # noqa: F401


def _loader() -> None:
    import importlib.util  # noqa: F401


def _traceback() -> None:
    import traceback  # noqa: F401


def _inspect() -> None:
    from ..handler import http_kind  # noqa: F401


def _wsgi() -> None:
    from ..serving import thread_pool  # noqa: F401
    from ..wsgi import wsgi_answerer  # noqa: F401


def _asgi() -> None:
    from ..asgi import asgi_answerer  # noqa: F401
    from ..serving import loop_serving  # noqa: F401


_steps = (_json, _event_handler, _loader, _traceback, _inspect, _wsgi, _asgi)
