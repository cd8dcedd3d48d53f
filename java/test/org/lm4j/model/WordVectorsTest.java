package org.lm4j.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.lm4j.backend.reference.ReferenceBackend;
import org.lm4j.compute.Backend;
import org.lm4j.data.VectorTable;
import org.lm4j.task.embed.KeyedVectors;
import org.lm4j.tensor.Tensor;
import org.lm4j.text.Level;
import org.lm4j.text.Vocabulary;

/** Vectors from elsewhere as rows of a table, and words by their directions. */
class WordVectorsTest {
  @Test
  void rowsOfAVocabulary() {
    VectorTable table =
        new VectorTable(List.of("the", "cat", "London"), 2, new float[] {1, 2, 3, 4, 5, 6});
    List<String> words = new ArrayList<>(List.of("cat", "The", "london", "<unk>"));
    for (int i = 0; i < 500; i++) {
      words.add("missing" + i);
    }
    Vocabulary vocabulary = Vocabulary.of(Level.WORD, words);
    WordVectors rows = WordVectors.of(table, vocabulary, 7);
    assertThat(rows.found()).isEqualTo(1);
    assertThat(rows.lowered()).isEqualTo(1);
    assertThat(rows.drawn()).isEqualTo(502);
    assertThat(rows.summary())
        .isEqualTo("2 of 504 words found (1 in lower case), 502 drawn at random");
    try (Backend backend = new ReferenceBackend()) {
      Tensor target = backend.allocate(vocabulary.size(), 2);
      rows.fill(backend, target);
      double[] values = target.toArray();
      assertThat(values).startsWith(3, 4, 1, 2);
      double squares = 0;
      for (int i = 4; i < values.length; i++) {
        squares += values[i] * values[i];
      }
      // 1004 normal numbers with the deviation of 3, 4, 1, 2: √7.5, to 10 %
      assertThat(Math.sqrt(squares / (values.length - 4)))
          .isCloseTo(Math.sqrt(7.5), within(0.1 * Math.sqrt(7.5)));
      WordVectors.of(table, vocabulary, 7).fill(backend, target);
      assertThat(target.toArray()).isEqualTo(values);
      WordVectors.of(table, vocabulary, 8).fill(backend, target);
      assertThat(target.toArray()).startsWith(3, 4, 1, 2).isNotEqualTo(values);
      target.storage().close();
    }
  }

  @Test
  void nearestAndAnalogies() {
    // king = man + royal, queen = woman + royal; zero is near nothing
    VectorTable table =
        new VectorTable(
            List.of("man", "woman", "king", "queen", "apple", "zero"),
            3,
            new float[] {1, 0, 0, 0, 1, 0, 1, 0, 1, 0, 2, 2, -1, -1, 0, 0, 0, 0});
    try (Backend backend = new ReferenceBackend();
        KeyedVectors space = new KeyedVectors(backend, table)) {
      List<KeyedVectors.Neighbour> near = space.nearest(2, 10);
      assertThat(near.stream().map(KeyedVectors.Neighbour::word))
          .containsExactly("man", "queen", "woman", "apple");
      assertThat(near.get(0).cosine()).isCloseTo(1 / Math.sqrt(2), within(1e-12));
      assertThat(near.get(1).cosine()).isCloseTo(0.5, within(1e-12));
      assertThat(near.get(2).cosine()).isCloseTo(0, within(1e-12));
      assertThat(space.nearest(2, 1)).hasSize(1);
      List<KeyedVectors.Neighbour> answer = space.analogy(0, 2, 1, 2);
      assertThat(answer.get(0).word()).isEqualTo("queen");
      // of king - man + woman, each of length 1: (1/√2 - 1, 1, 1/√2), against (0, 1, 1) / √2
      double r = 1 / Math.sqrt(2);
      double norm = Math.sqrt((r - 1) * (r - 1) + 1 + r * r);
      assertThat(answer.get(0).cosine()).isCloseTo((1 + r) * r / norm, within(1e-12));
      assertThat(answer.stream().map(KeyedVectors.Neighbour::word)).doesNotContain("king", "woman");
    }
  }

  /** More rows than are multiplied at once: the nearest are found in every block. */
  @Test
  void nearestOfManyWords() {
    int dimension = 1024;
    VectorTable.Builder builder = new VectorTable.Builder(dimension);
    float[] vector = new float[dimension];
    for (int i = 0; i < 5000; i++) {
      vector[0] = 1;
      vector[1] = (i * 7919) % 5000; // each once: the angle to the first grows with it
      builder.add("w" + i, vector);
    }
    try (Backend backend = new ReferenceBackend();
        KeyedVectors space = new KeyedVectors(backend, builder.table())) {
      List<KeyedVectors.Neighbour> near = space.nearest(0, 3);
      for (int rank = 1; rank <= 3; rank++) {
        int row = Integer.parseInt(near.get(rank - 1).word().substring(1));
        assertThat((row * 7919) % 5000).isEqualTo(rank);
        assertThat(near.get(rank - 1).cosine())
            .isCloseTo(1 / Math.sqrt(1 + rank * rank), within(1e-12));
      }
    }
  }
}
