from __future__ import annotations

from contextvars import Context
from queue import Empty, SimpleQueue
from threading import Lock, Semaphore, Thread, get_ident

from ..channel.call import DEADLINE
from ..process.current_call import current_call
from ..process.failure import failure_of

# Calls at a time that the platform gives one instance at most.
MOST_CALLS = 100
# Threads beyond them, for those that code holds after the time of its call.
SPARE_THREADS = 28


class CallEnded(BaseException):
    """Raised in a thread whose call has used up its time: no `except Exception` of user code holds it."""


class ThreadPool:
    """
    Threads that answer calls, as many as are needed and bounded.

    A call whose time is up is ended by an exception in its thread, as soon as the thread runs Python code again. Code that
    waits outside of Python keeps its thread; when too few are left, `has_room` is false: then nobody can be served.
    """

    def __init__(self, answer, endings):
        self._answer = answer
        self._endings = endings
        self._calls: SimpleQueue = SimpleQueue()
        self._idle = Semaphore(0)
        self._lock = Lock()
        self._threads: dict = {}
        self._size = 0
        self._add()  # the first call finds it started

    @property
    def has_room(self) -> bool:
        held = sum(call.cancel_reason >= DEADLINE for call in list(self._threads))
        return held <= SPARE_THREADS

    def put(self, call) -> None:
        """Has a call answered; called by one thread only."""
        call.on_cancel = lambda reason: self._end_late(call, reason)
        self._calls.put(call)
        if self._idle.acquire(blocking=False) or self._size == MOST_CALLS + SPARE_THREADS:
            return
        self._add()

    def _add(self) -> None:
        self._size += 1
        Thread(target=self._work, name=f"call-{self._size}", daemon=True).start()

    def _work(self) -> None:
        while True:
            try:
                self._run(self._next())
            except CallEnded:
                continue  # it came when its call had just ended

    def _next(self):
        try:
            return self._calls.get_nowait()
        except Empty:
            self._idle.release()
            return self._calls.get()

    def _run(self, call) -> None:
        with self._lock:
            self._threads[call] = get_ident()
        try:
            Context().run(self._answer_in, call)
        except SystemExit as error:
            self._endings.end_by(error, call)
        except BaseException as error:
            call.fail(failure_of("user", error))
        finally:
            self._leave(call)

    def _answer_in(self, call) -> None:
        current_call.set(call)
        self._answer(call)

    def _leave(self, call) -> None:
        """From here on nothing is raised in this thread any more; at most once while this runs."""
        try:
            with self._lock:
                self._threads.pop(call, None)
        except CallEnded:
            with self._lock:
                self._threads.pop(call, None)

    def _end_late(self, call, reason: int) -> None:
        if reason < DEADLINE:
            return
        from ctypes import c_ulong, py_object, pythonapi  # 3 ms to load, and rarely needed

        with self._lock:
            thread = self._threads.get(call)
            if thread is not None:
                pythonapi.PyThreadState_SetAsyncExc(c_ulong(thread), py_object(CallEnded))
