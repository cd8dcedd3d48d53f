"""Texts with exactly V types, the same for every side and every run."""

import array
import json
import random

FOLLOWERS = 4  # likely successors of a token
HABIT = 0.6  # how often one of them comes


def tokens(level, vocabulary):
    """The V tokens, in the order of their ids."""
    if level == "word":
        return ["<eos>", "<unk>"] + [f"w{i:05d}" for i in range(2, vocabulary)]
    # Newline, printable ASCII, then Latin letters with marks.
    points = [10, *range(32, 127), *range(0xC0, 0xD7), *range(0xD8, 0xF7)]
    return [chr(point) for point in points[:vocabulary]]


def ids(vocabulary, count, seed):
    """``count`` ids: Zipf's law, and some tokens like to follow some others, so loss can fall."""
    rng = random.Random(seed)
    total, cumulative = 0.0, []
    for rank in range(vocabulary):
        total += 1 / (rank + 2)
        cumulative.append(total)
    drawn = rng.choices(range(vocabulary), cum_weights=cumulative, k=count)
    # The same habits whatever the seed: a text to score is written as the one trained on.
    habits = random.Random(vocabulary)
    followers = habits.choices(range(vocabulary), cum_weights=cumulative, k=FOLLOWERS * vocabulary)
    result, previous = array.array("i"), 0
    for token in drawn:
        chance = rng.random()
        if chance < HABIT:
            token = followers[FOLLOWERS * previous + int(chance / HABIT * FOLLOWERS)]
        result.append(token)
        previous = token
    return result


def write(folder, name, level, vocabulary, count, seed):
    """Writes ``name``.txt for readers of text and ``name``.ids (int32) for readers of ids."""
    found = ids(vocabulary, count, seed)
    found[-1] = 0  # Ends with a line end, so that no side adds one.
    names = tokens(level, vocabulary)
    if level == "word":
        names = ["\n"] + [name + " " for name in names[1:]]
    text, numbers = folder / f"{name}.txt", folder / f"{name}.ids"
    text.write_text("".join(names[i] for i in found), encoding="utf-8", newline="")
    numbers.write_bytes(found.tobytes())
    return text, numbers


def write_vocabulary(path, level, vocabulary):
    """A JSON array, as ``lm import`` reads it."""
    path.write_text(json.dumps(tokens(level, vocabulary)), encoding="utf-8")
