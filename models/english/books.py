#!/usr/bin/env python3
"""Reads novels out of packages of Debian 12, which hold them as test data or as examples.

Usage: books.py ROOT FOLDER

ROOT is where the packages are unpacked, / if they are installed; FOLDER gets one file a novel. R's data
are read by rdata (pip install rdata). Prints the SHA-256 of each file.
"""

import hashlib
import shutil
import struct
import sys
import zlib
from pathlib import Path

from rdata.conversion import convert
from rdata.parser import parse_data

R = "usr/lib/R/site-library/"
GO = "usr/share/gocode/src/github.com/"
TEXTS = {
    "sherlockholmes": GO + "jdkato/prose/testdata/sherlock.txt",
    "tomsawyer": GO + "klauspost/compress/testdata/Mark.Twain-Tom.Sawyer.txt",
}


def data_of(package):
    """Yields names and lines of a package's data, from R's database of compressed objects."""
    index = convert(parse_data((package / "data/Rdata.rdx").read_bytes()))
    database = (package / "data/Rdata.rdb").read_bytes()
    for name, (begin, length) in index["variables"].items():
        _, kind = struct.unpack_from(">Ic", database, begin)
        if kind in b"23":
            raise SystemExit(f"{package}: {name} is not compressed by zlib")
        lines = convert(parse_data(zlib.decompress(database[begin + 4 : begin + length])))
        yield name, [str(line) for line in lines]


def main(root, folder):
    books = Path(folder)
    books.mkdir(parents=True, exist_ok=True)
    for package in ("janeaustenr", "tokenizers"):
        for name, lines in data_of(Path(root) / R / package):
            text = "\n".join(lines) + "\n"
            (books / f"{name}.txt").write_bytes(text.encode())
    for name, source in TEXTS.items():
        shutil.copyfile(Path(root) / source, books / f"{name}.txt")
    for book in sorted(books.glob("*.txt")):
        print(hashlib.sha256(book.read_bytes()).hexdigest(), book.name)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
