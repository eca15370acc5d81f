from __future__ import annotations

from urllib.parse import unquote

from ..web_socket.handshake import header_values
from ..wsgi.wsgi_environ import HEADERS_AT, METHOD_AT, TARGET_AT, client_of, split_host

VERSIONS = {"version": "3.0", "spec_version": "2.4"}


def http_scope(call, state: dict) -> dict:
    """`scope` of a request. `state`: what the application's lifespan left."""
    return {
        "type": "http",
        "method": call.strings[METHOD_AT].decode("latin-1"),
        "extensions": {"http.response.early_hint": {}, "http.response.trailers": {}},
        **_request_of(call, state, "http"),
    }


def web_socket_scope(call, state: dict) -> dict:
    """`scope` of a WebSocket."""
    offers = b",".join(header_values(call, b"sec-websocket-protocol")).decode("latin-1").split(",")
    return {
        "type": "websocket",
        "subprotocols": [offer.strip() for offer in offers if offer.strip()],
        "extensions": {"websocket.http.response": {}},
        **_request_of(call, state, "ws"),
    }


def _request_of(call, state: dict, scheme: str) -> dict:
    """`scheme`: as it is without TLS."""
    target = call.strings[TARGET_AT]
    path, _, query = target.partition(b"?")
    headers = [
        (call.strings[index].lower(), call.strings[index + 1]) for index in range(HEADERS_AT, len(call.strings) - 1, 2)
    ]
    by_name = {name: value.decode("latin-1") for name, value in headers}
    is_secure = by_name.get(b"x-forwarded-proto") == "https"
    host, port = split_host(by_name.get(b"host", "localhost"))
    client = client_of(by_name.get(b"x-forwarded-for", ""))
    return {
        "asgi": VERSIONS,
        "http_version": "1.1",
        "scheme": scheme + "s" if is_secure else scheme,
        "path": unquote(path.decode("latin-1")),
        "raw_path": path,
        "query_string": query,
        "root_path": "",
        "headers": headers,
        "client": (client, 0) if client else None,
        "server": (host, int(port) if port else (443 if is_secure else 80)),
        "state": dict(state),
    }
