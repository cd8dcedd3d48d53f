package org.lm4j.task.tag;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.lm4j.task.tag.SpanScore.Span;

class SpanScoreTest {
  private static List<String> tags(String line) {
    return List.of(line.split(" ", -1));
  }

  private static List<Span> spans(List<String> tags) {
    return SpanScore.spans(SpanTags.TYPED, tags);
  }

  @Test
  void bothWaysToMarkMeanTheSame() {
    Span[] spans = {
      new Span("A", 0, 1), new Span("B", 2, 2), new Span("B", 3, 4), new Span("A", 6, 6)
    };
    assertThat(spans(tags("B-A I-A B-B B-B I-B O B-A"))).containsExactly(spans); // IOB2
    assertThat(spans(tags("I-A I-A I-B B-B I-B O I-A"))).containsExactly(spans); // IOB1
    assertThat(spans(tags("B-A E-A S-B B-B E-B O S-A"))).containsExactly(spans); // IOBES
    assertThat(spans(tags("B-A L-A U-B B-B L-B O U-A"))).containsExactly(spans); // BILUO
    assertThat(spans(tags("I-A E-A E-B I-B E-B O E-A"))).containsExactly(spans); // IOE2
    assertThat(spans(tags("I-A I-A E-B I-B I-B O I-A"))).containsExactly(spans); // IOE1
    assertThat(spans(tags("B-A E-A W-B B-B E-B O W-A"))).containsExactly(spans); // BMEWO
    assertThat(spans(tags("B-A M-A M-A E-A"))).containsExactly(new Span("A", 0, 3));
  }

  @Test
  void whateverTagsMeanSpans() {
    assertThat(spans(tags("O O"))).isEmpty();
    assertThat(spans(tags("O I-A I-B O")))
        .containsExactly(new Span("A", 1, 1), new Span("B", 2, 2));
    assertThat(spans(tags("B-A I-B I-A")))
        .containsExactly(new Span("A", 0, 0), new Span("B", 1, 1), new Span("A", 2, 2));
    assertThat(spans(tags("E-A I-A"))).containsExactly(new Span("A", 0, 0), new Span("A", 1, 1));
    assertThat(spans(tags("B-A L-A I-A U-A U-A")))
        .containsExactly(
            new Span("A", 0, 1), new Span("A", 2, 2), new Span("A", 3, 3), new Span("A", 4, 4));
    assertThat(spans(tags("B-A-X I-A-X NN"))).containsExactly(new Span("A-X", 0, 1));
  }

  /** Tests that the same spans and errors give the same counts in BIO and in BILUO. */
  @Test
  void biluoCountsAsBio() {
    List<List<String>> bio =
        List.of(tags("B-A I-A I-A O B-B B-A"), tags("B-A I-A O O B-B I-B"), tags("O O B-B O O O"));
    List<List<String>> biluo =
        List.of(tags("B-A I-A L-A O U-B U-A"), tags("B-A L-A O O B-B L-B"), tags("O O U-B O O O"));
    SpanScore one = new SpanScore(SpanTags.TYPED);
    SpanScore other = new SpanScore(SpanTags.TYPED);
    for (int i = 0; i < 3; i++) {
      one.add(bio.getFirst(), bio.get(i));
      other.add(biluo.getFirst(), biluo.get(i));
    }
    assertCounts(one.all(), 9, 6, 3);
    assertCounts(other.all(), 9, 6, 3);
    assertCounts(other.of("A"), 6, 3, 2);
  }

  @Test
  void whichTagsMarkSpans() {
    assertThat(SpanTags.of(List.of("O", "B-X", "*")).any()).isTrue();
    assertThat(SpanTags.of(List.of("O", "U-X")).any()).isTrue();
    assertThat(SpanTags.of(List.of("NN", "VB", "M-X")).any()).isFalse();
    assertThat(SpanTags.of(List.of("O")).any()).isFalse();
    assertThat(SpanTags.of(List.of("I", "O")).any()).isFalse();
    SpanTags bare = SpanTags.of(List.of("B", "I", "O"));
    assertThat(bare.any()).isTrue();
    assertThat(SpanScore.spans(bare, tags("B I O B B")))
        .containsExactly(new Span("", 0, 1), new Span("", 3, 3), new Span("", 4, 4));
    assertThat(SpanScore.spans(SpanTags.of(List.of("B", "M", "E", "S")), tags("S B M E S")))
        .containsExactly(new Span("", 0, 0), new Span("", 1, 3), new Span("", 4, 4));
    SpanScore score = new SpanScore(SpanTags.of(List.of("O", "B-X", "*")));
    score.add(tags("B-X * O"), tags("B-X O *"));
    assertCounts(score.all(), 1, 1, 1);
    assertThat(score.unknown()).containsExactly(Map.entry("*", 2L));
  }

