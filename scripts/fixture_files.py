"""The fixtures by name: which function writes which file, and the command line of make-fixtures.py."""

import argparse
import pathlib

TESTS = pathlib.Path(__file__).resolve().parent.parent / "java" / "test" / "org" / "lm4j"
FIXTURES = {}
CHECKS = {}


def fixture(path):
    """Registers a function that is given the full path to write."""

    def register(function):
        FIXTURES[function.__name__] = (path, function)
        return function

    return register


def check(path):
    """Registers a function that is given the full path of a file written by Java and asserts."""

    def register(function):
        CHECKS[function.__name__] = (path, function)
        return function

    return register


def main(about):
    """Does what the arguments say; `about` is the command's documentation."""
    parser = argparse.ArgumentParser(description=about.splitlines()[0])
    parser.add_argument("names", nargs="*", choices=[[], *FIXTURES], help="which (default: all)")
    parser.add_argument("--list", action="store_true", help="print names and paths")
    parser.add_argument("--check", action="store_true", help="check files written by Java")
    args = parser.parse_args()
    if args.list:
        for name, (path, _) in FIXTURES.items():
            print(f"{name}  {path}")
        return 0
    if args.check:
        failed = False
        for name, (path, function) in CHECKS.items():
            try:
                function(TESTS / path)
                print(f"ok    {name}")
            except Exception as e:
                failed = True
                print(f"WRONG {name}: {type(e).__name__}: {e}")
        return 1 if failed else 0
    for name in args.names or FIXTURES:
        path, function = FIXTURES[name]
        target = TESTS / path
        target.parent.mkdir(parents=True, exist_ok=True)
        function(target)
        print(f"wrote {target}")
    return 0
