"""The rounds: each side in turn, every run in a separate process."""

import dataclasses
import math
import pathlib
import sys
import time

from benchmark import bounds, corpus, processes, warming
from benchmark.configurations import Configuration

KINDS = ("start", "training", "evaluation", "generation")
WARM_UP = 8  # seconds of a training run of lm4j before those that count: JIT
PEER_WARM_UP = 2  # of one of PyTorch: choice of kernels
# Seconds that lm4j is taken to need for a short text, whose time is taken off that of a long one.
SCORING_WARM_UP = 3
WRITING_WARM_UP = 2
ATTEMPTS = 3  # at a measurement that was disturbed
TRAINING_TOKENS = {"char": 1_000_000, "word": 400_000}
# What lm4j is taken to reach while lengths are chosen; the rates measured do not depend on it.
ASSUMED_GFLOPS = 400
ASSUMED_TOKENS = 1_000_000  # tokens/s at most
ASSUMED_BYTES = 200e9  # of weights a second, while generating
ASSUMED_DRAW = 4e-6  # seconds for a draw


@dataclasses.dataclass
class Work:
    """One configuration's folder: texts, initial weights, models."""

    configuration: Configuration
    folder: pathlib.Path
    seconds: float
    warm: float = 1  # times the usual warm-ups

    def __post_init__(self):
        c = self.configuration
        self.vocabulary = self.folder / "vocabulary.json"
        self.start_weights = self.folder / "start.safetensors"
        rate = min(ASSUMED_GFLOPS * 1e9 / c.evaluation_flop(), ASSUMED_TOKENS)

        def scored(seconds):
            """Whole steps of B streams, so that no side has a shorter stream to pad."""
            return max(100, int(rate * seconds / c.batch)) * c.batch

        def generated(seconds):
            return max(20, int(seconds / (4 * c.weights() / ASSUMED_BYTES + ASSUMED_DRAW)))

        # Short and long: the JVM compiles while it works on the first part, which is in both.
        warm = SCORING_WARM_UP * self.warm, WRITING_WARM_UP * self.warm
        self.scored = scored(warm[0]), scored(warm[0] + self.seconds)
        self.generated = generated(warm[1]), generated(warm[1] + self.seconds)

    def write_texts(self, kinds):
        c = self.configuration
        self.folder.mkdir(parents=True, exist_ok=True)
        corpus.write_vocabulary(self.vocabulary, c.level, c.vocabulary)

        def write(name, tokens, seed):
            return corpus.write(self.folder, name, c.level, c.vocabulary, tokens + 1, seed)

        if "training" in kinds:
            window = c.batch * c.window  # Whole windows: no shorter one at an epoch's end.
            found = write("training", TRAINING_TOKENS[c.level] // window * window, 1)
            self.training_text, self.training_ids = found
        if "evaluation" in kinds:
            self.short_text, self.short_ids = write("short", self.scored[0], 3)
            self.long_text, _ = write("long", self.scored[1], 2)

    def model(self, name="trained"):
        """The folder of the model that is scored and written with."""
        trained = self.folder / name
        return trained if (trained / "model.safetensors").exists() else self.folder / "start"


@dataclasses.dataclass(frozen=True)
class Variant:
    """A way to run lm4j: its name in tables, its precision, and the options it takes."""

    name: str
    precision: str
    options: tuple = ()


FLOAT32 = Variant("lm4j", "float32")
BF16 = Variant("lm4j bf16", "bf16", ("--precision", "bf16"))
INT8 = Variant("lm4j int8", "int8", ("--precision", "int8"))  # which generates only
PRECISIONS = {"float32": "PyTorch", "bf16": "PyTorch bf16"}  # what PyTorch is called in each


class Session:
    """Runs one configuration after another: lm4j in its variants, then PyTorch, round by round.

    Results are {kind: {name: [a run for each round]}}. A run that fails is {"failure": text}, one for
    which no time was left {"skipped": text}.
    """

    def __init__(self, own, peer, settings, variants=(FLOAT32,), until=math.inf):
        self.own, self.peer, self.variants = own, peer, variants
        self.repeats, self.seconds, self.kinds = settings.rounds, settings.seconds, settings.kinds
        self.warm_up = settings.warm_up
        self.until = until

    def configuration(self, configuration, folder):
        """All that is measured of one configuration: lists with one entry a round."""
        work = Work(configuration, folder, self.seconds, self.warm_up / WARM_UP)
        say(f"{configuration.name}: {configuration.describe()}")
        self.prepare(work, self.kinds)
        result = {"configuration": vars(configuration), "threads": self.own.threads, "peaks": []}
        if {"training", "evaluation"} & set(self.kinds):
            self._peak(result)
        if set(self.kinds) - {"start"}:
            self._speeds(result)
        tasks = {"training": self._train, "evaluation": self._evaluate, "generation": self._generate}
        for kind, task in tasks.items():
            if kind in self.kinds:
                result[kind] = self.rounds(kind, task(work))
        result["commands"] = dict(self.own.commands)
        return result

    def prepare(self, work, kinds):
        """Texts, and initial weights for both sides."""
        work.write_texts(kinds)
        self.peer.write_start(work)
        self.own.start_from(work)

    def start(self, model):
        """Seconds to the first and the twentieth character; one run of each goes unmeasured."""

        def measure(side):
            return lambda _: dict(zip(("seconds", "twentieth"), side.first_characters(model)))

        sides = {"lm4j": measure(self.own), "PyTorch": measure(self.peer)}
        for side in sides.values():
            self.attempt(side)
        return self.rounds("start", sides, max(3, self.repeats))

    def trained(self, work, variant, more=1):
        """A training run of lm4j of ``more`` times the usual length."""
        seconds = more * (self.warm_up + self.seconds)
        run = self.own.train(work, seconds, more=variant.options)
        return with_rate(run, work.configuration, self.warm_up, self.own.threads)

    def _train(self, work):
        def own(variant):
            return lambda more: self.trained(work, variant, more)

        def peer(more):
            seconds = more * (PEER_WARM_UP + self.seconds)
            found = self.peer.train(work, seconds, list(PRECISIONS))
            return named(found, lambda run: with_rate(run, work.configuration, PEER_WARM_UP))

        return {**{v.name: own(v) for v in self.of_tapes()}, "PyTorch": peer}

    def of_tapes(self):
        """The variants that train and score many streams."""
        return [variant for variant in self.variants if variant != INT8]

    def _evaluate(self, work):
        def own(variant):
            return lambda _: self.own.evaluate(work, variant.options)

        sides = {variant.name: own(variant) for variant in self.of_tapes()}
        return {**sides, "PyTorch": lambda _: named(self.peer.evaluate(work, list(PRECISIONS)))}

    def _generate(self, work):
        def own(variant):
            return lambda _: self.own.generate(work, variant.options)

        sides = {variant.name: own(variant) for variant in self.variants}
        return {**sides, "PyTorch": lambda _: Several(self.peer.generate(work))}

    def _peak(self, result):
        peak = self.peer.peak(list(PRECISIONS))
        result["peaks"].append(peak)
        say("  sgemm peak " + ", ".join(f"{name} {x:.0f}" for name, x in peak.items()) + " GFLOP/s")

    def _speeds(self, result):
        result["speeds"] = self.own.speeds()
        say("  " + (bounds.text(bounds.best([result], self.own.threads)) or "no bounds: this lm4j measures none"))

    def rounds(self, kind, sides, repeats=None):
        """Measures each side in turn; lists with one entry a round, by the sides' names.

        A side is a function of how many times the usual length a run is to take. It may return the
        runs of several, ``Several``.
        """
        results = {}
        for _ in range(repeats or self.repeats):
            for name, measure in sides.items():
                found = self.attempt(measure)
                for each, run in (found if isinstance(found, Several) else {name: found}).items():
                    results.setdefault(each, []).append(run)
                    say(f"  {kind:10}  {each:16} {figure(run)}")
        return results

    def attempt(self, measure):
        """A run; why there is none, if it fails."""
        if time.monotonic() >= self.until:
            return {"skipped": "the time of --limit is over"}
        try:
            return undisturbed(measure)
        except processes.Failure as e:
            return {"failure": str(e)}


class Several(dict):
    """Runs of several sides that were measured together, by their names."""


def named(found, change=lambda run: run):
    """PyTorch's runs by the names they have in tables instead of precisions."""
    return Several(
        (PRECISIONS[precision], run if "failure" in run else change(run))
        for precision, run in found.items()
    )


def undisturbed(measure):
    """Measures again where something else held the machine, for twice the time if that helps."""
    for attempt in range(ATTEMPTS - 1):
        try:
            return measure(2**attempt)
        except processes.Disturbed as e:
            say(f"  again: {e}")
    return measure(2 ** (ATTEMPTS - 1))


def figure(run):
    """A run in a few words."""
    if "rate" in run:
        loss = f"  loss {run['loss']:.4f}" if run.get("loss") else ""
        return f"{run['rate']:12,.0f} tokens/s{loss}"
    if "seconds" in run:
        return f"{run['seconds']:.3f} s, twentieth character {run['twentieth']:.3f} s"
    return run.get("failure") or run.get("skipped") or "no figure"


def with_rate(run, c, warm_up=WARM_UP, threads=None):
    """The rates after the warm-up, from a run's log of (step, seconds, mean loss, processor seconds).

    With ``threads`` also how soon they were reached.
    """
    log = run["log"]
    warm = [i for i, line in enumerate(log[:-1]) if line[1] >= warm_up]
    first = warm[0] if warm else len(log) - 2
    if first < 0:
        raise processes.Disturbed(
            f"{c.name} made no more than {log[-1][0]} steps in {log[-1][1]:.1f} seconds:"
            " the machine is too busy to measure, or --seconds too small."
        )
    tokens = c.batch * c.window
    steps, seconds = log[-1][0] - log[first][0], log[-1][1] - log[first][1]
    found = {"rate": steps * tokens / seconds, "measured_seconds": seconds, "loss": log[-1][2]}
    timed = [line for line in log[first:] if line[3] is not None]
    if len(timed) > 1 and timed[-1][3] > timed[0][3]:
        used = timed[-1][3] - timed[0][3]
        found["cpu_rate"] = (timed[-1][0] - timed[0][0]) * tokens / used
    if threads:
        found.update(warming.figures(log, warm_up, threads))
    return {**run, **found}


def say(text):
    """Progress goes to standard error, figures to standard output."""
    print(time.strftime("%H:%M:%S ") + text, file=sys.stderr, flush=True)
