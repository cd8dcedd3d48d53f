"""PyTorch's side: starts pytorch_worker in a Python that has torch."""

import json
import pathlib
import re

from benchmark import processes

LONGEST = 5  # times lm4j's assumed time, for scoring
WORKER = pathlib.Path(__file__).resolve().parent / "pytorch_worker.py"
COMPILED = re.compile(r"\b\w+_(?:COMPILER|FLAGS)=[^,\n]*(?:, *)?")


def build(text):
    """Torch's description of its build, without the compiler's path and flags."""
    return COMPILED.sub("", text)


class PyTorch:
    """The worker's tasks on one configuration's folder."""

    name = "PyTorch"

    def __init__(self, python, threads):
        self.python = python
        self.threads = threads
        self.environment = processes.peer_environment(threads)

    def _command(self, task, work=None, **more):
        settings = {"task": task, "threads": self.threads, **more}
        if work is not None:
            settings.update(vars(work.configuration))
        return [self.python, WORKER, json.dumps(settings)]

    def _run(self, *arguments, **more):
        return json.loads(processes.run(self._command(*arguments, **more), self.environment).output)

    def versions(self):
        """Versions and settings of torch; fails in one sentence where there is none."""
        try:
            found = self._run("versions")
            return {**found, "build": build(found["build"])}
        except (processes.Failure, OSError) as e:
            if isinstance(e, OSError) or "No module named" in str(e):
                raise processes.Failure(
                    f"{self.python} has no torch and safetensors: give --python one that has, for"
                    " instance after 'python3 -m venv v && v/bin/pip install torch numpy"
                    " safetensors --extra-index-url https://download.pytorch.org/whl/cpu',"
                    " --python v/bin/python."
                ) from e
            raise

    def write_start(self, work):
        """Writes the initial weights both sides begin from."""
        self._run("start", work, to=str(work.start_weights))

    def write_dl4j_start(self, work, to):
        """The same weights in the order Deeplearning4j keeps them."""
        self._run("dl4j", work, weights=str(work.start_weights), to=str(to))

    def train(self, work, seconds, precisions):
        """A run for each precision, by its name."""
        ids, weights = str(work.training_ids), str(work.start_weights)
        return self._run(
            "train", work, seconds=seconds, ids=ids, weights=weights, precisions=precisions
        )

    def evaluate(self, work, precisions):
        """Rates and loss for each precision, by its name."""
        ids, limit = str(work.short_ids), LONGEST * work.seconds
        weights = weights_of(work)
        return self._run(
            "evaluate", work, ids=ids, seconds=limit, weights=weights, precisions=precisions
        )

    def generate(self, work):
        """Rates of each way of generating, by its name."""
        seconds = work.seconds / 4
        return self._run("generate", work, seconds=seconds, weights=weights_of(work))

    def peak(self, precisions):
        """GFLOP/s of the best sgemm 2048 x 2048 x 2048 of torch and of numpy; of torch in bf16."""
        return self._run("peak", precisions=precisions)

    def first_characters(self, model):
        """Seconds from process start to the first and to the twentieth character."""
        settings = {"task": "first", "threads": self.threads, "model": str(model)}
        command = [self.python, WORKER, json.dumps(settings)]
        return processes.seconds_to_bytes(command, self.environment, (1, 20))


def weights_of(work):
    """What lm4j scores and writes with."""
    return str(work.model() / "model.safetensors")
