"""scripts/bench on a CPU, on an lm4j and a torch of known speeds, that may fail.

  python3 -m unittest discover -s scripts/benchmark/tests
"""

import contextlib
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

from benchmark import (  # noqa: E402
    against,
    bounds,
    corpus,
    cpu,
    machine,
    pytorch,
    report,
    session,
    sweep,
)
from benchmark.configurations import CONFIGURATIONS  # noqa: E402
from test_gpu import BENCH, program  # noqa: E402

# Trains 5 steps a second; scores and writes as many tokens as take what a text's length is worth.
LM = """#!/bin/sh
cd "${0%/*}"
echo "$*" >> lm.log
case " $* " in *" $(cat fails 2>/dev/null || echo nothing-fails) "*) echo "broken" >&2; exit 3 ;; esac
for part; do
  [ "$before" != --model ] || model=$part
  [ "$before" != --corpus ] || text=$part
  [ "$before" != --length ] || length=$part
  before=$part
done
case $1 in
doctor)
  gates='"gates": {"LSTM": 1.0, "LSTM_TRAINING": 1.5, "GRU": 1, "GRU_TRAINING": 1, "RNN": 1, "RNN_TRAINING": 1}'
  reading='"reading": [{"bytes": 65536, "rate": 400}, {"bytes": 262144, "rate": 100}]'
  case " $* " in
  *" --speed "*) echo "{\\"speeds\\": [{\\"threads\\": 1, \\"float32\\": 70, \\"bf16\\": 150, $gates, $reading},
    {\\"threads\\": 2, \\"float32\\": 140, \\"bf16\\": 300, $gates, $reading}]}" ;;
  *) echo 'Java  ok' ;;
  esac ;;
import) mkdir -p "$model" && echo '{}' > "$model/config.json" ;;
train)
  mkdir -p "$model" && echo > "$model/model.safetensors"
  for step in 5 10 15 20; do
    echo "{\\"step\\": $step, \\"seconds\\": $((step / 5)), \\"loss\\": $((200 - step)).0}"
  done > "$model/log.jsonl" ;;
eval)
  i=0; while [ $i -lt 100000 ] && [ "${text%short.txt}" = "$text" ]; do i=$((i + 1)); done
  case $text in
  *long.txt) echo '{"tokens": 4000, "loss": 1.5}' ;;
  *) echo '{"tokens": 1000, "loss": 1.5}' ;;
  esac ;;
generate)
  i=0; while [ $i -lt 100000 ] && [ $length -gt 50 ]; do i=$((i + 1)); done
  printf abcdefghijklmnopqrst ;;
esac
"""

TORCH = """#!/bin/sh
cd "${0%/*}"
echo "$2" >> torch.log
log='[[5, 1, 195.0, 1], [10, 2, 190.0, 2], [15, 3, 185.0, 3], [20, 4, 180.0, 4]]'
scored='{"rate": 1000, "cpu_rate": 500, "loss": 1.5, "tokens": 4000, "window": 5}'
case $2 in
*'"task": "versions"'*) echo '{"torch": "2", "build": "BLAS_INFO=mkl, CXX_FLAGS= -O2, USE_MKL=ON"}' ;;
*'"task": "start"'*) echo '{}' ;;
*'"task": "peak"'*) echo '{"torch": 100, "torch bf16": 200, "numpy": 150}' ;;
*'"task": "train"'*) echo "{\\"float32\\": {\\"log\\": $log, \\"peak_mib\\": 9}, \\"bf16\\": {\\"failure\\": \\"no bf16 here\\"}}" ;;
*'"task": "evaluate"'*) echo "{\\"float32\\": $scored, \\"bf16\\": $scored}" ;;
*'"task": "generate"'*) echo '{"nn.LSTM": {"rate": 10, "cpu_rate": 10}, "nn.LSTMCell": {"rate": 30, "cpu_rate": 5}, "ONNX Runtime": {"skipped": "onnx is not installed"}}' ;;
*'"task": "first"'*) printf abcdefghijklmnopqrst ;;
esac
"""


