"""Children: how long they take and how much memory they take at most."""

import dataclasses
import os
import subprocess
import tempfile
import time


class Failure(Exception):
    """What the user is told, in one sentence."""


class Disturbed(Failure):
    """A measurement that makes no sense because something else held the machine."""


@dataclasses.dataclass
class Run:
    """What a child did. ``peak_mib``: the most memory it held at once (ru_maxrss)."""

    output: str
    seconds: float
    peak_mib: float


def run(command, environment):
    """Runs a command to its end; its standard error is shown only if it fails."""
    command = [str(part) for part in command]
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        begun = time.perf_counter()
        child = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=err, env=environment
        )
        try:
            _, status, usage = os.wait4(child.pid, 0)
        except BaseException:
            child.kill()
            child.wait()
            raise
        seconds = time.perf_counter() - begun
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        output = out.read().decode("utf-8", "replace")
        if child.returncode != 0:
            said = (err.read().decode("utf-8", "replace").strip() or output.strip())[-2000:]
            raise Failure(f"{' '.join(command)} ended with code {child.returncode}: {said}")
        return Run(output, seconds, usage.ru_maxrss / 1024)


def seconds_to_first_byte(command, environment):
    """From starting a command to the first byte of its standard output."""
    begun = time.perf_counter()
    child = subprocess.Popen(
        [str(part) for part in command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        bufsize=0,
    )
    with child:
        first = child.stdout.read(1)
        seconds = time.perf_counter() - begun
        child.stdout.read()
    if child.returncode != 0 or not first:
        raise Failure(f"{' '.join(map(str, command))} ended with code {child.returncode}.")
    return seconds


def environment(threads):
    """The user's own, with the thread count where libraries look for it at their start."""
    counts = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
    return {**os.environ, **{name: str(threads) for name in counts}}
