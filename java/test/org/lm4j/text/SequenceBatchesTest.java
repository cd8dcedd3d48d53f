package org.lm4j.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lm4j.InputException;
import org.lm4j.text.token.Segmentation;
import org.lm4j.text.token.SequenceBatches;
import org.lm4j.text.token.SequenceIndex;
import org.lm4j.text.token.SequenceStream;
import org.lm4j.text.token.ShuffledBatches;
import org.lm4j.text.token.Symbols;
import org.lm4j.text.token.TextUnit;
import org.lm4j.text.token.TokenFile;
import org.lm4j.text.token.TrainingWindows;

/** Lines and documents of a text: where they are, and the batches that they are trained in. */
class SequenceBatchesTest {
  private static final int PAD = -1;

  @TempDir Path folder;

  /** Returns a text of bytes, whose ids are the bytes. */
  private TokenFile bytes(String text) throws Exception {
    Path file = folder.resolve("text");
    Files.write(file, text.getBytes(StandardCharsets.ISO_8859_1));
    Sources sources = Sources.of(List.of(file.toString()), System.in);
    return CorpusBuilder.encode(Vocabulary.bytes(), sources, (read, total) -> {});
  }

  private static String text(int[] ids) {
    StringBuilder text = new StringBuilder();
    for (int id : ids) {
      text.append((char) id);
    }
    return text.toString();
  }

  private static List<String> sequences(SequenceIndex index) {
    List<String> found = new ArrayList<>();
    for (long i = 0; i < index.count(); i++) {
      int[] ids = new int[(int) index.length(i) + index.segmentation().extra()];
      if (ids.length > 0) {
        index.copy(i, 0, ids.length, ids);
      }
      found.add(text(ids));
    }
    return found;
  }

  @Test
  void linesEndBeforeTheirLineEndsAndDocumentsBeforeEmptyLines() throws Exception {
    try (TokenFile tokens = bytes("\n\nab\nc\n\n\nd\n\ne")) {
      try (SequenceIndex lines = SequenceIndex.of(tokens, Segmentation.LINES, '\n')) {
        assertThat(sequences(lines))
            .containsExactly(
                "\n\n", "\n\n", "\nab\n", "\nc\n", "\n\n", "\n\n", "\nd\n", "\n\n", "\ne\n");
      }
      Segmentation documents = Segmentation.of(TextUnit.DOCUMENT).withSymbols(Symbols.EOS);
      try (SequenceIndex found = SequenceIndex.of(tokens, documents, '\n')) {
        assertThat(sequences(found)).containsExactly("ab\nc\n\n", "d\n\n", "e\n");
      }
    }
    try (TokenFile none = bytes("ab");
        SequenceIndex one =
            SequenceIndex.of(none, Segmentation.LINES.withSymbols(Symbols.NONE), -1)) {
      assertThat(one.count()).isOne();
      assertThat(one.length(0)).isEqualTo(2);
      assertThatThrownBy(() -> SequenceIndex.of(none, Segmentation.LINES, -1))
          .isInstanceOf(InputException.class);
    }
  }

  @Test
  void aStreamOfSequencesIsTheTextItself() throws Exception {
    for (String text : List.of("ab\nc\n\nd\n", "ab\nc\n\nd", "\n", "a")) {
      String whole = text.endsWith("\n") ? text : text + "\n";
      try (TokenFile tokens = bytes(text)) {
        for (Symbols symbols : Symbols.values()) {
          String wanted =
              switch (symbols) {
                case NONE -> whole.replace("\n", "");
                case EOS -> whole;
                case BOS_EOS -> "\n" + whole;
              };
          Segmentation carried = Segmentation.LINES.withSymbols(symbols).withCarry(true);
          try (SequenceIndex index = SequenceIndex.of(tokens, carried, '\n')) {
            SequenceStream stream = new SequenceStream(index);
            assertThat(stream.size()).isEqualTo(wanted.length());
            for (int from = 0; from < wanted.length(); from++) {
              for (int count = 0; count <= wanted.length() - from; count++) {
                int[] ids = new int[count];
                stream.copy(from, count, ids, 0);
                assertThat(text(ids)).isEqualTo(wanted.substring(from, from + count));
              }
              long place = stream.place(from);
              if (place >= 0 && place < text.length()) {
                assertThat(text.charAt((int) place)).isEqualTo(wanted.charAt(from));
              }
            }
          }
        }
      }
    }
  }

