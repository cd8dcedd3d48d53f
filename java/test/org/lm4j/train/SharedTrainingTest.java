package org.lm4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.DoubleStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lm4j.InputException;
import org.lm4j.backend.BackendOptions;
import org.lm4j.backend.Backends;
import org.lm4j.compute.Backend;
import org.lm4j.compute.Cell;
import org.lm4j.model.DropoutRates;
import org.lm4j.parallel.Communicator;
import org.lm4j.parallel.ThreadRanks;
import org.lm4j.task.lm.LanguageModelConfig;
import org.lm4j.task.lm.LanguageModelNetwork;
import org.lm4j.task.lm.LanguageModelTask;
import org.lm4j.task.lm.OutputConfig;
import org.lm4j.text.CorpusBuilder;
import org.lm4j.text.CorpusSpec;
import org.lm4j.text.Level;
import org.lm4j.text.Sources;
import org.lm4j.text.token.Segmentation;

/** Training shared by several ranks computes what one process does. */
class SharedTrainingTest {
  private static final String TEXT = TrainingProcess.text(5).substring(0, 9000);

  @TempDir private Path folder;

  /** What a run reports: losses and norms of its steps, losses of its validations, weights. */
  private record Heard(
      List<Double> losses, List<Double> norms, List<Double> validations, List<Double> weights) {}

  private static final class Listener implements TrainingListener {
    final List<Double> losses = new ArrayList<>();
    final List<Double> norms = new ArrayList<>();
    final List<Double> validations = new ArrayList<>();
    @Nullable Trainer stopped;
    long stopAfter = -1;

    @Override
    public void step(StepReport report) {
      losses.add(report.loss());
      norms.add(report.gradientNorm());
      if (report.step() == stopAfter && stopped != null) {
        stopped.requestStop();
      }
    }

    @Override
    public void validation(ValidationReport report) {
      validations.add(report.loss());
    }
  }

  /** A kind of run. */
  private record Case(
      String device, String text, String softmax, boolean tied, String optimizer, int batch) {
    Segmentation segmentation() {
      return switch (text) {
        case "lines" -> Segmentation.LINES;
        case "carried" -> Segmentation.LINES.withCarry(true);
        default -> Segmentation.STREAM;
      };
    }

    OutputConfig output() {
      return switch (softmax) {
        case "adaptive" -> OutputConfig.adaptive(List.of(4), 2);
        case "sampled" -> OutputConfig.sampled(3, tied);
        default -> OutputConfig.full(tied);
      };
    }

    RunPlan plan(long steps) {
      return Recipe.defaults()
          .batch(batch)
          .bptt(6)
          .optimizer(optimizer)
          .learningRate(optimizer.equals("sgd") ? 0.5 : 0.01)
          .clip(0.5)
          .seed(3)
          .steps(steps)
          .validateEvery(20)
          .validationStreams(7)
          .checkpointEvery(11)
          .plan(TrainingDefaults.LANGUAGE_MODEL, null);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "2, reference, stream, full, false, sgd, 5",
    "3, reference, stream, full, true, adam, 7",
    "3, reference, lines, full, false, sgd, 5",
    "2, reference, carried, full, false, adagrad, 4",
    "2, reference, stream, sampled, false, sgd, 5",
    "3, reference, stream, adaptive, false, adagrad, 6",
    "3, reference, lines, sampled, true, sgd, 7",
  })
  void onReferenceItIsTheSameToTenDigits(
      int size, String device, String text, String softmax, boolean tied, String rule, int batch) {
    Case given = new Case(device, text, softmax, tied, rule, batch);
    assertSame(given, size, 24, 1e-10);
  }

  @ParameterizedTest
  @CsvSource({"2, stream, full, false, sgd, 9", "3, lines, full, true, adam, 8"})
  void onACpuItIsTheSameToRoundingFor200Steps(
      int size, String text, String softmax, boolean tied, String rule, int batch) {
    assertSame(new Case("cpu", text, softmax, tied, rule, batch), size, 200, 1e-4);
  }

  private void assertSame(Case given, int size, long steps, double tolerance) {
    Heard alone = train(given, "alone", 1, steps, false);
    Heard shared = train(given, "shared", size, steps, false);
    assertThat(alone.losses).hasSize((int) steps);
    assertThat(alone.losses.getLast()).isLessThan(alone.losses.getFirst());
    assertClose(shared.losses, alone.losses, tolerance);
    assertClose(shared.norms, alone.norms, 100 * tolerance);
    assertThat(alone.validations).isNotEmpty();
    assertClose(shared.validations, alone.validations, tolerance);
  }

  private static void assertClose(List<Double> found, List<Double> expected, double tolerance) {
    assertThat(found).hasSameSizeAs(expected);
    for (int i = 0; i < found.size(); i++) {
      assertThat(found.get(i))
          .as("number %d", i)
          .isCloseTo(expected.get(i), org.assertj.core.api.Assertions.within(tolerance));
    }
  }

