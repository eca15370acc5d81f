# Read by interpreters that are too old as well, to say so.
import sys


def main():
    if sys.version_info < (3, 9):
        found = ".".join(map(str, sys.version_info[:3]))
        sys.exit("Python functions need Python 3.9 or newer; python3 of this host is " + found)
    place = __file__.rpartition("/")[0] or "."
    sys.path.insert(0, place)
    from gust_runtime.runtime import PythonRuntime

    sys.path.remove(place)
    import os

    PythonRuntime(int(os.environ.get("GUST_CHANNEL_FD", "3"))).run()


# Processes that user code starts with multiprocessing read this file too.
if __name__ == "__main__":
    main()
