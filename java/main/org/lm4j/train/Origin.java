package org.lm4j.train;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lm4j.io.Flat;

/**
 * The data provenance of a run: choices besides model and recipe that cannot be changed when it is
 * resumed, such as tokenization and initial weights. Stored so that a contradicting request is
 * detected.
 *
 * @param corpus how the text was split into tokens and parts
 * @param initRange half-width of the interval of the initial weights; null for the default
 * @param forgetBias added to the forget gate's first bias
 * @param embeddings the file the embedding's first rows came from; null where they were drawn
 * @param frozen whether they stay as they are; null for no
 */
public record Origin(
    @Flat Corpus corpus,
    @Nullable Double initRange,
    double forgetBias,
    @Nullable String embeddings,
    @Nullable Boolean frozen) {
  /**
   * The division of a text into tokens and parts.
   *
   * @param minCount see {@link org.lm4j.text.CorpusSpec}, as are the next two
   * @param valid what was named as text to validate on; empty for a part of the corpus
   */
  public record Corpus(
      long minCount, int vocabularySize, double validFraction, List<String> valid) {}

  /** Returns whether the embedding's table stays as it began. */
  public boolean isFrozen() {
    return Boolean.TRUE.equals(frozen);
  }
}
