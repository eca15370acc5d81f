from __future__ import annotations

import threading
from contextvars import ContextVar

# The call on whose behalf code runs, through every `await`, and into the threads that it starts.
current_call: ContextVar = ContextVar("gust_call", default=None)


def call_here():
    """The call under way here; None: none, or it is over."""
    call = current_call.get()
    return None if call is None or call.is_over else call


def follow_threads() -> None:
    """Threads that a call starts belong to it. Python leaves them without a context (with one from 3.14 on)."""
    start = threading.Thread.start

    def start_in_call(self):
        call = call_here()
        if call is not None:
            _bind(self, call)
        start(self)

    threading.Thread.start = start_in_call


def _bind(thread: threading.Thread, call) -> None:
    run = thread.run

    def run_in_call():
        del thread.run
        current_call.set(call)
        run()

    thread.run = run_in_call


def follow_executors() -> None:
    """What a call submits to a thread pool belongs to it, whichever call its threads were started by."""
    from concurrent.futures import ThreadPoolExecutor

    submit = ThreadPoolExecutor.submit

    def submit_in_call(self, fn, /, *args, **kwargs):
        call = call_here()
        if call is None:
            return submit(self, fn, *args, **kwargs)
        return submit(self, _run_in_call, call, fn, args, kwargs)

    ThreadPoolExecutor.submit = submit_in_call


def _run_in_call(call, fn, args, kwargs):
    token = current_call.set(call)
    try:
        return fn(*args, **kwargs)
    finally:
        current_call.reset(token)
