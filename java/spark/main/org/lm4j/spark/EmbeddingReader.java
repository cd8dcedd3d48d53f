package org.lm4j.spark;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.lm4j.compute.BatchDecoder;
import org.lm4j.task.lm.LanguageModel;
import org.lm4j.text.Vocabulary;

/**
 * Reads texts side by side, the longest first, and returns the hidden state of the last layer after
 * each: as {@code /v1/embeddings} of {@code lm serve} does. The numbers of a text do not depend on
 * the others.
 */
final class EmbeddingReader implements AutoCloseable {
  static final int ROWS = 32;

  private final Vocabulary vocabulary;
  private final BatchDecoder decoder;

  EmbeddingReader(LanguageModel model) {
    this.vocabulary = model.vocabulary();
    this.decoder = model.network().batchReader(ROWS);
  }

  /** Reads texts with an idle reader of a model. */
  static List<float @Nullable []> read(ExecutorModel model, List<String> texts) {
    return model.use(
        EmbeddingReader.class,
        held -> new EmbeddingReader(held.languageModel()),
        reader -> reader.read(texts));
  }

  /** Returns the state after each text; null where a text has no token that the model reads. */
  List<float @Nullable []> read(List<String> texts) {
    int[][] ids = texts.stream().map(vocabulary::encode).toArray(int[][]::new);
    float[] @Nullable [] states = new float[texts.size()] @Nullable [];
    List<Integer> order =
        IntStream.range(0, ids.length)
            .filter(i -> ids[i].length > 0)
            .boxed()
            .sorted(Comparator.comparingInt((Integer i) -> -ids[i].length))
            .toList();
    int[] running = new int[ROWS]; // the text of each row
    int[] done = new int[ROWS]; // tokens that are read
    int[] tokens = new int[ROWS];
    double[] @Nullable [] noLogits = new double[ROWS] @Nullable [];
    int active = 0;
    int next = 0;
    while (active > 0 || next < order.size()) {
      while (active < ROWS && next < order.size()) {
        decoder.clear(active);
        running[active] = order.get(next++);
        done[active++] = 0;
      }
      for (int row = 0; row < active; row++) {
        tokens[row] = ids[running[row]][done[row]++];
      }
      decoder.read(active, tokens, noLogits);
      for (int row = active - 1; row >= 0; row--) {
        if (done[row] == ids[running[row]].length) {
          states[running[row]] = state(row);
          int last = --active;
          if (row != last) {
            decoder.copy(last, row);
            running[row] = running[last];
            done[row] = done[last];
          }
        }
      }
    }
    return new ArrayList<>(Arrays.asList(states));
  }

  private float[] state(int row) {
    double[] hidden = new double[decoder.units()];
    decoder.hidden(row, hidden);
    float[] state = new float[hidden.length];
    for (int i = 0; i < state.length; i++) {
      state[i] = (float) hidden[i];
    }
    return state;
  }

  @Override
  public void close() {
    decoder.close();
  }
}
