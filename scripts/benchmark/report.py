"""Medians, ratios, the check that both sides learned the same, and the tables."""

import math
import statistics

FALL_TOLERANCE = 0.05  # of PyTorch's fall of the loss
SCORE_TOLERANCE = 1e-3  # of the loss of a text, scored with the same weights


def median(runs, key="rate"):
    return statistics.median(run[key] for run in runs)


def falls(own, peer):
    """How far the loss fell, (lm4j, PyTorch): over the same steps, those that both made.

    From the first interval's mean loss to the last common one's.
    """
    # The last line of each covers what was left of an interval.
    logs = [{step: loss for step, _, loss in run["log"][:-1] if known(loss)} for run in (own, peer)]
    common = sorted(set(logs[0]) & set(logs[1]))
    if len(common) < 2:
        return math.nan, math.nan, 0
    return (*(log[common[0]] - log[common[-1]] for log in logs), common[-1])


def known(loss):
    """Whether it is a number: what diverged is logged as none."""
    return loss is not None and math.isfinite(loss)


def summarise(results):
    """Sets the summary of each configuration, against the best sgemm seen in the whole run."""
    peaks = [rate for result in results for peak in result["peaks"] for rate in peak.values()]
    for result in results:
        result["summary"] = summary(result, max(peaks, default=math.nan))


def summary(result, peak):
    """The figures of one configuration: medians over the rounds, ratios, checks."""
    figures = {"name": result["configuration"]["name"], "peak": peak, "notes": []}
    flop = result["flop_per_token"]
    for kind in ("training", "evaluation", "generation"):
        if kind not in result:
            continue
        own, peer = result[kind]["lm4j"], result[kind]["PyTorch"]
        rates = median(own), median(peer)
        figures[kind] = {"lm4j": rates[0], "PyTorch": rates[1], "ratio": rates[0] / rates[1]}
        if kind in flop:
            for side, rate in (("lm4j", rates[0]), ("PyTorch", rates[1])):
                figures[kind][side + " GFLOP/s"] = rate * flop[kind] / 1e9
            figures[kind]["of peak"] = figures[kind]["lm4j GFLOP/s"] / figures["peak"]
    if "training" in result:
        _check_training(result["training"], figures)
    if "evaluation" in result:
        _check_scores(result["evaluation"], figures)
    return figures


def _check_training(training, figures):
    pairs = [falls(*pair) for pair in zip(training["lm4j"], training["PyTorch"])]
    worst = max(pairs, key=lambda pair: _disagreement(*pair[:2]))
    figures["fall"] = dict(zip(("lm4j", "PyTorch", "steps"), worst))
    for side in ("lm4j", "PyTorch"):
        figures["training"][side + " MiB"] = median(training[side], "peak_mib")
    if not worst[1] > 0:
        figures["notes"].append("the loss did not fall, or too few steps were made to see it")
    elif not _disagreement(*worst[:2]) <= FALL_TOLERANCE:
        figures["notes"].append(f"the loss did not fall alike: {worst[0]:.4f}, {worst[1]:.4f}")


def _check_scores(evaluation, figures):
    own = median(evaluation["lm4j"], "loss")
    peer = next((run["loss"] for run in evaluation["PyTorch"] if run["loss"] is not None), None)
    if peer is None:
        figures["notes"].append("PyTorch took too long to score the whole text")
    elif not abs(own - peer) <= SCORE_TOLERANCE * peer:
        figures["notes"].append(f"the losses of the text differ: {own:.4f}, {peer:.4f}")


def _disagreement(own, peer):
    return abs(own - peer) / peer if peer > 0 else math.inf


def geometric_mean(figures, kind):
    ratios = [f[kind]["ratio"] for f in figures if kind in f]
    return statistics.geometric_mean(ratios) if ratios else None


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
    return f"{value:,.0f}"


def training_table(figures):
    header = ["training, tokens/s", "lm4j", "PyTorch", "ratio", "GFLOP/s", "of peak", "PyTorch's"]
    header += ["MiB", "PyTorch's", "loss fell", "PyTorch's", "steps"]
    rows = []
    for f in (f for f in figures if "training" in f):
        t, fall = f["training"], f["fall"]
        row = [f["name"], number(t["lm4j"]), number(t["PyTorch"]), f"{t['ratio']:.2f}"]
        row += [number(t["lm4j GFLOP/s"]), f"{t['of peak']:.2f}", number(t["PyTorch GFLOP/s"])]
        row += [number(t["lm4j MiB"]), number(t["PyTorch MiB"])]
        row += [f"{fall['lm4j']:.4f}", f"{fall['PyTorch']:.4f}", number(fall["steps"])]
        rows.append(row)
    return table(header, rows) if rows else ""


def use_table(figures):
    header = ["evaluation and generation (B = 1), tokens/s", "lm4j", "PyTorch", "ratio"]
    header += ["GFLOP/s", "of peak", "PyTorch's", "generation", "PyTorch's", "ratio"]
    rows = []
    for f in (f for f in figures if "evaluation" in f or "generation" in f):
        row = [f["name"]]
        if e := f.get("evaluation"):
            row += [number(e["lm4j"]), number(e["PyTorch"]), f"{e['ratio']:.2f}"]
            row += [number(e["lm4j GFLOP/s"]), f"{e['of peak']:.2f}", number(e["PyTorch GFLOP/s"])]
        else:
            row += [""] * 6
        if g := f.get("generation"):
            row += [number(g["lm4j"]), number(g["PyTorch"]), f"{g['ratio']:.2f}"]
        else:
            row += [""] * 3
        rows.append(row)
    return table(header, rows) if rows else ""


def text(results):
    """All of it, as people read it."""
    figures = [result["summary"] for result in results["configurations"]]
    parts = [training_table(figures), use_table(figures)]
    means = [
        f"{kind} {mean:.2f}"
        for kind in ("training", "evaluation", "generation")
        if (mean := geometric_mean(figures, kind)) is not None
    ]
    if figures:
        parts.append(f"Best sgemm of this run: {figures[0]['peak']:.0f} GFLOP/s.")
    if means:
        parts.append(f"Geometric mean of the ratios: {', '.join(means)}.")
    if "start" in results:
        own, peer = (median(results["start"][side], "seconds") for side in ("lm4j", "PyTorch"))
        parts.append(
            f"First generated character of {results['start']['model']}, from process start:"
            f" lm4j {own:.3f} s, PyTorch {peer:.3f} s, {peer / own:.1f} times."
        )
    if "dl4j" in results:
        d = results["dl4j"]
        own, peer = median(d["lm4j"]), median(d["Deeplearning4j"])
        own_fall, peer_fall, steps = falls(d["lm4j"][0], d["Deeplearning4j"][0])
        parts.append(
            f"Training of char-rnn: lm4j {own:,.0f}, Deeplearning4j {peer:,.0f} tokens/s,"
            f" {own / peer:.1f} times; in {steps} steps the loss fell by {own_fall:.4f} and"
            f" {peer_fall:.4f}."
        )
        if not _disagreement(own_fall, peer_fall) <= FALL_TOLERANCE:
            parts.append("! Deeplearning4j: the loss did not fall alike.")
    parts += [f"! {f['name']}: {note}." for f in figures for note in f["notes"]]
    return "\n\n".join(part for part in parts if part)
