import struct
import threading
import unittest

from gust_runtime.channel import frames
from gust_runtime.channel.call import CallCancelled
from gust_runtime.channel.frame_reader import FrameReader

from .platform_end import PlatformEnd


class Frames(unittest.TestCase):
    def test_cuts_a_stream_into_frames_however_it_arrives(self):
        stream = b"".join(frames.frame(frames.DATA, n, b"x" * n) for n in range(40))
        for size in (1, 7, 100, len(stream)):
            found = []
            reader = FrameReader(lambda kind, call, payload: found.append((call, len(payload))))
            for at in range(0, len(stream), size):
                reader.push(stream[at : at + size])
            self.assertEqual(found, [(n, n) for n in range(40)])

    def test_refuses_frames_that_break_the_protocol(self):
        for prefix in (struct.pack("<IBI", 4, 7, 1), struct.pack("<IBI", 1_048_577, 5, 1), struct.pack("<IBI", 65_542, 7, 1)):
            with self.assertRaises(ValueError):
                FrameReader(lambda *_: None).push(prefix)

    def test_reads_the_string_lists_that_it_writes(self):
        for strings in ([], [b""], [b"a", b"", b"\xff" * 65_535]):
            written = frames.string_list(strings)
            self.assertEqual(frames.read_strings(b"??" + written + b"rest", 2), (strings, 2 + len(written)))

    def test_refuses_headers_that_the_platform_does_not_carry(self):
        for strings in ([b"x" * 65_536], [b"x" * 60_000] * 20, [b""] * 65_536):
            with self.assertRaises(frames.FrameLimitError):
                frames.string_list(strings)

    def test_cuts_lines_between_two_characters(self):
        for line in ("é" * 60_000, "x" + "你" * 60_000, "😀" * 60_000):
            text = frames.log_frame(1, 1, 0.0, line)[18:]
            self.assertLessEqual(len(text), 65_536)
            self.assertGreater(len(text), 65_530)
            self.assertTrue(line.startswith(text.decode()))


class Calls(unittest.TestCase):
    def setUp(self):
        self.platform = PlatformEnd()
        self.addCleanup(self.platform.close)

    def test_sends_no_more_than_there_is_leave_for(self):
        call = self.platform.open(body=b"")
        writer = threading.Thread(target=call.write, args=(b"x" * 300_000,), daemon=True)
        writer.start()
        received = 0
        while received < 262_144:
            received += sum(len(payload) for kind, _, payload in self.platform.frames() if kind == frames.DATA)
        self.assertEqual(received, 262_144)
        self.platform.send(frames.WINDOW, 1, struct.pack("<I", 100_000))
        writer.join()
        rest = [len(payload) for kind, _, payload in self.platform.frames()]
        self.assertEqual(sum(rest), 300_000 - 262_144)

    def test_stops_waiting_for_leave_when_the_call_is_cancelled(self):
        call = self.platform.open(body=b"")
        outcome = []

        def write():
            try:
                call.write(b"x" * 262_145)
            except CallCancelled as error:
                outcome.append(str(error))

        writer = threading.Thread(target=write, daemon=True)
        writer.start()
        self.platform.send(frames.CANCEL, 1, b"\x01")
        received = 0
        while writer.is_alive():
            received += len(self.platform.frames())
        self.assertEqual(outcome, ["The call was cancelled: the caller is gone"])

    def test_gives_leave_for_what_was_taken_alone_in_steps(self):
        call = self.platform.open()
        for _ in range(4):
            self.platform.send(frames.DATA, 1, b"x" * 40_000)
        self.assertEqual(self.platform.frames(), [])
        call.body.take()
        self.assertEqual(self.platform.frames(), [])
        call.body.take()
        self.assertEqual(self.platform.frames(), [(frames.WINDOW, 1, struct.pack("<I", 80_000))])

    def test_gives_no_leave_for_a_body_that_came_with_its_call(self):
        call = self.platform.open(body=b"x" * 65_536)
        self.assertEqual(len(call.body.take()), 65_536)
        self.assertEqual(self.platform.frames(), [])

    def test_ends_once_whoever_comes_first(self):
        call = self.platform.open(body=b"")
        call.fail({"kind": "user"})
        call.end(b"late")
        call.answer(200, frames.string_list([]), b"late")
        call.head(200, frames.string_list([]))
        self.assertEqual([kind for kind, _, _ in self.platform.frames()], [frames.ERROR])
        self.assertEqual(self.platform.channel.calls, {})

    def test_hears_of_the_deadline_after_the_caller_has_gone(self):
        call = self.platform.open(body=b"")
        heard = []
        call.on_cancel = heard.append
        for reason in (1, 2, 1):
            self.platform.send(frames.CANCEL, 1, bytes([reason]))
        self.assertEqual(heard, [1, 2])
