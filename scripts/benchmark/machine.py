"""What the figures were measured on."""

import os
import pathlib
import platform
import re
import time

from benchmark import processes


CORE_TYPE = "OPENBLAS_CORETYPE"
ROOT = pathlib.Path(__file__).resolve().parents[2]
OWN_PATHS = re.compile(r'/[^" ]*/lm4j-(?:bench|serve|spark)-[^/" ]+/')


def without_paths(text):
    """A text of results without the folders of this machine, which a file that is kept does not name."""
    text = text.replace(f"{ROOT}/", "").replace(f"{pathlib.Path.home()}/", "~/")
    return OWN_PATHS.sub("", text)


def flags():
    """What the CPU can do besides, as the system names it; nothing where it does not say."""
    return (_field("/proc/cpuinfo", "flags") or "").split()


def commit():
    """lm4j's commit, with a plus if files differ from it; None outside a repository."""
    try:
        usual = dict(os.environ)
        found = processes.run(["git", "-C", ROOT, "rev-parse", "HEAD"], usual).output.strip()
        changed = processes.run(["git", "-C", ROOT, "status", "--porcelain", "-uno"], usual).output
    except processes.Failure:
        return None
    return found + ("+" if changed.strip() else "")


def forget_core_type():
    """Has OpenBLAS choose its kernels by the processor; what was set instead, or None."""
    return os.environ.pop(CORE_TYPE, None)


def describe(launcher, environment=None, limit=None):
    """CPU, cores, memory, operating system, commit, Java and OpenBLAS, settings that matter.

    ``limit``: seconds that lm4j may take to say what it found.
    """
    prefixes = ("OPENBLAS_", "OMP_", "MKL_", "LM4J_", "KMP_")
    return {
        "time": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        "commit": commit(),
        "cpu": _field("/proc/cpuinfo", "model name") or platform.processor(),
        "cpu family and model": [_field("/proc/cpuinfo", x) for x in ("cpu family", "model\t")],
        "cores": len(os.sched_getaffinity(0)),
        "memory": _field("/proc/meminfo", "MemTotal"),
        "os": platform.platform(),
        "lm4j": [line.rstrip() for line in _doctor(launcher, environment, limit).splitlines()],
        "environment": {k: v for k, v in os.environ.items() if k.startswith(prefixes)},
    }


def _field(path, name):
    try:
        lines = pathlib.Path(path).read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith(name)), None)


def _doctor(launcher, environment, limit):
    """What it prints, also where something that is needed is missing."""
    try:
        return processes.run([launcher, "doctor"], environment, limit).output
    except processes.Failure as e:
        return str(e)
