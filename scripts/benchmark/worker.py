"""PyTorch's process on a GPU: asked for one task after the other, ended and started again."""

import json
import os
import pathlib
import select
import subprocess
import time

from benchmark import processes

PROGRAM = pathlib.Path(__file__).resolve().parent / "gpu_worker.py"
BROKEN = ("CUDA", "CUBLAS", "cuDNN", "CUDNN")  # in an error after which the GPU may do nothing more
SAID = 1500  # characters of its standard error that a failure shows


class Worker:
    """A Python with torch that does one task after the other, a line of JSON each.

    It is started when it is first asked for something, and again if it died or had to be ended.
    """

    def __init__(self, python, rehearse, errors):
        """``errors``: the file its standard error goes to."""
        self.python, self.rehearse, self.errors = python, rehearse, errors
        self.group = None
        self.unread = b""

    def do(self, task, limit, work=None, **more):
        """The result of a task, which may take ``limit`` seconds, starting included."""
        settings = {"task": task, "rehearse": self.rehearse, **more}
        if work is not None:
            settings.update(vars(work.configuration))
        before = self.errors.stat().st_size if self.errors.exists() else 0
        until = time.monotonic() + limit
        self._start()
        try:
            self.group.child.stdin.write((json.dumps(settings) + "\n").encode())
            self.group.child.stdin.flush()
            found = self._answer(until)
        except (BrokenPipeError, EOFError) as e:
            self.close()
            raise processes.Failure("PyTorch's process ended: " + self._said(before)) from e
        except TimeoutError as e:
            self.close()
            raise processes.Failure(
                f"PyTorch's process was ended after {limit:.0f} s: " + self._said(before)
            ) from e
        if "error" in found:
            if any(word in found["error"] for word in BROKEN):
                self.close()
            raise processes.Failure("PyTorch: " + found["error"])
        return found

    def _start(self):
        if self.group is not None and self.group.child.poll() is None:
            return
        self.close()
        try:
            with open(self.errors, "ab") as errors:
                self.group = processes.Group(
                    [self.python, PROGRAM],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=errors,
                )
        except OSError as e:
            raise processes.Failure(f"{self.python} cannot be started: {e}.") from e

    def _answer(self, until):
        """The next line that is an object of JSON; libraries may print others."""
        pipe = self.group.child.stdout.fileno()
        while True:
            line, end, rest = self.unread.partition(b"\n")
            if end:
                self.unread = rest
                try:
                    found = json.loads(line)
                except ValueError:
                    continue
                if isinstance(found, dict):
                    return found
                continue
            left = until - time.monotonic()
            if left <= 0 or not select.select([pipe], [], [], left)[0]:
                raise TimeoutError
            part = os.read(pipe, 1 << 16)
            if not part:
                raise EOFError
            self.unread += part

    def _said(self, before):
        with open(self.errors, "rb") as errors:
            errors.seek(before)
            return errors.read().decode("utf-8", "replace").strip()[-SAID:]

    def close(self):
        """Ends the process if there is one."""
        group, self.group, self.unread = self.group, None, b""
        if group is None:
            return
        group.kill()
        for pipe in (group.child.stdin, group.child.stdout):
            try:
                pipe.close()
            except BrokenPipeError:
                pass  # what was not sent is not wanted any more
        group.child.wait()
