package org.lm4j.task.lm;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lm4j.compute.update.SparseGradient;
import org.lm4j.compute.update.TouchedRows;
import org.lm4j.nn.Parameters;
import org.lm4j.nn.softmax.CandidateSampler;

/**
 * What training with adaptive or sampled softmax keeps besides weights: how words are drawn, and
 * which rows of the tables of a word each have gradients in a step. Used by one thread.
 *
 * @param sampler draws words; null for adaptive softmax
 * @param inputs touched rows of the embedding
 * @param outputs touched rows of the output layer, which are those of the embedding if it is tied
 */
record LargeVocabulary(
    @Nullable CandidateSampler sampler, TouchedRows inputs, TouchedRows outputs) {
  /**
   * Creates it for a training text.
   *
   * @param counts of each word in it
   * @throws org.lm4j.InputException if there are too few words for the draws
   */
  static LargeVocabulary of(LanguageModelConfig config, long[] counts) {
    TouchedRows inputs = new TouchedRows(config.vocabulary());
    boolean sampled = config.output().isSampled();
    return new LargeVocabulary(
        sampled ? new CandidateSampler(counts, config.output().samples()) : null,
        inputs,
        sampled && !config.tied() ? new TouchedRows(config.vocabulary()) : inputs);
  }

  /** Forgets the rows of the step before. */
  void clear() {
    inputs.clear();
    outputs.clear();
  }

  /** Returns the gradients of a model, those of all other rows being zero. */
  SparseGradient gradient(Parameters parameters) {
    Map<String, TouchedRows> tables = new LinkedHashMap<>();
    tables.put(LanguageModelNetwork.ENCODER_WEIGHT, inputs);
    if (sampler != null) {
      tables.put(LanguageModelNetwork.DECODER_BIAS, outputs);
      if (outputs != inputs) {
        tables.put(LanguageModelNetwork.DECODER_WEIGHT, outputs);
      }
    }
    return parameters.sparse(tables);
  }
}
