package org.lm4j.task.tag;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.lm4j.compute.Backend;
import org.lm4j.compute.RandomKey;
import org.lm4j.compute.SoleUse;
import org.lm4j.model.Padding;
import org.lm4j.nn.Workspaces;
import org.lm4j.tensor.Tensor;

/**
 * Forward and backward passes of a tagger over one batch after the other. Keeps the activations of
 * each shape it met, so that nothing is allocated once all shapes were seen.
 */
public final class TaggerWorkspaces implements AutoCloseable {
  private final SoleUse use = new SoleUse("the passes");
  private final TaggerNetwork tagger;
  private final Backend backend;
  private final boolean training;
  private final Workspaces<Shape, TaggerSentences> sentences;
  private final Workspaces<Shape, CharacterEncoder> readers;
  private final Workspaces<Integer, Spelled> spelled; // by number of rows

  // Of the batch that was loaded.
  private @Nullable TaggerSentences current;
  private final List<CharacterEncoder> currentReaders = new ArrayList<>();
  private @Nullable Spelled currentSpelled;

  private record Shape(int steps, int rows) {}

  /** The character representation of each distinct word, {@code (R, ·)}, and its gradient. */
  private record Spelled(Tensor value, Tensor gradient) {
    void close() {
      value.storage().close();
      if (gradient != value) {
        gradient.storage().close();
      }
    }
  }

  TaggerWorkspaces(TaggerNetwork tagger, boolean training) {
    this.tagger = tagger;
    this.backend = tagger.backend();
    this.training = training;
    this.sentences =
        new Workspaces<>(
            shape -> new TaggerSentences(tagger, shape.steps, shape.rows, training),
            TaggerSentences::close);
    this.readers =
        new Workspaces<>(
            shape -> new CharacterEncoder(tagger, shape.steps, shape.rows, training),
            CharacterEncoder::close);
    this.spelled = new Workspaces<>(this::allocate, Spelled::close);
  }

  /** Loads a batch. */
  void load(TaggerInput input) {
    try (SoleUse.Use _ = use.begin()) {
      current = sentences.of(new Shape(input.steps, input.batch()));
      current.load(input);
      currentReaders.clear();
      currentSpelled = null;
      if (!tagger.config().readsCharacters()) {
        return;
      }
      for (TaggerInput.Group group : input.groups) {
        CharacterEncoder reader = readers.of(new Shape(group.steps, group.lengths.length));
        reader.load(group);
        currentReaders.add(reader);
      }
      currentSpelled = spelled.of(input.groupRows());
    }
  }

  private Spelled allocate(int rows) {
    int width = 2 * tagger.config().widths().characterHidden();
    Tensor value = backend.allocate(rows, width);
    return new Spelled(value, training ? backend.allocate(rows, width) : value);
  }

  /** Loads sentences of a text for tagging; -1 for an empty one. */
  public void load(TaggerText text, int[] chosen) {
    load(text.input(chosen, null, Padding.USUAL));
  }

  /**
   * Loads sentences of a text for training, with some of the words seen once replaced by {@code
   * <unk>}.
   */
  public void load(TaggerText text, int[] chosen, RandomKey key) {
    load(text.input(chosen, key, Padding.USUAL));
  }

  /** Returns the scores of the tags of the batch loaded, {@code (T, B, C)}; nothing is dropped. */
  public Tensor scores() {
    try (SoleUse.Use _ = use.resume()) {
      return forward(null);
    }
  }

  /**
   * Returns the losses of the {@link #scores} just computed, {@code (T·B)}, 0 where there is no
   * target.
   */
  public Tensor losses() {
    try (SoleUse.Use _ = use.resume()) {
      return Objects.requireNonNull(current, "no batch was loaded").losses();
    }
  }

  /**
   * Accumulates the gradients of the mean loss over the batch loaded.
   *
   * @param scored number of targets
   * @param lossSum {@code (1)}; overwritten with the sum of the losses
   */
  public void train(RandomKey key, int scored, Tensor lossSum) {
    try (SoleUse.Use _ = use.resume()) {
      Spelled rows = currentSpelled;
      forward(key);
      if (rows != null) {
        backend.fill(rows.gradient, 0);
      }
      Objects.requireNonNull(current)
          .backward(key, scored, lossSum, rows == null ? null : rows.gradient);
      int from = 0;
      for (CharacterEncoder reader : currentReaders) {
        int count = reader.words();
        reader.backward(Objects.requireNonNull(rows).gradient.slice(from, count));
        from += count;
      }
    }
  }

  private Tensor forward(@Nullable RandomKey key) {
    TaggerSentences batch = Objects.requireNonNull(current, "no batch was loaded");
    Spelled rows = currentSpelled;
    int from = 0;
    for (CharacterEncoder reader : currentReaders) {
      int count = reader.words();
      backend.copy(reader.forward(), Objects.requireNonNull(rows).value.slice(from, count));
      from += count;
    }
    return batch.forward(rows == null ? null : rows.value, key);
  }

  @Override
  public void close() {
    if (use.end()) {
      sentences.close();
      readers.close();
      spelled.close();
    }
  }
}
