package org.lm4j.task.caption;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

/** BLEU, ROUGE-L and CIDEr-D on sentences small enough to count by hand, and on published ones. */
class CaptionScoresTest {
  private static final Offset<Double> EXACT = within(1e-12);

  /** The examples of Papineni et al. 2002, sections 2.1 and 2.1.1. */
  private static final List<String> GUIDES =
      List.of(
          "it is a guide to action that ensures that the military will forever heed party commands",
          "it is the guiding principle which guarantees the military forces always being under the"
              + " command of the party",
          "it is the practical guide for the army always to heed the directions of the party");

  private static final String GUIDE_1 =
      "it is a guide to action which ensures that the military always obeys the commands of the"
          + " party";
  private static final String GUIDE_2 =
      "it is to insure the troops forever hearing the activity guidebook that party direct";

  @Test
  void matchesArePapinenisOwn() {
    ScoredCaption first = caption(GUIDE_1, GUIDES);
    ScoredCaption second = caption(GUIDE_2, GUIDES);
    assertThat(Bleu.matches(first, 1)).as("17/18").isEqualTo(17);
    assertThat(Bleu.matches(first, 2)).as("10/17").isEqualTo(10);
    assertThat(Bleu.matches(second, 1)).as("8/14").isEqualTo(8);
    assertThat(Bleu.matches(second, 2)).as("1/13").isEqualTo(1);
    ScoredCaption repeated =
        caption(
            "the the the the the the the",
            List.of("the cat is on the mat", "there is a cat on the mat"));
    assertThat(Bleu.matches(repeated, 1)).as("2/7").isEqualTo(2);
    assertThat(Bleu.score(List.of(repeated))[0]).isCloseTo(2.0 / 7, within(1e-8));
  }

  /**
   * The corpus and its BLEU, 0.5920 and more digits cut off, stand in the documentation of NLTK's
   * corpus_bleu.
   */
  @Test
  void aCorpusHasItsPublishedBleu() {
    // NLTK's texts keep the case: "It" begins the sentences, "Party" ends one reference's noun.
    ScoredCaption guide =
        caption(
            "It is a guide to action which ensures that the military always obeys the commands of"
                + " the party",
            List.of(
                "It is a guide to action that ensures that the military will forever heed Party"
                    + " commands",
                "It is the guiding principle which guarantees the military forces always being"
                    + " under the command of the Party",
                "It is the practical guide for the army always to heed the directions of the"
                    + " party"));
    ScoredCaption book =
        caption(
            "he read the book because he was interested in world history",
            List.of("he was interested in world history because he read the book"));
    assertThat(Bleu.score(List.of(guide, book))[3]).isBetween(0.5920, 0.5921);
  }

  @Test
  void bleuByHand() {
    // Caption 1, "a b c d" for "a b c d e" and "a b": both lengths differ, by 1 and by 2, so r = 5.
    // Caption 2, "a b" for "x b a" and "a": lengths 3 and 1 are equally close, so r = 1.
    // Words: 4 + 2 of 6. Pairs: 3 of 3 and 0 of 1 ("a b" is in neither), so 3 of 4.
    // Triples: 2 of 2. Fours: 1 of 1. c = 6 = r: no penalty.
    List<ScoredCaption> corpus =
        List.of(
            caption("a b c d", List.of("a b c d e", "a b")), caption("a b", List.of("x b a", "a")));
    double[] bleu = Bleu.score(corpus);
    assertThat(bleu[0]).isCloseTo(1, within(1e-8));
    assertThat(bleu[1]).isCloseTo(Math.sqrt(0.75), within(1e-8));
    assertThat(bleu[2]).isCloseTo(Math.cbrt(0.75), within(1e-8));
    assertThat(bleu[3]).isCloseTo(Math.pow(0.75, 0.25), within(1e-8));
  }

