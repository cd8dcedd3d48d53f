"""scripts/bench --device cuda on an lm4j and a torch that fail or hang, at any call.

  python3 -m unittest discover -s scripts/benchmark/tests
"""

import concurrent.futures
import hashlib
import importlib.machinery
import importlib.util
import json
import os
import pathlib
import sys
import tempfile
import time
import unittest
import unittest.mock

SCRIPTS = pathlib.Path(__file__).resolve().parents[2]
sys.dont_write_bytecode = True
sys.path.insert(0, str(SCRIPTS))

from benchmark import processes, session  # noqa: E402

NAMES, PRECISIONS = ("char-rnn", "ptb-small"), ("fp32", "bf16")
ROWS = [(name, precision) for name in NAMES for precision in PRECISIONS]
AT_ONCE = 12  # most of them sleep

# Both count their calls, and do what `order` says at the call it names.
COMMON = """#!/bin/sh
cd "${0%/*}"
count() {
  n=$(cat $1.calls 2>/dev/null || echo 0); n=$((n + 1)); echo $n > $1.calls
  read -r who call mode < order
  [ "$who" = $1 ] && { [ "$call" = $n ] || [ "$call" = all ]; } || mode=work
}
hang() { sleep 300 & echo $! >> sleepers; wait; }
"""

LM = COMMON + """
echo "$LM4J_CUDA_GRAPHS $LM4J_CUDA_LIBS $CUDNN_LOGLEVEL_DBG $*" >> lm.log
count lm
case $mode in
fail) echo "broken at call $n" >&2; exit 3 ;;
hang) hang ;;
nothing) exit 0 ;;
esac
for part; do
  [ "$before" != --model ] || model=$part
  [ "$before" != --json ] || trials=$part
  before=$part
done
case $1 in
doctor)
  echo 'Java  ok'
  [ -z "$trials" ] || echo '{"failures": 0, "trials": []}' > "$trials" ;;
import) mkdir -p "$model" && echo '{}' > "$model/config.json" ;;
train)
  mkdir -p "$model"
  for step in 32 64 96 128; do
    echo "{\\"step\\": $step, \\"seconds\\": $step, \\"loss\\": $((200 - step)).0}"
  done > "$model/log.jsonl" ;;
esac
"""

TORCH = COMMON + """
while read -r line; do
  count torch
  case $mode in
  fail) echo '{"error": "RuntimeError: broken"}'; continue ;;
  die) echo 'a segmentation fault, say' >&2; exit 139 ;;
  hang) hang ;;
  esac
  echo 'a warning that some library prints'
  case $line in
  *'"about"'*) echo '{"torch": "2", "device": "H200", "libraries": ["/a/lib", "/b/lib"]}' ;;
  *'"start"'*) touch $(echo "$line" | sed 's/.*"to": "\\([^"]*\\)".*/\\1/'); echo '{}' ;;
  *) echo '{"rate": 1000.0, "log": [[32, 1, 168.0], [64, 2, 136.0], [96, 3, 104.0], [128, 4, NaN]]}' ;;
  esac
done
"""


def load_bench():
    loader = importlib.machinery.SourceFileLoader("bench", str(SCRIPTS / "bench"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("bench", loader))
    loader.exec_module(module)
    return module


BENCH = load_bench()


PROGRAMS = tempfile.TemporaryDirectory(prefix="lm4j-bench-programs-")


def program(text):
    """The file of a program, written once and while no other thread starts a process.

    A child that another thread has forked but that has not run its own program yet holds open what
    this thread is writing, and a file that is open for writing cannot be run (ETXTBSY).
    """
    path = pathlib.Path(PROGRAMS.name) / hashlib.sha256(text.encode()).hexdigest()
    if not path.exists():
        path.write_text(text)
        path.chmod(0o755)
    return path


class Ran:
    """One benchmark on the fakes: what it shows and what it keeps."""

    def __init__(self, order="none 0 work", patience=60, more=()):
        with tempfile.TemporaryDirectory(prefix="lm4j-bench-test-") as name:
            self.folder = pathlib.Path(name)
            (self.folder / "order").write_text(order + "\n")
            lm, torch = self._program("lm", LM), self._program("torch", TORCH)
            self.json = self.folder / "bench.json"
            given = ["--device", "cuda", "--lm", lm, "--python", torch, "--compile", "none"]
            given += ["--configurations", ",".join(NAMES), "--precisions", ",".join(PRECISIONS)]
            given += ["--json", str(self.json), "--patience", str(patience)]
            given += more or ["--no-graph"]
            args = BENCH.parse(given)
            args.warm_up = args.seconds = 0.01
            self.lines, self.results = [], {"configurations": []}
            work = self.folder / "work"
            work.mkdir()
            self.code = BENCH.measure_gpu(args, work, self.results, self._show)
            self.kept = json.loads(self.json.read_text())
            self.calls = self._read("lm.log")
            self.sleepers = [int(line) for line in self._read("sleepers")]

    def _program(self, name, text):
        path = self.folder / name
        path.symlink_to(program(text))
        return str(path)

    def _read(self, name):
        path = self.folder / name
        return path.read_text().splitlines() if path.exists() else []

    def _show(self, line):
        """The file holds a row's figures before the row is shown."""
        self.lines.append(line)
        kept = json.loads(self.json.read_text())
        assert len(self.rows()) <= sum(len(c["runs"]) for c in kept["configurations"])

    def rows(self):
        cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in self.lines]
        return [row for row in cells if row and row[0] in NAMES]

    def runs(self):
        return [run for c in self.kept["configurations"] for run in c["runs"]]


