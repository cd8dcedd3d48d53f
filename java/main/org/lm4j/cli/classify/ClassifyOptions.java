package org.lm4j.cli.classify;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.cli.options.Asked;
import org.lm4j.cli.options.Choices;
import org.lm4j.cli.options.EmbeddingsOptions;
import org.lm4j.cli.options.EncoderOptions;
import org.lm4j.cli.options.HelpValues;
import org.lm4j.task.classify.TextClassifierConfig;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The shape of a classifier. Unset options are null: a continued run has its own. */
final class ClassifyOptions implements HelpValues {
  private static final int MIN_COUNT = 1;

  @Option(
      names = "--min-count",
      paramLabel = "N",
      description = "Words that occur less often are <unk> [{min-count}].")
  private @Nullable Integer minCount;

  @Mixin
  private EncoderOptions encoder =
      new EncoderOptions(
          TextClassifierConfig.defaults().encoder(),
          "a word",
          "inputs, between layers and to outputs");

  @Option(
      names = "--pooling",
      paramLabel = "NAME",
      converter = Choices.Poolings.class,
      completionCandidates = Choices.Poolings.class,
      description =
          "What is scored: the final states, or the mean of what the last layer puts out [{pooling}].")
  private @Nullable String pooling;

  @Override
  public Map<String, String> helpValues() {
    return Map.of(
        "min-count", Integer.toString(MIN_COUNT),
        "pooling", TextClassifierConfig.defaults().pooling(),
        "--embeddings", EmbeddingsOptions.OF_WORDS);
  }

  /** Returns how often a word must occur. */
  int minCount() {
    return Asked.or(minCount, MIN_COUNT);
  }

  /**
   * Returns a classifier of the shape asked for.
   *
   * @throws InputException if it makes no sense, or word vectors have another width
   */
  TextClassifierConfig config(EmbeddingsOptions vectors) {
    TextClassifierConfig usual = TextClassifierConfig.defaults();
    int width = vectors.width(encoder.embedding(0));
    return config(
        new TextClassifierConfig(
            usual.kind(),
            usual.words(), // the texts decide how many words and classes
            usual.classes(),
            width == 0 ? usual.encoder() : usual.encoder().withEmbedding(width),
            usual.pooling(),
            vectors.freezes(),
            usual.pairs()));
  }

  private TextClassifierConfig config(TextClassifierConfig like) {
    return Asked.valid(
        () ->
            new TextClassifierConfig(
                like.kind(),
                like.words(),
                like.classes(),
                encoder.config(like.encoder()),
                Asked.or(pooling, like.pooling()),
                like.frozenWords(),
                like.pairs()));
  }

  /** Returns whether a saved classifier is the one asked for. */
  boolean isAsked(TextClassifierConfig saved) {
    return config(saved).equals(saved);
  }
}
