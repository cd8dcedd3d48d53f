"""The benchmark on a CPU: lm4j beside its peers, two versions of lm4j, or one model at many sizes.

Rows are printed and the file is written as figures come, so that a run can be cut short at any time.
"""

import math
import pathlib
import time

from benchmark import against, dl4j, machine, report, session, sweep
from benchmark.configurations import CONFIGURATIONS
from benchmark.lm4j import Lm4j
from benchmark.pytorch import PyTorch

ROOT = pathlib.Path(__file__).resolve().parents[2]
MODEL = ROOT / "models" / "java-source"
PROBE = "public static void main\n" * 40  # text that the shipped model reads
# Seconds that one configuration takes beside what is in proportion to --seconds, on two cores.
FIXED = {"training": 29, "evaluation": 24, "generation": 19, "start": 0}
SCALED = {"training": 4.5, "evaluation": 7, "generation": 4.5, "start": 0}


def estimate(args):
    """Minutes, roughly: what was seen on two cores."""
    each = sum(FIXED[kind] + SCALED[kind] * args.seconds for kind in args.kinds)
    return len(args.threads) * len(args.names) * (args.rounds * each + 10) / 60


class Run:
    """What all three kinds of run share: the two sides, the results, the time that is left."""

    def __init__(self, args, folder, results, show, save):
        self.args, self.folder, self.results, self.show, self.save = args, folder, results, show, save
        self.until = time.monotonic() + args.limit if args.limit else math.inf
        first = args.threads[0]
        self.own, self.peer = Lm4j(args.lm, first), PyTorch(args.python, first)
        versions = self.peer.versions()
        self.own.build()
        results["machine"] = {**machine.describe(args.lm), "PyTorch": versions}
        names = ("rounds", "threads", "seconds", "kinds")
        results["settings"] = {name: getattr(args, name) for name in names}

    def session(self, threads, variants=(session.FLOAT32,)):
        own, peer = Lm4j(self.args.lm, threads), PyTorch(self.args.python, threads)
        return session.Session(own, peer, self.args, variants, self.until)

    def over(self):
        return time.monotonic() >= self.until

    def variants(self):
        """lm4j in float32, in bf16 and int8 where it computes in them on this CPU, and with --blas."""
        found = [session.FLOAT32]
        if self.computes("bf16", "avx512_bf16"):
            found.append(session.BF16)
        if "generation" in self.args.kinds and self.computes("int8", "avx512_vnni"):
            found.append(session.INT8)
        for blas in self.args.blas:
            found.append(session.Variant(f"lm4j --blas {blas}", "float32", ("--blas", blas)))
        return found

    def computes(self, precision, flag):
        if precision not in self.args.own_precisions:
            return False
        if flag not in machine.flags():
            session.say(f"lm4j in {precision}: not measured, this CPU has no instruction for it")
            return False
        text = self.folder / "probe.txt"
        text.write_text(PROBE, encoding="utf-8")
        found = self.own.computes_in(precision, MODEL, text)
        if not found:
            session.say(f"lm4j in {precision}: not measured, this version does not compute in it here")
        return found

    def skip(self, names):
        self.results["skipped"] = list(names)
        self.show(f"! The time of --limit is over; not measured: {', '.join(names)}.")
        self.save()


def measure(run):
    """lm4j beside its peers."""
    args, results = run.args, run.results
    results["configurations"], results["starts"] = [], []
    variants = run.variants()
    results["lm4j variants"] = [variant.name for variant in variants]
    session.say(f"about {estimate(args):.0f} minutes on a quiet machine of two cores")
    for threads in args.threads:
        some = run.session(threads, variants)
        if "start" in args.kinds:
            start = {"model": MODEL.name, "threads": threads, **some.start(MODEL)}
            results["starts"].append(start)
            for line in report.start_text({"starts": [start]}):
                run.show(line)
            run.save()
        if not set(args.kinds) - {"start"}:
            continue
        for i, name in enumerate(args.names):
            if run.over():
                run.skip(args.names[i:])
                break
            result = some.configuration(CONFIGURATIONS[name], run.folder / f"{name}-{threads}")
            add(run, result)
        if args.dl4j and not run.over():
            work = run.folder / f"dl4j-{threads}"
            results["dl4j"] = dl4j.measure(some, CONFIGURATIONS["char-rnn"], work)
            run.save()
    return 1 if failed(results) else 0


def add(run, result):
    """Keeps and shows a configuration that has been measured."""
    configuration = CONFIGURATIONS[result["configuration"]["name"]]
    result["flop_per_token"] = {
        "training": configuration.training_flop(),
        "evaluation": configuration.evaluation_flop(),
    }
    run.results["configurations"].append(result)
    report.summarise(run.results["configurations"])
    run.save()
    for kind in report.KINDS:
        if kind in result:
            run.show(report.row(result["summary"], kind))


def failed(results):
    """Whether any run failed."""
    groups = [result.get(kind, {}) for result in results["configurations"] for kind in report.KINDS]
    groups += [report.start_runs(start) for start in results.get("starts", [])]
    groups.append(results.get("dl4j", {}))
    return any("failure" in run for runs in groups for each in runs.values() for run in each)


def text(results):
    """The tables of results that were kept, and what they were measured on."""
    if "against" in results:
        tables = against.text(results)
    elif "sweep" in results:
        tables = sweep.text(results["sweep"], results["points"])
    elif "trials" in results:
        raise ValueError("they are those of a GPU, whose table is printed while it is measured")
    else:
        tables = report.text(results)
    about = results["machine"]
    return f"{about['cpu']}, {about['cores']} cores, {about['time']}, commit {about['commit']}\n\n" + tables


def start(args, folder, results, show, save):
    """One of the three kinds of run; the exit code."""
    core = machine.forget_core_type()
    if core:
        session.say(f"{machine.CORE_TYPE}={core} is ignored: OpenBLAS chooses by the processor")
    run = Run(args, folder, results, show, save)
    if args.against:
        return against.measure(run, args.against)
    if args.sweep:
        return sweep.measure(run, *args.sweep)
    try:
        return measure(run)
    finally:
        if results["configurations"]:
            show("\n" + report.text({**results, "starts": []}))
