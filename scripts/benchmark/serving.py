"""``lm serve`` beside FastAPI and PyTorch: the servers, the rounds and the table."""

import itertools
import json
import os
import pathlib
import re
import select
import signal
import socket
import statistics
import subprocess
import tempfile
import time

from benchmark import processes, serve_clients

SCRIPTS = pathlib.Path(__file__).resolve().parents[1]
START_SECONDS = 300  # that a server may take to start
TRIAL_CLIENTS = 16
# Ways to run PyTorch that are tried: the step, workers, threads of each. The fastest is compared with.
WAYS = [
    (step, workers, threads)
    for step in ("lstm", "cell")
    for workers, threads in ((1, 1), (1, 2), (2, 1))
]


class Server:
    """A server in a process group that ends with this."""

    def __init__(self, command, environment, log):
        self.log = open(log, "ab")
        self.group = processes.Group(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self.log,
            env=environment,
            cwd=SCRIPTS,
        )
        self.port = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            os.killpg(self.group.child.pid, signal.SIGTERM)
            self.group.child.wait(20)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            pass  # the next line ends it
        self.group.kill()
        self.group.child.wait()
        self.group.child.stdout.close()
        self.log.close()

    def cpu(self):
        """Processor seconds of the group's processes until now."""
        total = 0
        for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue  # it has ended
            if int(fields[2]) == self.group.child.pid:
                total += int(fields[11]) + int(fields[12])
        return total / processes.TICKS

    def memory(self):
        """MiB of the group's processes now, shared pages counted once by their share."""
        total = 0
        for folder in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                fields = (folder / "stat").read_text().rsplit(")", 1)[1].split()
                if int(fields[2]) == self.group.child.pid:
                    found = re.search(r"^Pss:\s+(\d+)", (folder / "smaps_rollup").read_text(), re.M)
                    total += int(found[1]) if found else 0
            except OSError:
                continue
        return total / 1024

    def _fail(self, what):
        self.log.flush()
        said = pathlib.Path(self.log.name).read_text(encoding="utf-8", errors="replace")
        raise processes.Failure(f"{what}: {said.strip()[-1500:]}")

    def await_line(self, pattern):
        """What is found in the first line it prints that has it."""
        while True:
            ready, _, _ = select.select([self.group.child.stdout], [], [], START_SECONDS)
            line = self.group.child.stdout.readline().decode() if ready else ""
            if not line:
                self._fail("the server did not start")
            if found := re.search(pattern, line):
                return found

    def await_port(self, port):
        """Returns once the port is listened on."""
        self.port = port
        until = time.perf_counter() + START_SECONDS
        while time.perf_counter() < until and self.group.child.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return
            except OSError:
                time.sleep(0.1)
        self._fail("the server did not start")


def lm4j(launcher, model, threads, log):
    """``lm serve``, once it listens."""
    command = [launcher, "serve", "--model", model, "--port", 0, "--threads", threads]
    server = Server(command, processes.environment(threads), log)
    try:
        server.port = int(server.await_line(r"at http://.*:(\d+)/")[1])
    except BaseException:
        server.__exit__()
        raise
    return server


def pytorch(python, model, way, log):
    """FastAPI and PyTorch, once it listens."""
    step, workers, threads = way
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        **processes.peer_environment(threads),
        "SERVED_MODEL": str(pathlib.Path(model).resolve()),
        "SERVED_STEP": step,
        "SERVED_THREADS": str(threads),
    }
    command = [python, "-m", "benchmark.torch_server", port, workers]
    server = Server(command, environment, log)
    try:
        for _ in range(workers):
            server.await_line("ready")
        server.await_port(port)
    except BaseException:
        server.__exit__()
        raise
    return server


