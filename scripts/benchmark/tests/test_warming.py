"""How soon a training reaches its speed, of logs whose rates are known.

  python3 -m unittest discover -s scripts/benchmark/tests
"""

import contextlib
import importlib.machinery
import importlib.util
import io
import pathlib
import sys
import unittest
import unittest.mock

SCRIPTS = pathlib.Path(__file__).resolve().parents[2]
sys.dont_write_bytecode = True
sys.path.insert(0, str(SCRIPTS))

from benchmark import report, session, warming  # noqa: E402
from benchmark.configurations import CONFIGURATIONS  # noqa: E402


def load(name):
    """A script of the folder, as a module."""
    loader = importlib.machinery.SourceFileLoader(name.replace("-", "_"), str(SCRIPTS / name))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
    loader.exec_module(module)
    return module


def log_of(rates, cores=2, seconds=0.1):
    """A line every so many seconds, whose steps are made at these rates; 0.3 s before training."""
    step, lines = 0, []
    for i, rate in enumerate(rates, 1):
        step += rate * seconds
        lines.append((step, i * seconds, 1.0, 0.3 + i * seconds * cores))
    return lines


# For 0.5 s a tenth of the final rate, then 0.7 s 85 % of it, a slow tenth of a second among fast ones, and 100.
SLOW = [10] * 5 + [85] * 7 + [100] * 10 + [75] + [100] * 97


class WarmingTest(unittest.TestCase):
    def test_the_last_window_that_is_too_slow(self):
        found = warming.of(log_of(SLOW), 8, warming.SECONDS)
        self.assertAlmostEqual(found.rate, 100)
        # Windows of 0.3 s: the fourth, from 0.9 to 1.2 s, is the last of 85 %; that with the slow tenth has 92 %.
        self.assertAlmostEqual(found.after, 1.2)
        self.assertAlmostEqual(found.more, 0.5 * 0.9 + 0.7 * 0.15 + 0.1 * 0.25)
        self.assertAlmostEqual(found.shares[0], 0.1)

    def test_a_run_that_is_fast_at_once(self):
        found = warming.of(log_of([100] * 120), 8, warming.SECONDS)
        self.assertEqual((found.after, round(found.more, 9)), (0, 0))

    def test_processor_time_counts_from_the_first_line(self):
        wall, cpu = warming.both(log_of(SLOW), 8, 2)
        self.assertAlmostEqual(cpu.rate, 50)  # a processor second of two
        self.assertAlmostEqual(cpu.after / 2, 1.2)  # 0.1 to 1.3 s, less 0.1
        self.assertAlmostEqual(warming.figures(log_of(SLOW), 8, 2)["fast_after"], wall.after)

    def test_other_work_lengthens_the_wall_clock_alone(self):
        lines = log_of([100] * 120)
        waits = [(step, s + (1 if s > 3 else 0), loss, cpu) for step, s, loss, cpu in lines]
        wall, cpu = warming.both(waits, 8, 2)
        self.assertGreater(wall.after, 3)
        self.assertEqual(cpu.after, 0)

    def test_lines_that_are_far_apart_are_windows(self):
        found = warming.of(log_of([10, 50, 95, *[100] * 9], seconds=1), 8, warming.SECONDS)
        self.assertAlmostEqual(found.after, 2)

    def test_the_share_of_the_third_second(self):
        rates = [10] * 20 + [80] * 5 + [90] * 5 + [100] * 70  # of the tenths of a second, to 10 s
        self.assertAlmostEqual(warming.share(log_of(rates), 8, warming.SECONDS), 0.85)
        self.assertAlmostEqual(warming.share(log_of(rates), 8, warming.CPU), 0.85)
        self.assertIsNone(warming.share(log_of(rates[:25]), 8, warming.SECONDS))
        slow = [(step * 10, s, loss, cpu) for step, s, loss, cpu in log_of(rates, seconds=1)]
        self.assertAlmostEqual(warming.share(slow, 50, warming.SECONDS), 0.1)

    def test_a_log_without_processor_seconds_has_the_wall_clock_alone(self):
        lines = [(*line[:3], None) for line in log_of(SLOW)]
        self.assertEqual(list(warming.figures(lines, 8, 2)), ["fast_after", "third_second"])
        self.assertEqual(warming.figures(lines[:5], 8, 2), {})
        self.assertEqual(warming.figures([], 8, 2), {})

    def test_the_report_has_medians_over_the_rounds(self):
        c = CONFIGURATIONS["char-rnn"]
        runs = [session.with_rate({"log": log_of([10] * n + [100] * 120)}, c, 8, 2) for n in (6, 9, 30)]
        peer = [session.with_rate({"log": log_of([50] * 100)}, c, 2)]
        self.assertNotIn("fast_after", peer[0])
        training = report.of_kind({"lm4j": runs, "PyTorch": peer}, None, {})
        header, rows = warming.table([{"name": "char-rnn", "training": training}, {"name": "x"}])
        self.assertEqual(header[1:], ["lm4j", "by CPU", "share", "by CPU"])
        self.assertEqual(rows, [["char-rnn", "0.9", "0.9", "1.00", "1.00"]])
        older = report.of_kind({"lm4j": [{"rate": 1}]}, None, {})
        self.assertIsNone(warming.table([{"name": "x", "training": older}]))

    def test_the_script_measures_a_run(self):
        script = load("warm-up")
        work = session.Work(CONFIGURATIONS["char-rnn"], pathlib.Path("x"), script.SECONDS)
        side = unittest.mock.Mock(threads=2, **{"train.return_value": {"log": log_of(SLOW)}})
        row, shares = script.measure(side, work, "bf16")
        self.assertEqual([round(x, 3) for x in row[:3]], [250_000, 1.2, 1.2])
        self.assertTrue(shares.startswith("10 60 85"))
        with contextlib.redirect_stdout(io.StringIO()) as shown:
            script.show("char-rnn", row, shares)
        self.assertIn("250,000", shown.getvalue())
        side.train.return_value = {"log": log_of([1] * 10)}
        with self.assertRaises(script.processes.Failure):
            script.measure(side, work, "bf16")


if __name__ == "__main__":
    unittest.main()
