from __future__ import annotations

from urllib.parse import unquote

from ..wsgi.wsgi_environ import HEADERS_AT, METHOD_AT, TARGET_AT, client_of, split_host

VERSIONS = {"version": "3.0", "spec_version": "2.4"}


def http_scope(call, state: dict) -> dict:
    """`scope` of a request. `state`: what the application's lifespan left."""
    target = call.strings[TARGET_AT]
    path, _, query = target.partition(b"?")
    headers = [
        (call.strings[index].lower(), call.strings[index + 1]) for index in range(HEADERS_AT, len(call.strings) - 1, 2)
    ]
    by_name = {name: value.decode("latin-1") for name, value in headers}
    scheme = "https" if by_name.get(b"x-forwarded-proto") == "https" else "http"
    host, port = split_host(by_name.get(b"host", "localhost"))
    client = client_of(by_name.get(b"x-forwarded-for", ""))
    return {
        "type": "http",
        "asgi": VERSIONS,
        "http_version": "1.1",
        "method": call.strings[METHOD_AT].decode("latin-1"),
        "scheme": scheme,
        "path": unquote(path.decode("latin-1")),
        "raw_path": path,
        "query_string": query,
        "root_path": "",
        "headers": headers,
        "client": (client, 0) if client else None,
        "server": (host, int(port) if port else (443 if scheme == "https" else 80)),
        "state": dict(state),
        "extensions": {},
    }
