package org.lm4j.spark;

import java.nio.file.Path;
import java.util.Deque;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.compute.Backend;
import org.lm4j.model.ModelKind;
import org.lm4j.task.classify.TextClassifier;
import org.lm4j.task.lm.LanguageModel;
import org.lm4j.task.lm.ScoringModel;
import org.lm4j.text.Vocabulary;

/**
 * A model of this executor, loaded once and shared by its tasks; what has state and can be used by
 * one thread at a time, such as a scorer, is lent to one task after the other.
 */
final class ExecutorModel {
  private static final System.Logger LOG = System.getLogger(ExecutorModel.class.getName());

  private final Path folder;
  private final ExecutorSettings settings;
  private final Map<Object, Deque<AutoCloseable>> idle = new ConcurrentHashMap<>();
  private @Nullable Backend backend; // guarded by this, like the models
  private @Nullable Vocabulary vocabulary;
  private @Nullable ScoringModel scoring;
  private @Nullable TextClassifier classifier;

  ExecutorModel(Path folder, ExecutorSettings settings) {
    this.folder = folder;
    this.settings = settings;
  }

  /**
   * Returns the model that predicts text.
   *
   * @throws InputException if it is of another kind, or damaged
   */
  synchronized ScoringModel scoring() {
    ScoringModel model = scoring;
    if (model == null) {
      model = load(on -> ScoringModel.open(folder, on));
      scoring = model;
    }
    return model;
  }

  /**
   * Returns the tokens of the model that predicts text, without loading its weights.
   *
   * @throws InputException if it is of another kind, or damaged
   */
  synchronized Vocabulary vocabulary() {
    Vocabulary known = vocabulary;
    if (known == null) {
      known = ScoringModel.vocabulary(folder);
      vocabulary = known;
    }
    return known;
  }

  /**
   * Returns the recurrent language model.
   *
   * @throws InputException if it is of another kind, or damaged
   */
  LanguageModel languageModel() {
    if (scoring() instanceof LanguageModel found) {
      return found;
    }
    throw new InputException(
        "%s holds %s, and %s is needed"
            .formatted(folder, ModelKind.of(folder).words(), ModelKind.LANGUAGE_MODEL.words()));
  }

  /**
   * Returns the classifier.
   *
   * @throws InputException if it is of another kind, or damaged
   */
  synchronized TextClassifier classifier() {
    TextClassifier model = classifier;
    if (model == null) {
      model = load(on -> TextClassifier.load(folder, on));
      classifier = model;
    }
    return model;
  }

  private <M> M load(Function<Backend, M> opens) {
    ModelKind.of(folder); // before a backend is opened
    Backend on = backend;
    if (on == null) {
      on = settings.open(note -> LOG.log(System.Logger.Level.WARNING, note));
      backend = on;
    }
    M model = opens.apply(on);
    LOG.log(System.Logger.Level.INFO, "loaded the model in {0}", folder);
    return model;
  }

  /**
   * Works with what one thread uses at a time, made when no other of its key is idle. After a
   * failure it is not used again.
   *
   * @param key stands for one class and its options
   */
  <T extends AutoCloseable, R> R use(
      Object key, Function<ExecutorModel, T> make, Function<T, R> work) {
    Deque<AutoCloseable> waiting = idle.computeIfAbsent(key, _ -> new ConcurrentLinkedDeque<>());
    @SuppressWarnings("unchecked") // a key stands for one class
    T found = (T) waiting.poll();
    T lent = found == null ? make.apply(this) : found;
    boolean good = false;
    try {
      R result = work.apply(lent);
      good = true;
      return result;
    } finally {
      if (good) {
        waiting.push(lent);
      } else {
        close(lent);
      }
    }
  }

  synchronized void close() {
    for (Deque<AutoCloseable> waiting : idle.values()) {
      waiting.forEach(ExecutorModel::close);
    }
    for (AutoCloseable part : new AutoCloseable[] {scoring, classifier, backend}) {
      if (part != null) {
        close(part);
      }
    }
  }

  private static void close(AutoCloseable part) {
    try {
      part.close();
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException("cannot close " + part, e);
    }
  }
}
