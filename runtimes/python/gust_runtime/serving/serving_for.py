from __future__ import annotations

from ..process.failure import handler_missing


def serving_for(handler, init: dict, channel, endings):
    """How a handler is served, by the function's form and by what the handler is. Modules are loaded where they are needed."""
    if init["form"] == "event":
        return _event_serving(handler, init, channel, endings)
    return _http_serving(handler, init, channel, endings)


def _event_serving(handler, init: dict, channel, endings):
    from ..handler.is_asynchronous import is_asynchronous

    if not callable(handler):
        raise handler_missing(f'Handler "{init["handler"]}" is there, but is not a function')
    if is_asynchronous(handler):
        from ..event.awaited_events import AwaitedEvents
        from .loop_serving import LoopServing

        return LoopServing(channel, endings, AwaitedEvents(handler, init))
    from ..event.called_events import CalledEvents
    from .thread_serving import ThreadServing

    return ThreadServing(channel, endings, answer=CalledEvents(handler, init).run)


def _http_serving(handler, init: dict, channel, endings):
    from ..handler.http_kind import http_kind

    kind = http_kind(handler)
    if kind == "factory":
        handler = handler()
        kind = http_kind(handler)
    if kind == "asgi":
        from ..asgi.asgi_answerer import AsgiAnswerer
        from .loop_serving import LoopServing

        return LoopServing(channel, endings, AsgiAnswerer(handler))
    if kind == "wsgi":
        from ..wsgi.wsgi_answerer import WsgiAnswerer
        from .thread_pool import ThreadPool
        from .thread_serving import ThreadServing

        return ThreadServing(channel, endings, pool=ThreadPool(WsgiAnswerer(handler), endings))
    raise handler_missing(
        f'Handler "{init["handler"]}" is there, but is no WSGI application (environ, start_response), '
        f"no ASGI application (scope, receive, send), and no function without parameters that makes one"
    )