class AnyCallTest(unittest.TestCase):
    def setUp(self):
        small = {"char": 5000, "word": 5000}
        for patch in (
            unittest.mock.patch.object(session, "TRAINING_TOKENS", small),
            unittest.mock.patch.object(session, "say", lambda text: None),
            unittest.mock.patch.dict(os.environ),
        ):
            patch.start()
            self.addCleanup(patch.stop)
        for name in ("LM4J_CUDA_GRAPHS", "LM4J_CUDA_LIBS", "CUDNN_LOGLEVEL_DBG"):
            os.environ.pop(name, None)

    def whole(self, ran, why):
        """Every row is there, and every side of every run has a figure or a reason."""
        self.assertEqual([tuple(row[:2]) for row in ran.rows()], ROWS, why)
        self.assertEqual(len(ran.runs()), len(ROWS), why)
        for run in ran.runs():
            for side in ("lm4j", "eager"):
                found = run[side]
                self.assertTrue({"rate", "failure", "skipped"} & set(found), f"{why}: {run}")
        self.assertIn("GPU: ", "\n".join(ran.lines), why)

    def all_of(self, orders, **more):
        for text in (LM, TORCH):
            program(text)
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            futures = {order: pool.submit(Ran, order, **more) for order in orders}
            return {order: future.result() for order, future in futures.items()}

    def test_all_works(self):
        ran = Ran()
        self.whole(ran, "nothing fails")
        self.assertEqual(ran.code, 0)
        # 2500 tokens a step, a step a second
        expected = ["2,500", "1,000", "–", "–", "2.50", "1000.000"]
        self.assertEqual(ran.rows()[0][2:8], expected)
        self.assertFalse([line for line in ran.lines if line.startswith("!")])
        self.assertTrue(all(" /a/lib:/b/lib 2 " in call for call in ran.calls[1:]), ran.calls)
        self.assertNotIn("NaN", json.dumps(ran.kept))

    def test_lm4j_fails_at_any_call(self):
        for order, ran in self.all_of(f"lm {n} fail" for n in range(1, 10)).items():
            self.whole(ran, order)
            n = int(order.split()[1])
            self.assertTrue(all("rate" in run[side] for run in ran.runs()
                                for side in ("lm4j", "eager")), order)  # fmt: skip
            retried = [run for run in ran.runs() if "graphs" in run["lm4j"]]
            self.assertEqual(len(retried), 1 if n in (5, 6, 8, 9) else 0, order)
            self.assertEqual(sum(call.startswith("off ") for call in ran.calls), len(retried))
            self.assertIn(f"broken at call {n}", json.dumps(ran.kept), order)

    def test_torch_fails_or_dies_at_any_call(self):
        orders = [f"torch {n} {mode}" for n in range(1, 8) for mode in ("fail", "die")]
        for order, ran in self.all_of(orders).items():
            self.whole(ran, order)
            self.assertEqual(ran.code, 1, order)
            self.assertTrue(all("rate" in run["lm4j"] for run in ran.runs()), order)
            lost = [run for run in ran.runs() if "failure" in run["eager"]]
            self.assertEqual(len(lost), 1 if int(order.split()[1]) in (3, 4, 6, 7) else 0, order)
            said = "segmentation" if order.endswith("die") else "RuntimeError: broken"
            self.assertIn(said, json.dumps(ran.kept), order)

    def test_whatever_hangs_is_ended_with_its_children(self):
        orders = [f"lm {n} hang" for n in (1, 2, 3, 4, 5, 9)]
        orders += [f"torch {n} hang" for n in (1, 2, 3, 7)]
        for order, ran in self.all_of(orders, patience=1).items():
            self.whole(ran, order)
            self.assertTrue(ran.sleepers, order)
            for process in ran.sleepers:
                self.assertFalse(_lives(process), f"{order}: {process}")

    def test_trials_that_fail_are_told(self):
        failing = """{"failures": 1, "trials": [{"trial": "stream",
          "answer": {"state": "FAILED", "found": "cuX() failed"}}]}"""
        with unittest.mock.patch(f"{__name__}.LM", LM.replace(
            """'{"failures": 0, "trials": []}'""", f"'{failing}'"
        )):  # fmt: skip
            ran = Ran()
        self.whole(ran, "trials")
        self.assertEqual(ran.code, 1)
        self.assertEqual(ran.kept["trials"]["failures"], 1)
        self.assertIn("! lm doctor --deep, stream: cuX() failed", ran.lines[-1])

    def test_nothing_works(self):
        orders = ["lm all fail", "lm all nothing", "torch all fail", "torch all die"]
        for order, ran in self.all_of(orders).items():
            self.whole(ran, order)
            self.assertEqual(ran.code, 1, order)
            side = "lm4j" if order.startswith("lm") else "eager"
            self.assertTrue(all("failure" in run[side] for run in ran.runs()), order)
        for option in ("--lm", "--python"):
            ran = Ran(more=[option, "/nowhere/at/all"])
            self.whole(ran, option)
            self.assertIn("/nowhere/at/all", "\n".join(ran.lines))

    def test_a_graph_is_a_peer_and_a_type_that_is_not_bf16_is_noted(self):
        text = TORCH.replace("""  *'"start"'*)""", """  *'"graph"'*) echo '{"rate": 2500.0, "rnn type": "float16",
    "log": [[32, 1, 168.0], [64, 2, 136.0], [96, 3, 104.0]]}' | tr -d '\\n'; echo ;;
  *'"start"'*)""")
        with unittest.mock.patch(f"{__name__}.TORCH", text):
            ran = Ran(more=["--patience", "60"])
        self.whole(ran, "graph")
        self.assertEqual(ran.code, 0)
        self.assertEqual(ran.rows()[0][2:8], ["2,500", "1,000", "2,500", "–", "1.00", "1000.000"])
        notes = [run["note"] for run in ran.runs()]
        said = "graph: PyTorch's RNN computed in float16, not in bf16"
        self.assertEqual([said in note for note in notes], [False, True] * 2)  # fp32, bf16

    def test_the_limit_leaves_a_whole_table(self):
        ran = Ran(more=["--limit", "0.001"])
        self.whole(ran, "--limit")
        self.assertTrue(all("skipped" in run["lm4j"] for run in ran.runs()))
        self.assertIn("the time of --limit is over", "\n".join(ran.lines))

    def test_what_the_user_names_stays(self):
        os.environ["LM4J_CUDA_LIBS"] = "/mine"
        os.environ["LM4J_CUDA_GRAPHS"] = "off"
        ran = Ran("lm 5 fail")
        self.whole(ran, "named")
        self.assertTrue(all(call.startswith("off /mine ") for call in ran.calls), ran.calls)
        self.assertIn("failure", ran.runs()[0]["lm4j"])  # nothing else to try


class ProcessesTest(unittest.TestCase):
    def test_an_end_takes_along_what_was_started(self):
        with tempfile.TemporaryDirectory() as folder:
            there = pathlib.Path(folder) / "pid"
            script = f"sleep 300 & echo $! > {there}; echo so far >&2; wait"
            with self.assertRaisesRegex(processes.Failure, "was ended after 1 s: so far"):
                processes.run(["sh", "-c", script], dict(os.environ), 1)
            self.assertFalse(_lives(int(there.read_text())))


def _lives(process):
    """Whether it still does anything: one that nobody waited for does not."""
    for _ in range(50):  # an end takes a moment
        try:
            status = pathlib.Path(f"/proc/{process}/stat").read_text()
        except (FileNotFoundError, ProcessLookupError):
            return False
        if status.rsplit(")", 1)[1].split()[0] in "ZX":
            return False
        time.sleep(0.1)
    return True


if __name__ == "__main__":
    unittest.main()
