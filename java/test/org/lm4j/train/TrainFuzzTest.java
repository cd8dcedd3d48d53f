package org.lm4j.train;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.lm4j.InputException;
import org.lm4j.backend.reference.ReferenceBackend;
import org.lm4j.compute.Backend;
import org.lm4j.compute.Cell;
import org.lm4j.model.DropoutRates;
import org.lm4j.model.ModelFiles;
import org.lm4j.model.ModelKind;
import org.lm4j.task.lm.LanguageModelConfig;
import org.lm4j.task.lm.LanguageModelNetwork;
import org.lm4j.task.lm.LanguageModelTask;
import org.lm4j.text.CorpusBuilder;
import org.lm4j.text.CorpusSpec;
import org.lm4j.text.Level;
import org.lm4j.text.Sources;
import org.lm4j.train.log.MetricsHistory;

/**
 * Any bytes in place of a file of a run are read, or refused by an {@link InputException} that
 * names the file. An ordinary test run tries the seeds in {@code TrainFuzzTestInputs}; {@code
 * scripts/fuzz} searches for more.
 */
class TrainFuzzTest {
  private static final String MANIFEST = "manifest.json";

  @FuzzTest(maxDuration = "60s")
  void checkpoint(byte[] bytes) throws IOException {
    Path folder = Path.of("target", "fuzz-run");
    try (Backend backend = new ReferenceBackend()) {
      RunPlan plan = run(folder, backend);
      Files.deleteIfExists(folder.resolve(MANIFEST)); // else nothing else would be looked at
      Files.write(folder.resolve(Checkpoint.FILE), bytes);
      attempt(Checkpoint.FILE, () -> Run.planOf(folder));
      attempt(Checkpoint.FILE, () -> Run.progressOf(folder));
      attempt(
          Checkpoint.FILE,
          () -> Run.resume(folder, backend, plan, LanguageModelTask.RESUMED).close());
    }
  }

  @FuzzTest(maxDuration = "60s")
  void log(byte[] bytes) throws IOException {
    Path folder = Files.createDirectories(Path.of("target", "fuzz-log"));
    Files.deleteIfExists(folder.resolve(MANIFEST));
    Files.write(folder.resolve(MetricsLog.FILE), bytes);
    attempt(MetricsLog.FILE, () -> MetricsHistory.read(folder));
    MetricsLog.open(folder, 100, 1, Unit.TOKENS).close();
    MetricsHistory.read(folder); // what a resumed run has kept can be drawn
  }

  @FuzzTest(maxDuration = "60s")
  void manifest(byte[] bytes) throws IOException {
    Path folder = Path.of("target", "fuzz-manifest");
    try (Backend backend = new ReferenceBackend()) {
      run(folder, backend);
      Files.write(folder.resolve(MANIFEST), bytes);
      attempt(
          MANIFEST,
          () ->
              LanguageModelNetwork.open(
                      new ModelFiles(folder, ModelKind.LANGUAGE_MODEL), backend, false)
                  .close());
      attempt(MANIFEST, () -> ModelFiles.group(folder).change().close());
    }
  }

  private static void attempt(String name, Runnable reading) {
    try {
      reading.run();
    } catch (InputException expected) {
      String message = String.valueOf(expected.getMessage());
      if (!message.contains(name) || message.lines().count() != 1) {
        throw new AssertionError("not one sentence with the file's name: " + message, expected);
      }
    }
  }

  /** A small run in a folder, made once; returns what it is to do. */
  private static RunPlan run(Path folder, Backend backend) {
    Recipe recipe =
        new Recipe(
            2,
            4,
            new Recipe.OptimizerChoice("adam", 0.01, 0, 0),
            new Recipe.ScheduleChoice("constant", 0.5, 1, 0, 0, 0),
            new Recipe.ClipChoice(5, 0),
            1);
    RunPlan plan = new RunPlan(recipe, new RunLength(null, 4L, null), new Cadence(0, 1, 0), null);
    if (!Files.exists(folder.resolve(ModelFiles.CONFIG))) {
      byte[] text = "the cat sat on the mat\n".repeat(9).getBytes(StandardCharsets.UTF_8);
      LanguageModelTask task =
          LanguageModelTask.begin(
              new CorpusBuilder.Input(
                  CorpusSpec.of(Level.CHAR),
                  Sources.of(List.of("-"), new ByteArrayInputStream(text)),
                  null,
                  (done, all) -> {}),
              new LanguageModelConfig(Cell.GRU, 1, 3, 4, 1, DropoutRates.NONE, false),
              LanguageModelTask.InitialWeights.DRAWN);
      Run.begin(folder, backend, plan, task).close();
    }
    return plan;
  }
}
