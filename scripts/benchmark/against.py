"""Two versions of lm4j in turn: this one, and that of a commit, built in a separate worktree.

Both get the same texts and initial weights. What is compared are tokens per second and tokens per
processor second; the second says more on a machine that does other work too.
"""

import contextlib
import copy
import os
import pathlib

from benchmark import processes, report, session
from benchmark.configurations import CONFIGURATIONS
from benchmark.lm4j import Lm4j

ROOT = pathlib.Path(__file__).resolve().parents[2]


def git(*arguments):
    return processes.run(["git", "-C", ROOT, *arguments], dict(os.environ)).output.strip()


@contextlib.contextmanager
def built(commit, folder):
    """The launcher of a commit's lm4j; its worktree is removed afterwards."""
    full = git("rev-parse", "--verify", "--end-of-options", commit + "^{commit}")
    there = folder / "against"
    git("worktree", "add", "--detach", there, full)
    try:
        session.say(f"building lm4j of {full[:10]}")
        usual = {k: v for k, v in os.environ.items() if k not in ("LM4J_NO_BUILD", "LM4J_NO_CACHE")}
        launcher = there / "scripts" / "lm"
        processes.run([launcher, "--version"], usual)
        yield launcher, full
    finally:
        git("worktree", "remove", "--force", there)


def measure(run, commit):
    """Every kind of work of every configuration, in turn; the exit code."""
    results = run.results
    with built(commit, run.folder) as (launcher, full):
        results["against"] = full
        results["configurations"] = []
        for threads in run.args.threads:
            for i, name in enumerate(run.args.names):
                if run.over():
                    run.skip(run.args.names[i:])
                    break
                result = compare(run, name, threads, launcher)
                results["configurations"].append(result)
                run.save()
                for line in lines(result):
                    run.show(line)
    run.show("\n" + text(results))
    runs = [r for c in results["configurations"] for k in report.KINDS for s in c.get(k, {}).values()
            for r in s]  # fmt: skip
    return 1 if any("failure" in r for r in runs) else 0


def compare(run, name, threads, launcher):
    """One configuration: lists with a run for each round, by ``now`` and ``then``."""
    now = run.session(threads)
    c = CONFIGURATIONS[name]
    work = session.Work(c, run.folder / f"{name}-{threads}", now.seconds, now.warm_up / session.WARM_UP)
    session.say(f"{name}: {c.describe()}")
    now.prepare(work, run.args.kinds)
    before = copy.copy(now)
    before.own = Lm4j(launcher, threads)
    other = copy.copy(work)
    other.folder = work.folder / "then"
    other.folder.mkdir()
    before.own.start_from(other)
    sides = (("now", now, work), ("then", before, other))

    def task(which):
        return {name: (lambda more, s=s, w=w: which(s, w, more)) for name, s, w in sides}

    tasks = {
        "training": lambda s, w, more: s.trained(w, session.FLOAT32, more),
        "evaluation": lambda s, w, _: s.own.evaluate(w),
        "generation": lambda s, w, _: s.own.generate(w),
    }
    result = {"configuration": vars(c), "threads": threads}
    for kind, which in tasks.items():
        if kind in run.args.kinds:
            result[kind] = now.rounds(kind, task(which))
    return result


def ratio(runs, clock):
    """Now over then, medians; None where one has no figure."""
    now, then = (report.median(runs[side], clock) for side in ("now", "then"))
    return now / then if now and then else None


def lines(result):
    for kind in report.KINDS:
        if kind in result:
            shown = [f"{x:.3f}" if x else "–" for x in (ratio(result[kind], c) for c in report.CLOCKS)]
            yield (
                f"{kind:10} {result['configuration']['name']:12}"
                f" now / then {shown[0]}, by CPU {shown[1]}"
            )


def text(results):
    """The table, its means, and what failed."""
    header = [f"against {results['against'][:10]}", "threads", "", "now", "then", "now / then"]
    header += ["per CPU-s: now", "then", "now / then"]
    rows, notes, found = [], [], {}
    for result in results["configurations"]:
        for kind in (kind for kind in report.KINDS if kind in result):
            cells = [result["configuration"]["name"], str(result["threads"]), kind]
            for clock in report.CLOCKS:
                cells += [report.number(report.median(result[kind][s], clock)) for s in ("now", "then")]
                factor = ratio(result[kind], clock)
                cells.append(f"{factor:.3f}" if factor else "–")
                if factor:
                    found.setdefault((kind, clock), []).append(factor)
            rows.append(cells)
            notes += [f"! {cells[0]}: {why}" for why in report.failures(kind, result[kind])]
    means = [
        f"{kind} {report.statistics.geometric_mean(each):.3f}"
        + (" by CPU" if clock == "cpu_rate" else "")
        for (kind, clock), each in found.items()
    ]
    parts = [report.table(header, rows) if rows else "", *notes]
    if means:
        parts.append("Geometric means of now / then: " + ", ".join(means) + ".")
    return "\n\n".join(part for part in parts if part)
