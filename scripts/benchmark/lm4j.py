"""lm4j, measured as its user runs it: through the launcher."""

import json
import math
import os
import shutil

from benchmark import processes

TOLERANCE = 1.1  # of processor time against the clock


class Lm4j:
    """The commands of lm4j on one configuration's folder."""

    name = "lm4j"
    trained = "trained"  # the folder of the model it trains, beside the others of a configuration

    def __init__(self, launcher, threads, device="cpu"):
        self.launcher = launcher
        self.threads = threads
        self.device = device
        self.environment = processes.environment(threads)
        self.commands = {}
        self.limit = None  # seconds that a run may take

    def _run(self, what, arguments, watch=None):
        command = [self.launcher, *arguments]
        self.commands[what] = " ".join(map(str, command))
        return processes.run(command, self.environment, self.limit, watch)

    def build(self):
        """Builds it if need be, so that no measured run does."""
        processes.run([self.launcher, "--version"], self.environment, self.limit)

    def trials(self, file):
        """What computing on the GPU consists of, tried part by part; results go to ``file``."""
        self._run("trials", ["doctor", "--device", self.device, "--deep", "--json", file])

    def speeds(self):
        """What bounds a model on this CPU, by the number of threads; None if this version cannot say."""
        arguments = ["doctor", "--speed", "--threads", self.threads, "--json"]
        try:
            found = json.loads(self._run("speeds", arguments).output)["speeds"]
        except (processes.Failure, ValueError, KeyError, TypeError):
            return None
        return [{**each, "gates": {k.lower(): v for k, v in each["gates"].items()}} for each in found]

    def start_from(self, work):
        """Makes the model folder ``start`` from PyTorch's initial weights."""
        arguments = ["import", "--weights", work.start_weights, "--vocab", work.vocabulary]
        arguments += ["--level", work.configuration.level, "--cell", work.configuration.cell]
        arguments += ["--model", work.folder / "start", "--force"]
        self._run("import", arguments)

    def train(self, work, seconds, interval=None, more=()):
        """Trains for a time; returns the log and the peak memory.

        A line of the log: step, seconds, mean loss, processor seconds of the whole process or None.
        """
        c = work.configuration
        folder = work.folder / self.trained
        shutil.rmtree(folder, ignore_errors=True)  # so that no line of an earlier log is watched
        arguments = ["train", "--corpus", work.training_text, *self._model(work)]
        arguments += ["--model", folder, "--force", "--batch", c.batch, "--bptt", c.window]
        arguments += ["--optimizer", c.optimizer, "--learning-rate", c.rate, "--clip", c.clip]
        arguments += ["--time", f"{math.ceil(seconds)}s", "--valid-fraction", 0, "--sample", 0]
        arguments += ["--log-interval", interval or c.interval, *more]
        arguments += ["--device", self.device, "--threads", self.threads]
        run = self._run("train", arguments, folder / "log.jsonl")
        with open(folder / "log.jsonl", encoding="utf-8") as lines:
            log = [json.loads(line) for line in lines]
        cpu = {lines: seconds for lines, seconds, _ in run.samples}
        return {
            "log": [
                (line["step"], line["seconds"], line["loss"], cpu.get(i + 1))
                for i, line in enumerate(log)
            ],
            "peak_mib": run.peak_mib,
            "seconds": run.seconds,
            "samples": run.samples,
        }

    def _model(self, work):
        """PyTorch's initial weights, or the same model with lm4j's own where there are none."""
        c = work.configuration
        start = work.folder / "start"
        if (start / "config.json").exists():
            return ["--init-from", start]
        return ["--level", c.level, "--cell", c.cell, "--embedding", c.embedding,
                "--hidden", c.hidden, "--layers", c.layers]  # fmt: skip

    def evaluate(self, work, more=()):
        """Tokens per second and per processor second, and the loss.

        The rate is that of the tokens a long text has more than a short one, so that start-up and
        the JVM's warming up fall out; reading the text and cutting it into tokens stay in. The loss is
        that of the short one, which PyTorch scores too.
        """
        texts = (work.short_text, work.long_text)
        runs = [self._run("eval", self._eval_arguments(work, text, more)) for text in texts]
        short, long = (json.loads(run.output) for run in runs)
        tokens = long["tokens"] - short["tokens"]
        return {**rates(tokens, *runs, self.threads), "loss": short["loss"], "tokens": long["tokens"]}

    def _eval_arguments(self, work, text, more):
        arguments = ["eval", "--model", work.model(self.trained), "--corpus", text, "--json"]
        arguments += ["--batch", work.configuration.batch, *more]
        return arguments + ["--device", self.device, "--threads", self.threads]

    def generate(self, work, more=()):
        """Tokens per second at B = 1, from the difference of a long and a short text."""
        short, long = work.generated
        runs = [self._run("generate", self._generate_arguments(work, n, more)) for n in (short, long)]
        return rates(long - short, *runs, self.threads)

    def _generate_arguments(self, work, length, more):
        model = work.model(self.trained)
        arguments = ["generate", "--model", model, "--length", length, "--json", *more]
        return arguments + ["--device", self.device, "--threads", self.threads]

    def first_characters(self, model):
        """Seconds from process start to the first and to the twentieth character."""
        command = [self.launcher, "generate", "--model", model, "--length", 20, "--no-prompt"]
        command += ["--prompt", "p", "--device", self.device, "--threads", self.threads]
        self.commands["first characters"] = " ".join(map(str, command))
        return processes.seconds_to_bytes(command, self.environment, (1, 20))

    def computes_in(self, precision, model, text):
        """Whether this machine and this version compute in a precision on the device."""
        command = [self.launcher, "eval", "--model", model, "--corpus", text, "--json"]
        command += ["--device", self.device, "--precision", precision]
        try:
            processes.run(command, self.environment, self.limit)
        except processes.Failure:
            return False
        return True


def rates(tokens, short, long, threads):
    """Tokens per second and per processor second, of what a long run did beyond a short one."""
    if long.seconds <= short.seconds or long.cpu <= short.cpu:
        raise processes.Disturbed(
            "a long lm4j run took no longer than a short one: the machine is too busy to measure,"
            " or --seconds too small."
        )
    seconds, cpu = long.seconds - short.seconds, long.cpu - short.cpu
    processors = min(threads + 1, len(os.sched_getaffinity(0)))  # one more for the JIT
    if cpu > TOLERANCE * processors * seconds:
        raise processes.Disturbed(
            "a long lm4j run used more processor time beyond a short one than there was: the short one"
            " was held up."
        )
    return {"rate": tokens / seconds, "cpu_rate": tokens / cpu}
