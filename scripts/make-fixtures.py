#!/usr/bin/env python3
"""Makes the fixtures that tests compare with: small files written by Python's own libraries.

One function per fixture, registered by @fixture with the path it writes relative to java/test/org/lm4j.
    scripts/make-fixtures.py              make all of them
    scripts/make-fixtures.py NAME...      make these
    scripts/make-fixtures.py --list       names and paths
    scripts/make-fixtures.py --check      check with Python what Java wrote (exit code 1 if it is wrong)
Needs Python 3.10 with numpy, torch and safetensors. The files are committed: running this again is
only needed to change them.
"""

import argparse
import pathlib
import sys

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


# ---- io: safetensors files, both ways ----


@fixture("io/python.safetensors")
def safetensors_all_types(path):
    """Every element type the reader knows or must refuse, odd shapes, Unicode names, metadata."""
    import torch
    from safetensors.torch import save_file

    halves = torch.tensor([0.0, -0.0, 1.5, -65504.0, 6e-8, float("inf"), float("-inf")])
    tensors = {
        "f64": torch.arange(6, dtype=torch.float64).reshape(2, 3) / 7,
        "f32": torch.arange(24, dtype=torch.float32).reshape(2, 3, 4) / 7,
        "f16": halves.to(torch.float16),
        "bf16": torch.tensor([1.0, -2.5, 3.140625, 1e38], dtype=torch.bfloat16),
        "i32": torch.tensor([-(2**31), -1, 0, 2**31 - 1], dtype=torch.int32),
        "i64": torch.tensor([2**40], dtype=torch.int64),
        "u8": torch.tensor([1, 2, 255], dtype=torch.uint8),
        "bool": torch.tensor([True, False]),
        "scalar": torch.tensor(2.5, dtype=torch.float64),
        "empty": torch.zeros(0, 5),
        "größe 😀": torch.tensor([7.0]),
    }
    save_file(tensors, path, metadata={"format": "pt", "süß": "日本 😀"})


@check("io/java.safetensors")
def safetensors_written_by_java(path):
    """The golden file of SafetensorsWriterTest, read by the safetensors package."""
    import numpy as np
    from safetensors import safe_open

    with safe_open(path, framework="np") as f:
        assert f.metadata() == {"format": "lm4j", "süß": "日本 😀"}, f.metadata()
        got = {name: f.get_tensor(name) for name in f.keys()}
    expected = {
        "weight": np.arange(6, dtype=np.float32).reshape(2, 3) / np.float32(7),
        "moment": np.arange(4, dtype=np.float64) / 7,
        "ids": np.array([-(2**31), 0, 2**31 - 1], dtype=np.int32),
        "scalar": np.array(2.5, dtype=np.float64),
        "empty": np.zeros((0, 5), dtype=np.float32),
        'größe "😀"\n': np.array([7], dtype=np.float32),
    }
    assert got.keys() == expected.keys(), got.keys()
    for name, value in expected.items():
        assert got[name].dtype == value.dtype, name
        assert got[name].shape == value.shape, name
        assert np.array_equal(got[name], value), name


# ---- command line ----


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
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


if __name__ == "__main__":
    sys.exit(main())
