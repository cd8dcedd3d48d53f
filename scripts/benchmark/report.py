"""Medians, ratios against the best peer, the check that both sides learned the same, and the tables.

A ratio is lm4j over a peer. "fp32" compares lm4j in float32 with the fastest peer in float32, "best"
the faster of lm4j's float32 and bf16 with the fastest peer in float32 or bf16, "int8" lm4j in int8 with
the fastest peer in int8, "any" the fastest of lm4j with the fastest peer, each in whichever precision it is
fastest in. All are formed of tokens per second, and of tokens per processor second of all
threads of a process.
"""

import math
import statistics

from benchmark import bounds, warming

FALL_TOLERANCE = {"float32": 0.05, "bf16": 0.1}  # of PyTorch's fall of the loss
GAP_TOLERANCE = {"float32": 0.02, "bf16": 0.04}  # of PyTorch's loss
SCORE_TOLERANCE = {"float32": 1e-3, "bf16": 1e-2}  # of the loss of a text with the same weights
KINDS = ("training", "evaluation", "generation")
OWN = ("lm4j", "lm4j bf16", "lm4j int8")
CLOCKS = {"rate": "ratio", "cpu_rate": "ratio by CPU"}


def measured(runs, key="rate"):
    return [run[key] for run in runs if run.get(key) is not None]


def median(runs, key="rate"):
    """None where no run has it."""
    found = measured(runs, key)
    return statistics.median(found) if found else None


def falls(own, peer):
    """How far the loss fell, (lm4j, PyTorch): over the same steps, those that both made.

    From the first interval's mean loss to the last common one's.
    """
    # The last line of each covers what was left of an interval.
    logs = [{line[0]: line[2] for line in run["log"][:-1] if known(line[2])} for run in (own, peer)]
    common = sorted(set(logs[0]) & set(logs[1]))
    if len(common) < 2:
        return math.nan, math.nan, 0
    return (*(log[common[0]] - log[common[-1]] for log in logs), common[-1])


def gap(own, peer):
    """The median difference of the losses at steps that both logged, as a share of PyTorch's loss.

    At a learning rate of 20 the loss of one step jumps by half, and a rounding decides when: the last
    step alone says little there.
    """
    logs = [{line[0]: line[2] for line in run["log"][:-1] if known(line[2])} for run in (own, peer)]
    common = set(logs[0]) & set(logs[1])
    return statistics.median(abs(logs[0][i] - logs[1][i]) / logs[1][i] for i in common) if common else math.nan


def known(figure):
    """Whether it is a number: what diverged or was not measured is kept as none."""
    return figure is not None and math.isfinite(figure)


def is_bf16(name):
    return name.endswith(" bf16")


def is_int8(name):
    return name.endswith(" int8")


# What the sides of each ratio compute in.
LABELS = {
    "fp32": lambda name: not is_bf16(name) and not is_int8(name),
    "best": lambda name: not is_int8(name),
    "int8": is_int8,
    "any": lambda name: True,
}
PEERS = {"best": "best peer", "any": "fastest peer"}  # as the table calls them
WITH_INT8 = ("int8", "any")  # shown where a side computes in int8: "any" is "best" elsewhere


def summarise(results):
    """Sets the summary of each configuration, against the best seen with as many threads."""
    for threads in {result.get("threads") for result in results}:
        some = [result for result in results if result.get("threads") == threads]
        found = [item for result in some for peak in result["peaks"] for item in peak.items()]
        peaks = {
            "float32": max((rate for name, rate in found if not is_bf16(name)), default=math.nan),
            "bf16": max((rate for name, rate in found if is_bf16(name)), default=math.nan),
        }
        speeds = bounds.best(some, threads)
        for result in some:
            result["summary"] = summary(result, peaks, speeds)


