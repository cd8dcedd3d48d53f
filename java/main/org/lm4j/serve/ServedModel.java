package org.lm4j.serve;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.compute.Backend;
import org.lm4j.model.ModelFiles;
import org.lm4j.model.ModelKind;
import org.lm4j.serve.engine.Limits;
import org.lm4j.serve.engine.TextEngine;
import org.lm4j.task.lm.LanguageModelConfig;
import org.lm4j.task.lm.LanguageModelNetwork;
import org.lm4j.task.lm.line.LineScore;
import org.lm4j.task.lm.line.LineScorer;
import org.lm4j.task.lm.line.LineScoring;
import org.lm4j.text.Vocabulary;

/** One version of a model that is served. Requests hold it open; it is closed after the last. */
final class ServedModel {
  private final String name;
  private final LanguageModelNetwork network;
  private final Vocabulary vocabulary;
  private final TextEngine engine;
  private final long created = System.currentTimeMillis() / 1000;
  private final String version;
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
   * @param limits of the engine; 0 rows for as many as suit the model
   * @throws InputException if the folder holds no language model, or a file is damaged
   */
  ServedModel(String name, Path folder, Backend backend, Limits limits) {
    this.name = name;
    this.version = version(folder);
    if (ModelKind.of(folder) == ModelKind.NGRAM) {
      throw new InputException(
          folder + " holds an n-gram model; only recurrent language models can be served");
    }
    ModelFiles files = new ModelFiles(folder, ModelKind.LANGUAGE_MODEL);
    this.vocabulary = LanguageModelConfig.vocabulary(files);
    this.network = LanguageModelNetwork.open(files, backend, false);
    int rows = limits.rows() > 0 ? limits.rows() : Limits.rowsFor(vocabulary.size());
    Limits own = new Limits(rows, limits.queue(), limits.cacheBytes(), limits.seconds());
    try {
      this.engine = new TextEngine(network, vocabulary, own, "lm4j-engine-" + name);
    } catch (InputException e) { // says nothing of which model it is
      network.close();
      throw new InputException(folder + ": " + e.getMessage(), e);
    } catch (RuntimeException | Error e) {
      network.close();
      throw e;
    }
  }

  /** Returns what changes when other files are saved into a model's folder. */
  static String version(Path folder) {
    StringBuilder version = new StringBuilder();
    for (String file : List.of("manifest.json", ModelFiles.CONFIG, ModelFiles.WEIGHTS)) {
      try {
        Path path = folder.resolve(file);
        version.append(Files.getLastModifiedTime(path)).append(' ').append(Files.size(path));
      } catch (IOException e) {
        version.append('-'); // not there, as the manifest of an older folder
      }
      version.append('\n');
    }
    return version.toString();
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

  Vocabulary vocabulary() {
    return vocabulary;
  }

  TextEngine engine() {
    return engine;
  }

  /** Scores lines, as {@link LineScorer} does; one request at a time. */
  List<LineScore> score(List<String> lines, LineScoring options) throws InterruptedException {
    scoring.acquire();
    try (LineScorer scorer = new LineScorer(network, vocabulary, options)) {
      return scorer.score(lines);
    } finally {
      scoring.release();
    }
  }

  /** Holds the model open; null if it is being closed. */
  @Nullable Hold hold() {
    use.readLock().lock();
    if (retired) {
      use.readLock().unlock();
      return null;
    }
    return new Hold();
  }

  /** Waits for the requests that hold the model, and closes it. */
  void retire() {
    use.writeLock().lock();
    try {
      retired = true;
    } finally {
      use.writeLock().unlock();
    }
    engine.close();
    network.close();
  }
}
