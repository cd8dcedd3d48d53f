"""Children: how long they take, how much memory they take at most, and their end."""

import dataclasses
import os
import signal
import subprocess
import tempfile
import threading
import time


class Failure(Exception):
    """One sentence for the user."""


class Disturbed(Failure):
    """A measurement that makes no sense because something else held the machine."""


@dataclasses.dataclass
class Run:
    """What a child did. ``peak_mib``: the most memory it held at once (ru_maxrss)."""

    output: str
    seconds: float
    peak_mib: float


class Group:
    """A child that leads a new process group, so that what it started ends with it."""

    def __init__(self, command, **more):
        self.child = subprocess.Popen(
            [str(part) for part in command], start_new_session=True, **more
        )

    def kill(self):
        """Ends all of it at once. The child is still to be waited for."""
        try:
            os.killpg(self.child.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass  # it has ended by itself


def run(command, environment, limit=None):
    """Runs a command to its end, for ``limit`` seconds at most; None for no limit.

    Its standard error is shown only if it fails. Whatever it started ends with it if it is ended.
    """
    shown = " ".join(map(str, command))
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        begun = time.perf_counter()
        try:
            group = Group(
                command, stdin=subprocess.DEVNULL, stdout=out, stderr=err, env=environment
            )
        except OSError as e:
            raise Failure(f"{shown} cannot be started: {e}.") from e
        ended = threading.Event()

        def end():
            ended.set()
            group.kill()

        timer = threading.Timer(limit or 0, end)
        if limit is not None:
            timer.start()
        try:
            _, status, usage = os.wait4(group.child.pid, 0)
        except BaseException:
            group.kill()
            group.child.wait()
            raise
        finally:
            timer.cancel()
        seconds = time.perf_counter() - begun
        code = group.child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        output = out.read().decode("utf-8", "replace")
        if code != 0:
            said = (err.read().decode("utf-8", "replace").strip() or output.strip())[-2000:]
            how = f"was ended after {limit:.0f} s" if ended.is_set() else f"ended with code {code}"
            raise Failure(f"{shown} {how}: {said}")
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