def summary(result, peaks, speeds=None):
    """The figures of one configuration: medians over the rounds, ratios, checks."""
    name = result["configuration"]["name"]
    figures = {"name": name, "threads": result.get("threads"), "peaks": peaks, "notes": []}
    figures["speeds"] = speeds
    for kind in KINDS:
        if kind in result:
            figures[kind] = of_kind(result[kind], result["flop_per_token"].get(kind), peaks)
            bounds.add(figures[kind], result["configuration"], kind, speeds, peaks)
            figures["notes"] += failures(kind, result[kind])
    if "training" in result:
        _check_training(result["training"], figures)
    if "evaluation" in result:
        _check_scores(result["evaluation"], figures)
    return figures


def of_kind(runs, flop, peaks):
    """Rates of every side, the fastest of each group, and ratios, by wall clock and by CPU time."""
    found = {"own": {}, "peers": {}}
    for name, each in runs.items():
        rates = {clock: median(each, clock) for clock in CLOCKS}
        if rates["rate"] is None:
            continue
        side = {"tokens/s": rates["rate"], "tokens/CPU-s": rates["cpu_rate"]}
        own = name.startswith("lm4j")
        if flop is not None and own:
            precision = "bf16" if is_bf16(name) else "float32"
            side["GFLOP/s"] = rates["rate"] * flop / 1e9
            side["of peak"] = side["GFLOP/s"] / peaks[precision]
        if (memory := median(each, "peak_mib")) is not None:
            side["MiB"] = memory
        for clock, label in warming.CLOCKS.items():
            if (seconds := median(each, clock)) is not None:
                side[label] = seconds
        found["own" if own else "peers"][name] = side
    set_ratios(found)
    return found


def set_ratios(found):
    """Forms the ratios of one kind of work from its rates, as this version defines them."""
    for clock, label in (("tokens/s", "ratio"), ("tokens/CPU-s", "ratio by CPU")):
        found[label] = ratios(found, clock)


def ratios(found, clock):
    """By label: the ratio, and the two sides it was formed of."""
    result = {}
    for label, takes in LABELS.items():
        own, peer = (
            max(
                ((side[clock], name) for name, side in found[group].items()
                 if side[clock] and takes(name) and (group == "peers" or name in OWN)),
                default=None,
            )
            for group in ("own", "peers")
        )  # fmt: skip
        if own and peer:
            result[label] = {"ratio": own[0] / peer[0], "lm4j": own[1], "peer": peer[1]}
    return result


def failures(kind, runs):
    """Why a side has no figure, or fewer than rounds."""
    for name, each in runs.items():
        for run in each:
            if why := run.get("failure") or run.get("skipped"):
                yield f"{kind}, {name}: {' '.join(why.split())}"
                break


def _pairs(runs):
    """Runs of lm4j and PyTorch in one precision that have losses to compare."""
    for own, peer in (("lm4j", "PyTorch"), ("lm4j bf16", "PyTorch bf16")):
        precision = "bf16" if is_bf16(own) else "float32"
        for pair in zip(runs.get(own, []), runs.get(peer, [])):
            if all("rate" in run for run in pair):
                yield precision, *pair


def _check_training(training, figures):
    for precision in FALL_TOLERANCE:
        pairs = [(*falls(own, peer), gap(own, peer)) for p, own, peer in _pairs(training) if p == precision]
        if not pairs:
            continue
        worst = max(pairs, key=lambda pair: _disagreement(*pair[:2]))
        figures[f"fall in {precision}"] = dict(zip(("lm4j", "PyTorch", "steps", "gap"), worst))
        if not worst[1] > 0:
            note = "the loss did not fall, or too few steps were made to see it"
        elif not (_disagreement(*worst[:2]) <= FALL_TOLERANCE[precision] or worst[3] <= GAP_TOLERANCE[precision]):
            note = f"the loss did not fall alike: {worst[0]:.4f}, {worst[1]:.4f}"
        else:
            continue
        figures["notes"].append(f"training in {precision}: {note}")


