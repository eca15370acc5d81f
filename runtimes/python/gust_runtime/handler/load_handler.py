from __future__ import annotations

import os
import sys

from ..process.failure import handler_missing

NAMES_SHOWN = 20


def load_handler(code_root: str, handler: str):
    """Loads the file a handler names and takes what it names in there. Errors of the file itself are raised as they are."""
    file, name = split_handler(handler)
    path = os.path.join(code_root, file + ".py")
    if not os.path.isfile(path):
        raise handler_missing(_no_file(code_root, handler, file))
    module = _load_module(file, path)
    value = getattr(module, name, None)
    if value is None:
        there = _list_names(_names_of(module))
        raise handler_missing(f'Handler "{handler}": {os.path.basename(path)} has no "{name}", it has {there}')
    return value


def split_handler(handler: str) -> tuple[str, str]:
    """`src/index.main_handler`: file without its ending, and name in it."""
    file, dot, name = handler.rpartition(".")
    if not dot or "/" in name or not file or file.endswith("/") or not name:
        raise handler_missing(f'Handler "{handler}" names no function: it must be <file>.<name>, such as index.main_handler')
    return file, name


def _load_module(file: str, path: str):
    """
    A file in a folder is a module of a package, so that its relative imports work; its own folder is looked through too,
    after the package's root. The file is loaded from its place: `queue.py` is no module of the standard library here.
    """
    folder = os.path.dirname(path)
    if folder not in sys.path:
        sys.path.insert(1, folder)
    from importlib.util import module_from_spec, spec_from_file_location

    spec = spec_from_file_location(_module_name(file), path)
    module = module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def _module_name(file: str) -> str:
    parts = file.split("/")
    parent = ".".join(parts[:-1])
    if parent and all(part.isidentifier() for part in parts[:-1]) and parts[0] not in sys.modules:
        from importlib import import_module

        import_module(parent)
        return f"{parent}.{parts[-1]}"
    return parts[-1] if parts[-1] not in sys.modules else f"handler_{parts[-1]}"


def _names_of(module) -> list[str]:
    return sorted(name for name, value in vars(module).items() if callable(value) and not name.startswith("_"))


def _no_file(code_root: str, handler: str, file: str) -> str:
    folder = os.path.dirname(os.path.join(code_root, file))
    wanted = os.path.basename(file) + ".py"
    inner = os.path.dirname(file)
    where = f"folder {inner} of the code package" if inner else "the code package"
    if not os.path.isdir(folder):
        return f'Handler "{handler}": there is no {where}; looked for {file}.py'
    return f'Handler "{handler}": no file {wanted} in {where}, there is {_list_names(sorted(os.listdir(folder)))}'


def _list_names(names: list[str]) -> str:
    if not names:
        return "nothing"
    more = f" and {len(names) - NAMES_SHOWN} more" if len(names) > NAMES_SHOWN else ""
    return ", ".join(names[:NAMES_SHOWN]) + more
