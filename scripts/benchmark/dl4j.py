"""Deeplearning4j's side, training of char-rnn: built by its own pom, run by its own JVM."""

import json
import os
import pathlib
import shutil

from benchmark import processes, session

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
POM = ROOT / "java" / "bench" / "dl4j" / "pom.xml"
BUILT = ROOT / "target" / "dl4j"
START = "start.floats"  # initial weights
WINDOWS = 24  # of a run; a window takes about half a second
WARM_WINDOWS = 4  # of these, not counted


class Dl4j:
    """Trains a fixed number of windows."""

    name = "Deeplearning4j"

    def __init__(self, threads):
        self.environment = processes.environment(threads)

    def build(self):
        for tool in ("mvn", "java"):
            if not shutil.which(tool):
                raise processes.Failure(f"--dl4j needs {tool}: install it, or leave out --dl4j.")
        processes.run(["mvn", "-B", "-q", "-f", POM, "package"], self.environment)

    def train(self, work):
        """The log as lm4j writes it, the losses averaged over its intervals."""
        c = work.configuration
        home = os.environ.get("JAVA_HOME")
        java = pathlib.Path(home, "bin", "java") if home else "java"
        command = [java, "-cp", f"{BUILT}/bench-dl4j.jar:{BUILT}/lib/*", "CharRnn"]
        command += [work.training_ids, work.folder / START, c.vocabulary, c.embedding, WINDOWS]
        run = processes.run(command, self.environment)
        lines = [json.loads(line) for line in run.output.splitlines() if line.startswith("{")]
        log = []
        for i in range(c.interval, len(lines) + 1, c.interval):
            mean = sum(line["loss"] for line in lines[i - c.interval : i]) / c.interval
            log.append((lines[i - 1]["step"], lines[i - 1]["seconds"], mean))
        seconds = lines[-1]["seconds"] - lines[WARM_WINDOWS - 1]["seconds"]
        rate = (len(lines) - WARM_WINDOWS) * c.batch * c.window / seconds
        return {"log": log, "rate": rate, "loss": log[-1][2], "peak_mib": run.peak_mib}


def measure(run, configuration, folder):
    """lm4j and Deeplearning4j in turn, as many rounds as the session has."""
    peer = Dl4j(run.own.threads)
    session.say("Deeplearning4j: " + configuration.describe())
    peer.build()
    work = session.Work(configuration, folder, run.seconds)
    run.prepare(work, ["training"])
    run.peer.write_dl4j_start(work, folder / START)
    sides = {
        "lm4j": lambda more: run.trained(work, session.FLOAT32, more),
        peer.name: lambda _: peer.train(work),
    }
    return run.rounds("training", sides)
