package org.lm4j.task.tag;

import org.lm4j.compute.Backend;
import org.lm4j.nn.Embedding;
import org.lm4j.nn.OwnedTensors;
import org.lm4j.nn.SequenceEncoder;
import org.lm4j.tensor.Tensor;

/**
 * Encodes words by their characters, {@code W} words of up to {@code C} characters: a word is
 * represented by the final states of a bidirectional encoder.
 */
final class CharacterEncoder implements AutoCloseable {
  private final Backend backend;
  private final Embedding embedding;
  private final SequenceEncoder encoder;
  private final OwnedTensors owned;
  private final Tensor ids; // I32 (C·W)
  private final Tensor lengths; // I32 (W)
  private final Tensor embedded; // (C, W, D)
  private final Tensor dEmbedded; // (C, W, D)
  private final SequenceEncoder.Activations activations;

  /** Creates an encoder for groups of one shape. */
  CharacterEncoder(TaggerNetwork tagger, int steps, int words, boolean training) {
    this.backend = tagger.backend();
    this.owned = new OwnedTensors(backend);
    this.embedding = tagger.characterEmbedding();
    this.encoder = tagger.characterEncoder();
    int width = encoder.spec().stack().inputSize();
    this.ids = owned.ids(Math.multiplyExact(steps, words));
    this.lengths = owned.ids(words);
    this.embedded = owned.floats(steps, words, width);
    this.dEmbedded = training ? owned.floats(steps, words, width) : embedded;
    this.activations = encoder.activations(steps, words, training);
  }

  private static Tensor rows(Tensor sequence) {
    int count = sequence.shape().dim(0) * sequence.shape().dim(1);
    return sequence.reshape(count, sequence.shape().dim(2));
  }

  /** Returns the number W of words. */
  int words() {
    return lengths.shape().dim(0);
  }

  void load(TaggerInput.Group group) {
    backend.upload(group.characters, 0, group.characters.length, ids);
    backend.upload(group.lengths, 0, group.lengths.length, lengths);
  }

  /** Returns the representation of each word, {@code (W, 2H)}. */
  Tensor forward() {
    embedding.forward(ids, rows(embedded));
    encoder.forward(activations, embedded, lengths, null);
    return activations.last();
  }

  /**
   * Accumulates the gradients.
   *
   * @param dLast of what {@link #forward} returned
   */
  void backward(Tensor dLast) {
    encoder.backward(activations, null, dLast, dEmbedded);
    embedding.backward(ids, rows(dEmbedded));
  }

  @Override
  public void close() {
    activations.close();
    owned.close();
  }
}