  /**
   * Worked by hand. There: NP 0-1, VP 2-2, NP 4-4, and NP 0-0, PP 1-1, NP 2-3. Answered: NP 0-1, VP
   * 2-3, NP 4-4, and NP 0-0, NP 1-1, NP 2-2, NP 3-3. Found: NP 0-1, NP 4-4, NP 0-0.
   */
  @Test
  void anExampleByHand() {
    SpanScore score = new SpanScore(SpanTags.TYPED);
    score.add(tags("B-NP I-NP B-VP O B-NP"), tags("B-NP I-NP B-VP I-VP B-NP"));
    score.add(tags("B-NP B-PP B-NP I-NP"), tags("I-NP B-NP B-NP B-NP"));
    assertThat(score.tokens()).isEqualTo(9);
    assertThat(score.accuracy()).isEqualTo(5.0 / 9);
    assertThat(score.types().keySet()).containsExactly("NP", "PP", "VP");
    assertCounts(score.all(), 6, 7, 3);
    assertCounts(score.of("NP"), 4, 6, 3);
    assertCounts(score.of("PP"), 1, 0, 0);
    assertCounts(score.of("VP"), 1, 1, 0);
    assertThat(score.all().precision()).isEqualTo(3.0 / 7);
    assertThat(score.all().recall()).isEqualTo(0.5);
    assertThat(score.all().f1()).isCloseTo(6.0 / 13, within(1e-15));
    assertThat(score.of("PP").precision()).isZero();
    assertThat(score.of("PP").f1()).isZero();
  }

  private static void assertCounts(SpanScore.Counts counts, int gold, int answered, int found) {
    assertThat(List.of(counts.gold(), counts.answered(), counts.found()))
        .containsExactly((long) gold, (long) answered, (long) found);
  }

  /**
   * Compares with counts from one pass along both sequences that keeps no spans, as conlleval does.
   */
  @Test
  void aWalkAlongTheTagsCountsTheSame() {
    Random random = new Random(4);
    List<String> known = List.of("O", "B-X", "I-X", "B-Y", "I-Y", "E-X", "O");
    SpanScore score = new SpanScore(SpanTags.TYPED);
    long[] walked = new long[3];
    for (int sentence = 0; sentence < 2000; sentence++) {
      int length = 1 + random.nextInt(8);
      List<String> gold = draw(random, known, length);
      List<String> answer = random.nextInt(4) == 0 ? gold : draw(random, known, length);
      score.add(gold, answer);
      walk(gold, answer, walked);
    }
    assertCounts(score.all(), (int) walked[0], (int) walked[1], (int) walked[2]);
    assertThat(walked[2]).isGreaterThan(500);
  }

  private static List<String> draw(Random random, List<String> known, int length) {
    return Stream.generate(() -> known.get(random.nextInt(known.size()))).limit(length).toList();
  }

  private static void walk(List<String> gold, List<String> answer, long[] counts) {
    boolean together = false; // whether both are in spans that began together
    for (int i = 0; i <= gold.size(); i++) {
      boolean goldEnds = ends(gold, i);
      boolean answerEnds = ends(answer, i);
      if (together && goldEnds && answerEnds) {
        counts[2]++;
        together = false;
      } else if (together && goldEnds != answerEnds) {
        together = false;
      }
      boolean goldBegins = begins(gold, i);
      boolean answerBegins = begins(answer, i);
      counts[0] += goldBegins ? 1 : 0;
      counts[1] += answerBegins ? 1 : 0;
      if (goldBegins && answerBegins && type(gold, i).equals(type(answer, i))) {
        together = true;
      }
    }
  }

  private static char mark(List<String> tags, int i) {
    return i < 0 || i >= tags.size() ? 'O' : tags.get(i).charAt(0);
  }

  private static String type(List<String> tags, int i) {
    return mark(tags, i) == 'O' ? "" : tags.get(i).substring(2);
  }

  /** Whether a span ends before token i. */
  private static boolean ends(List<String> tags, int i) {
    char before = mark(tags, i - 1);
    if (before == 'O') {
      return false;
    }
    boolean other = !type(tags, i - 1).equals(type(tags, i));
    return other || before == 'E' || mark(tags, i) == 'B';
  }

  /** Whether a span begins at token i. */
  private static boolean begins(List<String> tags, int i) {
    char mark = mark(tags, i);
    if (mark == 'O') {
      return false;
    }
    boolean other = !type(tags, i - 1).equals(type(tags, i));
    return other || mark == 'B' || mark(tags, i - 1) == 'E';
  }
}
