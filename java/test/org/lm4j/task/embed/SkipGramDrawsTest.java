package org.lm4j.task.embed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lm4j.compute.RandomKey;
import org.lm4j.text.CorpusBuilder;
import org.lm4j.text.CorpusSpec;
import org.lm4j.text.Level;
import org.lm4j.text.Sources;
import org.lm4j.text.Vocabulary;
import org.lm4j.text.token.TokenFile;

/** Tests what skip-gram draws: negative samples, words to leave out, widths of windows. */
class SkipGramDrawsTest {
  private static final RandomKey KEY = new RandomKey(5, 11);

  @TempDir private Path folder;

  /**
   * 700,000 draws: the count of each word is within five deviations of what count^0.75 makes it,
   * √(n p (1-p)); the chance that one of seven words is not is below 1e-5, and the seed is fixed.
   */
  @Test
  void noiseIsInProportionToThePowerOfCounts() {
    long[] counts = {0, 100_000, 5_000, 5_000, 37, 1, 0, 900, 12_345, 0};
    NoiseTable noise = new NoiseTable(counts);
    double total = Arrays.stream(counts).mapToDouble(c -> Math.pow((double) c, 0.75)).sum();
    int[] drawn = new int[counts.length];
    int[] some = new int[7];
    int places = 100_000;
    for (int place = 0; place < places; place++) {
      noise.draw(KEY, 1, place, some.length, some);
      for (int id : some) {
        drawn[id]++;
      }
    }
    double n = (double) places * some.length;
    for (int id = 0; id < counts.length; id++) {
      double p = Math.pow((double) counts[id], 0.75) / total;
      assertThat((double) drawn[id])
          .as("word %d", id)
          .isCloseTo(n * p, within(5 * Math.sqrt(n * p * (1 - p))));
    }
  }

  @Test
  void aPlaceHasItsOwnNoiseWhateverWasAskedBefore() {
    NoiseTable noise = new NoiseTable(new long[] {4, 3, 2, 1, 9, 9, 9, 9});
    int[] here = new int[5];
    int[] there = new int[5];
    int[] again = new int[5];
    noise.draw(KEY, 1, 1L << 40, 5, here);
    noise.draw(KEY, 1, (1L << 40) + 1, 5, there);
    noise.draw(KEY, 1, 1L << 40, 5, again);
    assertThat(again).isEqualTo(here).isNotEqualTo(there);
  }

  @Test
  void formulasOfSubsampling() {
    // f = 0.04, t = 0.01: √(t/f) = 0.5, t/f = 0.25
    assertThat(Subsampling.PAPER.kept(0.04, 0.01)).isCloseTo(0.5, within(1e-12));
    assertThat(Subsampling.WORD2VEC.kept(0.04, 0.01)).isCloseTo(0.75, within(1e-12));
    // word2vec.c: (sqrt(cn / (sample * words)) + 1) * (sample * words) / cn
    double asWritten = (Math.sqrt(40 / (0.01 * 1000)) + 1) * (0.01 * 1000) / 40;
    assertThat(Subsampling.WORD2VEC.kept(0.04, 0.01)).isCloseTo(asWritten, within(1e-12));
    for (Subsampling formula : Subsampling.values()) {
      assertThat(formula.kept(0.01, 0.01)).isEqualTo(1);
      assertThat(formula.kept(1, 0)).isEqualTo(1);
    }
  }

  private TokenFile tokens(String text) throws Exception {
    Path file = Files.writeString(folder.resolve("text"), text);
    return TokenFile.open(
        CorpusBuilder.build(
                CorpusSpec.of(Level.WORD),
                Sources.of(List.of(file.toString()), System.in),
                null,
                folder,
                (read, all) -> {})
            .train());
  }

  private static Vocabulary letters(String text) {
    // As CorpusBuilder orders them: by count, then by first appearance, <unk> last.
    List<String> all = List.of(text.replace("\n", " <eos> ").strip().split("\\s+", -1));
    List<String> words = new ArrayList<>(new LinkedHashSet<>(all));
    words.sort(Comparator.comparingInt(word -> -Collections.frequency(all, word)));
    words.add("<unk>");
    return Vocabulary.of(Level.WORD, words);
  }

  @Test
  void allNearWordsOfALineInOrder() throws Exception {
    String text = "a b c d\ne f\n";
    Vocabulary vocabulary = letters(text);
    List<String> found = new ArrayList<>();
    try (TokenFile file = tokens(text)) {
      long[] all = new long[vocabulary.size()];
      Arrays.fill(all, 1L << 32);
      new ContextWindow(file, 2, all, vocabulary.endOfSentence(), false)
          .find(
              0,
              file.size(),
              KEY,
              (place, word, near, count) ->
                  found.add(
                      vocabulary.token(word)
                          + ":"
                          + IntStream.range(0, count)
                              .mapToObj(i -> vocabulary.token(near[i]))
                              .collect(Collectors.joining())));
    }
    assertThat(found).containsExactly("a:bc", "b:acd", "c:bad", "d:cb", "e:f", "f:e");
  }

  /**
   * Tests that with widths drawn from 1 to 4, a word at distance d is near with probability (5 - d)
   * / 4; and with half of all words left out, half are seen, each d places from its neighbour in
   * what is left.
   */
  @Test
  void widthsAndWordsLeftOutAreDrawnEvenly() throws Exception {
    int words = 40_000;
    String text = "x ".repeat(words).strip() + "\n";
    Vocabulary vocabulary = letters(text);
    int[] seen = new int[1];
    Map<Integer, Integer> sizes = new TreeMap<>();
    try (TokenFile file = tokens(text)) {
      long[] half = new long[vocabulary.size()];
      half[vocabulary.id("x")] = 1L << 31;
      ContextWindow near = new ContextWindow(file, 4, half, vocabulary.endOfSentence(), true);
      for (int from = 0; from < words; from += 32) { // as stretches ask for them
        near.find(
            from,
            Math.min(words, from + 32),
            KEY,
            (place, word, others, count) -> {
              seen[0]++;
              sizes.merge(count, 1, Integer::sum);
            });
      }
    }
    assertThat((double) seen[0]).isCloseTo(words / 2.0, within(5 * Math.sqrt(words / 4.0)));
    for (int width = 1; width <= 4; width++) {
      double expected = seen[0] / 4.0;
      assertThat((double) sizes.getOrDefault(2 * width, 0))
          .as("windows of %d", width)
          .isCloseTo(expected, within(5 * Math.sqrt(expected) + 20)); // 20: at the ends
    }
  }
}
