from __future__ import annotations

import io
import sys
from urllib.parse import unquote_to_bytes

METHOD_AT = 1
TARGET_AT = 2
HEADERS_AT = 3
_own_variables = {"content-type": "CONTENT_TYPE", "content-length": "CONTENT_LENGTH"}


def wsgi_environ(call) -> dict:
    """`environ` of PEP 3333. Texts are bytes read as Latin-1, as it wants them."""
    method = call.strings[METHOD_AT].decode("latin-1")
    target = call.strings[TARGET_AT].decode("latin-1")
    path, _, query = target.partition("?")
    environ = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path.encode("latin-1")).decode("latin-1"),
        "QUERY_STRING": query,
        "REQUEST_URI": target,
        "RAW_URI": target,
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.version": (1, 0),
        "wsgi.input": _input_of(call),
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "wsgi.file_wrapper": FileWrapper,
    }
    _add_headers(environ, call.strings)
    _add_addresses(environ)
    return environ


def _add_headers(environ: dict, strings: list[bytes]) -> None:
    for index in range(HEADERS_AT, len(strings) - 1, 2):
        name = strings[index].decode("latin-1").lower()
        value = strings[index + 1].decode("latin-1")
        if "_" in name:
            continue  # `x_forwarded_for` would pass for `x-forwarded-for`
        variable = _own_variables.get(name) or "HTTP_" + name.upper().replace("-", "_")
        present = environ.get(variable)
        separator = "; " if name == "cookie" else ","
        environ[variable] = value if present is None else present + separator + value


def _add_addresses(environ: dict) -> None:
    scheme = "https" if environ.get("HTTP_X_FORWARDED_PROTO") == "https" else "http"
    host, port = split_host(environ.get("HTTP_HOST", "localhost"))
    environ["wsgi.url_scheme"] = scheme
    environ["SERVER_NAME"] = host
    environ["SERVER_PORT"] = port or ("443" if scheme == "https" else "80")
    environ["REMOTE_ADDR"] = client_of(environ.get("HTTP_X_FORWARDED_FOR", ""))


def split_host(host: str) -> tuple[str, str]:
    """Name and port of a Host header; the port is empty when it has none."""
    name, colon, port = host.rpartition(":")
    return (name, port) if colon and port.isdigit() else (host, "")


def client_of(forwarded_for: str) -> str:
    """Who speaks to the platform: what a client itself says of others before it is not believed."""
    return forwarded_for.rpartition(",")[2].strip()


def _input_of(call):
    body = call.body
    if body.is_complete:
        return io.BytesIO(body.read_all())
    return io.BufferedReader(_BodyStream(body))


class _BodyStream(io.RawIOBase):
    """A request's body that still arrives; reading it waits."""

    def __init__(self, body):
        self._body = body
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        if not self._rest:
            self._rest = memoryview(self._body.read())
        size = min(len(buffer), len(self._rest))
        buffer[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size


class FileWrapper:
    """`wsgi.file_wrapper`: the pieces of a file."""

    def __init__(self, file, size: int = 65_536):
        self._file = file
        self._size = size
        if hasattr(file, "close"):
            self.close = file.close

    def __iter__(self):
        return iter(lambda: self._file.read(self._size), b"")
