import os
import unittest
from time import perf_counter

from gust_runtime.web_socket.frame_sender import FrameSender
from gust_runtime.web_socket.frames import close_frame, frame, read_close
from gust_runtime.web_socket.message_reader import MessageReader, unmasked
from gust_runtime.web_socket.frames import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, WebSocketError

MASK = b"\x01\x80\xfe\x37"


def client_frame(opcode, payload=b"", last=True, mask=MASK, reserved=0):
    """As a client sends it."""
    size = len(payload)
    first = (0x80 if last else 0) | reserved | opcode
    if size < 126:
        head = bytes((first, 0x80 | size))
    elif size < 65_536:
        head = bytes((first, 0xFE)) + size.to_bytes(2, "big")
    else:
        head = bytes((first, 0xFF)) + size.to_bytes(8, "big")
    return head + mask + bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload))


def read(data, longest=1_000_000, step=None):
    """All that is in the bytes, which come in steps of so many."""
    reader = MessageReader(longest)
    found = []
    for start in range(0, len(data), step or max(1, len(data))):
        reader.push(data[start : start + (step or len(data))])
        while True:
            message = reader.next()
            if message is None:
                break
            found.append(message)
    return found


class Reading(unittest.TestCase):
    def test_takes_messages_of_every_size_in_any_pieces(self):
        for size in (0, 1, 125, 126, 127, 65_535, 65_536, 70_001):
            payload = os.urandom(size)
            data = client_frame(BINARY, payload) + client_frame(TEXT, b"end")
            for step in (None, 1, 7, 65_536) if size < 200 else (None, 4_093):
                self.assertEqual(read(data, step=step), [(BINARY, payload), (TEXT, "end")])

    def test_joins_the_pieces_of_a_message_with_control_frames_between_them(self):
        umlaut = "ü€".encode()
        data = (
            client_frame(TEXT, umlaut[:1], last=False)
            + client_frame(PING, b"still there?")
            + client_frame(CONTINUATION, umlaut[1:3], last=False)
            + client_frame(PONG)
            + client_frame(CONTINUATION, umlaut[3:], last=False)
            + client_frame(CONTINUATION)
            + client_frame(CLOSE, b"\x03\xe8bye")
        )
        expected = [(PING, b"still there?"), (PONG, b""), (TEXT, "ü€"), (CLOSE, b"\x03\xe8bye")]
        for step in (None, 1, 5):
            self.assertEqual(read(data, step=step), expected)

    def test_refuses_what_breaks_the_protocol(self):
        broken = {
            "reserved bit": (client_frame(TEXT, b"x", reserved=0x40), 1002),
            "another reserved bit": (client_frame(PING, reserved=0x10), 1002),
            "reserved data opcode": (client_frame(3), 1002),
            "reserved control opcode": (client_frame(11), 1002),
            "no mask": (frame(TEXT, b"x"), 1002),
            "long ping": (client_frame(PING, b"x" * 126), 1002),
            "ping in pieces": (client_frame(PING, last=False), 1002),
            "continuation of nothing": (client_frame(CONTINUATION, b"x"), 1002),
            "continuation after the end": (client_frame(TEXT, b"x") + client_frame(CONTINUATION), 1002),
            "message inside a message": (client_frame(TEXT, b"x", last=False) + client_frame(TEXT, b"y"), 1002),
            "text that is not UTF-8": (client_frame(TEXT, b"\xce\xba\xed\xa0\x80"), 1007),
            "text cut within a character": (client_frame(TEXT, b"a\xc3"), 1007),
            "length beyond all limits": (b"\x82\xff" + b"\xff" * 8 + MASK, 1009),
        }
        for what, (data, code) in broken.items():
            with self.subTest(what), self.assertRaises(WebSocketError) as caught:
                read(data)
            self.assertEqual(caught.exception.code, code)

    def test_refuses_a_message_that_is_too_long_at_its_head(self):
        self.assertEqual(len(read(client_frame(BINARY, b"x" * 100), longest=100)), 1)
        head = client_frame(BINARY, b"x" * 101)[:6]
        pieces = client_frame(BINARY, b"x" * 60, last=False) + client_frame(CONTINUATION, b"x" * 41)[:6]
        for data in (head, pieces):
            with self.assertRaises(WebSocketError) as caught:
                read(data, longest=100)
            self.assertEqual(caught.exception.code, 1009)

    def test_unmasks_in_time_for_large_messages(self):
        payload = os.urandom(16_000_001)
        masked = unmasked(payload, MASK)
        self.assertEqual(masked[:5], bytes(byte ^ MASK[at % 4] for at, byte in enumerate(payload[:5])))
        started = perf_counter()
        self.assertEqual(unmasked(masked, MASK), payload)
        self.assertLess(perf_counter() - started, 2)  # 0.04 s on a quiet machine; a loop takes longer than 2


class Closing(unittest.TestCase):
    def test_reads_codes_and_reasons(self):
        self.assertEqual(read_close(b""), (1005, ""))
        for code in (1000, 1001, 1003, 1007, 1011, 1012, 1014, 3000, 4999):
            self.assertEqual(read_close(code.to_bytes(2, "big") + "grüß".encode()), (code, "grüß"))
        for code in (0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65_535):
            with self.assertRaises(WebSocketError) as caught:
                read_close(code.to_bytes(2, "big"))
            self.assertEqual(caught.exception.code, 1002)
        for payload, problem in ((b"\x03", 1002), (b"\x03\xe8\xff", 1007)):
            with self.assertRaises(WebSocketError) as caught:
                read_close(payload)
            self.assertEqual(caught.exception.code, problem)

    def test_says_codes_and_reasons_that_fit(self):
        self.assertEqual(close_frame(1000, "bye"), b"\x88\x05\x03\xe8bye")
        self.assertEqual(close_frame(1005), b"\x88\x00")
        long = close_frame(1000, "x" + "ü" * 100)
        self.assertEqual((long[1], long[4:].decode()), (2 + 123, "x" + "ü" * 61))


class Sending(unittest.TestCase):
    def test_keeps_frames_whole_and_in_order_within_their_credit(self):
        call = _Call(credit=3)
        sender = FrameSender(call)
        sender.put(frame(TEXT, b"hello"))
        sender.put(frame(TEXT, b"you"))
        self.assertFalse(sender.is_empty)
        for _ in range(20):
            call.credit += 1
            sender.flush()
        self.assertTrue(sender.is_empty)
        self.assertEqual(bytes(call.sent), b"\x81\x05hello\x81\x03you")

    def test_answers_no_ping_before_the_last_answer_is_on_its_way(self):
        call = _Call(credit=0)
        sender = FrameSender(call)
        for _ in range(1_000):
            sender.pong(b"x" * 125)
        call.credit = 1_000_000
        sender.flush()
        self.assertEqual(len(call.sent), 127)
        sender.pong(b"again")
        self.assertEqual(bytes(call.sent[127:]), b"\x8a\x05again")


class _Call:
    def __init__(self, credit):
        self.credit = credit
        self.sent = bytearray()

    def send_some(self, data):
        size = min(len(data), self.credit)
        self.credit -= size
        self.sent += data[:size]
        return size
