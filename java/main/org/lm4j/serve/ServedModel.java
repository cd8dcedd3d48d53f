package org.lm4j.serve;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.compute.Backend;
import org.lm4j.decode.GenerationDefaults;
import org.lm4j.decode.SamplingOptions;
import org.lm4j.model.ModelFiles;
import org.lm4j.serve.engine.Limits;
import org.lm4j.serve.engine.PromptScores;
import org.lm4j.serve.engine.TextEngine;
import org.lm4j.serve.engine.TextListener;
import org.lm4j.serve.engine.TextRequest;
import org.lm4j.task.lm.LanguageModel;
import org.lm4j.task.lm.OutputConfig;
import org.lm4j.task.lm.ScoringModel;
import org.lm4j.task.lm.adapt.Adaptation;
import org.lm4j.task.lm.adapt.AdaptedModel;
import org.lm4j.task.lm.line.LineScore;
import org.lm4j.task.lm.line.LineScorer;
import org.lm4j.task.lm.line.LineScoring;
import org.lm4j.text.Vocabulary;

/** One version of a model that is served. Requests hold it open; it is closed after the last. */
final class ServedModel {
  private static final int ROWS_OF_NETWORKS = 8; // that are not computed side by side
  private static final int ROWS_OF_OTHERS = 64;

  private final String name;
  private final double seconds; // that a text may take
  private final ScoringModel model;
  private final @Nullable TextEngine engine; // null if the model generates no text
  private final long created = System.currentTimeMillis() / 1000;
  private final String version;
  private final @Nullable SamplingOptions sampling; // null if the folder sets none
  private final Semaphore scoring = new Semaphore(1, true); // its windows take much memory
  private final ReentrantReadWriteLock use = new ReentrantReadWriteLock(true);
  private volatile boolean retired;

  /** A request's hold on a model. */
  final class Hold implements AutoCloseable {
    private Hold() {}

    ServedModel model() {
      return ServedModel.this;
    }

    @Override
    public void close() {
      use.readLock().unlock();
    }
  }

  /**
   * Opens the model in a folder.
   *
   * @param settings file of the adaptation or mixture with which it is served; null for none
   * @param limits of the engine; 0 rows for as many as suit the model
   * @throws InputException if the folder holds no model that predicts text, or a file is damaged
   */
  ServedModel(String name, Path folder, @Nullable Path settings, Backend backend, Limits limits) {
    this.name = name;
    this.seconds = limits.seconds();
    this.version = version(folder, settings);
    this.sampling =
        Files.exists(folder.resolve(GenerationDefaults.FILE))
            ? GenerationDefaults.of(folder)
            : null;
    this.model =
        settings == null
            ? ScoringModel.open(folder, backend)
            : AdaptedModel.open(folder, Adaptation.read(settings), backend);
    try {
      this.engine = engine(limits);
    } catch (InputException e) { // does not say which model it is
      model.close();
      throw new InputException(folder + ": " + e.getMessage(), e);
    } catch (RuntimeException | Error e) {
      model.close();
      throw e;
    }
  }

  private @Nullable TextEngine engine(Limits limits) {
    String thread = "lm4j-engine-" + name;
    int most = Limits.rowsFor(vocabulary().size());
    if (model instanceof LanguageModel network && !isAdaptive(network)) {
      return new TextEngine(network.network(), vocabulary(), limits.orRows(most), thread);
    }
    if (model instanceof AdaptedModel adapted && adapted.learns()) {
      adapted.tokenReader(false).close(); // computes now what the first request would wait for
      return null;
    }
    int fewer = hasNetwork() ? ROWS_OF_NETWORKS : ROWS_OF_OTHERS;
    return new TextEngine(model, limits.orRows(Math.min(most, fewer)), thread);
  }

  private boolean hasNetwork() {
    return model instanceof LanguageModel || model instanceof AdaptedModel;
  }

  private static boolean isAdaptive(LanguageModel model) {
    return model.network().config().output().softmax() == OutputConfig.Softmax.ADAPTIVE;
  }

  /** Returns what changes when other files are saved into the folders of a model. */
  static String version(Path folder, @Nullable Path settings) {
    StringBuilder version = new StringBuilder();
    addFiles(version, folder);
    if (settings != null) {
      addFile(version, settings);
      try {
        Adaptation.read(settings).mix().forEach(part -> addFiles(version, Path.of(part.model())));
      } catch (InputException e) {
        version.append(e.getMessage()); // reported once it is loaded
      }
    }
    return version.toString();
  }

