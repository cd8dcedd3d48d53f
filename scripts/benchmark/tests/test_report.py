"""The figures of the report: ratios, means, medians, rates after a warm-up, losses that part.

  python3 -m unittest discover -s scripts/benchmark/tests
"""

import math
import pathlib
import sys
import unittest

SCRIPTS = pathlib.Path(__file__).resolve().parents[2]
sys.dont_write_bytecode = True
sys.path.insert(0, str(SCRIPTS))

from benchmark import report, session  # noqa: E402
from benchmark.configurations import CONFIGURATIONS  # noqa: E402


class ReportTest(unittest.TestCase):
    def side(self, rate, cpu=None):
        return [{"rate": rate, "cpu_rate": cpu or rate}]

    def test_float32_is_compared_with_float32_and_the_best_with_the_best(self):
        runs = {
            "lm4j": self.side(100), "lm4j bf16": self.side(180), "lm4j --blas java": self.side(999),
            "PyTorch": self.side(80), "PyTorch bf16": self.side(120, 60),
        }  # fmt: skip
        found = report.of_kind(runs, 1e9, {"float32": 200, "bf16": 360})
        self.assertEqual(found["ratio"]["fp32"], {"ratio": 1.25, "lm4j": "lm4j", "peer": "PyTorch"})
        self.assertEqual(found["ratio"]["best"]["ratio"], 1.5)
        self.assertEqual(found["ratio by CPU"]["best"]["peer"], "PyTorch")
        self.assertEqual(found["own"]["lm4j"]["of peak"], 0.5)
        self.assertEqual(found["own"]["lm4j bf16"]["of peak"], 0.5)

    def test_int8_is_compared_with_int8(self):
        runs = {
            "lm4j": self.side(100), "lm4j bf16": self.side(180), "lm4j int8": self.side(300),
            "nn.LSTMCell": self.side(20), "nn.LSTMCell bf16": self.side(30),
            "nn.LSTMCell int8": self.side(60),
        }  # fmt: skip
        found = report.of_kind(runs, None, {})["ratio"]
        self.assertEqual({label: found[label]["ratio"] for label in found},
                         {"fp32": 5, "best": 6, "int8": 5, "any": 5})
        self.assertEqual(found["int8"]["peer"], "nn.LSTMCell int8")
        figures = {"name": "x", "generation": report.of_kind(runs, None, {})}
        lines = report.kind_table([figures], "generation").splitlines()
        cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
        self.assertEqual(cells[0][3], "lm4j int8")
        self.assertEqual(cells[0][-7:-3], ["fastest peer", "", "ratio", "by CPU: fp32"])
        self.assertEqual(cells[2][-7:], ["60", "nn.LSTMCell int8", "5.00", "5.00", "6.00", "5.00", "5.00"])

    def test_the_fastest_of_all_precisions_may_differ_in_precision(self):
        runs = {
            "lm4j": self.side(100), "lm4j bf16": self.side(180), "lm4j int8": self.side(300),
            "ONNX Runtime": self.side(75), "nn.LSTMCell int8": self.side(60),
        }  # fmt: skip
        found = report.of_kind(runs, None, {})
        self.assertEqual(found["ratio"]["any"], {"ratio": 4, "lm4j": "lm4j int8", "peer": "ONNX Runtime"})
        sentence = next(report.means([{"name": "x", "generation": found}]))
        self.assertIn("int8 5.00 times int8, the fastest of all precisions 4.00 times the fastest", sentence)

    def test_the_short_text_takes_what_the_jvm_needs_to_compile(self):
        c = CONFIGURATIONS["char-512"]
        work = session.Work(c, pathlib.Path("x"), 4)
        rate = session.ASSUMED_GFLOPS * 1e9 / c.evaluation_flop()
        short, long = work.scored
        self.assertAlmostEqual(short / rate, session.SCORING_WARM_UP, places=1)
        self.assertAlmostEqual((long - short) / rate, 4, places=1)
        self.assertEqual((short % c.batch, long % c.batch), (0, 0))
        ratio = work.generated[1] / work.generated[0]
        self.assertAlmostEqual(ratio, 1 + 4 / session.WRITING_WARM_UP, places=2)

    def test_a_median_leaves_failed_runs_out(self):
        self.assertEqual(report.median([{"rate": 1}, {"failure": "x"}, {"rate": 3}]), 2)
        self.assertIsNone(report.median([{"skipped": "x"}]))

    def test_the_rates_after_the_warm_up(self):
        log = [(10, 4, 2.0, 5), (20, 8, 1.9, None), (30, 9, 1.8, 11), (50, 11, 1.7, 15)]
        c = CONFIGURATIONS["simple-rnnlm"]  # 50 tokens a step
        found = session.with_rate({"log": log}, c, 8)
        self.assertEqual(found["rate"], 30 * 50 / 3)
        self.assertEqual(found["cpu_rate"], 20 * 50 / 4)
        self.assertNotIn("cpu_rate", session.with_rate({"log": [(*x[:3], None) for x in log]}, c, 8))

    def test_losses_that_part_are_flagged(self):
        def run(*losses):
            return {"rate": 1, "log": [(i, i, loss, i) for i, loss in enumerate([*losses, 0])]}

        figures = {"notes": []}
        training = {
            "lm4j": [run(5, 4, 3)], "PyTorch": [run(5, 4, 2.9)],
            "lm4j bf16": [run(5, 4, 3)], "PyTorch bf16": [run(5, 3, 2)],
        }  # fmt: skip
        report._check_training(training, figures)
        (note,) = figures["notes"]
        self.assertIn("bf16: the loss did not fall alike: 2.0000, 3.0000", note)
        self.assertTrue(math.isclose(figures["fall in float32"]["PyTorch"], 2.1))

        figures = {"notes": []}
        jump = {"lm4j": [run(9.9, 10.02, 9.25, 9.3)], "PyTorch": [run(9.9, 10.01, 9.27, 8.2)]}
        report._check_training(jump, figures)
        self.assertEqual(figures["notes"], [])

if __name__ == "__main__":
    unittest.main()
