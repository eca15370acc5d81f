"""Compiles every module below a directory into `__pycache__` folders of another one, and says how many it took."""

import importlib.util
import os
import py_compile
import sys


def compile_tree(root, target):
    count = 0
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(name for name in folders if name != "__pycache__")
        for name in sorted(files):
            if name.endswith(".py"):
                count += compile_file(os.path.join(folder, name), root, target)
    return count


def compile_file(source, root, target):
    place = os.path.join(target, os.path.relpath(importlib.util.cache_from_source(source), root))
    # The sources of a package never change, so that nothing has to be compared when they are imported.
    mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
    try:
        py_compile.compile(source, cfile=place, dfile=source, doraise=True, invalidation_mode=mode)
    except (py_compile.PyCompileError, UnicodeDecodeError, ValueError):
        return 0  # a template, or for another Python: whoever imports it hears of it
    return 1


if __name__ == "__main__":
    print(compile_tree(sys.argv[1], sys.argv[2]), file=open(3, "w"))
