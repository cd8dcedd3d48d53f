"""Training on an NVIDIA GPU: lm4j beside PyTorch, each in fp32, tf32 and bf16.

PyTorch is one process for all runs, since it takes long to start; lm4j is one a run, as its user has
it. Rates are those after a warm-up, in which kernels are chosen and graphs made. Both read their
losses back every 32 steps.
"""

import json
import math
import pathlib
import subprocess

from benchmark import processes, report, session
from benchmark.configurations import GATES

PRECISIONS = ("fp32", "tf32", "bf16")
INTERVAL = 32  # steps between two lines of the log
FALL_TOLERANCE = {"fp32": 0.05, "tf32": 0.05, "bf16": 0.1}  # of PyTorch's fall of the loss
WORKER = pathlib.Path(__file__).resolve().parent / "gpu_worker.py"

# TFLOP/s and TB/s a GPU can reach at most: what was measured of bf16 products and of memory, tf32
# taken as half of bf16, fp32 NVIDIA's figure.
PEAKS = {"H200": ({"fp32": 67.0, "tf32": 395.0, "bf16": 790.0}, 4.3)}


class Worker:
    """A Python with torch that does one task after the other, a line of JSON each."""

    def __init__(self, python, rehearse):
        self.rehearse = rehearse
        try:
            self.child = subprocess.Popen(
                [str(python), str(WORKER)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE if not rehearse else None,
                text=True,
            )
        except OSError as e:
            raise processes.Failure(f"{python} cannot be started: {e}.") from e

    def do(self, task, work=None, **more):
        settings = {"task": task, "rehearse": self.rehearse, **more}
        if work is not None:
            settings.update(vars(work.configuration))
        try:
            self.child.stdin.write(json.dumps(settings) + "\n")
            self.child.stdin.flush()
            answer = self.child.stdout.readline()
        except BrokenPipeError:
            answer = ""
        if not answer:
            said = self.child.stderr.read() if self.child.stderr else ""
            raise processes.Failure(f"PyTorch's process ended: {said.strip()[-1500:]}")
        found = json.loads(answer)
        if "error" in found:
            raise processes.Failure("PyTorch: " + found["error"])
        return found

    def write_start(self, work):
        self.do("start", work, to=str(work.start_weights))

    def close(self):
        self.child.stdin.close()
        self.child.wait()


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
    """Measures one configuration after another and keeps every figure."""

    def __init__(self, own, worker, settings):
        self.own, self.worker, self.settings = own, worker, settings

    def configuration(self, configuration, folder, device):
        s = self.settings
        work = session.Work(configuration, folder, s.seconds)
        session.say(f"{configuration.name}: {configuration.describe()}")
        work.write_texts(["training"])
        self.worker.write_start(work)
        self.own.start_from(work)
        runs = []
        for precision in s.precisions:
            ways = ["eager"]
            if configuration.name in s.compile and precision == s.compile_precision:
                ways.append("compile")
            run = {"precision": precision, "floors": floors(configuration, precision, device)}
            run["lm4j"] = self._own(work, precision)
            for way in ways:
                run[way] = self._peer(work, precision, way)
            run["note"] = _note(run)
            runs.append(run)
        return {"configuration": vars(configuration), "runs": runs}

    def _own(self, work, precision):
        s = self.settings
        more = [] if s.rehearse and self.own.device == "cpu" else ["--precision", precision]
        seconds = math.ceil(s.warm_up + s.seconds)  # lm train counts whole ones
        found = self.own.train(work, seconds, INTERVAL if not s.rehearse else 1, more)
        log = found["log"]
        warm = [i for i, line in enumerate(log[:-1]) if line[1] >= s.warm_up]
        if not warm:
            raise processes.Failure("lm4j made too few steps to measure: give more --seconds.")
        first, c = log[warm[0]], work.configuration
        steps, seconds = log[-1][0] - first[0], log[-1][1] - first[1]
        found["rate"] = steps * c.batch * c.window / seconds
        _say(precision, "lm4j", found)
        return found

    def _peer(self, work, precision, way):
        s = self.settings
        found = self.worker.do(
            "train",
            work,
            precision=precision,
            way=way,
            warm_up=s.warm_up,
            seconds=s.seconds,
            log_interval=INTERVAL if not s.rehearse else 1,
            ids=str(work.training_ids),
            weights=str(work.start_weights),
        )
        _say(precision, "PyTorch " + way, found)
        return found


def _say(precision, name, found):
    figure = f"{found['rate']:12,.0f} tokens/s" if "rate" in found else found["failure"]
    session.say(f"  {precision}  {name:15} {figure}")


def _note(run):
    """Whether both learned the same, over the steps that both made."""
    own, peer, steps = report.falls(run["lm4j"], run["eager"])
    if not peer > 0:
        return "too few steps in common to compare losses"
    if abs(own - peer) > FALL_TOLERANCE[run["precision"]] * peer:
        return f"in {steps} steps the loss fell by {own:.4f} and {peer:.4f}"
    return ""


def text(results):
    """The table, in Markdown, and what it was measured on."""
    header = ["training, tokens/s", "", "lm4j", "eager", "compile", "best ratio"]
    header += ["ms/step", "floor: FLOP", "floor: bytes"]
    rows, notes = [], []
    for result in results["configurations"]:
        c = result["configuration"]
        for run in result["runs"]:
            rates = {way: run.get(way, {}).get("rate") for way in ("lm4j", "eager", "compile")}
            others = [rate for rate in (rates["eager"], rates["compile"]) if rate]
            floor = run["floors"] or (math.nan, math.nan)
            ratio = f"{rates['lm4j'] / max(others):.2f}" if others else "–"
            rows.append(
                [c["name"], run["precision"]]
                + [f"{rate:,.0f}" if rate else "–" for rate in rates.values()]
                + [ratio, f"{1e3 * c['batch'] * c['window'] / rates['lm4j']:.3f}"]
                + ["–" if math.isnan(x) else f"{x:.3f}" for x in floor]
            )
            if run["note"]:
                notes.append(f"{c['name']} {run['precision']}: {run['note']}")
    about = results["machine"]
    lines = [report.table(header, rows), "", *notes]
    lines += ["", f"GPU: {about['PyTorch']['device']}", "lm4j:"]
    lines += ["  " + line for line in about["lm4j"]]
    lines.append("PyTorch: " + ", ".join(f"{k} {v}" for k, v in about["PyTorch"].items()))
    return "\n".join(lines)
