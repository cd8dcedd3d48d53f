package org.lm4j.ngram;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lm4j.InputException;
import org.lm4j.io.SafetensorsFile;
import org.lm4j.io.SafetensorsWriter;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.Tensor;
import org.lm4j.text.EncodedText;
import org.lm4j.text.Level;
import org.lm4j.text.Vocabulary;
import org.lm4j.text.source.TextStream;

/** Estimates of n-gram models beside the slow ones, and their files. */
class KneserNeyTest {
  private static final long PLENTY = 1 << 24;

  @TempDir private Path folder;

  /** Sentences of a random text in which tokens depend on those before them. */
  private static List<List<Integer>> sentences(int seed, int vocabulary, int count) {
    Random random = new Random(seed);
    List<List<Integer>> sentences = new ArrayList<>();
    for (int s = 0; s < count; s++) {
      List<Integer> sentence = new ArrayList<>();
      int length = random.nextInt(9); // 0: an empty line
      int token = random.nextInt(vocabulary - 2);
      for (int i = 0; i < length; i++) {
        double chance = random.nextDouble();
        token = chance < 0.6 ? (3 * token + 1) % (vocabulary - 2) : zipf(random, vocabulary - 2);
        sentence.add(token);
      }
      sentence.add(vocabulary - 1); // the end; vocabulary - 2 never occurs, like <unk>
      sentences.add(sentence);
    }
    return sentences;
  }

  private static int zipf(Random random, int most) {
    return (int) (Math.pow(most + 1, random.nextDouble()) - 1);
  }

  private static NgramTable estimate(
      int order,
      int vocabulary,
      int end,
      List<List<Integer>> text,
      List<Integer> pruned,
      long memory) {
    try (KneserNey estimator =
        new KneserNey(new KneserNey.Options(order, vocabulary, end, pruned, memory, null))) {
      text.forEach(sentence -> sentence.forEach(estimator::add));
      return estimator.estimate("test");
    }
  }

  /** Compares all probabilities after random contexts, and checks that they add up to 1. */
  private static void agree(
      NgramTable table, SlowKneserNey slow, List<List<Integer>> text, boolean begins, int seed) {
    Random random = new Random(seed);
    NgramCursor cursor = new NgramCursor(table);
    double[] all = new double[table.vocabulary()];
    for (int trial = 0; trial < 60; trial++) {
      List<Integer> context = new ArrayList<>();
      cursor.reset();
      if (begins && random.nextBoolean()) {
        cursor.begin();
        context.add(table.sentenceBegin());
      }
      List<Integer> sentence = text.get(random.nextInt(text.size()));
      int length = random.nextInt(table.order() + 3);
      for (int i = 0; i < length; i++) {
        boolean seen = i < sentence.size() - 1 && random.nextInt(8) > 0;
        int token = seen ? sentence.get(i) : random.nextInt(table.vocabulary() - 1);
        cursor.read(token);
        context.add(token);
      }
      cursor.logProbabilities(all);
      double sum = 0;
      for (int token = 0; token < all.length; token++) {
        double expected = slow.probability(context, token);
        assertThat(Math.exp(all[token]))
            .as("%s %d", context, token)
            .isCloseTo(expected, within(1e-10));
        assertThat(all[token]).isCloseTo(Math.log(expected), within(1e-10));
        assertThat(cursor.logProbability(token)).isCloseTo(all[token], within(1e-13));
        sum += Math.exp(all[token]);
      }
      assertThat(sum).isCloseTo(1, within(1e-10));
    }
  }

  @Test
  void probabilitiesAreThoseOfTheFormulas() {
    for (int order = 1; order <= 6; order++) {
      for (int seed = 0; seed < 3; seed++) {
        int vocabulary = seed == 0 ? 4 : 12 + 9 * seed;
        List<List<Integer>> text = sentences(10 * order + seed, vocabulary, 20 + 120 * seed);
        SlowKneserNey slow = new SlowKneserNey(order, vocabulary, text, List.of());
        try (NgramTable table =
            estimate(order, vocabulary, vocabulary - 1, text, List.of(), PLENTY)) {
          agree(table, slow, text, true, seed);
        }
      }
    }
  }

  @Test
  void oneStreamKnowsNoSentences() {
    List<List<Integer>> lines = sentences(5, 9, 60);
    List<Integer> stream = lines.stream().flatMap(List::stream).toList();
    for (int order : new int[] {1, 3, 5}) {
      SlowKneserNey slow = new SlowKneserNey(order, 9, List.of(stream), List.of());
      try (NgramTable table = estimate(order, 9, -1, List.of(stream), List.of(), PLENTY)) {
        agree(table, slow, lines, true, order);
      }
    }
  }

