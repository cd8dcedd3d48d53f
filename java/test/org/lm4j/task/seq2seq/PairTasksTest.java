package org.lm4j.task.seq2seq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lm4j.InputException;

class PairTasksTest {
  private static final int COUNT = 2000;

  @TempDir private Path folder;

  @Test
  void theSeedAndThePartDecideEverything() {
    // Written down once: the same on every machine and for every version.
    assertThat(PairTasks.draw(PairTask.ADDITION, 1, PairPart.TRAIN, 3))
        .containsExactly(
            new Pair("869+357", "1226"), new Pair("162+934", "1096"), new Pair("900+350", "1250"));
    assertThat(PairTasks.draw(PairTask.DATES, 1, PairPart.TRAIN, 3))
        .containsExactly(
            new Pair("29th of May 1953", "1953-05-29"),
            new Pair("9 Mar 1999", "1999-03-09"),
            new Pair("26.09.1927", "1927-09-26"));
    assertThat(PairTasks.draw(PairTask.REVERSE, 1, PairPart.TRAIN, 1))
        .containsExactly(new Pair("ykszbsbfi", "ifbsbzsky"));
    for (PairTask task : PairTask.values()) {
      List<Pair> few = PairTasks.draw(task, 7, PairPart.VALID, 50);
      assertThat(PairTasks.draw(task, 7, PairPart.VALID, 80).subList(0, 50)).isEqualTo(few);
      assertThat(PairTasks.draw(task, 8, PairPart.VALID, 50)).isNotEqualTo(few);
    }
  }

  @Test
  void theDefaultLocaleChangesNothing() {
    Locale kept = Locale.getDefault();
    List<Pair> usual = PairTasks.draw(PairTask.DATES, 3, PairPart.TEST, 200);
    try {
      for (String tag : new String[] {"ar-EG-u-nu-arab", "tr-TR", "th-TH-u-ca-buddhist"}) {
        Locale.setDefault(Locale.forLanguageTag(tag));
        assertThat(PairTasks.draw(PairTask.DATES, 3, PairPart.TEST, 200)).isEqualTo(usual);
      }
    } finally {
      Locale.setDefault(kept);
    }
  }

  @Test
  void partsShareNothing() {
    for (PairTask task : PairTask.values()) {
      Set<String> sources = new HashSet<>();
      Set<String> keys = new HashSet<>();
      for (PairPart part : PairPart.values()) {
        List<Pair> pairs = PairTasks.draw(task, part.word().length(), part, COUNT);
        Set<String> own = new HashSet<>();
        pairs.forEach(pair -> own.add(whatIsLearned(task, pair)));
        assertThat(keys).as("%s, %s", task, part).doesNotContainAnyElementsOf(own);
        keys.addAll(own);
        pairs.forEach(pair -> assertThat(sources.add(pair.source())).as("%s", pair).isTrue());
      }
    }
  }

  /** The day, the letters, the numbers in order: what a model could remember from one part. */
  private static String whatIsLearned(PairTask task, Pair pair) {
    return switch (task) {
      case DATES -> pair.target();
      case REVERSE -> pair.source();
      case ADDITION ->
          Arrays.stream(pair.source().split("\\+", -1)).sorted().collect(Collectors.joining("+"));
    };
  }

  @Test
  void answersAreRight() {
    for (Pair pair : PairTasks.draw(PairTask.ADDITION, 2, PairPart.TRAIN, COUNT)) {
      assertThat(pair.source()).matches("[1-9]\\d\\d\\+[1-9]\\d\\d");
      int sum = 0;
      for (String number : pair.source().split("\\+", -1)) {
        sum += Integer.parseInt(number);
      }
      assertThat(pair.target()).isEqualTo(Integer.toString(sum));
    }
    for (Pair pair : PairTasks.draw(PairTask.REVERSE, 2, PairPart.TRAIN, COUNT)) {
      assertThat(pair.source()).matches("[a-z]{3,15}");
      StringBuilder backwards = new StringBuilder();
      IntStream.range(0, pair.source().length())
          .map(i -> pair.source().charAt(pair.source().length() - 1 - i))
          .forEach(c -> backwards.append((char) c));
      assertThat(pair.target()).isEqualTo(backwards.toString());
    }
  }

  @Test
  void datesAreWrittenAsPeopleDo() {
    LocalDate day = LocalDate.of(1998, 3, 5);
    assertThat(
            IntStream.range(0, DatePhrases.FORMS).mapToObj(form -> DatePhrases.phrase(day, form)))
        .containsExactly(
            "5 March 1998",
            "March 5, 1998",
            "5 Mar 1998",
            "Mar 5, 1998",
            "5th of March 1998",
            "March 5th, 1998",
            "Thursday, March 5, 1998",
            "Thu 5 Mar 1998",
            "the 5th of March, 1998",
            "5-Mar-1998",
            "1998 March 5",
            "03/05/1998",
            "3/5/1998",
            "05.03.1998",
            "5.3.1998",
            "1998/03/05");
    String[] endings = {"1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "22nd", "23rd"};
    for (String ending : endings) {
      int d = Integer.parseInt(ending.replaceAll("\\D", ""));
      assertThat(DatePhrases.phrase(LocalDate.of(2001, 1, d), 5))
          .isEqualTo("January " + ending + ", 2001");
    }
    assertThatThrownBy(() -> DatePhrases.phrase(day, DatePhrases.FORMS))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void noPhraseMeansTwoDays() {
    SplittableRandom random = new SplittableRandom(4);
    java.util.Map<String, String> meanings = new java.util.HashMap<>();
    for (int i = 0; i < 50_000; i++) {
      Pair pair = DatePhrases.draw(random);
      String before = meanings.put(pair.source(), pair.target());
      assertThat(before == null || before.equals(pair.target())).as("%s", pair).isTrue();
    }
  }

  @Test
  void filesAreWrittenAndReadAgain() {
    PairTasks.write(folder.resolve("a/b"), PairTask.DATES, 5, 120, 30);
    assertThat(PairFile.read(folder.resolve("a/b/train.tsv")))
        .isEqualTo(PairTasks.draw(PairTask.DATES, 5, PairPart.TRAIN, 120));
    assertThat(PairFile.read(folder.resolve("a/b/test.tsv"))).hasSize(30);
    assertThatThrownBy(() -> PairTasks.draw(PairTask.DATES, 5, PairPart.TRAIN, 0))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> PairTask.of("sorting"))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("dates, reverse or addition");
  }

  @Test
  void badLinesAreNamed() throws IOException {
    refused("no tab between source and target", "a b");
    refused("3 columns", "a\tb\tc");
    refused("the source is empty", " \tb");
    refused("the target is empty", "a\t");
    Path file = folder.resolve("none.tsv");
    Files.writeString(file, "");
    assertThatThrownBy(() -> PairFile.read(file))
        .isInstanceOf(InputException.class)
        .hasMessage(file + " holds no pairs; a line is source<TAB>target");
  }

  private void refused(String message, String line) throws IOException {
    Path file = folder.resolve("pairs.tsv");
    Files.writeString(file, "x\ty\n" + line + "\nx\ty\n");
    assertThatThrownBy(() -> PairFile.read(file))
        .isInstanceOf(InputException.class)
        .hasMessageContaining(file + ", line 2: ")
        .hasMessageContaining(message);
  }
}
