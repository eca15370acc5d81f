from __future__ import annotations

import asyncio
import sys

from ..channel.call import DEADLINE, CallCancelled
from ..process.failure import failure, failure_of, stack_of
from ..wsgi.wsgi_environ import METHOD_AT
from .asgi_exchange import AsgiExchange, BadAnswer
from .asgi_scope import http_scope
from .lifespan import Lifespan


class AsgiAnswerer:
    """
    Answers calls with an ASGI application, each as a task. When the caller goes, the application hears http.disconnect;
    when the time is up, its task is cancelled as well.
    """

    cancelled_from = DEADLINE

    def __init__(self, application):
        self._application = application
        self._lifespan = Lifespan(application)
        self.start = self._lifespan.start
        self.stop = self._lifespan.stop

    async def run(self, call) -> None:
        """Raises SystemExit when user code does."""
        exchange = AsgiExchange(call, call.strings[METHOD_AT] == b"HEAD")
        try:
            await self._application(http_scope(call, self._lifespan.state), exchange.receive, exchange.send)
            await exchange.close()
        except (SystemExit, KeyboardInterrupt):
            raise
        except CallCancelled as error:
            call.fail(failure("user", "CallCancelled", str(error)))
        except BadAnswer as error:
            call.fail(failure("bad-result", "BadAnswer", str(error)))
        except BaseException as error:
            await self._fail(call, exchange, error)

    async def _fail(self, call, exchange, error: BaseException) -> None:
        """An answer that is complete stays one: Starlette answers 500 and raises the error on."""
        if not exchange.is_complete or call.cancel_reason:
            call.fail(failure_of("user", error))
            return
        if not isinstance(error, asyncio.CancelledError):
            print(stack_of(error), file=sys.stderr)
        await exchange.close()
