"""How soon a training run reaches its speed, by the log of the whole run, its warm-up included.

A log's lines are (step, seconds, mean loss, processor seconds of the whole process or None). Rates are those
of windows of a quarter of a second, or from one line to the next where lines are further apart. The log's
seconds are exact; processor seconds are looked up twenty times a second, in hundredths.
"""

import dataclasses

WINDOW = 0.25  # seconds
ENOUGH = 0.9  # of the final rate
SECONDS, CPU = 1, 3  # columns of a log
SPAN = (2.0, 3.0)  # the third second of training
CLOCKS = {  # as a run and a summary call them
    "fast_after": "90 % after",
    "fast_after_cpu": "90 % by CPU",
    "third_second": "third second",
    "third_second_cpu": "third second by CPU",
}


@dataclasses.dataclass(frozen=True)
class Warming:
    """``rate``: steps per second in the end; ``after``: until the last window that is too slow has ended.

    ``more``: seconds that it took longer until then than it would have at the final rate; ``shares``: of
    the final rate, that of each window.
    """

    rate: float
    after: float
    more: float
    shares: list


def of(log, late, column, width=WINDOW):
    """The warming up by one clock; None where the log has too few lines that have it.

    One slow moment of the machine among the last windows makes ``after`` long: see ``share``. The lines from ``late`` seconds on give the final rate. The wall clock runs from the start of training,
    the process's own from the first line.
    """
    lines, end = _lines(log, late, column)
    if not end:
        return None
    rate = _rate(end[0], end[-1], column)
    found = windows(lines, column, width)
    slow = [line for line, each in found if each < ENOUGH * rate and line[SECONDS] < late]
    begun = lines[0]
    return Warming(
        rate,
        slow[-1][column] - begun[column] if slow else 0.0,
        end[0][column] - begun[column] - (end[0][0] - begun[0]) / rate,
        [each / rate for _, each in found],
    )


def share(log, late, column, span=SPAN):
    """The rate in a span of the wall clock, by one clock, over the final rate; None as above."""
    lines, end = _lines(log, late, column)
    first, last = (next((line for line in lines if line[SECONDS] >= s), None) for s in span)
    if not end or last is None or last[column] <= first[column]:
        return None
    return _rate(first, last, column) / _rate(end[0], end[-1], column)


def _lines(log, late, column):
    """The lines that have a clock, and those among them that give the final rate; none if too few."""
    lines = [line for line in log if line[column] is not None]
    if column == SECONDS:
        lines.insert(0, (0, 0.0, None, None))
    end = [line for line in lines if line[SECONDS] >= late]
    if len(end) < 2 or end[0] is lines[0] or end[-1][column] <= end[0][column]:
        end = []
    return lines, end


def windows(lines, column, width):
    """(last line, steps per second) of each window."""
    found, first = [], lines[0]
    for line in lines[1:]:
        if line[column] - first[column] >= width:
            found.append((line, _rate(first, line, column)))
            first = line
    return found


def _rate(first, last, column):
    return (last[0] - first[0]) / (last[column] - first[column])


def both(log, late, threads):
    """The warming up (by wall clock, by processor time of all threads), either of them None."""
    wall = of(log, late, SECONDS)
    timed = [line for line in log if line[CPU] is not None and line[SECONDS] >= late]
    cores = threads
    if len(timed) > 1:  # as many as it uses in the end, so that windows are as long by either clock
        cores = (timed[-1][CPU] - timed[0][CPU]) / (timed[-1][SECONDS] - timed[0][SECONDS]) or threads
    return wall, of(log, late, CPU, WINDOW * cores)


def figures(log, late, threads):
    """What a run's results keep: seconds until it is fast, those of a thread's processor, and shares."""
    wall, cpu = both(log, late, threads)
    found = {
        "fast_after": wall and wall.after,
        "fast_after_cpu": cpu and cpu.after / threads,
        "third_second": share(log, late, SECONDS),
        "third_second_cpu": share(log, late, CPU),
    }
    return {clock: value for clock, value in found.items() if value is not None}


def table(rows):
    """(header, cells) for the summaries of configurations; None where none of them has the figures."""
    rows = [f for f in rows if "training" in f]
    own = dict.fromkeys(name for f in rows for name, side in f["training"]["own"].items()
                        if CLOCKS["fast_after"] in side)  # fmt: skip
    if not own:
        return None
    header = ["training: seconds to 90 % of the final rate; share of it in the third second"]
    header += [cell for name in own for cell in (name, "by CPU", "share", "by CPU")]
    return header, [[f["name"], *_cells(f["training"]["own"], own)] for f in rows]


def _cells(sides, names):
    for name in names:
        for clock in CLOCKS.values():
            value = sides.get(name, {}).get(clock)
            yield "–" if value is None else f"{value:.2f}" if "third" in clock else f"{value:.1f}"
