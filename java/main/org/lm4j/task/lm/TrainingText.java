package org.lm4j.task.lm;

import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.model.ModelFiles;
import org.lm4j.nn.SoftmaxOutput;
import org.lm4j.parallel.Communicator;
import org.lm4j.parallel.Share;
import org.lm4j.task.lm.line.SequenceEvaluator;
import org.lm4j.text.CorpusBuilder;
import org.lm4j.text.Vocabulary;
import org.lm4j.text.WordCount;
import org.lm4j.text.token.Segmentation;
import org.lm4j.text.token.SequenceBatches;
import org.lm4j.text.token.SequenceIndex;
import org.lm4j.text.token.ShuffledBatches;
import org.lm4j.text.token.StreamBatches;
import org.lm4j.text.token.TokenFile;
import org.lm4j.text.token.TrainingWindows;
import org.lm4j.train.Recipe;

/** The training and validation text of a run, divided as its model's configuration says. */
final class TrainingText implements AutoCloseable {
  private final Vocabulary vocabulary;
  private final TokenFile training;
  private final @Nullable TokenFile validation;
  private final @Nullable SequenceIndex validationIndex; // null for one stream
  private final TrainingWindows windows;

  private TrainingText(
      Vocabulary vocabulary,
      Segmentation segmentation,
      TokenFile training,
      @Nullable TokenFile validation,
      TrainingWindows windows) {
    this.vocabulary = vocabulary;
    this.training = training;
    this.validation = validation;
    this.windows = windows;
    this.validationIndex =
        validation == null || segmentation.isStream()
            ? null
            : SequenceIndex.of(validation, segmentation, vocabulary.lineEnd());
  }

  /**
   * Opens the text in a model folder.
   *
   * @throws InputException if it is too short, or a file is damaged
   */
  static TrainingText open(ModelFiles files, Recipe recipe) {
    Segmentation segmentation = LanguageModelConfig.segmentation(files);
    Vocabulary vocabulary = LanguageModelConfig.vocabulary(files);
    TokenFile training = files.tokens(CorpusBuilder.TRAIN);
    TokenFile validation = null;
    TrainingWindows windows = null;
    try {
      validation = files.hasTokens(CorpusBuilder.VALID) ? files.tokens(CorpusBuilder.VALID) : null;
      windows = windows(segmentation, training, vocabulary.lineEnd(), recipe);
      requireTargets(validation);
      return new TrainingText(vocabulary, segmentation, training, validation, windows);
    } catch (RuntimeException e) {
      if (windows != null) {
        windows.close();
      }
      training.close();
      if (validation != null) {
        validation.close();
      }
      throw e;
    }
  }

  private static void requireTargets(@Nullable TokenFile validation) {
    if (validation != null && validation.size() < 2) {
      throw InputException.naming(
          "the validation text has fewer than two tokens: there is nothing to predict; give more"
              + " of it, a larger {validFraction}, or {validFraction} 0 to go without.");
    }
  }

  private static TrainingWindows windows(
      Segmentation segmentation, TokenFile training, int lineEnd, Recipe recipe) {
    int batch = recipe.batch();
    if (segmentation.isStream()) {
      return new StreamBatches(training, batch, recipe.bptt());
    }
    SequenceIndex index = SequenceIndex.of(training, segmentation, lineEnd);
    try {
      return segmentation.carry()
          ? new ShuffledBatches(index, batch, recipe.bptt(), recipe.seed())
          : new SequenceBatches(index, batch, recipe.bptt(), SoftmaxOutput.IGNORE, recipe.seed());
    } catch (RuntimeException e) {
      index.close();
      throw e;
    }
  }

  /** Returns the training text. */
  TokenFile training() {
    return training;
  }

  /** Returns the number of words of the training text, which takes as long as reading it. */
  long words() {
    return WordCount.of(training, vocabulary);
  }

  /** Returns the windows of the training text. */
  TrainingWindows windows() {
    return windows;
  }

  /** Returns whether there is a validation text. */
  boolean validates() {
    return validation != null;
  }

  /** Returns the hash of the validation text; null if there is none. */
  @Nullable String validationHash() {
    return validation == null ? null : validation.hash();
  }

  /**
   * Scores the validation text.
   *
   * @param streams into which it is cut if its state is carried
   * @throws IllegalStateException if there is none
   */
  Evaluator.Score validate(LanguageModelNetwork model, int streams) {
    TokenFile tokens = validation;
    SequenceIndex index = validationIndex;
    if (tokens == null) {
      throw new IllegalStateException("there is no text to validate on");
    }
    if (index != null) {
      return SequenceEvaluator.of(model, vocabulary, index).score(streams, null, null);
    }
    try (Evaluator evaluator = new Evaluator(model, tokens, streams)) {
      return evaluator.score(null, null);
    }
  }

  /**
   * Scores the validation text in several processes, each some of its streams; all of it in each
   * where it has no streams, or fewer than there are processes.
   *
   * @return the same in all of them
   */
  Evaluator.Score validate(LanguageModelNetwork model, int streams, Communicator ranks) {
    TokenFile tokens = validation;
    if (tokens == null
        || ranks.size() == 1
        || validationIndex != null
        || Evaluator.streams(tokens, streams) < ranks.size()) {
      return validate(model, streams);
    }
    try (Evaluator evaluator = new Evaluator(model, tokens, streams, Share.of(ranks))) {
      Evaluator.Score mine = evaluator.score(null, null);
      double[][] all =
          ranks.gather(
              (double) mine.targets(),
              mine.totalLoss(),
              (double) mine.oovTargets(),
              mine.oovLoss());
      double[] sums = new double[all[0].length];
      for (double[] each : all) {
        for (int i = 0; i < sums.length; i++) {
          sums[i] += each[i];
        }
      }
      return new Evaluator.Score((long) sums[0], sums[1], (long) sums[2], sums[3]);
    }
  }

  @Override
  public void close() {
    windows.close();
    if (validationIndex != null) {
      validationIndex.close();
    }
    training.close();
    if (validation != null) {
      validation.close();
    }
  }
}
