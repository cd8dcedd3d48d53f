#!/usr/bin/env python3
"""Writes a text with a large vocabulary, made of another one, to measure output layers with.

    scripts/large-vocabulary.py < wiki.train.tokens > large.txt

Each word of the input gets a number, and so becomes one of several words: the word "the" becomes the,
the~1, the~2 and so on. The number k is drawn with probability proportional to (k + 1)^-1.5, below a
limit that grows with the word's count, so that frequencies still fall as in Zipf's law. With probability 0.3 it is
the number of the word before, modulo the limit, so that there is something to learn. The 2,051,910
words of WikiText-2's training text become 256,390 different ones.
"""

import bisect
import collections
import random
import sys

SHARE = 2.0  # occurrences of a word for each of its numbers
EXPONENT = 1.5


def main():
    lines = sys.stdin.read().split("\n")
    counts = collections.Counter(word for line in lines for word in line.split())
    draw = random.Random(1)
    harmonic = [0.0]
    for k in range(int(max(counts.values()) / SHARE) + 2):
        harmonic.append(harmonic[-1] + (k + 1) ** -EXPONENT)
    before = 0
    for line in lines:
        words = []
        for word in line.split():
            limit = max(1, int(counts[word] / SHARE))
            if draw.random() < 0.3:
                number = before % limit
            else:
                number = bisect.bisect_right(harmonic, draw.random() * harmonic[limit]) - 1
            before = number
            words.append(word if number == 0 else f"{word}~{number}")
        print(" ".join(words))


if __name__ == "__main__":
    main()
