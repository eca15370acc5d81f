from __future__ import annotations

import asyncio
import sys

from ..channel.call import DEADLINE, CallCancelled
from ..process.failure import failure, failure_of, stack_of
from ..web_socket.handshake import asks_for_web_socket
from ..wsgi.wsgi_environ import METHOD_AT
from .asgi_exchange import AsgiExchange, BadAnswer
from .asgi_scope import http_scope, web_socket_scope
from .lifespan import Lifespan


class AsgiAnswerer:
    """
    Answers calls with an ASGI application, each as a task. When the caller goes, the application hears http.disconnect
    or websocket.disconnect; when the time is up, its task is cancelled as well.
    """

    cancelled_from = DEADLINE

    def __init__(self, application):
        self._application = application
        self._lifespan = Lifespan(application)
        self.start = self._lifespan.start
        self.stop = self._lifespan.stop

    async def run(self, call) -> None:
        """Raises SystemExit when user code does."""
        if asks_for_web_socket(call):
            from .asgi_web_socket import AsgiWebSocket  # rarely needed

            exchange, scope = AsgiWebSocket(call), web_socket_scope(call, self._lifespan.state)
        else:
            exchange = AsgiExchange(call, call.strings[METHOD_AT] == b"HEAD")
            scope = http_scope(call, self._lifespan.state)
        try:
            await self._application(scope, exchange.receive, exchange.send)
            await exchange.close()
        except (SystemExit, KeyboardInterrupt):
            raise
        except CallCancelled as error:
            await self._leave(call, exchange, failure("user", "CallCancelled", str(error)))
        except BadAnswer as error:
            await exchange.break_off()
            call.fail(failure("bad-result", "BadAnswer", str(error)))
        except BaseException as error:
            await self._fail(call, exchange, error)

    async def _leave(self, call, exchange, cancelled: dict) -> None:
        """An application that sends to a WebSocket which its client has closed did nothing wrong."""
        if call.cancel_reason or not exchange.is_complete:
            call.fail(cancelled)
        else:
            await exchange.close()

    async def _fail(self, call, exchange, error: BaseException) -> None:
        """An answer that is complete stays one: Starlette answers 500 and raises the error on."""
        if not exchange.is_complete or call.cancel_reason:
            await exchange.break_off()
            call.fail(failure_of("user", error))
            return
        if not isinstance(error, asyncio.CancelledError):
            print(stack_of(error), file=sys.stderr)
        await exchange.close()
