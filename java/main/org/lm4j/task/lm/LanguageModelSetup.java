package org.lm4j.task.lm;

import java.nio.file.Path;
import java.util.function.IntUnaryOperator;
import org.jspecify.annotations.Nullable;
import org.lm4j.compute.Cell;
import org.lm4j.model.DropoutRates;
import org.lm4j.model.WordVectors;
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
 * @param vectors what the embedding begins with, or null
 */
public record LanguageModelSetup(
    CorpusSpec corpus,
    Sources training,
    @Nullable Sources validation,
    ModelShape shape,
    Initialization initialization,
    @Nullable Path weightsFrom,
    WordVectors.@Nullable Source vectors) { // all a run begins with

  /** With an embedding drawn like the other weights, or taken over with them. */
  public LanguageModelSetup(
      CorpusSpec corpus,
      Sources training,
      @Nullable Sources validation,
      ModelShape shape,
      Initialization initialization,
      @Nullable Path weightsFrom) {
    this(corpus, training, validation, shape, initialization, weightsFrom, null);
  }

  /**
   * A model's shape before its vocabulary is known.
   *
   * @param embedding width {@code D}, 0 for the hidden width
   * @param rates what is dropped out while training
   */
  public record ModelShape(
      Cell cell, int embedding, int hidden, int layers, DropoutRates rates, boolean tied) {
    /** The same with another width of the embedding, told from this one. */
    public ModelShape withEmbedding(IntUnaryOperator width) {
      return new ModelShape(cell, width.applyAsInt(embedding), hidden, layers, rates, tied);
    }

    /**
     * Returns the configuration for a vocabulary.
     *
     * @throws IllegalArgumentException if a range is broken
     */
    public LanguageModelConfig with(int vocabulary) {
      return new LanguageModelConfig(
          cell, vocabulary, embedding == 0 ? hidden : embedding, hidden, layers, rates, tied);
    }
  }
}
