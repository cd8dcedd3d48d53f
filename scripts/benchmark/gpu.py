"""Training on an NVIDIA GPU: lm4j beside PyTorch, each in fp32, tf32 and bf16.

PyTorch is one process for all runs, since it takes long to start; lm4j is one a run, as its user has
it. PyTorch is measured eager, with a whole step as one CUDA graph, and compiled where that is asked for. Rates are those after a warm-up, in which kernels are chosen and graphs made. Both read their
losses back every 32 steps.

Whatever fails or takes too long is a result, {"failure": text}: what comes after it is measured all
the same. Each figure is kept as soon as it is there.
"""

import json
import math
import os
import time

from benchmark import machine, processes, report, session
from benchmark.configurations import GATES

PRECISIONS = ("fp32", "tf32", "bf16")
SIDES = ("lm4j", "eager", "graph", "compile")
INTERVAL = 32  # steps between two lines of the log
FALL_TOLERANCE = {"fp32": 0.05, "tf32": 0.05, "bf16": 0.1}  # of PyTorch's fall of the loss
TRIALS_SHARE = 0.25  # of --limit at most
SHORTEST = 2  # seconds that a run needs at least beside its own

# What has cuDNN write why it does not support something; lm4j shows it with the failure.
LOGS = {"CUDNN_LOGLEVEL_DBG": "2", "CUDNN_LOGDEST_DBG": "stderr"}
GRAPHS, LIBRARIES = "LM4J_CUDA_GRAPHS", "LM4J_CUDA_LIBS"

# TFLOP/s and TB/s a GPU can reach at most: what was measured of bf16 products and of memory, tf32
# taken as half of bf16, fp32 NVIDIA's figure.
PEAKS = {"H200": ({"fp32": 67.0, "tf32": 395.0, "bf16": 790.0}, 4.3)}


def floors(c, precision, device):
    """Milliseconds of one step at least: by its operations, and by the bytes it moves.

    Operations: matrix products alone. Bytes: weights read forward and backward, their gradients
    written, and the optimizer's pass; of each token in each layer the gates written, read, their
    gradients written and read, and its output; the logits written, turned into gradients, and read
    by two products. What stays in a cache is counted too, all but weights of the recurrence read
    again each step.
    """
    peaks = next((found for name, found in PEAKS.items() if name in device), None)
    if peaks is None:
        return None
    tokens, size = c.batch * c.window, 2 if precision == "bf16" else 4
    operations = tokens * c.training_flop() / (peaks[0][precision] * 1e12)
    update = 4 * (5 + (4 if c.optimizer == "adam" else 0))
    weights = c.weights() * (2 * size + 4 + update)
    activations = tokens * c.layers * c.hidden * (4 * GATES[c.cell] + 6) * size
    logits = tokens * c.vocabulary * (4 + 8 + 2 * size)
    return 1e3 * operations, 1e3 * (weights + activations + logits) / (peaks[1] * 1e12)