  @Test
  void shortCaptionsPayAndEmptyOnesAreNothing() {
    // Four of four words, r = 8: exp(1 - 8/4).
    List<ScoredCaption> half = List.of(caption("a b c d", List.of("a b c d e f g h")));
    assertThat(Bleu.score(half)[3]).isCloseTo(Math.exp(-1), within(1e-8));
    List<ScoredCaption> empty = List.of(new ScoredCaption(List.of(), List.of(List.of("a"))));
    assertThat(Bleu.score(empty)).containsExactly(new double[] {0, 0, 0, 0}, within(1e-3));
    assertThat(RougeL.score(empty)).isZero();
    assertThat(CiderD.score(empty)).isZero();
    assertThatThrownBy(() -> new ScoredCaption(List.of("a"), List.of()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  /** The example of Lin 2004, section 3.1: 3/4 and 2/4, precision and recall being equal. */
  @Test
  void rougeAgreesWithLinsDefinition() {
    List<String> reference = List.of("police killed the gunman");
    assertThat(RougeL.score(caption("police kill the gunman", reference))).isCloseTo(0.75, EXACT);
    assertThat(RougeL.score(caption("the gunman kill police", reference))).isCloseTo(0.5, EXACT);
  }

  @Test
  void rougeByHand() {
    // "a c e" for "a b c d e f": common "a c e", P = 3/3, R = 3/6.
    // 2.44 * 1 * 0.5 / (0.5 + 1.44 * 1) = 1.22 / 1.94.
    assertThat(RougeL.score(caption("a c e", List.of("a b c d e f"))))
        .isCloseTo(1.22 / 1.94, EXACT);
    // With "c a" beside it: P = 3/3 of the first, R = max(3/6, 1/2) = 1/2. Precision of the second,
    // 1/3,
    // is not the best. And "x a y c e z w v" has R = 3/8 only: the best of each is taken by itself.
    assertThat(RougeL.score(caption("a c e", List.of("c a", "x a y c e z w v"))))
        .isCloseTo(2.44 * 1 * 0.5 / (0.5 + 1.44), EXACT);
    // A corpus has the mean.
    assertThat(RougeL.score(List.of(caption("a", List.of("a")), caption("a", List.of("b")))))
        .isCloseTo(0.5, EXACT);
  }

  @Test
  void ciderByHand() {
    // Two images, one reference each: "a b" and "a c". "a" is in both: ln 2 - ln 2 = 0. All other
    // runs are in one: weight w = ln 2. Caption 1 "a b": words (a: 0, b: w), pairs (a b: w): cosine
    // 1
    // for n = 1 and 2, nothing for 3 and 4; the lengths agree. 10 * (1 + 1) / 4 = 5.
    // Caption 2 "b c c" for "a c": words b: w, c: 2w cut to w. w * w / (sqrt(5) w * w) = 1/sqrt(5);
    // pairs "b c", "c c" match none. Lengths in pairs 2 and 1: exp(-1/72).
    List<Double> scores =
        CiderD.scores(List.of(caption("a b", List.of("a b")), caption("b c c", List.of("a c"))));
    double second = 10 * Math.exp(-1.0 / 72) / Math.sqrt(5) / 4;
    assertThat(scores.get(0)).isCloseTo(5, EXACT);
    assertThat(scores.get(1)).isCloseTo(second, EXACT);
    assertThat(
            CiderD.score(List.of(caption("a b", List.of("a b")), caption("b c c", List.of("a c")))))
        .isCloseTo((5 + second) / 2, EXACT);
  }

  @Test
  void ciderTakesTheMeanOverReferencesAndTenIsPerfect() {
    ScoredCaption other = caption("x", List.of("x y z v w"));
    double one = CiderD.scores(List.of(caption("a b c d", List.of("a b c d")), other)).getFirst();
    assertThat(one).isCloseTo(10, EXACT);
    double two =
        CiderD.scores(List.of(caption("a b c d", List.of("a b c d", "e f g h")), other)).getFirst();
    assertThat(two).isCloseTo(5, EXACT);
  }

  @Test
  void theScoresOfOneImageAreZeroAsAllItsWeightsAre() {
    assertThat(CiderD.score(List.of(caption("a b c d", List.of("a b c d"))))).isZero();
  }

  private static ScoredCaption caption(String words, List<String> references) {
    return new ScoredCaption(
        split(words), references.stream().map(CaptionScoresTest::split).toList());
  }

  private static List<String> split(String words) {
    return Arrays.asList(words.split(" ", -1));
  }
}