  @Test
  void prunedNgramsGiveTheirProbabilityToShorterOnes() {
    List<List<Integer>> text = sentences(8, 14, 300);
    for (List<Integer> pruned : List.of(List.of(0, 0, 1), List.of(0, 1, 2, 4))) {
      SlowKneserNey slow = new SlowKneserNey(4, 14, text, pruned);
      try (NgramTable whole = estimate(4, 14, 13, text, List.of(), PLENTY);
          NgramTable table = estimate(4, 14, 13, text, pruned, PLENTY)) {
        agree(table, slow, text, true, 1);
        assertThat(table.count(3)).isLessThan(whole.count(3)).isPositive();
        assertThat(table.count(4)).isLessThan(whole.count(4));
      }
    }
    assertThatThrownBy(() -> new KneserNey.Options(3, 5, -1, List.of(0, 2, 1), PLENTY, null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("do not decrease");
  }

  @Test
  void discountsAreEstimatedOrThoseOfTheFallback() {
    List<List<Integer>> text = sentences(3, 40, 400);
    SlowKneserNey slow = new SlowKneserNey(3, 40, text, List.of());
    try (KneserNey estimator =
        new KneserNey(new KneserNey.Options(3, 40, 39, List.of(), PLENTY, null))) {
      text.forEach(sentence -> sentence.forEach(estimator::add));
      estimator.estimate("test").close();
      for (int k = 1; k <= 3; k++) {
        Discounts found = estimator.discounts().get(k - 1);
        assertThat(new double[] {0, found.one(), found.two(), found.three()})
            .containsExactly(slow.discounts(k), within(1e-12));
      }
      assertThat(estimator.discounts().getLast().estimated()).isTrue();
    }
    assertThat(Discounts.of(new long[] {0, 3, 0, 1, 1})).isEqualTo(Discounts.FALLBACK);
    assertThat(Discounts.of(new long[] {0, 10, 5, 3, 2}))
        .isEqualTo(new Discounts(0.5, 2 - 3 * 0.5 * 3 / 5, 3 - 4 * 0.5 * 2 / 3, true));
  }

  @Test
  void whatIsSortedOnDiskGivesTheSameBits() throws IOException {
    List<List<Integer>> text = sentences(2, 30, 3000);
    Path one = folder.resolve("memory.safetensors");
    Path other = folder.resolve("disk.safetensors");
    try (NgramTable memory = estimate(5, 30, 29, text, List.of(), 1 << 26);
        NgramTable disk = estimate(5, 30, 29, text, List.of(), 12_000)) {
      memory.save(one, DType.F64, folder);
      disk.save(other, DType.F64, folder);
    }
    assertThat(other).hasSameBinaryContentAs(one);
    try (var files = Files.list(folder)) {
      assertThat(files).as("temporary files are gone").containsExactlyInAnyOrder(one, other);
    }
  }

  @Test
  void aFileHoldsTheTable() {
    List<List<Integer>> text = sentences(4, 20, 200);
    SlowKneserNey slow = new SlowKneserNey(4, 20, text, List.of());
    Path wide = folder.resolve("f64");
    Path narrow = folder.resolve("f32");
    try (NgramTable table = estimate(4, 20, 19, text, List.of(), PLENTY)) {
      table.save(wide, DType.F64, folder);
      table.save(narrow, DType.F32, folder);
    }
    try (NgramTable table = open(wide)) {
      agree(table, slow, text, true, 9);
      assertThat(table.sentenceEnd()).isEqualTo(19);
    }
    try (NgramTable exact = open(wide);
        NgramTable table = open(narrow)) {
      NgramCursor one = new NgramCursor(exact);
      NgramCursor other = new NgramCursor(table);
      for (List<Integer> sentence : text) {
        for (int token : sentence) {
          assertThat(other.logProbability(token))
              .isCloseTo(one.logProbability(token), within(2e-6));
          one.read(token);
          other.read(token);
        }
      }
    }
  }

  private static NgramTable open(Path file) {
    try (SafetensorsFile open = SafetensorsFile.open(file)) {
      return NgramTable.map(open, file.toString());
    }
  }

  @Test
  void aFileThatContradictsItselfIsRefused() {
    List<List<Integer>> text = sentences(4, 20, 30);
    Path file = folder.resolve("table");
    try (NgramTable table = estimate(2, 20, 19, text, List.of(), PLENTY)) {
      table.save(file, DType.F32, folder);
    }
    try (SafetensorsFile open = SafetensorsFile.open(file)) {
      assertThat(open.metadata()).containsEntry("vocabulary", "20").containsEntry("order", "2");
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      open.names().forEach(name -> tensors.put(name, open.tensor(name)));
      Map<String, String> metadata = new LinkedHashMap<>(open.metadata());
      metadata.put("vocabulary", "21");
      SafetensorsWriter.write(folder.resolve("other"), tensors, metadata);
      assertThatThrownBy(() -> open(folder.resolve("other")))
          .isInstanceOf(InputException.class)
          .hasMessageContaining("log_probabilities.1 has 21 entries, not 22");
      metadata.put("vocabulary", "20");
      MemorySegment first = Objects.requireNonNull(tensors.get("continuations.1")).segment();
      first.setAtIndex(ValueLayout.JAVA_INT, 2, 1 << 30);
      SafetensorsWriter.write(folder.resolve("third"), tensors, metadata);
      try (NgramTable table = open(folder.resolve("third"))) {
        NgramCursor cursor = new NgramCursor(table);
        cursor.read(1);
        assertThatThrownBy(() -> cursor.logProbability(2))
            .isInstanceOf(InputException.class)
            .hasMessageContaining("third is damaged");
      }
    }
  }

  @Test
  void realTextAgreesToo() {
    String text =
        """
        the cat sat on the mat
        the dog sat on the log
        a cat and a dog sat

        on the mat a cat saw the dog
        the dog saw the cat on the mat
        x
        """;
    List<String> words = new ArrayList<>();
    for (String word : text.split("\\s+", -1)) {
      if (!word.isEmpty() && !words.contains(word)) {
        words.add(word);
      }
    }
    words.add(Vocabulary.UNKNOWN);
    words.add(Vocabulary.END_OF_SENTENCE);
    Vocabulary vocabulary = Vocabulary.of(Level.WORD, words);
    EncodedText encoded = EncodedText.of(vocabulary, text);
    List<List<Integer>> sentences = new ArrayList<>(List.of(new ArrayList<>()));
    for (int i = 0; i < encoded.size(); i++) {
      sentences.getLast().add(encoded.get(i));
      if (encoded.get(i) == vocabulary.lineEnd()) {
        sentences.add(new ArrayList<>());
      }
    }
    sentences.removeLast();
    assertThat(sentences).hasSize(7);
    for (int order = 1; order <= 6; order++) { // longer than the shortest line
      SlowKneserNey slow = new SlowKneserNey(order, vocabulary.size(), sentences, List.of());
      try (NgramTable table =
          estimate(order, vocabulary.size(), vocabulary.lineEnd(), sentences, List.of(), PLENTY)) {
        agree(table, slow, sentences, true, order);
      }
    }
  }

  @Test
  void anArpaFileKeepsTheTable() throws IOException {
    List<List<Integer>> text = sentences(6, 17, 250);
    List<String> words = new ArrayList<>();
    for (int i = 0; i < 15; i++) {
      words.add("w" + i);
    }
    words.addAll(List.of("<unk>", "<eos>"));
    Vocabulary vocabulary = Vocabulary.of(Level.WORD, words);
    try (NgramTable table = estimate(4, 17, 16, text, List.of(0, 0, 0, 1), PLENTY)) {
      ByteArrayOutputStream arpa = new ByteArrayOutputStream();
      ArpaWriter.write(table, vocabulary, arpa);
      ArpaReader.Model read = read(arpa.toByteArray(), Level.WORD, 4000);
      try (NgramTable again = read.table()) {
        assertThat(read.vocabulary().tokens()).containsExactlyElementsOf(words);
        assertThat(again.sentenceEnd()).isEqualTo(16);
        NgramCursor one = new NgramCursor(table);
        NgramCursor other = new NgramCursor(again);
        for (List<Integer> sentence : text) {
          for (int token : sentence) {
            assertThat(other.logProbability(token))
                .isCloseTo(one.logProbability(token), within(1e-6));
            one.read(token);
            other.read(token);
          }
        }
        ByteArrayOutputStream second = new ByteArrayOutputStream();
        ArpaWriter.write(again, read.vocabulary(), second);
        assertThat(second.toByteArray()).isEqualTo(arpa.toByteArray());
      }
    }
  }

  private static ArpaReader.Model read(byte[] arpa, Level level, long memory) {
    TextStream in = new TextStream(new ByteArrayInputStream(arpa), "the file", false);
    return ArpaReader.read(in, level, memory, null);
  }
}
