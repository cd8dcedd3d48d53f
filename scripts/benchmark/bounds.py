"""What a token takes at least on this machine, by what was measured in the same run.

A bound, in tokens per second, is that of a program whose products all run at the peak of the run, and
which computes nothing else but the functions of the gates, at lm4j's time for these with everything in
a core's first cache. Products of the first layer's input are counted once for each word or character
of the vocabulary: while a text is scored they are the same wherever it occurs. Softmax, optimizer,
reading and packing are left out, so that the bound is above what any program of these parts reaches.

Peaks are the best of the whole run: of lm4j's products of matrices in a core's own caches, and of
torch's and numpy's large ones.
"""

import math

from benchmark.configurations import GATES, Configuration

KINDS = ("training", "evaluation")  # generation waits for memory instead
PRECISIONS = {"float32": "fp32", "bf16": "best"}  # the ratio whose sides compute in each at most
LEAST_SHARE = 0.7  # of as many single threads, where no two share a core
AIM = 1.25  # times the fastest peer that lm4j is to reach


def best(results, threads):
    """The best speeds of lm4j's own parts over all configurations; None where there are none."""
    def measured(count):
        return [s for r in results for s in r.get("speeds") or [] if s["threads"] == count]

    found = measured(threads)
    if not found:
        return None
    products = {p: max((s[p] for s in found if s.get(p)), default=None) for p in PRECISIONS}
    gates = {name: min(s["gates"][name] for s in found) for name in found[0]["gates"]}
    single = max((s["float32"] for s in measured(1)), default=math.nan)
    share = products["float32"] / (threads * single)
    return {**products, "gates": gates, "threads": threads, "of single threads": share}


def flop(c, kind):
    """FLOP of a token that cannot be left out."""
    first = c.first_input_macs()
    others = c.macs() - first
    if kind == "evaluation":
        return 2 * others
    return 6 * (others + first * min(1, c.vocabulary / (c.batch * c.window)))


def rate(c, kind, speeds, peak):
    """Tokens per second at most, products at ``peak`` GFLOP/s of all threads."""
    gates = speeds["gates"][c.cell + ("_training" if kind == "training" else "")]
    of_gates = c.layers * c.hidden * gates / speeds["threads"]  # nanoseconds
    return 1e9 / (flop(c, kind) / peak + of_gates)


def add(figures, c, kind, speeds, peaks):
    """Sets the bounds of one kind of work and how much of them lm4j and the fastest peer reach."""
    if speeds is None or kind not in KINDS:
        return
    found = {}
    for precision, label in PRECISIONS.items():
        # NaN where torch has none
        peak = max((x for x in (speeds[precision], peaks[precision]) if x and x == x), default=None)
        if speeds[precision] is None or label not in figures["ratio"]:
            continue
        sides = figures["ratio"][label]
        bound = rate(Configuration(**c), kind, speeds, peak)
        own, peer = (
            figures[group][sides[side]]["tokens/s"] for group, side in (("own", "lm4j"), ("peers", "peer"))
        )
        found[precision] = {
            "tokens/s": bound,
            "lm4j": own / bound,
            "peer": peer / bound,
            "ratio at most": bound / peer,
        }
    figures["bounds"] = found


def table(figures, kind):
    """Header and rows of the table of bounds; None where there are none."""
    rows = [f for f in figures if f.get(kind, {}).get("bounds")]
    if not rows:
        return None
    precisions = [p for p in PRECISIONS if any(p in f[kind]["bounds"] for f in rows)]
    header = [f"{kind}, bound of the machine"]
    for precision in precisions:
        header += [f"{precision}, tokens/s", "lm4j's share", "best peer's", "ratio at most"]
    lines = []
    for f in rows:
        cells = [f["name"]]
        for precision in precisions:
            cells += _cells(f[kind]["bounds"].get(precision))
        lines.append(cells)
    return header, lines


def _cells(bound):
    if bound is None:
        return ["–"] * 4
    most = bound["ratio at most"]
    beyond = f" < {AIM}" if most < AIM else ""
    return [
        f"{bound['tokens/s']:,.0f}",
        f"{bound['lm4j']:.2f}",
        f"{bound['peer']:.2f}",
        f"{most:.2f}{beyond}",
    ]


def text(speeds):
    """What was measured, in a sentence; empty if nothing was."""
    if speeds is None:
        return ""
    products = [f"{speeds[p]:,.0f} GFLOP/s in {p}" for p in PRECISIONS if speeds[p]]
    gates = [
        f"{name} {speeds['gates'][name]:.2f} and {speeds['gates'][name + '_training']:.2f}"
        for name in GATES
    ]
    share = speeds.get("of single threads")
    disturbed = (
        f" {speeds['threads']} threads at once were only {share * speeds['threads']:.1f} times as fast as one:"
        " something else ran, or they share a core, and the bounds are too low where rows had the whole machine."
        if share is not None and share < LEAST_SHARE
        else ""
    )
    return (
        f"Bounds: lm4j's products in a core's own caches reached {', '.join(products)};"
        f" a unit's gates took a thread, in ns, scoring and training: {', '.join(gates)}."
        + disturbed
    )
