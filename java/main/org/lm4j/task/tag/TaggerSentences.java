package org.lm4j.task.tag;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lm4j.compute.Backend;
import org.lm4j.compute.RandomKey;
import org.lm4j.nn.Embedding;
import org.lm4j.nn.OwnedTensors;
import org.lm4j.nn.SequenceEncoder;
import org.lm4j.tensor.Tensor;

/** The activations of a tagger over {@code B} sentences padded to {@code T} tokens. */
final class TaggerSentences implements AutoCloseable {
  private final TaggerNetwork tagger;
  private final Backend backend;
  private final Embedding words;
  private final List<Embedding> features;
  private final OwnedTensors owned;
  private final int steps;
  private final int batch;
  private final int places; // N = T·B
  private final int characterWidth; // width of a word's character representation; 0 for none

  private final Tensor wordIds; // I32 (N)
  private final Tensor rowIds; // I32 (N)
  private final List<Tensor> featureIds = new ArrayList<>(); // I32 (N) each
  private final Tensor lengths; // I32 (B)
  private final Tensor targets; // I32 (N)
  private final Tensor part; // (N · widest): one of the parts a token consists of
  private final Tensor x; // (T, B, D)
  private final SequenceEncoder.Activations activations;
  private final Tensor hidden; // (N, W): what is scored
  private final Tensor scores; // (T, B, C)
  private final Tensor losses; // (N)
  private final @Nullable Tensor dHidden; // (N, W)
  private final @Nullable Tensor dx; // (T, B, D)

  TaggerSentences(TaggerNetwork tagger, int steps, int batch, boolean training) {
    this.tagger = tagger;
    this.backend = tagger.backend();
    this.owned = new OwnedTensors(backend);
    this.words = tagger.wordEmbedding();
    this.features = tagger.featureEmbeddings();
    this.steps = steps;
    this.batch = batch;
    this.places = Math.multiplyExact(steps, batch);
    TaggerConfig config = tagger.config();
    this.characterWidth = 2 * config.widths().characterHidden();
    this.wordIds = owned.ids(places);
    this.rowIds = owned.ids(places);
    features.forEach(feature -> featureIds.add(owned.ids(places)));
    this.lengths = owned.ids(batch);
    this.targets = owned.ids(places);
    int widest =
        Math.max(
            Math.max(config.encoder().embedding(), config.widths().featureEmbedding()),
            characterWidth);
    this.part = owned.floats(Math.multiplyExact(places, widest));
    this.x = owned.floats(steps, batch, config.inputWidth());
    this.activations = tagger.encoder().activations(steps, batch, training);
    int width = tagger.encoder().spec().outputSize();
    boolean drops = training && tagger.outputDropout().active();
    this.hidden =
        drops ? owned.floats(places, width) : activations.outputs().reshape(places, width);
    this.scores = owned.floats(steps, batch, config.sizes().tags());
    this.losses = owned.floats(places);
    this.dHidden = training ? owned.floats(places, width) : null;
    this.dx = training ? owned.floats(steps, batch, config.inputWidth()) : null;
  }

  private Tensor rows(Tensor sequence) {
    return sequence.reshape(places, sequence.shape().dim(2));
  }

  private Tensor part(int width) {
    return part.view(0, places, width);
  }

  void load(TaggerInput input) {
    backend.upload(input.words, 0, places, wordIds);
    if (characterWidth > 0) {
      backend.upload(input.rows, 0, places, rowIds);
    }
    for (int i = 0; i < featureIds.size(); i++) {
      backend.upload(input.features.get(i), 0, places, featureIds.get(i));
    }
    backend.upload(input.lengths, 0, batch, lengths);
    backend.upload(input.targets, 0, places, targets);
  }

  /**
   * Computes the scores, {@code (T, B, C)}.
   *
   * @param characters the character representation of each row, {@code (R, ·)}; ignored if
   *     characters are not used
   * @param key the key of dropout; null for no dropout
   */
  Tensor forward(@Nullable Tensor characters, @Nullable RandomKey key) {
    Tensor all = rows(x);
    int from = 0;
    Tensor word = part(tagger.config().encoder().embedding());
    words.forward(wordIds, word);
    from = put(word, all, from);
    if (characters != null) {
      Tensor spelled = part(characterWidth);
      backend.embed(characters, rowIds, spelled);
      from = put(spelled, all, from);
    }
    for (int i = 0; i < features.size(); i++) {
      Tensor feature = part(tagger.config().widths().featureEmbedding());
      features.get(i).forward(featureIds.get(i), feature);
      from = put(feature, all, from);
    }
    if (key != null && tagger.inputDropout().active()) {
      tagger.inputDropout().forward(x, x, key);
    }
    tagger.encoder().forward(activations, x, lengths, key);
    if (key != null && tagger.outputDropout().active()) {
      tagger.outputDropout().forward(rows(activations.outputs()), hidden, key);
    }
    tagger.output().forward(hidden, rows(scores));
    return scores;
  }

  private int put(Tensor source, Tensor all, int from) {
    int width = source.shape().dim(1);
    backend.copyColumns(source, 0, all, from, width);
    return from + width;
  }

  private int take(Tensor all, int from, Tensor target) {
    int width = target.shape().dim(1);
    backend.copyColumns(all, from, target, 0, width);
    return from + width;
  }

  /** Returns the losses of the {@link #forward} pass, {@code (N)}, 0 where there is no target. */
  Tensor losses() {
    tagger.loss().loss(scores, targets, losses);
    return losses;
  }

  /**
   * Accumulates the gradients after a forward pass; this overwrites the scores.
   *
   * @param scored number of targets
   * @param lossSum {@code (1)}; overwritten
   * @param dCharacters accumulates the gradient of the character representations, {@code (R, ·)};
   *     null if characters are not used
   */
  void backward(RandomKey key, int scored, Tensor lossSum, @Nullable Tensor dCharacters) {
    if (dHidden == null || dx == null) {
      throw new IllegalStateException("these activations were made for evaluation");
    }
    tagger.loss().lossAndGradient(scores, targets, scored, losses);
    backend.sum(losses, lossSum);
    tagger.output().backward(hidden, rows(scores), dHidden);
    if (tagger.outputDropout().active()) {
      tagger.outputDropout().backward(dHidden, dHidden, key);
    }
    int width = dHidden.shape().dim(1);
    tagger.encoder().backward(activations, dHidden.reshape(steps, batch, width), null, dx);
    if (tagger.inputDropout().active()) {
      tagger.inputDropout().backward(dx, dx, key);
    }
    Tensor all = rows(dx);
    Tensor word = part(tagger.config().encoder().embedding());
    int from = take(all, 0, word);
    if (!tagger.config().frozenWords()) {
      words.backward(wordIds, word);
    }
    if (dCharacters != null) {
      Tensor spelled = part(characterWidth);
      from = take(all, from, spelled);
      backend.embedBackward(spelled, rowIds, dCharacters);
    }
    for (int i = 0; i < features.size(); i++) {
      Tensor feature = part(tagger.config().widths().featureEmbedding());
      from = take(all, from, feature);
      features.get(i).backward(featureIds.get(i), feature);
    }
  }

  @Override
  public void close() {
    activations.close();
    owned.close();
  }
}
