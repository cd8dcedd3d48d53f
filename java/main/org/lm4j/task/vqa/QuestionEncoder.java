package org.lm4j.task.vqa;

import org.jspecify.annotations.Nullable;
import org.lm4j.compute.Backend;
import org.lm4j.compute.RnnGradients;
import org.lm4j.compute.RnnInOut;
import org.lm4j.compute.RnnState;
import org.lm4j.compute.RnnTape;
import org.lm4j.nn.OwnedTensors;
import org.lm4j.tensor.Tensor;

/**
 * Encodes {@code B} questions of up to {@code T} words, each by the hidden state after its last
 * word. Words after an end are there to fill up; no gradient comes from them, exactly.
 */
final class QuestionEncoder implements AutoCloseable {
  private final VqaNetwork.Layers layers;
  private final Backend backend;
  private final int steps;
  private final int batch;
  private final int hiddenWidth;
  private final RnnTape tape;
  private final OwnedTensors owned;

  private final Tensor words; // I32 (T·B)
  private final Tensor ends; // I32 (B): rows of (T·B) in which the questions end
  private final Tensor embedded; // (T, B, D), left to the cell to work in
  private final Tensor hidden; // (T, B, H)
  private final RnnState before; // zero
  private final RnnState after;
  private final @Nullable Tensor dHidden; // (T, B, H)
  private final @Nullable RnnGradients gradients;

  QuestionEncoder(VqaNetwork model, int steps, int batch, boolean training) {
    this.layers = model.layers();
    this.backend = model.backend();
    this.owned = new OwnedTensors(backend);
    this.steps = steps;
    this.batch = batch;
    this.hiddenWidth = model.config().hidden();
    int width = model.config().shape().reader().embedding();
    int rows = Math.multiplyExact(steps, batch);
    this.tape = layers.reader().tape(steps, batch, training);
    this.words = owned.ids(rows);
    this.ends = owned.ids(batch);
    this.embedded = owned.floats(steps, batch, width);
    this.hidden = owned.floats(steps, batch, hiddenWidth);
    this.before = owned.add(layers.reader().newState(batch));
    this.after = owned.add(layers.reader().newState(batch));
    if (training) {
      this.dHidden = owned.floats(steps, batch, hiddenWidth);
      Tensor dEmbedded = owned.floats(steps, batch, width);
      this.gradients = layers.reader().gradients(dHidden, dEmbedded, layers.embedding().gradient());
    } else {
      this.dHidden = null;
      this.gradients = null;
    }
  }

  /** Loads {@code B} questions of 1 to {@code T} words each. */
  void load(int[][] questions) {
    int[] ids = new int[steps * batch];
    int[] last = new int[batch];
    for (int b = 0; b < batch; b++) {
      int[] question = questions[b];
      for (int t = 0; t < question.length; t++) {
        ids[t * batch + b] = question[t];
      }
      last[b] = (question.length - 1) * batch + b;
    }
    backend.upload(ids, 0, ids.length, words);
    backend.upload(last, 0, batch, ends);
  }

  /** Encodes the loaded questions; {@code q (B, H)} is overwritten. */
  void forward(Tensor q) {
    RnnInOut.Lookup lookup = layers.embedding().lookup(words);
    layers.reader().forward(tape, new RnnInOut(embedded, before, hidden, after, lookup), null);
    backend.embed(hidden.reshape(steps * batch, hiddenWidth), ends, q);
  }

  /** Accumulates the gradients of cell and embedding from {@code dq (B, H)}. */
  void backward(Tensor dq) {
    if (dHidden == null || gradients == null) {
      throw new IllegalStateException("this workspace was made without gradients");
    }
    backend.fill(dHidden, 0);
    backend.embedBackward(dq, ends, dHidden.reshape(steps * batch, hiddenWidth));
    layers.reader().backward(tape, gradients);
  }

  @Override
  public void close() {
    tape.close();
    owned.close();
  }
}
