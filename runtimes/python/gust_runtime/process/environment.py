from __future__ import annotations

import builtins
import os
import sys
import time
from _sitebuiltins import Quitter

# What programs expect to find whatever a function's owner set.
_needed_path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_needed_lang = "en_US.UTF8"
# By these the platform finds processes that left the sandbox's process group.
_marks = ("GUST_SANDBOX", "GUST_INSTALLATION")


def user_environment(given: dict[str, str], own: dict[str, str]) -> dict[str, str]:
    """The environment of user code: exactly what the platform says, what programs need, and the platform's marks."""
    environment = {"PATH": own.get("PATH", _needed_path), "LANG": _needed_lang, **given}
    environment.update((name, own[name]) for name in _marks if name in own)
    return environment


def prepare_function(init: dict) -> None:
    """Makes this process the function's own, as far as that needs no code."""
    environment = user_environment(init["environment"], dict(os.environ))
    for name in set(os.environ) - set(environment):
        del os.environ[name]
    for name, value in environment.items():
        if os.environ.get(name) != value:
            os.environ[name] = value
    time.tzset()
    sys.argv = [init["handler"]]
    # What `site` adds elsewhere; some code ends itself so.
    builtins.exit = Quitter("exit", "")
    builtins.quit = Quitter("quit", "")
    # The package is read-only, and all instances of a version may share it.
    sys.dont_write_bytecode = True


def enter_code(init: dict) -> None:
    """From here on its modules are found before those of the standard library: nothing that the runtime needs may come after."""
    os.chdir(init["codeRoot"])
    sys.path[:0] = module_folders(init["codeRoot"], os.environ.get("PYTHONPATH", ""))


def module_folders(code_root: str, python_path: str) -> list[str]:
    """Where modules are looked for before the standard library: in the package first."""
    root = code_root.rstrip("/") or "/"
    folders = [root, *(folder.rstrip("/") for folder in python_path.split(":"))]
    return [folder for folder in dict.fromkeys(folders) if folder]
