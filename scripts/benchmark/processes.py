"""Children: how long they take, how much memory they take at most, and their end."""

import dataclasses
import math
import os
import pathlib
import signal
import subprocess
import tempfile
import threading
import time


WATCH_SECONDS = 0.05  # between two looks at a watched file
TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
# glibc keeps freed memory, however large the pieces, instead of giving it back to the system.
KEPT_MEMORY = "glibc.malloc.mmap_max=0:glibc.malloc.trim_threshold=0x7fffffffffff"


class Failure(Exception):
    """One sentence for the user."""


class Disturbed(Failure):
    """A measurement that makes no sense because something else held the machine."""


@dataclasses.dataclass
class Run:
    """What a child did.

    ``peak_mib``: the most memory it held at once (ru_maxrss); ``cpu``: processor seconds of it and of
    what it waited for; ``samples``: of a watched file, see ``run``.
    """

    output: str
    seconds: float
    peak_mib: float
    cpu: float = math.nan
    samples: list = dataclasses.field(default_factory=list)


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


class Watch(threading.Thread):
    """Notes how many lines a file has and how much processor time a process has used by then.

    ``samples`` has an entry (lines, processor seconds, wall seconds) for each growth of the file. Empty
    where there is no /proc.
    """

    def __init__(self, process, file):
        super().__init__(daemon=True)
        self.stat = pathlib.Path(f"/proc/{process}/stat")
        self.file = pathlib.Path(file)
        self.begun = time.perf_counter()
        self.samples = []
        self.over = threading.Event()

    def run(self):
        lines, read = 0, 0
        while not self.over.wait(WATCH_SECONDS):
            try:
                with open(self.file, "rb") as file:
                    file.seek(read)
                    found = file.read()
                fields = self.stat.read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue  # not there yet, or not any more
            whole = found.rfind(b"\n") + 1
            if whole:
                read, lines = read + whole, lines + found.count(b"\n", 0, whole)
                cpu = (int(fields[11]) + int(fields[12])) / TICKS
                self.samples.append((lines, cpu, time.perf_counter() - self.begun))

    def end(self):
        self.over.set()
        self.join()
        return self.samples


def run(command, environment, limit=None, watch=None):
    """Runs a command to its end, for ``limit`` seconds at most; None for no limit.

    Its standard error is shown only if it fails. Whatever it started ends with it if it is ended.
    ``watch`` is a file that the command writes lines to, see ``Watch``.
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

        watcher = Watch(group.child.pid, watch) if watch else None
        if watcher:
            watcher.start()
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
            samples = watcher.end() if watcher else []
        seconds = time.perf_counter() - begun
        code = group.child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        output = out.read().decode("utf-8", "replace")
        if code != 0:
            said = (err.read().decode("utf-8", "replace").strip() or output.strip())[-2000:]
            how = f"was ended after {limit:.0f} s" if ended.is_set() else f"ended with code {code}"
            raise Failure(f"{shown} {how}: {said}")
        cpu = usage.ru_utime + usage.ru_stime
        return Run(output, seconds, usage.ru_maxrss / 1024, cpu, samples)


def seconds_to_bytes(command, environment, counts):
    """From starting a command to each of so many bytes of its standard output, in ascending order."""
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
        seconds, read = [], 0
        for count in counts:
            while read < count and (part := child.stdout.read(count - read)):
                read += len(part)
            seconds.append(time.perf_counter() - begun)
        child.stdout.read()
    if child.returncode != 0 or read < counts[-1]:
        raise Failure(f"{' '.join(map(str, command))} ended with code {child.returncode}.")
    return seconds


def environment(threads):
    """The user's own, with the thread count where libraries look for it at their start."""
    counts = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
    return {**os.environ, **{name: str(threads) for name in counts}}


def peer_environment(threads):
    """That of a peer, whose allocator keeps memory as PyTorch's tuning guide recommends.

    Otherwise it gets each large tensor anew from the system. Where a page costs much, as in some virtual
    machines, that takes most of its time.
    """
    return {"GLIBC_TUNABLES": KEPT_MEMORY, **environment(threads)}
