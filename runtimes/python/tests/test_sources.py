import ast
import pathlib
import sys
import unittest

root = pathlib.Path(__file__).resolve().parent.parent
sources = [root / "main.py", *sorted((root / "gust_runtime").rglob("*.py"))]


class Sources(unittest.TestCase):
    def test_are_python_3_9(self):
        for source in sources:
            ast.parse(source.read_text(), str(source), feature_version=(3, 9))

    def test_import_the_standard_library_alone(self):
        if not hasattr(sys, "stdlib_module_names"):
            self.skipTest("this Python does not say what its standard library is")
        for source in sources:
            for node in ast.walk(ast.parse(source.read_text())):
                names = []
                if isinstance(node, ast.Import):
                    names = [alias.name for alias in node.names]
                elif isinstance(node, ast.ImportFrom) and node.level == 0:
                    names = [node.module]
                for name in names:
                    self.assertIn(name.split(".")[0], {*sys.stdlib_module_names, "gust_runtime"}, source)

    def test_are_short(self):
        for source in sources:
            self.assertLessEqual(len(source.read_text().splitlines()), 300, source)
            self.assertLessEqual(max(map(len, source.read_text().splitlines()), default=0), 130, source)