class Ran:
    """One benchmark on the fakes: its lines, its file, its exit code."""

    def __init__(self, *more, fails=None):
        with tempfile.TemporaryDirectory(prefix="lm4j-bench-test-") as name:
            self.folder = pathlib.Path(name)
            if fails:
                (self.folder / "fails").write_text(fails)
            (self.folder / "lm").symlink_to(program(LM))
            (self.folder / "torch").symlink_to(program(TORCH))
            self.json = self.folder / "bench.json"
            given = ["--lm", str(self.folder / "lm"), "--python", str(self.folder / "torch")]
            given += ["--configurations", "char-rnn", "--seconds", "0.001", "--json", str(self.json)]
            args = BENCH.parse([*given, *more])
            args.warm_up = 1
            self.lines, self.results = [], {"configurations": []}
            work = self.folder / "work"
            work.mkdir()
            keep = lambda: BENCH.save(args, self.results)  # noqa: E731
            self.code = cpu.start(args, work, self.results, self.lines.append, keep)
            self.kept = json.loads(self.json.read_text())
            self.calls = (self.folder / "lm.log").read_text().splitlines()
            self.text = "\n".join(self.lines)


class CpuTest(unittest.TestCase):
    def setUp(self):
        small = {"char": 5000, "word": 5000}
        for patch in (
            unittest.mock.patch.object(session, "TRAINING_TOKENS", small),
            unittest.mock.patch.object(session, "say", lambda text: None),
            unittest.mock.patch.object(session, "PEER_WARM_UP", 1),
            unittest.mock.patch.object(session, "SCORING_WARM_UP", 0),
            unittest.mock.patch.object(session, "WRITING_WARM_UP", 0),
        ):
            patch.start()
            self.addCleanup(patch.stop)

    def test_openblas_chooses_its_kernels_by_the_processor(self):
        with unittest.mock.patch.dict("os.environ", {"OPENBLAS_CORETYPE": "Prescott"}):
            ran = Ran("--only", "start")
        self.assertNotIn("OPENBLAS_CORETYPE", ran.results["machine"]["environment"])

    def test_kept_results_name_no_folders_of_the_machine(self):
        ran = Ran("--only", "evaluation")
        for folder in (ran.folder, BENCH.SCRIPTS.parent, pathlib.Path.home()):
            self.assertNotIn(f"{folder}/", json.dumps(ran.kept))

    def test_kept_results_name_no_compiler_of_torch(self):
        told = (
            "PyTorch built with:\n  - GCC 13.3\n  - Build settings: BLAS_INFO=mkl, CUDA_FLAGS= -DA=1"
            " --b, CXX_COMPILER=/opt/x/c++, CXX_FLAGS= -fPIC -Werror=format, TORCH_VERSION=2.1.0,"
            " USE_MKL=ON, \n"
        )
        self.assertEqual(
            "PyTorch built with:\n  - GCC 13.3\n  - Build settings: BLAS_INFO=mkl,"
            " TORCH_VERSION=2.1.0, USE_MKL=ON, \n",
            pytorch.build(told),
        )

    def test_every_side_has_its_figure_and_the_best_peer_is_named(self):
        ran = Ran("--own-precisions", "float32")
        self.assertEqual(ran.code, 1)  # PyTorch's bf16 failed in training
        (kept,) = ran.kept["configurations"]
        summary = kept["summary"]
        tokens = 50 * 50  # of a step
        self.assertAlmostEqual(summary["training"]["own"]["lm4j"]["tokens/s"], 5 * tokens)
        flop = 5 * tokens * CONFIGURATIONS["char-rnn"].training_flop() / 1e9
        self.assertAlmostEqual(summary["training"]["own"]["lm4j"]["of peak"], flop / 150)
        self.assertEqual(summary["training"]["ratio"]["fp32"]["ratio"], 1)
        self.assertEqual(summary["training"]["peers"]["PyTorch"]["tokens/CPU-s"], 5 * tokens)
        self.assertEqual(summary["generation"]["ratio"]["fp32"]["peer"], "nn.LSTMCell")
        self.assertEqual(summary["generation"]["ratio by CPU"]["fp32"]["peer"], "nn.LSTM")
        self.assertEqual(summary["evaluation"]["ratio"]["best"]["lm4j"], "lm4j")
        self.assertIn("training, PyTorch bf16: no bf16 here", summary["notes"])
        self.assertIn("generation, ONNX Runtime: onnx is not installed", summary["notes"])
        self.assertEqual(len(ran.kept["starts"][0]["lm4j"]), 3)
        self.assertIn("Geometric means. Training: 1.00 times the best float32 peer", ran.text)
        self.assertRegex(ran.text, r"(?m)^training +char-rnn +fp32 1\.00")
        self.assertTrue({"commit", "cpu", "time"} <= set(ran.kept["machine"]))

    def test_kept_results_are_shown_again(self):
        for more in (["--only", "training", "--own-precisions", "float32"], ["--only", "generation"],
                     ["--sweep", "B=1,2"]):
            ran = Ran(*more)
            self.assertIn(ran.lines[-1].strip(), cpu.text(ran.kept))
            self.assertIn("commit", cpu.text(ran.kept))
        with self.assertRaises(KeyError):
            cpu.text({})

    def test_bf16_is_measured_where_cpu_and_version_have_it(self):
        for flags, fails, expected in (
            (["avx512_bf16"], None, ["lm4j", "lm4j bf16"]),
            (["avx512_bf16"], "--precision", ["lm4j"]),
            ([], None, ["lm4j"]),
        ):
            with unittest.mock.patch.object(machine, "flags", lambda flags=flags: flags):
                ran = Ran("--only", "evaluation", fails=fails)
            self.assertEqual(ran.kept["lm4j variants"], expected)
            self.assertEqual(ran.code, 0)
            evaluation = ran.kept["configurations"][0]["summary"]["evaluation"]
            self.assertEqual(list(evaluation["own"]), expected)

    def test_kept_results_name_no_folder_of_the_machine(self):
        kept = machine.without_paths(f'"{pathlib.Path.home()}/.cache/x", "/t/lm4j-spark-1/lines.txt"')
        self.assertEqual(kept, '"~/.cache/x", "lines.txt"')

    def test_bounds_are_measured_in_the_run_and_shares_of_them_shown(self):
        flags = ["avx512_bf16"]
        with unittest.mock.patch.object(machine, "flags", lambda: flags):
            ran = Ran("--only", "training,evaluation")
        (kept,) = ran.kept["configurations"]
        self.assertEqual([speed["threads"] for speed in kept["speeds"]], [1, 2])
        c = CONFIGURATIONS["char-rnn"]
        found = kept["summary"]["evaluation"]["bounds"]
        # Layer 0: 4·H·H, layer 1: 4·H·2H, output: H·V; one bf16 GFLOP takes 1/300 s, gates 1 ns a unit.
        nanos = 2 * (4 * 128 * 128 + 4 * 128 * 256 + 128 * 65) / 300 + 2 * 128 / 2
        self.assertAlmostEqual(found["bf16"]["tokens/s"], 1e9 / nanos)
        rate = kept["summary"]["evaluation"]["peers"]["PyTorch bf16"]["tokens/s"]
        self.assertAlmostEqual(found["bf16"]["peer"] * found["bf16"]["ratio at most"], 1)
        self.assertAlmostEqual(found["bf16"]["ratio at most"], 1e9 / nanos / rate)
        # In float32 numpy's 150 GFLOP/s are above the tile's 140; 65 of 2,500 characters are new.
        macs = c.macs() - 4 * 128 * 65 * (1 - 65 / 2500)
        nanos = 6 * macs / 150 + 1.5 * 2 * 128 / 2
        found = kept["summary"]["training"]["bounds"]["float32"]
        self.assertAlmostEqual(found["tokens/s"], 1e9 / nanos)
        self.assertAlmostEqual(found["lm4j"], 5 * 2500 * nanos / 1e9)
        self.assertRegex(ran.text, r"evaluation, bound of the machine .*float32, tokens/s .*bf16, tokens/s")
        self.assertIn("a unit's gates took a thread, in ns, scoring and training: lstm 1.00 and 1.50", ran.text)

    def test_the_bound_of_generation_is_that_of_reading_weights(self):
        flags = ["avx512_bf16", "avx512_vnni"]
        with unittest.mock.patch.object(machine, "flags", lambda: flags):
            ran = Ran("--only", "generation")
        summary = ran.kept["configurations"][0]["summary"]["generation"]
        # Layer 0: 4·H·H, layer 1: 4·H·2H, output: H·V; 400 GB/s up to 64 KB a thread, 100 from 256 KB on,
        # on the log scale between; gates 1 ns a unit.
        weights = 4 * 128 * 128 + 4 * 128 * 256 + 128 * 65
        self.assertEqual(list(summary["bounds"]), ["float32", "bf16"])  # the fakes have no peer in int8
        for precision, each in (("float32", 4), ("bf16", 1.5)):
            half = weights * each / 2
            rate = 400 - 300 * min(1, math.log(half / 65536, 4))
            most = 1e9 / (weights * each / rate + 128)
            found = summary["bounds"][precision]
            self.assertAlmostEqual(found["tokens/s"], most)
            self.assertAlmostEqual(found["ratio at most"], most / 30)
        self.assertRegex(ran.text, r"generation, bound of the machine .*float32, tokens/s .*bf16, tokens/s")
        self.assertIn("Memory was read at so many GB/s, of so many KiB a thread: 400 of 64, 100 of 256.", ran.text)

    def test_a_draw_of_a_large_vocabulary_reads_a_byte_for_each_weight_of_the_output(self):
        c = CONFIGURATIONS["ptb-medium"]
        others, output = 4 * 650 * 650 * 3, 650 * 10000
        for precision, each in (("float32", 4), ("bf16", 1.5), ("int8", 1)):
            self.assertEqual(bounds.weight_bytes(c, precision), each * others + output)

    def test_int8_is_bounded_where_both_sides_have_it(self):
        gates = {f"{name}{more}": 0 for name in ("lstm", "gru", "rnn") for more in ("", "_training")}
        reading = [{"bytes": 1 << 16, "rate": 90}, {"bytes": 1 << 20, "rate": 100}]  # which were disturbed
        speeds = [{"threads": n, "float32": 1, "bf16": 1, "gates": gates, "reading": reading} for n in (1, 2)]
        best = bounds.best([{"speeds": speeds}], 2)
        self.assertEqual(best["reading"], [[1 << 16, 100], [1 << 20, 100]])
        runs = {"lm4j": 1e4, "lm4j int8": 3e4, "nn.LSTM": 1e3, "nn.LSTMCell int8": 1e4}
        figures = report.of_kind({name: [{"rate": rate}] for name, rate in runs.items()}, None, {})
        c = CONFIGURATIONS["char-512x3"]
        bounds.add(figures, vars(c), "generation", best, {})
        most = 1e11 / (c.macs() - 4 * 512 * 512)
        self.assertAlmostEqual(figures["bounds"]["int8"]["tokens/s"], most)
        self.assertAlmostEqual(figures["bounds"]["int8"]["lm4j"], 3e4 / most)
        self.assertAlmostEqual(figures["bounds"]["int8"]["peer"], 1e4 / most)
        header, (cells,) = bounds.table([{"name": "x", "generation": figures}], "generation")
        self.assertEqual([name for name in header if "tokens/s" in name],
                         ["float32, tokens/s", "bf16, tokens/s", "int8, tokens/s"])  # fmt: skip
        self.assertEqual(cells[-1], f"{most / 1e4:.2f} < 4")

    def test_without_a_measurement_of_reading_there_is_no_bound_of_generation(self):
        gates = {f"{name}{more}": 1 for name in ("lstm", "gru", "rnn") for more in ("", "_training")}
        speeds = [{"threads": n, "float32": 70, "bf16": 150, "gates": gates} for n in (1, 2)]
        best = bounds.best([{"speeds": speeds}], 2)
        c = vars(CONFIGURATIONS["char-rnn"])
        rows = []
        for name, known in (("old", best), ("older", {k: v for k, v in best.items() if k != "reading"})):
            figures = report.of_kind({"lm4j": [{"rate": 9e5}], "PyTorch": [{"rate": 1e6}]}, None, {})
            bounds.add(figures, c, "generation", known, {})
            self.assertEqual(figures["bounds"], {})
            self.assertNotIn("Memory", bounds.text(known))
            rows.append({"name": name, "generation": figures})
        self.assertIsNone(bounds.table(rows, "generation"))
        with_one = report.of_kind({"lm4j": [{"rate": 9e5}], "PyTorch": [{"rate": 1e6}]}, None, {})
        bounds.add(with_one, c, "generation", {**best, "reading": [[1 << 15, 100]]}, {})
        _, lines = bounds.table([*rows, {"name": "new", "generation": with_one}], "generation")
        self.assertEqual([line[0] for line in lines], ["new"])

    def test_a_machine_that_does_other_work_is_seen_by_its_bounds(self):
        gates = {f"{name}{more}": 1 for name in ("lstm", "gru", "rnn") for more in ("", "_training")}
        for together, told in ((138, False), (90, True)):
            speeds = [{"threads": n, "float32": rate, "bf16": None, "gates": gates}
                      for n, rate in ((1, 70), (2, together))]  # fmt: skip
            text = bounds.text(bounds.best([{"speeds": speeds}], 2))
            self.assertEqual("2 threads at once were only 1.3 times as fast as one" in text, told)

    def test_where_bounds_cannot_be_measured_there_are_none(self):
        ran = Ran("--only", "evaluation", fails="--speed")
        self.assertEqual(ran.code, 0)
        self.assertIsNone(ran.kept["configurations"][0]["speeds"])
        self.assertNotIn("ound", ran.text)

    def test_the_bound_of_an_instruction_that_is_missing_is_left_out(self):
        gates = {"lstm": 1, "lstm_training": 2, "gru": 1, "gru_training": 1, "rnn": 1, "rnn_training": 1}
        speeds = {"threads": 2, "float32": 500, "bf16": None, "gates": gates}
        figures = report.of_kind({"lm4j": [{"rate": 9e5}], "PyTorch": [{"rate": 1e6}]}, None, {})
        c = vars(CONFIGURATIONS["char-rnn"])
        bounds.add(figures, c, "evaluation", speeds, {"float32": math.nan, "bf16": math.nan})
        self.assertEqual(list(figures["bounds"]), ["float32"])
        header, (cells,) = bounds.table([{"name": "x", "evaluation": figures}], "evaluation")
        self.assertEqual(len(header), 5)
        nanos = 2 * (CONFIGURATIONS["char-rnn"].macs() - 4 * 128 * 65) / 500 + 128
        self.assertEqual(cells[-1], f"{1e3 / nanos:.2f} < 1.25")  # 1.25 times the peer is beyond it

    def test_peaks_are_those_of_as_many_threads(self):
        results = [
            {"configuration": {"name": "x"}, "threads": n, "peaks": [{"torch": 100 * n}], "flop_per_token": {}}
            for n in (1, 2)
        ]
        report.summarise(results)
        self.assertEqual([r["summary"]["peaks"]["float32"] for r in results], [100, 200])

    def test_int8_generates_only(self):
        flags = ["avx512_bf16", "avx512_vnni"]
        with unittest.mock.patch.object(machine, "flags", lambda: flags):
            ran = Ran("--only", "evaluation,generation")
        summary = ran.kept["configurations"][0]["summary"]
        self.assertEqual(list(summary["evaluation"]["own"]), ["lm4j", "lm4j bf16"])
        self.assertEqual(list(summary["generation"]["own"]), ["lm4j", "lm4j bf16", "lm4j int8"])

    def test_a_side_that_fails_is_a_note_and_the_others_have_figures(self):
        ran = Ran("--own-precisions", "float32", fails="generate")
        self.assertEqual(ran.code, 1)
        summary = ran.kept["configurations"][0]["summary"]
        self.assertEqual(summary["generation"]["own"], {})
        self.assertEqual(summary["generation"]["ratio"], {})
        self.assertIn("lm4j", summary["training"]["own"])
        self.assertTrue([note for note in summary["notes"] if note.startswith("generation, lm4j")])

    def test_threads_and_engines_are_measured_one_after_the_other(self):
        ran = Ran("--threads", "1,2", "--only", "training", "--own-precisions", "float32",
                  "--blas", "java")  # fmt: skip
        self.assertEqual([c["threads"] for c in ran.kept["configurations"]], [1, 2])
        self.assertIn("lm4j --blas java", ran.kept["configurations"][0]["summary"]["training"]["own"])
        trained = [call for call in ran.calls if call.startswith("train")]
        self.assertEqual(["--blas java" in call for call in trained], [False, True] * 2)
        self.assertIn("Threads of each side: 1.", ran.text)

    def test_a_limit_names_what_was_not_measured(self):
        ran = Ran("--limit", "0.0001s", "--configurations", "char-rnn,ptb-small")
        self.assertEqual(ran.code, 0)
        self.assertEqual(ran.kept["skipped"], ["char-rnn", "ptb-small"])
        self.assertIn("not measured: char-rnn, ptb-small", ran.text)

    def test_another_commit_is_measured_in_turn(self):
        @contextlib.contextmanager
        def built(commit, folder):
            other = folder / "other"
            other.mkdir()
            (other / "lm").symlink_to(program(LM))
            yield other / "lm", "0123456789abcdef"

        with unittest.mock.patch.object(against, "built", built):
            ran = Ran("--against", "HEAD~1", "--rounds", "2")
        self.assertEqual(ran.code, 0)
        (kept,) = ran.kept["configurations"]
        self.assertEqual([len(kept["training"][side]) for side in ("now", "then")], [2, 2])
        self.assertIn("against 0123456789", ran.text)
        self.assertRegex(ran.text, r"training +char-rnn +now / then 1\.000")

    def test_a_sweep_measures_each_size_and_marks_a_cliff(self):
        ran = Ran("--sweep", "T=10,2")
        self.assertEqual([point["value"] for point in ran.kept["points"]], [2, 10])
        self.assertEqual(ran.kept["points"][0]["rate"], 5 * 20 * 2)
        points = [{"value": v, "speed": s} for v, s in ((1, 100), (2, 90), (3, 50), (4, 49))]
        marked = []
        for p in points:
            marked.append(p)
            sweep.mark(marked)
        self.assertEqual([bool(p.get("cliff")) for p in points], [False, False, True, False])

    def test_a_corpus_has_its_size(self):
        with tempfile.TemporaryDirectory() as folder:
            with unittest.mock.patch.object(sweep, "BLOCK_TOKENS", 1000):
                path = sweep.write(pathlib.Path(folder), 0.1)
            self.assertEqual(path.stat().st_size, 100_000)
            data = path.read_bytes()
            block = data.find(data[:1000], 1)  # where it begins again
            self.assertEqual(data[block : 2 * block], data[:block])
        self.assertEqual(CONFIGURATIONS["char-rnn"].vocabulary, len(corpus.tokens("char", 65)))

if __name__ == "__main__":
    unittest.main()
