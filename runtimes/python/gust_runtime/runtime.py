from __future__ import annotations

import sys

from .channel.channel import Channel
from .channel.frames import INIT_FAILED, READY, frame
from .channel.link import Link
from .process.current_call import follow_executors, follow_threads
from .process.endings import Endings
from .process.environment import enter_code, prepare_function
from .process.failure import LoadingFailed, failure_of, stack_of
from .process.output import Output
from .process.warm_up import warm_up


class PythonRuntime:
    """
    The Python runtime of one sandbox.

    ready → (PREPARE) preparing → (INIT) loading → serving | failed; (STOP) stopping → ended
    """

    def __init__(self, fd: int):
        self._channel = Channel(Link(fd))
        self._output = Output(self._channel)
        self._endings = Endings(self._channel, self._output)
        self._init: dict | None = None
        self._is_assigned = False

    def run(self) -> None:
        """Ends with the process."""
        version = ".".join(map(str, sys.version_info[:3]))
        ready = f'{{"protocol":1,"runtime":"python","version":"{version}","prepares":true}}'
        self._channel.link.send(frame(READY, 0, ready.encode()))
        warm_up(self._channel.link.fd)
        self._wait_for_init()
        self._output.redirect()
        self._endings.watch()
        follow_threads()
        follow_executors()
        try:
            self._load().run(self._say_initialized)
        except SystemExit as error:
            self._endings.end_by(error)
        except LoadingFailed as error:
            self._fail_loading(error.failure)
        except BaseException as error:
            self._fail(error)

    def _wait_for_init(self) -> None:
        self._channel.on_prepare = self._prepare
        self._channel.on_init = self._take_init
        self._channel.on_stop = lambda grace_ms: self._endings.end_silently(0)
        while not self._is_assigned:
            if not self._channel.read():
                self._endings.end_with_platform()

    def _prepare(self, message: dict) -> None:
        """The code is not there yet."""
        prepare_function(message)
        self._init = message

    def _take_init(self) -> None:
        if self._init is None:
            raise ValueError("an INIT that says nothing, and no PREPARE before it")
        self._is_assigned = True

    def _load(self):
        init = self._init
        self._endings.is_loading = True
        from .handler.load_handler import load_handler
        from .serving.serving_for import serving_for

        enter_code(init)
        handler = load_handler(init["codeRoot"], init["handler"])
        return serving_for(handler, init, self._channel, self._endings)

    def _say_initialized(self) -> None:
        self._output.flush_call(None)
        self._endings.is_loading = False
        self._channel.initialized(self._init["form"])

    def _fail(self, error: BaseException) -> None:
        if self._endings.is_loading:
            self._fail_loading(failure_of("code", error))
        print(stack_of(error), file=sys.stderr)  # of ours: user code that serves is guarded
        self._endings.end(1)

    def _fail_loading(self, reason: dict) -> None:
        """The platform discards the sandbox; until then it may ask and stop."""
        self._output.flush_call(None)
        self._endings.is_loading = False
        self._channel.send_json(INIT_FAILED, 0, reason)
        while self._channel.read():
            pass
        self._endings.end_with_platform()
