"""
A WSGI application without a framework. Those of Flask, Django and Bottle work as they are, and ASGI ones of FastAPI,
Starlette and others too: name them in Handler, and put their packages beside this file with `pip install -t . <package>`.
"""

import json
import time
from urllib.parse import parse_qs


def app(environ, start_response):
    print(environ["REQUEST_METHOD"], environ["PATH_INFO"])
    if environ["PATH_INFO"] == "/json":
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps({"method": environ["REQUEST_METHOD"], "path": environ["PATH_INFO"]}).encode()]
    start_response("200 OK", [("Content-Type", "text/plain; charset=utf-8")])
    return greet(parse_qs(environ["QUERY_STRING"]).get("name", ["world"])[0])


def greet(name):
    """Every word is on its way when it is yielded."""
    for word in ("Hello", ", ", name, "!\n"):
        yield word.encode()
        time.sleep(0.1)