class Rounds:
    """Both servers with one model, each number of clients in turn."""

    def __init__(self, args, show):
        self.args = args
        self.show = show

    def _load(self, server, clients, stream, seconds):
        args = self.args
        fields = {
            "prompt": args.prompt,
            "max_tokens": args.tokens,
            "temperature": 1,
            "stream": stream,
        }
        cpu = server.cpu()
        load = serve_clients.Load(server.port, clients, fields, seconds, args.patience)
        found = load.run()
        used = server.cpu() - cpu
        found["cpu seconds"] = used
        found["tokens per second"] = found["requests per second"] * args.tokens
        found["tokens per cpu second"] = found["answered"] * args.tokens / used if used else None
        found["memory MiB"] = server.memory()
        return found

    def _warm(self, server):
        """Asks until the server has used so much processor time: a busy machine takes longer."""
        begun = server.cpu()
        for stream in itertools.cycle((False, True)):
            self._load(server, TRIAL_CLIENTS, stream, 1)
            if server.cpu() - begun >= self.args.warm_up:
                return

    def trial(self, model, log):
        """Requests per second of each way to run PyTorch, with a few clients."""
        found = []
        for way in WAYS:
            with pytorch(self.args.python, model, way, log) as server:
                self._load(server, TRIAL_CLIENTS, False, self.args.seconds / 2)  # warm-up
                rate = self._load(server, TRIAL_CLIENTS, False, self.args.seconds)
            found.append({"way": way, "requests per second": rate["requests per second"]})
            self.show(f"  PyTorch {words(way)}: {rate['requests per second']:.1f} requests/s")
        return found

    def run(self, name, model, folder):
        """The figures of a model."""
        args = self.args
        log = folder / "servers.log"
        self.show(f"{name}: PyTorch is tried in {len(WAYS)} ways")
        trials = self.trial(model, log)
        way = max(trials, key=lambda t: t["requests per second"])["way"]
        rows = []
        results = {"model": name, "trials": trials, "way": way, "rows": rows}
        self.show(f"{name}: PyTorch with {words(way)}")
        self.show(HEAD)
        with lm4j(args.lm, model, args.threads, log) as own, pytorch(
            args.python, model, way, log
        ) as peer:
            sides = {"lm4j": own, "PyTorch": peer}
            for side in sides.values():
                self._warm(side)
            for stream in (False, True):
                for clients in args.clients:
                    row = {"clients": clients, "stream": stream}
                    for side, server in sides.items():
                        row[side] = self._load(server, clients, stream, args.seconds)
                    row["ratio"] = ratio(row, "tokens per second")
                    row["ratio by CPU"] = ratio(row, "tokens per cpu second")
                    rows.append(row)
                    self.show(line(row))
        for measure in ("ratio", "ratio by CPU"):
            results[measure] = mean(row[measure] for row in rows)
        self.show(
            f"{name}: geometric means {results['ratio']:.1f}, by CPU {results['ratio by CPU']:.1f}"
        )
        return results


def words(way):
    step, workers, threads = way
    module = {"lstm": "nn.LSTM", "cell": "nn.LSTMCell"}[step]
    return f"{module}, {workers} worker{'s' * (workers > 1)} of {threads} thread{'s' * (threads > 1)}"


def ratio(row, measure):
    own, peer = row["lm4j"][measure], row["PyTorch"][measure]
    return own / peer if own and peer else None


def mean(ratios):
    known = [value for value in ratios if value]
    return statistics.geometric_mean(known) if known else 0


HEAD = (
    "clients        server   requests/s  tokens/s  per CPU s   first p50     p99   whole p99"
    "  errors  ratio  by CPU"
)


def line(row):
    """The two lines of a row of the table."""
    lines = []
    for side in ("lm4j", "PyTorch"):
        r = row[side]
        first = f"{row['clients']:>5} {'stream' if row['stream'] else 'whole ':>6}"
        cells = [first if side == "lm4j" else " " * 12, f" {side:>8}"]
        cells += [f"{r['requests per second']:>12.1f}", f"{r['tokens per second']:>10.0f}"]
        cells += [f"{r['tokens per cpu second'] or 0:>11.0f}"]
        cells += [seconds(r["first"]["p50"], 12), seconds(r["first"]["p99"], 8)]
        cells += [seconds(r["whole"]["p99"], 12), f"{r['errors']:>8}"]
        if side == "lm4j":
            cells += [f"{row['ratio'] or 0:>7.1f}", f"{row['ratio by CPU'] or 0:>8.1f}"]
        lines.append("".join(cells))
    return "\n".join(lines)


def seconds(value, width):
    return " " * width if value is None else f"{value:>{width}.3f}"


def text(results):
    """The tables of results that were kept."""
    lines = []
    for model in results["models"]:
        lines += [f"{model['model']}: PyTorch with {words(model['way'])}", HEAD]
        lines += [line(row) for row in model["rows"]]
        lines += [
            f"geometric means {model['ratio']:.1f}, by CPU {model['ratio by CPU']:.1f}",
            "",
        ]
    return "\n".join(lines)


def random_model(python, launcher, folder, vocabulary, layers, hidden):
    """Makes a model folder with random weights, over the characters of another model."""
    code = (
        "import sys, torch; from benchmark.tensors import save_file\n"
        "out, v, h, n = sys.argv[1], *map(int, sys.argv[2:])\n"
        "torch.manual_seed(1)\n"
        "parts = {'encoder': torch.nn.Embedding(v, h), 'rnn': torch.nn.LSTM(h, h, n),"
        " 'decoder': torch.nn.Linear(h, v)}\n"
        "save_file({f'{p}.{k}': t for p, m in parts.items() for k, t in m.state_dict().items()}, out)"
    )
    size = len(json.loads(pathlib.Path(vocabulary).read_text(encoding="utf-8"))["tokens"])
    weights = folder / "random.safetensors"
    environment = {**processes.environment(1), "PYTHONPATH": str(SCRIPTS)}
    processes.run([python, "-c", code, weights, size, hidden, layers], environment)
    model = folder / f"{layers}x{hidden}"
    command = [launcher, "import", "--weights", weights, "--vocab", vocabulary]
    command += ["--level", "char", "--cell", "lstm", "--model", model, "--force"]
    processes.run(command, environment)
    return model


def temporary():
    return tempfile.TemporaryDirectory(prefix="lm4j-bench-")
