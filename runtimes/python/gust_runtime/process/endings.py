from __future__ import annotations

import atexit
import os
import signal
import sys
from threading import Lock

from ..channel.frames import INIT_FAILED
from .current_call import current_call
from .failure import failure

_real_exit = os._exit
# For the platform to read the last words.
LAST_WORDS_SECONDS = 0.5


class Endings:
    """
    What becomes of calls when user code ends the process.

    - os._exit, and sys.exit in a handler: every running call fails (`exit`), and the platform hears why.
    - exceptions in threads, tasks that nobody awaits: Python prints them, and the process goes on.
    - a signal that kills: nothing can be said, and the platform concludes it from the end of the channel.
    - a forked child is a process of its own: its end is nobody's failure.
    """

    def __init__(self, channel, output):
        self._channel = channel
        self._output = output
        self._ending = Lock()
        self._is_child = False
        self._code = 1
        # Handler is being loaded: the platform waits for INITIALIZED or INIT_FAILED.
        self.is_loading = False

    def watch(self) -> None:
        os._exit = self.end
        os.register_at_fork(after_in_child=self._enter_child)

    def end(self, code: int) -> None:
        """Ends the process, telling the platform of every call that dies with it. Runs nothing more of user code."""
        if self._is_child:
            _real_exit(code)
        self._ending.acquire()  # for good: whoever comes second waits for the end
        reason = failure("exit", "ProcessExited", f"process exited with code {code}")
        # First, so that the platform gives this process no further call once an answer is out.
        self._channel.fail(reason)
        self._output.flush_call(None)
        if self.is_loading:
            self._channel.send_json(INIT_FAILED, 0, reason)
        for call in list(self._channel.calls.values()):
            call.fail(reason)
        self._leave(code)

    def end_by(self, error: SystemExit, call=None) -> None:
        """The same for sys.exit, with what user code wants done at the end; on behalf of the call that ended the process."""
        current_call.set(call)
        code = error.code
        if code is not None and not isinstance(code, int):
            print(code, file=sys.stderr)
        self.run_exit_functions()
        self.end(0 if code is None else code & 0xFF if isinstance(code, int) else 1)

    def end_silently(self, code: int) -> None:
        """Ends the process, saying nothing but what is already printed."""
        self._ending.acquire()
        self._output.flush_call(None)
        self._leave(code)

    def end_with_platform(self) -> None:
        """The platform is gone: nobody wants anything of this process or of what it started. Or it has heard the end."""
        if self._ending.locked():
            _real_exit(self._code)
        if os.getpgrp() == os.getpid():
            os.killpg(os.getpid(), signal.SIGKILL)
        _real_exit(1)

    def run_exit_functions(self) -> None:
        """What user code registered with atexit; Python prints what they raise."""
        try:
            atexit._run_exitfuncs()  # not documented; the only way, and there since 3.0
        except BaseException:
            sys.excepthook(*sys.exc_info())

    def _leave(self, code: int) -> None:
        self._code = code
        self._channel.link.finish(LAST_WORDS_SECONDS)
        _real_exit(code)

    def _enter_child(self) -> None:
        self._is_child = True
        self._channel.link.drop()
        self._output.enter_child()