  /** The rows of an epoch, as the text that they read; checks the form of every window. */
  private static List<String> epoch(TrainingWindows windows, long epoch, int steps) {
    List<String> rows = new ArrayList<>();
    List<StringBuilder> open = new ArrayList<>();
    int[] inputs = new int[windows.rows() * windows.longest()];
    int[] targets = new int[inputs.length];
    for (long w = 0; w < windows.windows(); w++) {
      if (windows.begins(epoch, w)) {
        open.forEach(row -> rows.add(row.toString()));
        open.clear();
        IntStream.range(0, windows.rows()).forEach(_ -> open.add(new StringBuilder()));
      }
      int count = windows.stepsOf(epoch, w);
      assertThat(count).isBetween(1, steps);
      int scored = windows.fill(epoch, w, inputs, targets);
      int real = 0;
      for (int b = 0; b < windows.rows(); b++) {
        boolean over = false;
        for (int t = 0; t < count; t++) {
          int target = targets[t * windows.rows() + b];
          assertThat(over && target != PAD).as("padding within a row").isFalse();
          over |= target == PAD;
          if (target != PAD) {
            real++;
            int input = inputs[t * windows.rows() + b];
            StringBuilder row = open.get(b);
            if (row.isEmpty()) {
              row.append((char) input);
            }
            assertThat(row.charAt(row.length() - 1)).isEqualTo((char) input);
            row.append((char) target);
          }
        }
      }
      assertThat(scored).isEqualTo(real).isPositive();
    }
    open.forEach(row -> rows.add(row.toString()));
    rows.removeIf(String::isEmpty);
    return rows;
  }

