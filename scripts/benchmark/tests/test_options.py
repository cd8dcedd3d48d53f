"""What scripts/bench is given and keeps, and how it runs and watches its children.

  python3 -m unittest discover -s scripts/benchmark/tests
"""

import argparse
import contextlib
import io
import json
import math
import pathlib
import sys
import tempfile
import unittest
import unittest.mock

SCRIPTS = pathlib.Path(__file__).resolve().parents[2]
sys.dont_write_bytecode = True
sys.path.insert(0, str(SCRIPTS))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from benchmark import lm4j, processes  # noqa: E402
from test_gpu import BENCH  # noqa: E402


class RatesTest(unittest.TestCase):
    """What a long run did beyond a short one."""

    @staticmethod
    def rates(short, long, threads=2):
        runs = [processes.Run("", seconds, 0, cpu) for seconds, cpu in (short, long)]
        with unittest.mock.patch.object(lm4j.os, "sched_getaffinity", lambda _: range(8), create=True):
            return lm4j.rates(600, *runs, threads)

    def test_tokens_by_the_clock_and_by_processor_time(self):
        self.assertEqual(self.rates((2, 4), (4, 7)), {"rate": 300, "cpu_rate": 200})

    def test_a_short_run_that_was_held_up_is_disturbed(self):
        with self.assertRaisesRegex(processes.Disturbed, "the short one was held up"):
            self.rates((3, 4), (4, 7.4))
        with self.assertRaisesRegex(processes.Disturbed, "took no longer"):
            self.rates((4, 4), (4, 7))


class OptionsTest(unittest.TestCase):
    def test_times(self):
        for text, unit, seconds in (("2", "m", 120), ("2", "s", 2), ("90s", "m", 90), ("1h", "s", 3600)):
            self.assertEqual(BENCH.seconds_of(None, text, unit), seconds)
        with contextlib.redirect_stderr(io.StringIO()), self.assertRaises(SystemExit):
            BENCH.parse(["--limit", "0"])
        self.assertEqual(BENCH.parse(["--limit", "20"]).limit, 1200)

    def test_quick_measures_six_for_a_shorter_time_unless_others_are_named(self):
        self.assertEqual(len(BENCH.parse(["--quick"]).names), 6)
        self.assertEqual(BENCH.parse(["--quick", "--configurations", "homework"]).names, ["homework"])
        self.assertEqual(len(BENCH.parse([]).names), 10)

    def test_a_sweep_of_something_else_is_refused(self):
        with self.assertRaises(argparse.ArgumentTypeError):
            BENCH.sweep_of("L")
        self.assertEqual(BENCH.sweep_of("H=3,2"), ("H", [3, 2]))


class FileTest(unittest.TestCase):
    def test_a_file_has_the_figures_and_a_short_log(self):
        log = [(i, 0.5 * i, math.nan if i == 81 else 1.0, None) for i in range(83)]
        results = {"log": log, "samples": [1], "text": "[\n 1,\n 2\n]", "rates": [1, 2.5]}
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "x.json"
            BENCH.save(argparse.Namespace(json=path, device="cpu"), results)
            text = path.read_text()
        kept = json.loads(text)
        self.assertEqual(kept["log"][-1], [82, 41, 1, None])
        self.assertEqual(len(kept["log"]), 28)
        self.assertEqual((kept["text"], kept["rates"]), ("[\n 1,\n 2\n]", [1, 2.5]))
        self.assertNotIn("samples", kept)
        self.assertIn("[1, 2.5]", text)


class WatchTest(unittest.TestCase):
    @unittest.skipUnless(pathlib.Path("/proc/self/stat").exists(), "needs /proc")
    def test_lines_of_a_file_are_noted_with_the_processor_time_used_by_then(self):
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "log"
            program = "import time,sys\nfor i in range(3):\n  print(i, flush=True)\n" \
                "  end = time.process_time() + 0.2\n  while time.process_time() < end: pass\n"
            command = ["sh", "-c", f'exec "$0" -c "$1" > {file}', sys.executable, program]
            run = processes.run(command, None, watch=file)
        self.assertEqual(run.samples[-1][0], 3)
        self.assertTrue(all(a[1] <= b[1] for a, b in zip(run.samples, run.samples[1:])))
        self.assertGreaterEqual(run.samples[-1][1], 0.4)
        self.assertGreaterEqual(run.cpu, 0.6)

    def test_a_peer_keeps_freed_memory_unless_the_user_says_otherwise(self):
        with unittest.mock.patch.dict("os.environ", clear=True):
            self.assertIn("trim_threshold", processes.peer_environment(2)["GLIBC_TUNABLES"])
            self.assertNotIn("GLIBC_TUNABLES", processes.environment(2))
        with unittest.mock.patch.dict("os.environ", {"GLIBC_TUNABLES": "own"}):
            self.assertEqual("own", processes.peer_environment(2)["GLIBC_TUNABLES"])

    def test_seconds_to_bytes(self):
        script = "printf a; sleep 0.3; printf bcd"
        first, last = processes.seconds_to_bytes(["sh", "-c", script], None, (1, 3))
        self.assertGreater(last - first, 0.25)
        with self.assertRaises(processes.Failure):
            processes.seconds_to_bytes(["sh", "-c", script], None, (1, 20))

if __name__ == "__main__":
    unittest.main()
