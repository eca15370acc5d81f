"""The platform's end of a channel, as small as unit tests need it."""

import os
import socket
import struct

from gust_runtime.channel.channel import Channel
from gust_runtime.channel.link import Link


class PlatformEnd:
    """A channel over a socket pair; `frames()` is what the runtime has sent so far."""

    def __init__(self):
        self.socket, other = socket.socketpair()
        self.channel = Channel(Link(os.dup(other.fileno())))
        other.close()
        self.calls = []
        self._rest = b""
        self.channel.on_call = self.calls.append
        self.channel.initialized("event")
        self.frames()  # without the one that says so

    def send(self, kind, call, payload=b""):
        """One frame, which the channel has read when this returns."""
        self.socket.sendall(struct.pack("<IBI", len(payload) + 5, kind, call) + payload)
        self.channel.read()

    def open(self, call=1, body=None, strings=(b"request-1",)):
        """A call, as the channel gives it."""
        lengths = struct.pack(f"<{len(strings) + 1}H", len(strings), *map(len, strings))
        head = struct.pack("<BBI", 0 if body is None else 1, 1, 0)
        self.send(5, call, head + lengths + b"".join(strings) + (body or b""))
        return self.calls[-1]

    def frames(self):
        """Whole frames that have come since the last time."""
        data = self._rest
        self.socket.setblocking(False)
        try:
            while piece := self.socket.recv(1 << 20):
                data += piece
        except BlockingIOError:
            pass
        finally:
            self.socket.setblocking(True)
        found = []
        while len(data) >= 9:
            length, kind, call = struct.unpack_from("<IBI", data)
            if len(data) < 4 + length:
                break
            found.append((kind, call, data[9 : 4 + length]))
            data = data[4 + length :]
        self._rest = data
        return found

    def close(self):
        self.socket.close()
        self.channel.link.drop()