class GpuSession:
    """Measures one configuration after another and keeps every figure.

    ``results`` is filled as figures come, and ``keep()`` called after each of them; ``rows`` is
    given each finished row.
    """

    def __init__(self, own, worker, settings, results, keep, rows):
        self.own, self.worker, self.settings = own, worker, settings
        self.results, self.keep, self.rows = results, keep, rows
        self.until = math.inf
        if settings.limit:
            self.until = time.monotonic() + settings.limit
        self.device = ""
        own.environment = {**LOGS, **own.environment}

    def run(self, configurations, folder):
        """All of it."""
        self._look()
        if not self.settings.rehearse:
            self._try_parts(folder / "trials.json")
        for configuration in configurations:
            self.configuration(configuration, folder / configuration.name)

    def _look(self):
        """What is measured on. lm4j gets the cuDNN that torch has, unless the user names one."""
        s = self.settings
        about = self.results["machine"]["PyTorch"] = self.attempt(
            4 * s.patience, lambda limit: self.worker.do("about", limit)
        )
        self.device = about.get("device", "")
        if about.get("libraries") and not self.own.environment.get(LIBRARIES):
            self.own.environment[LIBRARIES] = os.pathsep.join(about["libraries"])
        self.results["machine"][LIBRARIES] = self.own.environment.get(LIBRARIES)
        self._prepare("building lm4j", lambda limit: self._lm4j(limit, self.own.build))
        self.results["machine"].update(
            self.attempt(
                4 * s.patience,
                lambda limit: machine.describe(self.own.launcher, self.own.environment, limit),
            )
        )
        self.keep()

    def _try_parts(self, file):
        """What of lm4j's computing on this GPU works by itself, in a part of the time there is."""
        session.say("lm doctor --deep")
        left = max(SHORTEST, TRIALS_SHARE * (self.until - time.monotonic()))
        found = self.attempt(
            min(4 * self.settings.patience, left),
            lambda limit: self._lm4j(limit, lambda: self.own.trials(file)),
        )
        trials = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
        self.results["trials"] = {**trials, **(found or {})}
        failures = [
            f"lm doctor --deep, {trial['trial']}: {trial['answer']['found']}"
            for trial in trials.get("trials", [])
            if trial["answer"]["state"] == "FAILED"
        ]
        if not failures and found and "failure" in found:
            failures = [f"lm doctor --deep: {found['failure']}"]
        for failure in failures:
            session.say(f"  {failure}")
        self.results.setdefault("failures", []).extend(failures)
        self.keep()

    def configuration(self, configuration, folder):
        s = self.settings
        work = session.Work(configuration, folder, s.seconds)
        session.say(f"{configuration.name}: {configuration.describe()}")
        runs = []
        self.results["configurations"].append(
            {"configuration": vars(configuration), "runs": runs}
        )
        self._prepare("the text", lambda _: work.write_texts(["training"]))
        self._prepare(
            "PyTorch's initial weights",
            lambda limit: self.worker.do("start", limit, work, to=str(work.start_weights)),
        )
        if work.start_weights.exists():
            self._prepare(
                "lm import",
                lambda limit: self._lm4j(limit, lambda: self.own.start_from(work)),
            )
        for precision in s.precisions:
            run = {"precision": precision}
            run["floors"] = floors(configuration, precision, self.device)
            runs.append(run)
            for side in SIDES:
                if self._takes_part(side, configuration, precision):
                    run[side] = self._measured(work, precision, side)
                    self.keep()
            run["note"] = note(run)
            self.keep()
            self.rows(configuration, run)

    def _takes_part(self, side, configuration, precision):
        s = self.settings
        if side == "graph":
            return s.graph and not s.rehearse  # without a GPU there is none
        compiles = configuration.name in s.compile and precision == s.compile_precision
        return side != "compile" or compiles

    def _prepare(self, what, task):
        """Does what later runs need; they fail or do without where it cannot be done."""
        found = self.attempt(4 * self.settings.patience, task)
        if found and "failure" in found:
            session.say(f"  {what}: {found['failure']}")
            self.results.setdefault("failures", []).append(f"{what}: {found['failure']}")

    def _measured(self, work, precision, side):
        s = self.settings
        limit = s.warm_up + s.seconds + s.patience
        if side != "lm4j":
            found = self.attempt(
                limit + s.patience,  # which starts the process where it died
                lambda left: self._peer(work, precision, side, left),
            )
        else:
            found = self.attempt(limit, lambda left: self._own(work, precision, left))
            if "failure" in found and self.own.environment.get(GRAPHS) != "off":
                found = self._again(work, precision, found["failure"])
        name = side if side == "lm4j" else "PyTorch " + side
        figure = f"{found['rate']:12,.0f} tokens/s" if "rate" in found else reason(found)
        session.say(f"  {precision}  {name:15} {figure}")
        return found

    def _again(self, work, precision, failure):
        """A second time, without CUDA graphs."""
        s, usual = self.settings, self.own.environment
        session.say(f"  {precision}  lm4j            again without graphs, since {failure}")
        self.own.environment = {**usual, GRAPHS: "off"}
        try:
            found = self.attempt(
                s.warm_up + s.seconds + s.patience,
                lambda left: self._own(work, precision, left),
            )
        finally:
            self.own.environment = usual
        return {**found, "graphs": "off", "with graphs": failure}

    def attempt(self, limit, task):
        """What ``task`` returns, given the seconds it may take; or its failure."""
        left = min(limit, self.until - time.monotonic())
        if left < min(limit, SHORTEST):
            return {"skipped": "the time of --limit is over"}
        try:
            return task(left)
        except processes.Failure as e:
            return {"failure": str(e)}
        except Exception as e:  # whatever one side does wrong must not end the other
            return {"failure": f"{type(e).__name__}: {e}"}

    def _lm4j(self, limit, task):
        self.own.limit = limit
        return task()

    def _own(self, work, precision, limit):
        s = self.settings
        more = [] if s.rehearse and self.own.device == "cpu" else ["--precision", precision]
        seconds = math.ceil(s.warm_up + s.seconds)  # lm train counts whole ones
        interval = INTERVAL if not s.rehearse else 1
        found = self._lm4j(limit, lambda: self.own.train(work, seconds, interval, more))
        log = found["log"]
        warm = [i for i, line in enumerate(log[:-1]) if line[1] >= s.warm_up]
        if not warm:
            raise processes.Failure("lm4j made too few steps to measure: give more --seconds.")
        first, c = log[warm[0]], work.configuration
        steps, seconds = log[-1][0] - first[0], log[-1][1] - first[1]
        found["rate"] = steps * c.batch * c.window / seconds
        return found

    def _peer(self, work, precision, way, limit):
        s = self.settings
        return self.worker.do(
            "train",
            limit,
            work,
            precision=precision,
            way=way,
            warm_up=s.warm_up,
            seconds=s.seconds,
            log_interval=INTERVAL if not s.rehearse else 1,
            ids=str(work.training_ids),
            weights=str(work.start_weights),
        )


