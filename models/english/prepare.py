#!/usr/bin/env python3
"""Makes the text of a language model from novels: one paragraph a line, without headings.

Usage: prepare.py FOLDER BOOK.txt...

Writes train.txt, valid.txt and test.txt into FOLDER. Of each book the last twentieth is held out: its
first half is in valid.txt, its second half in test.txt. Prints length and SHA-256 of each file.
"""

import hashlib
import re
import sys
from pathlib import Path

MARKER = re.compile(r"^\*\*\* ?(START|END) OF TH(?:IS|E) PROJECT GUTENBERG.*$", re.MULTILINE)
HEADING = re.compile(r"(chapter|book|volume|part|letter|epilogue|finis|the end)\b", re.IGNORECASE)
FIRST = re.compile(r"(chapter|adventure) (1|i)\b", re.IGNORECASE)
NOTE = re.compile(r"[*\[]|end of (the |this )?project gutenberg", re.IGNORECASE)
QUOTES = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'", "…": "...", "\u00a0": " "})


def is_heading(paragraph):
    short = len(paragraph) < 100
    shouted = not any(c.islower() for c in paragraph) and paragraph[0] != '"'
    return shouted or (short and HEADING.match(paragraph) and not paragraph.endswith('"'))


def plain(paragraph):
    """Straight quotes, dashes of one character, no marks of italics, single spaces."""
    text = re.sub(r"-{2,}", "—", paragraph.translate(QUOTES).replace("_", ""))
    return " ".join(text.split())


def body(text):
    """Returns what stands between the marks of Project Gutenberg, where there are any."""
    marks = {m.group(1): m for m in MARKER.finditer(text)}
    begin = marks["START"].end() if "START" in marks else 0
    end = marks["END"].start() if "END" in marks else len(text)
    return text[begin:end]


def paragraphs(text):
    """Returns the paragraphs of the first chapter and those after it, without headings and notes."""
    blocks = [plain(b) for b in re.split(r"\n\s*\n", body(text).replace("\r\n", "\n"))]
    blocks = [b for b in blocks if b]
    begin = next(
        i
        for i in range(len(blocks))
        if len(blocks[i]) < 100
        and FIRST.match(blocks[i])
        and any(len(b) > 100 and not is_heading(b) for b in blocks[i + 1 : i + 20])
    )
    return [b for b in blocks[begin:] if not is_heading(b) and not NOTE.match(b)]


def main(folder, *books):
    parts = {"train": [], "valid": [], "test": []}
    for book in books:
        kept = paragraphs(Path(book).read_text(encoding="utf-8-sig"))
        total = sum(map(len, kept))
        seen = 0
        for paragraph in kept:
            share = seen / total
            parts["train" if share < 0.95 else "valid" if share < 0.975 else "test"].append(paragraph)
            seen += len(paragraph)
        print(f"{Path(book).name}: {len(kept):,} paragraphs, {total:,} characters")
    for name, kept in parts.items():
        data = "".join(p + "\n" for p in kept).encode()
        Path(folder, name + ".txt").write_bytes(data)
        print(f"{name}.txt {len(data):,} {hashlib.sha256(data).hexdigest()}")


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
