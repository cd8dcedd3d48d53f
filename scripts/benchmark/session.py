"""The rounds: each side in turn, every run in a separate process."""

import dataclasses
import pathlib
import sys
import time

from benchmark import corpus, processes
from benchmark.configurations import Configuration

KINDS = ("training", "evaluation", "generation", "start")
WARM_UP = 8  # seconds of a training run before those that count: JIT, choice of kernels
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

    def __post_init__(self):
        c = self.configuration
        self.vocabulary = self.folder / "vocabulary.json"
        self.start_weights = self.folder / "start.safetensors"
        rate = min(ASSUMED_GFLOPS * 1e9 / c.evaluation_flop(), ASSUMED_TOKENS)
        # Whole steps of B streams, so that no side has a shorter stream to pad.
        self.scored = max(100, int(rate * self.seconds / c.batch)) * c.batch
        self.generated = int(self.seconds / (4 * c.weights() / ASSUMED_BYTES + ASSUMED_DRAW))

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
            self.long_text, self.long_ids = write("long", self.scored, 2)
            self.short_text, _ = write("short", self.scored // c.batch // 4 * c.batch, 3)

    def model(self):
        """The folder of the model both sides score and write with."""
        trained = self.folder / "trained"
        return trained if (trained / "model.safetensors").exists() else self.folder / "start"


class Session:
    """Runs one configuration after another; ``sides`` are lm4j and PyTorch."""

    def __init__(self, own, peer, repeats, seconds, kinds):
        self.own, self.peer = own, peer
        self.repeats, self.seconds, self.kinds = repeats, seconds, kinds

    def configuration(self, configuration, folder):
        """All that is measured of one configuration: lists with one entry a round."""
        work = Work(configuration, folder, self.seconds)
        say(f"{configuration.name}: {configuration.describe()}")
        self.prepare(work, self.kinds)
        result = {"configuration": vars(configuration), "peaks": []}
        if "training" in self.kinds:
            self._peak(result)
            result["training"] = self.rounds(
                "training", lambda side, more: self.trained(side, work, more)
            )
        if "evaluation" in self.kinds:
            self._peak(result)
            result["evaluation"] = self.rounds("evaluation", lambda side, _: side.evaluate(work))
        if "generation" in self.kinds:
            result["generation"] = self.rounds("generation", lambda side, _: side.generate(work))
        result["commands"] = dict(self.own.commands)
        return result

    def prepare(self, work, kinds):
        """Texts, and initial weights for both sides."""
        work.write_texts(kinds)
        self.peer.write_start(work)
        self.own.start_from(work)

    def start(self, model):
        """Seconds to the first character; one run of each side goes unmeasured."""
        for side in (self.own, self.peer):
            side.first_character(model)
        return self.rounds("start", lambda side, _: {"seconds": side.first_character(model)})

    def trained(self, side, work, more=1):
        """A training run of ``more`` times the usual length."""
        seconds = more * (WARM_UP + self.seconds)
        return with_rate(side.train(work, seconds), work.configuration)

    def _peak(self, result):
        peak = self.peer.peak()
        result["peaks"].append(peak)
        say("  sgemm peak " + ", ".join(f"{name} {x:.0f}" for name, x in peak.items()) + " GFLOP/s")

    def rounds(self, kind, measure, peer=None):
        """Measures each side in turn; lists with one entry a round, by the sides' names."""
        sides = (self.own, peer or self.peer)
        results = {side.name: [] for side in sides}
        for _ in range(self.repeats):
            for side in sides:
                found = undisturbed(measure, side)
                results[side.name].append(found)
                figure = f"{found['seconds']:.3f} s" if "seconds" in found else rate_of(found)
                say(f"  {kind:10}  {side.name:8} {figure}")
        return results


def undisturbed(measure, side):
    """Measures again where something else held the machine, for twice the time if that helps."""
    for attempt in range(ATTEMPTS - 1):
        try:
            return measure(side, 2**attempt)
        except processes.Disturbed as e:
            say(f"  again: {e}")
    return measure(side, 2 ** (ATTEMPTS - 1))


def rate_of(found):
    loss = f"  loss {found['loss']:.4f}" if found.get("loss") else ""
    return f"{found['rate']:12,.0f} tokens/s{loss}"


def with_rate(run, c):
    """The rate after the warm-up, from a run's log of (step, seconds, mean loss)."""
    log = run["log"]
    warm = [i for i, line in enumerate(log[:-1]) if line[1] >= WARM_UP]
    first = warm[0] if warm else len(log) - 2
    if first < 0:
        raise processes.Disturbed(
            f"{c.name} made no more than {log[-1][0]} steps in {log[-1][1]:.1f} seconds:"
            " the machine is too busy to measure, or --seconds too small."
        )
    steps, seconds = log[-1][0] - log[first][0], log[-1][1] - log[first][1]
    rate = steps * c.batch * c.window / seconds
    return {**run, "rate": rate, "measured_seconds": seconds, "loss": log[-1][2]}


def say(text):
    """Progress goes to standard error, the table to standard output."""
    print(time.strftime("%H:%M:%S ") + text, file=sys.stderr, flush=True)
