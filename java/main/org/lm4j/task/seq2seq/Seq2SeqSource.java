package org.lm4j.task.seq2seq;

import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.lm4j.compute.Activation;
import org.lm4j.compute.Backend;
import org.lm4j.compute.RandomKey;
import org.lm4j.nn.SequenceEncoder;
import org.lm4j.nn.SequenceMemory;
import org.lm4j.tensor.Tensor;
import org.lm4j.text.sentence.SentenceVocabulary;

/**
 * A workspace for encoding {@code B} sources: it computes the decoder's initial state and memory,
 * {@code K} adjacent copies for each source.
 */
final class Seq2SeqSource implements AutoCloseable {
  private final Seq2SeqNetwork translator;
  private final Backend backend;
  private final int steps;
  private final int batch;
  private final int copies;
  private final SequenceEncoder.Activations activations;
  private final SequenceMemory layout;

  private final Tensor ids; // I32 (S·B)
  private final Tensor lengths; // I32 (B)
  private final Tensor memoryLengths; // I32 (B·K)
  private final Tensor copied; // I32 (B·K): of which source each is a copy
  private final Tensor embedded; // (S, B, D)
  private final Tensor embeddedRows; // the same as (S·B, D)
  private final Tensor first; // (B, H): tanh(W last + b)
  private final @Nullable Tensor memory; // (B·K, S, W); null without attention
  private final @Nullable Gradients gradients;

  private @Nullable RandomKey key; // of the last pass

  /** Buffers that only the backward pass needs. */
  private record Gradients(
      Tensor embedded, // (S, B, D)
      Tensor embeddedRows, // the same as (S·B, D)
      Tensor last, // (B, W)
      Tensor first, // (B, H)
      @Nullable Tensor outputs) { // (S, B, W)
    void close() {
      embedded.storage().close();
      last.storage().close();
      first.storage().close();
      if (outputs != null) {
        outputs.storage().close();
      }
    }
  }

  Seq2SeqSource(Seq2SeqNetwork translator, int steps, int batch, int copies, boolean training) {
    this.translator = translator;
    this.backend = translator.backend();
    this.steps = steps;
    this.batch = batch;
    this.copies = copies;
    Seq2SeqConfig config = translator.config();
    int width = config.encoder().spec().outputSize();
    int rows = Math.multiplyExact(steps, batch);
    int memories = Math.multiplyExact(batch, copies);
    this.activations = translator.encoder().activations(steps, batch, training);
    this.layout = new SequenceMemory(backend, steps, batch, copies);
    this.ids = backend.allocateIds(rows);
    this.lengths = backend.allocateIds(batch);
    this.memoryLengths = backend.allocateIds(memories);
    this.copied = backend.allocateIds(memories);
    int[] owners = new int[memories];
    Arrays.setAll(owners, i -> i / copies);
    backend.upload(owners, 0, memories, copied);
    this.embedded = backend.allocate(steps, batch, config.encoder().embedding());
    this.embeddedRows = embedded.reshape(rows, config.encoder().embedding());
    this.first = backend.allocate(batch, config.encoder().hidden());
    this.memory = config.attends() ? backend.allocate(memories, steps, width) : null;
    this.gradients = training ? gradients(config, rows, width) : null;
  }

  private Gradients gradients(Seq2SeqConfig config, int rows, int width) {
    Tensor dEmbedded = backend.allocate(steps, batch, config.encoder().embedding());
    return new Gradients(
        dEmbedded,
        dEmbedded.reshape(rows, config.encoder().embedding()),
        backend.allocate(batch, width),
        backend.allocate(batch, config.encoder().hidden()),
        config.attends() ? backend.allocate(steps, batch, width) : null);
  }

  /**
   * Encodes sources.
   *
   * @param sources at most {@code B}, each of at most {@code S} tokens; the rest are empty
   * @param dropoutKey what dropout draws from; null where nothing is dropped
   */
  void read(int[][] sources, @Nullable RandomKey dropoutKey) {
    upload(sources);
    key = dropoutKey;
    translator.source().forward(ids, embeddedRows);
    if (dropoutKey != null && translator.sourceDropout().active()) {
      translator.sourceDropout().forward(embeddedRows, embeddedRows, dropoutKey);
    }
    translator.encoder().forward(activations, embedded, lengths, dropoutKey);
    translator.initial().forward(activations.last(), first);
    backend.activate(Activation.TANH, first, first);
    if (memory != null) {
      layout.forward(activations.outputs(), memory);
    }
  }

  private void upload(int[][] sources) {
    int[] tokens = new int[steps * batch]; // time-major
    Arrays.fill(tokens, SentenceVocabulary.NULL_ID);
    int[] own = new int[batch];
    int[] all = new int[batch * copies];
    for (int b = 0; b < sources.length; b++) {
      own[b] = sources[b].length;
      for (int t = 0; t < own[b]; t++) {
        tokens[t * batch + b] = sources[b][t];
      }
    }
    Arrays.setAll(all, i -> own[i / copies]);
    backend.upload(tokens, 0, tokens.length, ids);
    backend.upload(own, 0, batch, lengths);
    backend.upload(all, 0, all.length, memoryLengths);
  }

  /** Fills the decoder's initial states, {@code (1, B·K, H)} or {@code (B·K, H)}. */
  void begin(Tensor states) {
    backend.embed(
        first, copied, states.reshape(batch * copies, translator.config().encoder().hidden()));
  }

  /** Returns the memory for attention, {@code (B·K, S, W)}. */
  Tensor memory() {
    return Objects.requireNonNull(memory);
  }

  /** Returns the valid lengths of the memory, {@code I32 (B·K)}. */
  Tensor memoryLengths() {
    return memoryLengths;
  }

  /**
   * Computes the backward pass of {@link #read}: accumulates the gradients of the weights.
   *
   * @param dStates gradient of the initial states, {@code (1, B, H)}
   * @param dMemory gradient of the memory, {@code (B, S, W)}; null without attention
   */
  void backward(Tensor dStates, @Nullable Tensor dMemory) {
    Gradients own = gradients;
    if (own == null || copies > 1) {
      throw new IllegalStateException("this workspace was made without gradients");
    }
    backend.activateBackward(
        Activation.TANH,
        first,
        dStates.reshape(batch, translator.config().encoder().hidden()),
        own.first);
    translator.initial().backward(activations.last(), own.first, own.last);
    if (dMemory != null && own.outputs != null) {
      layout.backward(dMemory, own.outputs);
    }
    translator.encoder().backward(activations, own.outputs, own.last, own.embedded);
    if (key != null && translator.sourceDropout().active()) {
      translator.sourceDropout().backward(own.embeddedRows, own.embeddedRows, key);
    }
    translator.source().backward(ids, own.embeddedRows);
  }

  @Override
  public void close() {
    activations.close();
    layout.close();
    for (Tensor tensor : new Tensor[] {ids, lengths, memoryLengths, copied, embedded, first}) {
      tensor.storage().close();
    }
    if (memory != null) {
      memory.storage().close();
    }
    if (gradients != null) {
      gradients.close();
    }
  }
}
