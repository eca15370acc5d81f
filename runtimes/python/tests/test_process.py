import functools
import unittest

from gust_runtime.handler.http_kind import http_kind
from gust_runtime.handler.load_handler import split_handler
from gust_runtime.process.environment import module_folders, user_environment
from gust_runtime.process.failure import LoadingFailed, failure_of
from gust_runtime.wsgi.wsgi_environ import client_of, split_host


class Environment(unittest.TestCase):
    def test_is_what_the_platform_says_what_programs_need_and_the_marks(self):
        own = {"PATH": "/bin", "HOME": "/secret", "GUST_SANDBOX": "box-1"}
        self.assertEqual(
            user_environment({"A": "1", "GUST_SANDBOX": "forged"}, own),
            {"PATH": "/bin", "LANG": "en_US.UTF8", "A": "1", "GUST_SANDBOX": "box-1"},
        )
        self.assertEqual(user_environment({"PATH": "/mine", "LANG": "C"}, own)["PATH"], "/mine")

    def test_looks_for_modules_in_the_package_first_and_once(self):
        self.assertEqual(module_folders("/var/user/", "/var/user:/opt::/opt/"), ["/var/user", "/opt"])


class Failures(unittest.TestCase):
    def test_fit_into_a_frame_and_say_what_is_left_out(self):
        failure = failure_of("user", ValueError("x" * 100_000))
        self.assertLess(len(failure["message"]), 9_000)
        self.assertTrue(failure["message"].endswith("… (91808 more characters)"))
        self.assertLess(len(failure["stackTrace"]), 70_000)

    def test_are_of_memory_where_memory_was_short(self):
        self.assertEqual(failure_of("code", MemoryError())["kind"], "memory")

    def test_show_causes_that_go_round_in_a_ring(self):
        error, other = ValueError("one"), ValueError("two")
        error.__cause__, other.__cause__ = other, error
        self.assertIn("ValueError: one", failure_of("user", error)["stackTrace"])


class Handlers(unittest.TestCase):
    def test_are_named_by_file_and_name(self):
        self.assertEqual(split_handler("src/v1.0/index.main_handler"), ("src/v1.0/index", "main_handler"))
        for wrong in ("index", "src/index", "index.", ".main", "src/.main", "a.b/c"):
            with self.assertRaises(LoadingFailed):
                split_handler(wrong)

    def test_of_http_are_told_apart_by_what_they_take(self):
        class Wsgi:
            def __call__(self, environ, start_response): ...

        class Asgi:
            async def __call__(self, scope, receive, send): ...

        async def asgi_with_defaults(scope, receive, send, extra=None): ...

        kinds = {
            "wsgi": [Wsgi(), Wsgi().__call__, lambda e, s: 1, lambda *args: 1, functools.partial(lambda a, b, c: 1, 1)],
            "asgi": [Asgi(), Asgi().__call__, asgi_with_defaults, lambda scope, receive, send: 1, lambda a, b, c: 1],
            "factory": [lambda: 1, lambda config=None: 1],
            None: [5, None, Wsgi, lambda event, context: 1, lambda a, b, c, d: 1, print.__class__],
        }
        for kind, handlers in kinds.items():
            for handler in handlers:
                with self.subTest(kind=kind, handler=handler):
                    self.assertEqual(http_kind(handler), kind)


class Addresses(unittest.TestCase):
    def test_are_what_the_platform_has_seen(self):
        self.assertEqual(client_of("6.6.6.6, 10.0.0.1"), "10.0.0.1")
        self.assertEqual(client_of(""), "")
        self.assertEqual(split_host("a.example:8443"), ("a.example", "8443"))
        self.assertEqual(split_host("[::1]"), ("[::1]", ""))
        self.assertEqual(split_host("[::1]:80"), ("[::1]", "80"))