  @Test
  void everyEpochHasEverySequenceOnceInAnotherOrder() throws Exception {
    Random random = new Random(4);
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 157; i++) {
      int length = i % 40 == 0 ? 30 : random.nextInt(6);
      text.append((char) ('0' + i % 10)); // lines that differ
      text.append(Integer.toString(i, 36));
      random.ints(length, 'a', 'z').forEach(c -> text.append((char) c));
      text.append('\n');
    }
    text.append("\n\n");
    try (TokenFile tokens = bytes(text.toString())) {
      for (Symbols symbols : Symbols.values()) {
        Segmentation lines = Segmentation.LINES.withSymbols(symbols);
        try (SequenceIndex again = SequenceIndex.of(tokens, lines, '\n');
            SequenceBatches batches =
                new SequenceBatches(SequenceIndex.of(tokens, lines, '\n'), 8, 9, PAD, 7)) {
          List<String> wanted = sequences(again);
          wanted.removeIf(sequence -> sequence.length() < 2);
          List<String> first = epoch(batches, 0, 9);
          List<String> second = epoch(batches, 1, 9);
          assertThat(first).containsExactlyInAnyOrderElementsOf(wanted);
          assertThat(second).containsExactlyInAnyOrderElementsOf(wanted).isNotEqualTo(first);
          assertThat(epoch(batches, 0, 9)).isEqualTo(first);
        }
      }
    }
  }

  /** A window is the same whatever was asked for before: a run is resumed anywhere. */
  @Test
  void aWindowDependsOnEpochAndNumberAlone() throws Exception {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 60; i++) {
      text.append("abcdefghijklmnopqrstuvwxyz".repeat(2), 0, 1 + i * 7 % 41).append('\n');
    }
    try (TokenFile tokens = bytes(text.toString());
        SequenceBatches all =
            new SequenceBatches(SequenceIndex.of(tokens, Segmentation.LINES, '\n'), 4, 6, PAD, 3)) {
      Map<Long, int[]> seen = new HashMap<>();
      for (long step = 0; step < 3 * all.windows(); step++) {
        seen.put(step, window(all, step));
      }
      for (long step : new long[] {5, 3, all.windows() + 7, 2, 2 * all.windows(), 0}) {
        assertThat(window(all, step)).isEqualTo(seen.get(step));
        try (SequenceBatches fresh =
            new SequenceBatches(SequenceIndex.of(tokens, Segmentation.LINES, '\n'), 4, 6, PAD, 3)) {
          assertThat(window(fresh, step)).isEqualTo(seen.get(step));
        }
      }
    }
  }

  private static int[] window(TrainingWindows windows, long step) {
    int[] inputs = new int[windows.rows() * windows.longest()];
    int[] targets = new int[inputs.length];
    long epoch = step / windows.windows();
    long place = step % windows.windows();
    windows.fill(epoch, place, inputs, targets);
    int size = windows.stepsOf(epoch, place) * windows.rows();
    int begins = windows.begins(epoch, place) ? 1 : 0;
    return IntStream.concat(
            IntStream.of(size, begins),
            IntStream.range(0, 2 * size).map(i -> i < size ? inputs[i] : targets[i - size]))
        .toArray();
  }

  @Test
  void littleIsPadded() throws Exception {
    Random random = new Random(1);
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 4000; i++) {
      text.append("x".repeat(1 + (int) Math.min(60, 8 * Math.exp(random.nextGaussian() / 2))));
      text.append('\n');
    }
    try (TokenFile tokens = bytes(text.toString());
        SequenceBatches batches =
            new SequenceBatches(
                SequenceIndex.of(tokens, Segmentation.LINES, '\n'), 50, 50, PAD, 1)) {
      long real = 0;
      long computed = 0;
      int[] inputs = new int[batches.rows() * batches.longest()];
      int[] targets = new int[inputs.length];
      for (long w = 0; w < batches.windows(); w++) {
        real += batches.fill(0, w, inputs, targets);
        computed += (long) batches.stepsOf(0, w) * batches.rows();
      }
      assertThat((double) real / computed).isGreaterThan(0.9);
    }
  }

  @Test
  void carriedSequencesAreOneShuffledTextInEveryEpoch() throws Exception {
    List<String> lines = List.of("one", "two", "", "three", "four", "five", "six", "seven");
    try (TokenFile tokens = bytes(String.join("\n", lines));
        ShuffledBatches batches =
            new ShuffledBatches(
                SequenceIndex.of(tokens, Segmentation.LINES.withCarry(true), '\n'), 1, 5, 2)) {
      List<String> orders = new ArrayList<>();
      for (int e : new int[] {0, 1, 2, 0}) {
        String row = epoch(batches, e, 5).getFirst();
        orders.add(row);
        assertThat(row).startsWith("\n").endsWith("\n");
        List<String> read = List.of(row.substring(1, row.length() - 1).split("\n", -1));
        assertThat(read).containsExactlyInAnyOrderElementsOf(lines);
      }
      assertThat(orders.get(3)).isEqualTo(orders.get(0));
      assertThat(orders.subList(0, 3)).doesNotHaveDuplicates();
    }
  }

  /** Over many seeds every line is about as often at every place. */
  @Test
  void ordersAreFair() throws Exception {
    int n = 5;
    int[][] times = new int[n][n];
    try (TokenFile tokens = bytes("a\nb\nc\nd\ne\n")) {
      for (int seed = 0; seed < 2000; seed++) {
        try (SequenceBatches batches =
            new SequenceBatches(
                SequenceIndex.of(tokens, Segmentation.LINES, '\n'), 1, 5, PAD, seed)) {
          List<String> rows = epoch(batches, seed % 3, 5);
          for (int i = 0; i < n; i++) {
            times[i][rows.get(i).charAt(1) - 'a']++;
          }
        }
      }
    }
    for (int[] row : times) {
      for (int count : row) {
        assertThat(count).isBetween(330, 470); // 400, standard deviation 18
      }
    }
  }

  @Test
  void textWithoutATargetIsRefused() throws Exception {
    try (TokenFile tokens = bytes("a\n\nb\n")) {
      Segmentation bare = Segmentation.LINES.withSymbols(Symbols.NONE);
      assertThatThrownBy(
              () -> new SequenceBatches(SequenceIndex.of(tokens, bare, '\n'), 2, 5, PAD, 1))
          .isInstanceOf(InputException.class)
          .hasMessageContaining("nothing to predict");
    }
  }

  /** The validation part begins with a whole line or document. */
  @Test
  void noLineOrDocumentIsCutInTwo() throws Exception {
    Path file = folder.resolve("corpus");
    Files.writeString(file, "ab\ncd\n\nef\ngh\n\nij\n");
    for (TextUnit unit : TextUnit.values()) {
      Path into = folder.resolve(unit.label());
      CorpusSpec spec = CorpusSpec.of(Level.CHAR).withValidFraction(0.5).withUnit(unit);
      CorpusBuilder.build(
          spec, Sources.of(List.of(file.toString()), System.in), null, into, (read, total) -> {});
      try (TokenFile valid = TokenFile.open(into.resolve(CorpusBuilder.VALID))) {
        long expected =
            switch (unit) {
              case STREAM -> 9; // f\ngh\n\nij\n
              case LINE -> 7; // gh\n\nij\n
              case DOCUMENT -> 3; // ij\n
            };
        assertThat(valid.size()).as(unit.label()).isEqualTo(expected);
      }
    }
    CorpusSpec little = CorpusSpec.of(Level.CHAR).withValidFraction(0.1).withUnit(TextUnit.LINE);
    assertThatThrownBy(
            () ->
                CorpusBuilder.build(
                    little,
                    Sources.of(List.of(file.toString()), System.in),
                    null,
                    folder.resolve("x"),
                    (read, total) -> {}))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("no whole line");
  }
}
