package org.lm4j.train;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.lm4j.compute.Cell;
import org.lm4j.model.Initialization;
import org.lm4j.model.ModelConfig;
import org.lm4j.text.CorpusSpec;
import org.lm4j.text.Sources;

/**
 * What a new run is made from.
 *
 * @param corpus how text becomes tokens; carries the vocabulary when weights are taken over
 * @param training the training text
 * @param validation a validation text of its own, or null
 * @param shape of the model, but for the vocabulary, which the text decides
 * @param initialization first weights, where {@code weightsFrom} is null
 * @param weightsFrom a model folder to take the weights from, or null
 */
public record TrainingSetup(
    CorpusSpec corpus,
    Sources training,
    @Nullable Sources validation,
    ModelShape shape,
    Initialization initialization,
    @Nullable Path weightsFrom) {

  /**
   * A model's shape before its vocabulary is known.
   *
   * @param embedding width {@code D}, 0 for the hidden width
   */
  public record ModelShape(
      Cell cell, int embedding, int hidden, int layers, double dropout, boolean tied) {
    /**
     * The configuration for a vocabulary.
     *
     * @throws IllegalArgumentException if a range is broken
     */
    public ModelConfig with(int vocabulary) {
      return new ModelConfig(
          cell, vocabulary, embedding == 0 ? hidden : embedding, hidden, layers, dropout, tied);
    }
  }
}