def _check_scores(evaluation, figures):
    for precision, own, peer in _pairs(evaluation):
        if peer["loss"] is None:
            figures["notes"].append("PyTorch took too long to score the whole text")
        elif not abs(own["loss"] - peer["loss"]) <= SCORE_TOLERANCE[precision] * peer["loss"]:
            losses = f"{own['loss']:.4f}, {peer['loss']:.4f}"
            figures["notes"].append(f"the losses of the text differ in {precision}: {losses}")


def _disagreement(own, peer):
    return abs(own - peer) / peer if peer > 0 else math.inf


def geometric_mean(figures, kind, clock="ratio", label="fp32"):
    found = [f[kind][clock][label]["ratio"] for f in figures if label in f.get(kind, {}).get(clock, {})]
    return statistics.geometric_mean(found) if found else None


def table(header, rows):
    """Markdown whose columns line up; all but the first to the right."""
    widths = [max(len(row[i]) for row in [header, *rows]) for i in range(len(header))]

    def line(cells):
        first, *others = (
            cell.ljust(width) if i == 0 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(cells, widths))
        )
        return "| " + " | ".join([first, *others]) + " |"

    rule = "|" + "|".join(
        "-" * (width + 2) if i == 0 else "-" * (width + 1) + ":" for i, width in enumerate(widths)
    )
    return "\n".join([line(header), rule + "|", *map(line, rows)])


def number(value):
    return "–" if value is None else f"{value:,.0f}"


def factor(found, label):
    return f"{found[label]['ratio']:.2f}" if label in found else "–"


def row(figures, kind):
    """One line for a configuration, shown as soon as it is measured."""
    f = figures[kind]
    sides = ", ".join(f"{n} {number(s['tokens/s'])}" for g in ("own", "peers") for n, s in f[g].items())
    parts = [f"{kind:10} {figures['name']:12} fp32 {factor(f['ratio'], 'fp32')}"]
    parts.append(f"best {factor(f['ratio'], 'best')}")
    if "int8" in f["ratio"]:
        parts += [f"{label} {factor(f['ratio'], label)}" for label in WITH_INT8]
    cpu = f["ratio by CPU"]
    parts.append(f"by CPU {factor(cpu, 'fp32')} {factor(cpu, 'best')}")
    return "  ".join(parts) + f"  ({sides})"


def kind_table(figures, kind):
    """Rates, ratios and the share of the peak of one kind of work."""
    rows = [f for f in figures if kind in f]
    if not rows:
        return ""
    own = [name for name in OWN if any(name in f[kind]["own"] for f in rows)]
    scaled = [name for name in own if not is_int8(name)]
    with_int8 = any("int8" in f[kind]["ratio"] for f in rows)
    labels = [name for name in LABELS if with_int8 or name not in WITH_INT8]
    others = sorted({n for f in rows for n in f[kind]["own"] if n not in OWN})
    flop = any("GFLOP/s" in side for f in rows for side in f[kind]["own"].values())
    header = [f"{kind}, tokens/s", *own, *others]
    for label in labels:
        header += [PEERS.get(label, f"best {label} peer"), "", "ratio"]
    header += [f"by CPU: {labels[0]}", *labels[1:]]
    header += [f"{name} of peak".removeprefix("lm4j ") for name in scaled] if flop else []
    header += ["MiB", "PyTorch's"] if kind == "training" else []
    lines = []
    for f in rows:
        found = f[kind]
        cells = [f["name"]]
        for name in own + others:
            cells.append(number(found["own"].get(name, {}).get("tokens/s")))
        for label in labels:
            peer = found["ratio"].get(label, {}).get("peer")
            rate = found["peers"][peer]["tokens/s"] if peer else None
            cells += [number(rate), peer or "–", factor(found["ratio"], label)]
        cells += [factor(found["ratio by CPU"], label) for label in labels]
        if flop:
            for name in scaled:
                share = found["own"].get(name, {}).get("of peak")
                cells.append("–" if share is None else f"{share:.2f}")
        if kind == "training":
            cells += [number(found["own"].get("lm4j", {}).get("MiB"))]
            cells += [number(found["peers"].get("PyTorch", {}).get("MiB"))]
        lines.append(cells)
    return table(header, lines)


