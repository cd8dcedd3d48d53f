package org.lm4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lm4j.backend.reference.ReferenceBackend;
import org.lm4j.compute.Backend;
import org.lm4j.compute.Cell;
import org.lm4j.model.DropoutRates;
import org.lm4j.task.lm.LanguageModelConfig;
import org.lm4j.task.lm.LanguageModelNetwork;
import org.lm4j.task.lm.LanguageModelTask;
import org.lm4j.text.CorpusBuilder;
import org.lm4j.text.CorpusSpec;
import org.lm4j.text.Level;
import org.lm4j.text.Sources;

/** A backend that wants its results read back several steps late gets and gives the same run. */
class LateReadingsTest {
  private static final int STEPS = 40;
  private static final int LATE = 7; // divides neither the epoch nor the run

  @TempDir private Path folder;
  private String text = "";

  @BeforeEach
  void makeText() {
    text = TrainingProcess.text(5).substring(0, 1500);
  }

  /** The reports that a listener received, without the time. */
  private record Heard(long step, double epoch, double loss, double rate, double norm) {}

  private static final class Listener implements TrainingListener {
    private final List<Heard> steps = new ArrayList<>();
    private final List<Long> validatedAfter = new ArrayList<>(); // steps heard of by then
    private double seconds;

    @Override
    public void step(StepReport report) {
      assertThat(report.seconds()).isGreaterThanOrEqualTo(seconds);
      seconds = report.seconds();
      steps.add(
          new Heard(
              report.step(),
              report.epoch(),
              report.loss(),
              report.learningRate(),
              report.gradientNorm()));
    }

    @Override
    public void validation(ValidationReport report) {
      assertThat(report.step()).isEqualTo(steps.size());
      validatedAfter.add(report.step());
    }
  }

  @Test
  void theRunAndItsReportsAreTheSame() throws IOException {
    Listener atOnce = train("at-once", 1, 0.01);
    Listener late = train("late", LATE, 0.01);
    assertThat(late.steps).hasSize(STEPS).isEqualTo(atOnce.steps);
    assertThat(late.validatedAfter).isNotEmpty().isEqualTo(atOnce.validatedAfter);
    assertThat(folder.resolve("late/model.safetensors"))
        .hasSameBinaryContentAs(folder.resolve("at-once/model.safetensors"));
    assertThat(log("late")).isEqualTo(log("at-once"));
  }

  @Test
  void aNanLossIsReportedWithItsStepAndNothingBadIsSaved() throws IOException {
    TrainingFailure atOnce =
        catchThrowableOfType(TrainingFailure.class, () -> train("at-once", 1, 3e38));
    TrainingFailure late =
        catchThrowableOfType(TrainingFailure.class, () -> train("late", LATE, 3e38));
    assertThat(String.valueOf(late.getMessage()).replace("late", "at-once"))
        .isEqualTo(atOnce.getMessage());
    assertThat(folder.resolve("late/model.safetensors"))
        .hasSameBinaryContentAs(folder.resolve("at-once/model.safetensors"));
    assertThat(new Checkpoint(folder.resolve("late")).progress().step()).isZero();
  }

  private Listener train(String name, int stepsPerReading, double rate) throws IOException {
    Path model = folder.resolve(name);
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    LanguageModelTask task =
        LanguageModelTask.begin(
            new CorpusBuilder.Input(
                CorpusSpec.of(Level.CHAR),
                Sources.of(List.of("-"), new ByteArrayInputStream(bytes)),
                Sources.of(List.of(validation()), new ByteArrayInputStream(new byte[0])),
                (done, all) -> {}),
            new LanguageModelConfig(Cell.GRU, 1, 5, 6, 1, new DropoutRates(0.2, 0, 0.1), false),
            LanguageModelTask.InitialWeights.DRAWN);
    Recipe recipe =
        new Recipe(
            4,
            20,
            new Recipe.OptimizerChoice("sgd", rate, 0, rate > 1 ? rate : 0), // grows beyond doubles
            new Recipe.ScheduleChoice("cosine", 0.5, 1, 1, 0, 0),
            new Recipe.ClipChoice(0, 0),
            1);
    RunPlan plan =
        new RunPlan(recipe, new RunLength(null, (long) STEPS, null), new Cadence(15, 2, 6), null);
    Listener listener = new Listener();
    try (Backend backend = reading(stepsPerReading);
        Run<LanguageModelNetwork> run = Run.begin(model, backend, plan, task);
        MetricsLog log = MetricsLog.open(model, 0, 3, Unit.TOKENS)) {
      run.trainer().run(listener, log);
    }
    return listener;
  }

  private String validation() throws IOException {
    return Files.writeString(folder.resolve("valid.txt"), text.substring(0, 200)).toString();
  }

  /** The log without what depends on the clock. */
  private List<String> log(String model) throws IOException {
    return Files.readAllLines(folder.resolve(model).resolve(MetricsLog.FILE)).stream()
        .map(line -> line.replaceAll(",\"(seconds|tokens_per_second)\":[^,}]*", ""))
        .toList();
  }

  /** The reference, read back every {@code steps} steps. */
  private static Backend reading(int steps) {
    ReferenceBackend reference = new ReferenceBackend();
    return (Backend)
        Proxy.newProxyInstance(
            Backend.class.getClassLoader(),
            new Class<?>[] {Backend.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("stepsPerReading")) {
                return steps;
              }
              try {
                return method.invoke(reference, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }
}