  private static void addFiles(StringBuilder version, Path folder) {
    for (String file :
        List.of("manifest.json", ModelFiles.CONFIG, ModelFiles.WEIGHTS, GenerationDefaults.FILE)) {
      addFile(version, folder.resolve(file));
    }
  }

  private static void addFile(StringBuilder version, Path path) {
    try {
      version.append(Files.getLastModifiedTime(path)).append(' ').append(Files.size(path));
    } catch (IOException e) {
      version.append('-'); // not there, as the manifest of an older folder
    }
    version.append('\n');
  }

  String name() {
    return name;
  }

  /** Returns the {@link #version} of the files when they were read. */
  String version() {
    return version;
  }

  /** Returns the time at which it was loaded, in seconds since 1970. */
  long created() {
    return created;
  }

  /** Returns the sampling options that the folder of the model sets; null if it sets none. */
  @Nullable SamplingOptions sampling() {
    return sampling;
  }

  /** Returns what kind of model it is, in words. */
  String kind() {
    return switch (model) {
      case LanguageModel _ -> "recurrent network";
      case AdaptedModel adapted when adapted.learns() -> "adaptive model";
      case AdaptedModel _ -> "mixture";
      default -> "n-gram model";
    };
  }

  Vocabulary vocabulary() {
    return model.vocabulary();
  }

  /** Returns what generates texts; null if the model generates none. */
  @Nullable TextEngine engine() {
    return engine;
  }

  /**
   * Submits a text of a request, as {@link TextEngine#submit(Object, TextRequest, TextListener)}
   * does; without an engine, its prompt is scored before this returns.
   *
   * @return cancels the text
   * @throws ApiException if the model generates no text, and that is wanted
   */
  Runnable submit(Object owner, TextRequest request, TextListener listener)
      throws InterruptedException {
    if (engine != null) {
      return engine.submit(owner, request, listener);
    }
    if (request.length() > 0) {
      throw ApiException.field(
          "max_tokens",
          "%s learns from the text that it scores and generates none: 'max_tokens' must be 0, with"
                  .formatted(name)
              + " 'echo' and 'logprobs'");
    }
    acquireScoring();
    try {
      PromptScores.report((AdaptedModel) model, request, listener);
    } finally {
      scoring.release();
    }
    return () -> {};
  }

  /**
   * Returns the engine, for hidden states.
   *
   * @throws ApiException if the model has none
   */
  TextEngine engineOfStates() {
    if (engine == null || engine.units() == 0) {
      throw ApiException.field(
          "model", "%s has no hidden state; recurrent networks have one".formatted(name));
    }
    return Objects.requireNonNull(engine);
  }

  /**
   * Scores lines, as {@link LineScorer} does; one request at a time.
   *
   * @throws ApiException if that takes longer than a text may take, waiting included
   */
  List<LineScore> score(List<String> lines, LineScoring options) throws InterruptedException {
    long deadline = System.nanoTime() + (long) (seconds * 1e9);
    acquireScoring();
    try (LineScorer scorer = model.lineScorer(options)) {
      scorer.endWhen(() -> System.nanoTime() - deadline > 0);
      return scorer.score(lines);
    } catch (CancellationException e) {
      throw ApiException.of(
          503,
          "scoring took longer than %s seconds: send fewer lines at once"
              .formatted(Double.toString(seconds).replaceFirst("\\.0$", "")));
    } finally {
      scoring.release();
    }
  }

  private void acquireScoring() throws InterruptedException {
    if (!scoring.tryAcquire((long) (seconds * 1e9), TimeUnit.NANOSECONDS)) {
      throw ApiException.of(503, "the server is too busy: try again later");
    }
  }

  /** Holds the model open; null, at once, if it is retired. */
  @Nullable Hold hold() {
    if (retired || !use.readLock().tryLock()) {
      return null;
    }
    if (retired) { // since it was looked at
      use.readLock().unlock();
      return null;
    }
    return new Hold();
  }

  /** Refuses further holds, waits for the requests that hold the model, and closes it. */
  void retire() {
    retired = true;
    use.writeLock().lock(); // for good: it is never opened again
    if (engine != null) {
      engine.close();
    }
    model.close();
  }
}
