package org.lm4j.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.lm4j.InputException;

class StopTextTest {
  private static final long SEED = 7;

  @Test
  void holdsBackOnlyWhatCanStillBecomeTheStopText() {
    StopText stop = new StopText(List.of("END"));
    assertThat(stop.accept("the E")).isEqualTo("the ");
    assertThat(stop.accept("N")).isEmpty();
    assertThat(stop.accept("T")).isEqualTo("ENT");
    assertThat(stop.accept("xEN")).isEqualTo("x");
    assertThat(stop.accept("D and more")).isEmpty();
    assertThat(stop.stopped()).isTrue();
    assertThat(stop.accept("more")).isEmpty();
    assertThat(stop.finish()).isEmpty();
  }

  @Test
  void whatWasHeldBackIsShownAtTheEnd() {
    StopText stop = new StopText(List.of("\n\n"));
    assertThat(stop.accept("line\n")).isEqualTo("line");
    assertThat(stop.stopped()).isFalse();
    assertThat(stop.finish()).isEqualTo("\n");
  }

  @Test
  void aBeginningThatRepeatsItselfIsFound() {
    StopText stop = new StopText(List.of("aab"));
    assertThat(stop.accept("a")).isEmpty();
    assertThat(stop.accept("a")).isEmpty();
    assertThat(stop.accept("a")).isEqualTo("a");
    assertThat(stop.accept("b")).isEmpty();
    assertThat(stop.stopped()).isTrue();
  }

  @Test
  void withoutStopTextsEverythingPasses() {
    StopText stop = new StopText(List.of());
    assertThat(stop.accept("any\n\ntext")).isEqualTo("any\n\ntext");
    assertThat(stop.stopped()).isFalse();
  }

  @Test
  void piecesMakeNoDifference() {
    Random random = new Random(SEED);
    for (int trial = 0; trial < 2000; trial++) {
      String text = word(random, 30);
      List<String> stops = List.of(word(random, 4), word(random, 6));
      StringBuilder inPieces = new StringBuilder();
      StopText stop = new StopText(stops);
      for (int i = 0; i < text.length(); ) {
        int to = Math.min(text.length(), i + 1 + random.nextInt(5));
        inPieces.append(stop.accept(text.substring(i, to)));
        i = to;
      }
      inPieces.append(stop.finish());
      assertThat(inPieces.toString())
          .as("seed %d, trial %d: %s until %s", SEED, trial, text, stops)
          .isEqualTo(untilFirstStop(text, stops));
    }
  }

  @Test
  void anEmptyStopTextIsRefused() {
    assertThatThrownBy(() -> new StopText(List.of("x", "")))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("stop text is empty");
  }

  private static String untilFirstStop(String text, List<String> stops) {
    for (int end = 1; end <= text.length(); end++) {
      String seen = text.substring(0, end);
      int cut =
          stops.stream()
              .filter(seen::endsWith)
              .mapToInt(stop -> seen.length() - stop.length())
              .min()
              .orElse(-1);
      if (cut >= 0) {
        return text.substring(0, cut);
      }
    }
    return text;
  }

  private static String word(Random random, int max) {
    StringBuilder word = new StringBuilder();
    int length = 1 + random.nextInt(max);
    while (word.length() < length) {
      word.append((char) ('a' + random.nextInt(2)));
    }
    return word.toString();
  }
}