def reason(found):
    """Why there is no rate, in one line."""
    return " ".join(found.get("failure", found.get("skipped", "no figure")).split())


def note(run):
    """What there is to say of a row: failures, and whether both learned the same."""
    notes = []
    for side in SIDES:
        found = run.get(side, {})
        if "failure" in found or "skipped" in found:
            notes.append(f"{side}: {reason(found)}")
        if run["precision"] == "bf16" and found.get("rnn type") not in (None, "bfloat16"):
            notes.append(f"{side}: PyTorch's RNN computed in {found['rnn type']}, not in bf16")
        if "graphs" in found:
            notes.append("lm4j without CUDA graphs, since with them: " + found["with graphs"])
    if "rate" in run["lm4j"] and "rate" in run["eager"]:
        own, peer, steps = report.falls(run["lm4j"], run["eager"])
        if not peer > 0:
            notes.append("too few steps in common to compare losses")
        elif not abs(own - peer) <= FALL_TOLERANCE[run["precision"]] * peer:
            notes.append(f"in {steps} steps the loss fell by {own:.4f} and {peer:.4f}")
    return "; ".join(" ".join(each.split()) for each in notes)


def failed(results):
    """Whether anything did not work."""
    runs = [run for found in results["configurations"] for run in found["runs"]]
    sides = [run.get(side, {}) for run in runs for side in SIDES]
    about = results["machine"].get("PyTorch", {})
    return bool(results.get("failures")) or any("failure" in x for x in [about, *sides])


class Table:
    """Rows of Markdown that are shown one by one, in columns whose widths are known before."""

    HEADER = ("training, tokens/s", "", "lm4j", *SIDES[1:], "best ratio",
              "ms/step", "floor: FLOP", "floor: bytes")  # fmt: skip
    WIDTHS = (18, 4, 11, 11, 11, 11, 10, 9, 11, 12)

    def __init__(self, show):
        self.show = show
        self.begun = False

    def row(self, configuration, run):
        if not self.begun:
            self.begun = True
            self._line(self.HEADER)
            marks = ["-" * (width + (i == 0)) for i, width in enumerate(self.WIDTHS)]
            self.show("|-" + "|-".join(m + (":" if i else "") for i, m in enumerate(marks)) + "|")
        rates = [run.get(side, {}).get("rate") for side in SIDES]
        own, others = rates[0], [rate for rate in rates[1:] if rate]
        ratio = f"{own / max(others):.2f}" if own and others else "–"
        step = f"{1e3 * configuration.batch * configuration.window / own:.3f}" if own else "–"
        floor = ["–" if x is None else f"{x:.3f}" for x in run["floors"] or (None, None)]
        self._line(
            [configuration.name, run["precision"]]
            + [f"{rate:,.0f}" if rate else "–" for rate in rates]
            + [ratio, step, *floor]
        )

    def _line(self, cells):
        cells = list(zip(cells, self.WIDTHS))
        text = [cells[0][0].ljust(cells[0][1]), *(cell.rjust(width) for cell, width in cells[1:])]
        self.show("| " + " | ".join(text) + " |")


def text(results):
    """What comes below the table: notes, and what it was measured on."""
    notes = list(results.get("failures", []))
    for result in results["configurations"]:
        for run in result["runs"]:
            if run.get("note"):
                notes.append(f"{result['configuration']['name']} {run['precision']}: {run['note']}")
    about = results["machine"]
    peer = about.get("PyTorch", {})
    lines = ["", *("! " + note for note in notes), *([""] if notes else [])]
    lines += [f"GPU: {peer.get('device', 'not known')}", "lm4j:"]
    lines += ["  " + line for line in about.get("lm4j", [])]
    lines.append("PyTorch: " + ", ".join(f"{k} {v}" for k, v in peer.items() if k != "libraries"))
    return "\n".join(lines)