  @Test
  void theSameRanksGiveTheSameBits() {
    Case given = new Case("cpu", "stream", "full", false, "adam", 10);
    Heard one = train(given, "one", 3, 30, false);
    Heard other = train(given, "other", 3, 30, false);
    assertThat(other.losses).isEqualTo(one.losses);
    assertThat(other.weights).isEqualTo(one.weights);
  }

  /** The state that each rank carries is saved as that of the whole batch. */
  @ParameterizedTest
  @CsvSource({"3, 2", "2, 1", "1, 3"})
  void aRunIsResumedByAnotherNumberOfRanks(int before, int after) {
    Case given = new Case("reference", "stream", "full", false, "adam", 7);
    Heard alone = train(given, "alone", 1, 30, false);
    train(given, "shared", before, 13, false);
    Heard resumed = train(given, "shared", after, 30, true);
    assertClose(resumed.losses, alone.losses.subList(13, 30), 1e-10);
    assertClose(resumed.weights, alone.weights, 1e-9);
  }

  @Test
  void aStopAskedOfAnyRankStopsAllAfterTheSameStep() {
    Case given = new Case("cpu", "stream", "full", false, "sgd", 6);
    List<Long> steps =
        ThreadRanks.run(
            3,
            ranks -> {
              Listener listener = new Listener();
              try (Backend backend = Backends.open("cpu", new BackendOptions(1), line -> {});
                  Run<LanguageModelNetwork> run =
                      open(given, folder.resolve("stopped"), backend, 500, ranks, false)) {
                if (ranks.rank() == 2) {
                  listener.stopped = run.trainer();
                  listener.stopAfter = 9;
                }
                assertThat(run.train(listener, 10)).isFalse();
                return run.trainer().step();
              }
            });
    // The request comes while step 9 is reported, and is agreed upon after the next one.
    assertThat(steps).containsOnly(10L);
    assertThat(Run.progressOf(folder.resolve("stopped")).step()).isEqualTo(10);
  }

  @Test
  void moreRanksThanRowsAreRefusedOnAllOfThem() {
    Case given = new Case("cpu", "stream", "full", false, "sgd", 2);
    assertThatThrownBy(() -> train(given, "refused", 3, 5, false))
        .hasRootCauseInstanceOf(InputException.class)
        .rootCause()
        .hasMessageContaining("a batch of 2")
        .hasMessageContaining("3 processes");
    assertThat(folder.resolve("refused")).doesNotExist();
  }

  private Heard train(Case given, String name, int size, long steps, boolean resume) {
    Path path = folder.resolve(name);
    return ThreadRanks.run(
            size,
            ranks -> {
              Listener listener = new Listener();
              try (Backend backend =
                      Backends.open(given.device, new BackendOptions(1), line -> {});
                  Run<LanguageModelNetwork> run =
                      open(given, path, backend, steps, ranks, resume)) {
                assertThat(run.train(listener, 10)).isTrue();
                return new Heard(
                    listener.losses,
                    listener.norms,
                    listener.validations,
                    DoubleStream.of(run.model().parameters().values().toArray()).boxed().toList());
              }
            })
        .getFirst();
  }

  private static Run<LanguageModelNetwork> open(
      Case given, Path path, Backend backend, long steps, Communicator ranks, boolean resume) {
    return Run.together(
        ranks,
        () ->
            resume
                ? Run.resume(path, backend, given.plan(steps), LanguageModelTask.RESUMED, ranks)
                : Run.begin(
                    path,
                    backend,
                    given.plan(steps),
                    task(given),
                    StagedFolder.Existing.REFUSE,
                    ranks),
        plan -> Run.join(path, backend, plan, LanguageModelTask.RESUMED, ranks));
  }

  private static LanguageModelTask task(Case given) {
    boolean words = given.softmax.equals("adaptive");
    Random random = new Random(1);
    StringBuilder text = new StringBuilder(TEXT);
    for (int at = text.indexOf("t"); at >= 0; at = text.indexOf("t", at + 1)) {
      if (random.nextInt(3) == 0) {
        text.setCharAt(at, '\n'); // lines of many lengths
      }
    }
    byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
    byte[] held = TEXT.substring(0, 700).getBytes(StandardCharsets.UTF_8);
    CorpusSpec spec =
        CorpusSpec.of(words ? Level.WORD : Level.CHAR).withUnit(given.segmentation().unit());
    int hidden = 6;
    return LanguageModelTask.begin(
        new CorpusBuilder.Input(
            spec,
            Sources.of(List.of("-"), new ByteArrayInputStream(bytes)),
            Sources.of(List.of("-"), new ByteArrayInputStream(held)),
            (done, all) -> {}),
        new LanguageModelConfig(
            Cell.LSTM,
            1,
            given.tied ? hidden : 5,
            hidden,
            2,
            new DropoutRates(0.2, 0.15, 0.1),
            given.output()),
        LanguageModelTask.InitialWeights.DRAWN,
        given.segmentation());
  }
}