def means(figures):
    """Geometric means, a sentence for each kind."""
    for kind in KINDS:
        found = {
            (clock, label): geometric_mean(figures, kind, clock, label)
            for clock in ("ratio", "ratio by CPU")
            for label in LABELS
        }
        if found["ratio", "best"] is not None:
            shown = {key: "–" if mean is None else f"{mean:.2f}" for key, mean in found.items()}
            yield (
                f"{kind}: {shown['ratio', 'fp32']} times the best float32 peer,"
                f" {shown['ratio', 'best']} times the best peer; by CPU time"
                f" {shown['ratio by CPU', 'fp32']} and {shown['ratio by CPU', 'best']}"
                + (
                    f"; int8 {shown['ratio', 'int8']} times int8, the fastest of all precisions"
                    f" {shown['ratio', 'any']} times the fastest"
                    if found["ratio", "int8"]
                    else ""
                )
            )


def start_text(results):
    """First and twentieth character."""
    parts = []
    for start in results.get("starts", []):
        sides = {}
        for name in ("lm4j", "PyTorch"):
            sides[name] = [median(start[name], key) for key in ("seconds", "twentieth")]
        if all(x is not None for times in sides.values() for x in times):
            own, peer = sides["lm4j"], sides["PyTorch"]
            parts.append(
                f"First generated character of {start['model']}, from process start,"
                f" {start['threads']} threads: lm4j {own[0]:.3f} s, PyTorch {peer[0]:.3f} s;"
                f" twentieth: {own[1]:.3f} s, {peer[1]:.3f} s."
            )
        else:
            parts += [f"! start: {why}" for why in failures("start", start_runs(start))]
    return parts


def start_runs(start):
    return {name: runs for name, runs in start.items() if isinstance(runs, list)}


def text(results):
    """All of it, as people read it."""
    figures = [result["summary"] for result in results["configurations"]]
    for found in [f[kind] for f in figures for kind in KINDS if kind in f]:
        set_ratios(found)  # a file of an older version may lack one
    parts = []
    for threads in dict.fromkeys(f["threads"] for f in figures):
        some = [f for f in figures if f["threads"] == threads]
        parts.append(f"Threads of each side: {threads}.")
        for kind in KINDS:
            parts.append(kind_table(some, kind))
            if found := bounds.table(some, kind):
                parts.append(table(*found))
            if kind == "training" and (found := warming.table(some)):
                parts.append(table(*found))
        if found := list(means(some)):
            parts.append("Geometric means. " + ". ".join(x[0].upper() + x[1:] for x in found) + ".")
        peaks = some[0]["peaks"]
        shown = [f"{n} {x:.0f} GFLOP/s" for n, x in peaks.items() if known(x)]
        if shown:
            parts.append("Best product of 2048 × 2048 × 2048 of this run: " + ", ".join(shown) + ".")
        parts.append(bounds.text(some[0].get("speeds")))
    parts += start_text(results)
    if "dl4j" in results:
        parts += dl4j_text(results["dl4j"])
    parts += [f"! {f['name']}: {note}." for f in figures for note in f["notes"]]
    return "\n\n".join(part for part in parts if part)


def dl4j_text(d):
    own, peer = median(d["lm4j"]), median(d["Deeplearning4j"])
    if own is None or peer is None:
        return [f"! {why}" for why in failures("training", d)]
    own_fall, peer_fall, steps = falls(d["lm4j"][0], d["Deeplearning4j"][0])
    parts = [
        f"Training of char-rnn: lm4j {own:,.0f}, Deeplearning4j {peer:,.0f} tokens/s,"
        f" {own / peer:.1f} times; in {steps} steps the loss fell by {own_fall:.4f} and"
        f" {peer_fall:.4f}."
    ]
    if not _disagreement(own_fall, peer_fall) <= FALL_TOLERANCE["float32"]:
        parts.append("! Deeplearning4j: the loss did not fall alike.")
    return parts
