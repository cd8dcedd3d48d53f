"""One model at many sizes, so that a size at which lm4j falls behind is seen: a cliff.

V vocabulary, H hidden units, T steps of a window, B batch: training of an LSTM beside PyTorch, all other
sizes as in BASE. "corpus": how fast a text of so many MB is read, and in how much memory.
"""

import dataclasses

from benchmark import corpus, report, session
from benchmark.configurations import Configuration

BASE = Configuration("sweep", "lstm", "word", 2000, 200, 200, 1, 20, 35, "sgd", 1.0, 0.25, 1)
VALUES = {
    "V": (100, 1000, 5000, 10000, 20000, 33278, 50000, 100000, 200000),
    "H": (16, 32, 50, 64, 100, 128, 200, 256, 300, 400, 512, 650, 768, 1000, 1024, 1500),
    "T": (1, 2, 5, 10, 20, 35, 50, 100, 200, 500),
    "B": (1, 2, 4, 8, 10, 16, 20, 32, 50, 64, 100, 128, 256),
    "corpus": (1, 10, 100),
}
CLIFF = 0.8  # of the speed at the next smaller size
BLOCK_TOKENS = 500_000  # of a text that is repeated until a corpus is as large as it should be
MB = 1_000_000
TRAINED_SECONDS = 3  # of a corpus, once it is read


def of(what, value):
    """The configuration at one size."""
    changes = {
        "V": {"vocabulary": value},
        "H": {"embedding": value, "hidden": value},
        "T": {"window": value},
        "B": {"batch": value},
    }[what]
    c = dataclasses.replace(BASE, name=f"{what}-{value}", **changes)
    steps = 2e9 / (c.batch * c.window * c.training_flop())  # in a hundredth of a second or so
    return dataclasses.replace(c, interval=max(1, min(200, int(steps))))


def measure(run, what, values):
    """Each size, smallest first; the exit code."""
    results = run.results
    results["sweep"], results["points"] = what, []
    for value in sorted(values or VALUES[what]):
        if run.over():
            run.skip([str(v) for v in sorted(values or VALUES[what]) if v >= value])
            break
        found = read(run, value) if what == "corpus" else point(run, what, value)
        results["points"].append({"value": value, **found})
        mark(results["points"])
        run.save()
        run.show(line(what, results["points"][-1]))
    run.show("\n" + text(what, results["points"]))
    return 1 if any("failure" in point for point in results["points"]) else 0


def point(run, what, value):
    """Training at one size, lm4j and PyTorch."""
    c = of(what, value)
    some = run.session(run.args.threads[0])
    some.kinds = ["training"]
    runs = some.configuration(c, run.folder / c.name)["training"]
    own = report.median(runs["lm4j"])
    peers = {name: report.median(each) for name, each in runs.items() if name != "lm4j"}
    fp32 = peers.get("PyTorch")
    found = {"runs": runs, "rate": own, "PyTorch": fp32}
    if why := list(report.failures("training", runs)):
        found["failure"] = "; ".join(why)
    if own:
        found["speed"] = found["GFLOP/s"] = own * c.training_flop() / 1e9
        found["ratio"] = own / fp32 if fp32 else None
    if fp32:
        found["PyTorch's GFLOP/s"] = fp32 * c.training_flop() / 1e9
    return found


def read(run, megabytes):
    """Reading a text of so many MB: how long until the first step, and the most memory."""
    text = write(run.folder, megabytes)
    some = run.session(run.args.threads[0])
    c = dataclasses.replace(BASE, name="corpus", batch=32)
    work = session.Work(c, run.folder / "corpus", TRAINED_SECONDS)
    work.folder.mkdir(exist_ok=True)
    work.training_text = text
    try:
        found = some.attempt(lambda _: some.own.train(work, TRAINED_SECONDS, 1))
    finally:
        text.unlink()
    if "log" not in found:
        return found
    # The process takes what its training takes, and before that reads the text.
    before = found["seconds"] - found["log"][-1][1]
    return {
        "speed": megabytes / before,
        "seconds": before,
        "MB/s": megabytes / before,
        "MiB": found["peak_mib"],
        "rate": c.batch * c.window * found["log"][-1][0] / found["log"][-1][1],
    }


def write(folder, megabytes):
    """A text of that size: a block of words in random order, again and again."""
    block, ids = corpus.write(folder, "block", "word", BASE.vocabulary, BLOCK_TOKENS, 1)
    ids.unlink()
    data = block.read_bytes()
    block.unlink()
    path = folder / "corpus.txt"
    left = int(megabytes * MB)
    with open(path, "wb") as file:
        while left > 0:
            left -= file.write(data[:left])
    return path


def mark(points):
    """Sets ``cliff`` at the last size if it is much slower than the one before."""
    if len(points) > 1 and points[-1].get("speed") and points[-2].get("speed"):
        points[-1]["cliff"] = points[-1]["speed"] < CLIFF * points[-2]["speed"]


def cells(what, point):
    """The figures of a size as text."""
    shown = [f"{point['value']:,}"]
    names = ("MB/s", "seconds", "MiB", "rate")
    if what != "corpus":
        names = ("rate", "GFLOP/s", "PyTorch", "PyTorch's GFLOP/s", "ratio")
    for name in names:
        value = point.get(name)
        digits = 2 if name in ("ratio", "seconds") else 0
        shown.append("–" if value is None else f"{value:,.{digits}f}")
    notes = ["cliff"] if point.get("cliff") else []
    notes += [point["failure"]] if "failure" in point else []
    return [*shown, ", ".join(notes)]


def line(what, point):
    return f"{what} " + "  ".join(cells(what, point))


def text(what, points):
    """The table of all sizes."""
    header = [what, "tokens/s", "GFLOP/s", "PyTorch", "GFLOP/s", "ratio", ""]
    if what == "corpus":
        header = ["corpus, MB", "MB/s", "seconds until it trains", "MiB at most", "tokens/s", ""]
    return report.table(header, [cells(what, point) for point in points])
