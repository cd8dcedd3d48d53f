"""What a token takes at least on this machine, by what was measured in the same run.

A bound, in tokens per second, is that of a program whose products all run at the peak of the run, and
which computes nothing else but the functions of the gates, at lm4j's time for these with everything in
a core's first cache. Products of the first layer's input are counted once for each word or character
of the vocabulary: while a text is scored they are the same wherever it occurs. Softmax, optimizer,
reading and packing are left out, so that the bound is above what any program of these parts reaches.

Peaks are the best of the whole run: of lm4j's products of matrices in a core's own caches, and of
torch's and numpy's large ones.

While it generates, a program waits for memory: each token reads all weights once. Its bound is that of
one whose threads read their shares of these at the fastest rate at which as much memory was read again
and again, all threads at once, and compute the gates, but no products. What lm4j does to read less is taken
off, so that the bound holds for it too: the first layer's products with the vocabulary's rows are kept;
in bf16 weights are squeezed to 12 bits without loss (SqueezedPanels); and of a large output layer a draw
needs only bounds of the logits, from a byte for each weight, in any precision (RowBounds, ByteBounds).
"""

import math

from benchmark.configurations import GATES, Configuration

# The ratio whose sides compute in each precision at most.
PRECISIONS = {"float32": "fp32", "bf16": "best"}
GENERATING = {**PRECISIONS, "int8": "any"}
BYTES = {"float32": 4, "bf16": 1.5, "int8": 1}  # of a weight as lm4j reads it
LARGE_OUTPUT = 1 << 18  # weights of an output layer from which on each is read as a byte
LEAST_SHARE = 0.7  # of as many single threads, where no two share a core
# Times the fastest peer that lm4j is to reach.
AIMS = {"training": 1.25, "evaluation": 1.25, "generation": 4}


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
    return {
        **products,
        "gates": gates,
        "reading": _reading(found),
        "threads": threads,
        "of single threads": share,
    }


def _reading(found):
    """Pairs of the bytes that each thread reads and the best rate of all threads, in 10^9 bytes a second.

    Sizes increase, and rates do not: less memory is not read more slowly. Empty where none was measured.
    """
    rates = {}
    for speeds in found:
        for each in speeds.get("reading") or []:
            rates[each["bytes"]] = max(each["rate"], rates.get(each["bytes"], 0))
    return [[size, max(rate for other, rate in rates.items() if other >= size)] for size in sorted(rates)]


def reading_rate(reading, size):
    """10^9 bytes a second of all threads if each reads ``size`` bytes: between two sizes on a log scale."""
    if size <= reading[0][0]:
        return reading[0][1]
    for (low, fast), (high, slow) in zip(reading, reading[1:]):
        if size <= high:
            return fast + (slow - fast) * math.log(size / low) / math.log(high / low)
    return reading[-1][1]


def weight_bytes(c, precision):
    """Bytes of weights that a token reads at least while lm4j generates."""
    output = c.hidden * c.vocabulary
    of_output = 1 if output > LARGE_OUTPUT else BYTES[precision]
    return BYTES[precision] * (c.macs() - c.first_input_macs() - output) + of_output * output


def flop(c, kind):
    """FLOP of a token that cannot be left out."""
    first = c.first_input_macs()
    others = c.macs() - first
    if kind == "evaluation":
        return 2 * others
    return 6 * (others + first * min(1, c.vocabulary / (c.batch * c.window)))


def rate(c, kind, speeds, peak):
    """Tokens per second at most, products at ``peak`` GFLOP/s of all threads."""
    return 1e9 / (flop(c, kind) / peak + _of_gates(c, kind, speeds))


def _of_gates(c, kind, speeds):
    """Nanoseconds of a token's gates, computed by all threads."""
    gates = speeds["gates"][c.cell + ("_training" if kind == "training" else "")]
    return c.layers * c.hidden * gates / speeds["threads"]


def generating_rate(c, speeds, precision):
    """Tokens per second of one text at most."""
    size = weight_bytes(c, precision)
    of_reading = size / reading_rate(speeds["reading"], size / speeds["threads"])  # nanoseconds
    return 1e9 / (of_reading + _of_gates(c, "generation", speeds))


def _bounds(c, kind, speeds, peaks, labels):
    """By precision: tokens per second at most, of those precisions that both sides compute in."""
    if kind == "generation":
        precisions = GENERATING if "int8" in labels else PRECISIONS
        if speeds.get("reading"):
            for precision in precisions:
                if precision == "int8" or speeds[precision] is not None:
                    yield precision, generating_rate(c, speeds, precision)
        return
    for precision in PRECISIONS:
        if speeds[precision] is not None:
            # NaN where torch has none
            peak = max(x for x in (speeds[precision], peaks[precision]) if x and x == x)
            yield precision, rate(c, kind, speeds, peak)


def add(figures, c, kind, speeds, peaks):
    """Sets the bounds of one kind of work and how much of them lm4j and the fastest peer reach."""
    if speeds is None:
        return
    found = {}
    for precision, bound in _bounds(Configuration(**c), kind, speeds, peaks, figures["ratio"]):
        sides = figures["ratio"].get(GENERATING[precision])
        if sides is None:
            continue
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
    precisions = [p for p in GENERATING if any(p in f[kind]["bounds"] for f in rows)]
    header = [f"{kind}, bound of the machine"]
    for precision in precisions:
        header += [f"{precision}, tokens/s", "lm4j's share", "best peer's", "ratio at most"]
    lines = []
    for f in rows:
        cells = [f["name"]]
        for precision in precisions:
            cells += _cells(f[kind]["bounds"].get(precision), AIMS[kind])
        lines.append(cells)
    return header, lines


def _cells(bound, aim):
    if bound is None:
        return ["–"] * 4
    most = bound["ratio at most"]
    beyond = f" < {aim}" if most < aim else ""
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
        + _reading_text(speeds)
        + disturbed
    )


def _reading_text(speeds):
    reading = speeds.get("reading")
    if not reading:
        return ""
    rates = ", ".join(f"{rate:,.0f} of {size // 1024:,}" for size, rate in reading)
    return (
        f" Memory was read at so many GB/s, of so many KiB a thread: {rates}."
        " Generation's bounds take 4 bytes for a weight in float32, 1.5 in bf16, to which lm4j squeezes"
        " these, 1 in int8, and 1 in all of them for a large output layer, of which a draw needs only bounds."
    )
