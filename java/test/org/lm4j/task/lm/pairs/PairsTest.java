package org.lm4j.task.lm.pairs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lm4j.InputException;
import org.lm4j.metric.Bootstrap;
import org.lm4j.task.lm.ScoringModel;
import org.lm4j.task.lm.line.LineScoring;
import org.lm4j.text.Level;
import org.lm4j.text.Vocabulary;

/** Minimal pairs: how they are read, scored and counted. */
class PairsTest {
  private static final Vocabulary WORDS =
      Vocabulary.of(Level.WORD, List.of("the", "cats", "cat", "run", "runs", "<unk>", "<eos>"));
  private static final double[] PROBABILITIES = {0.3, 0.2, 0.1, 0.15, 0.05, 0.1, 0.1};

  @TempDir private Path folder;

  private static List<PairScore> score(ScoringModel model, List<MinimalPair> pairs) {
    try (PairScorer scorer = new PairScorer(model, LineScoring.defaults())) {
      return scorer.score(pairs);
    }
  }

  private List<MinimalPair> read(String name, String content) throws IOException {
    Files.writeString(folder.resolve(name), content);
    List<MinimalPair> pairs = new ArrayList<>();
    PairFiles.read(List.of(folder.resolve(name)), PairFiles.Fields.DEFAULTS, pairs::addAll);
    return pairs;
  }

  private static MinimalPair pair(String good, String bad) {
    return MinimalPair.of("u", "p", "0", good, bad);
  }

  @Test
  void sumsDecideAndMeansOnRequest() {
    List<PairScore> scores =
        score(
            new UnigramModel(WORDS, PROBABILITIES),
            List.of(
                pair("the cats run", "the cats runs"),
                pair("the cat run", "the cats run"),
                pair("the cats run", "the run"),
                pair("cats the run", "run the cats")));
    assertThat(scores.getFirst().good().nats())
        .isCloseTo(-Math.log(0.3 * 0.2 * 0.15), within(1e-12));
    assertThat(scores)
        .extracting(score -> score.outcome(false))
        .containsExactly(
            PairScore.Outcome.HIT,
            PairScore.Outcome.MISS,
            PairScore.Outcome.MISS,
            PairScore.Outcome.TIE);
    assertThat(scores.get(2).outcome(true)).isEqualTo(PairScore.Outcome.MISS);
    PairScore longer =
        score(new UnigramModel(WORDS, PROBABILITIES), List.of(pair("the the the runs", "the cat")))
            .getFirst();
    assertThat(longer.outcome(false)).isEqualTo(PairScore.Outcome.MISS);
    assertThat(longer.outcome(true)).isEqualTo(PairScore.Outcome.HIT);
  }

  @Test
  void aConstantModelHasAccuracyZeroAndOnlyTies() {
    List<MinimalPair> pairs =
        List.of(pair("the cats run", "the cats runs"), pair("cat runs", "cats runs"));
    PairSummary sums = new PairSummary(false);
    score(UnigramModel.constant(WORDS), pairs).forEach(sums::add);
    PairSummary means = new PairSummary(true);
    List<MinimalPair> ofAnyLength = new ArrayList<>(pairs);
    ofAnyLength.add(pair("the the the cats run", "cats run"));
    score(UnigramModel.constant(WORDS), ofAnyLength).forEach(means::add);
    for (PairSummary summary : List.of(sums, means)) {
      for (PairSummary.Row row : summary.rows(Bootstrap.of(100, 1))) {
        assertThat(row.accuracy()).isZero();
        assertThat(row.ties()).isEqualTo(row.pairs());
        assertThat(row.interval()).isEqualTo(new Bootstrap.Interval(0, 0));
      }
    }
  }

  @Test
  void unknownWordsAreCountedAndPairsThatDifferInThemAloneAreTies() {
    PairScore score =
        score(
                new UnigramModel(WORDS, PROBABILITIES),
                List.of(pair("the dogs run", "the wolves run")))
            .getFirst();
    assertThat(score.good().unknown()).isEqualTo(1);
    assertThat(score.unknown()).isEqualTo(2);
    assertThat(score.outcome(false)).isEqualTo(PairScore.Outcome.TIE);
  }

  /** 3 of 4, 0 of 1 and 1 of 2: 4 of 7 in all, and a macro mean of (3/4 + 0 + 1/2) / 3. */
  @Test
  void setsPhenomenaAllAndMacroMeanAreThoseByHand() {
    PairSummary summary = new PairSummary(false);
    MinimalPair hit = pair("the", "cat");
    add(summary, "a", "x", "hit hit hit miss");
    add(summary, "b", "x", "miss");
    add(summary, "c", "y", "hit tie");
    List<PairSummary.Row> rows = summary.rows(Bootstrap.of(2000, 1));
    assertThat(rows)
        .extracting(PairSummary.Row::name)
        .containsExactly("a", "b", "c", "x", "y", "", "");
    assertThat(rows)
        .extracting(PairSummary.Row::accuracy)
        .containsExactly(3.0 / 4, 0.0, 1.0 / 2, 3.0 / 5, 1.0 / 2, 4.0 / 7, (3.0 / 4 + 1.0 / 2) / 3);
    assertThat(rows).extracting(PairSummary.Row::ties).containsExactly(0, 0, 1, 0, 1, 1, 1);
    assertThat(rows.get(1).interval()).isEqualTo(new Bootstrap.Interval(0, 0));
    assertThat(rows.getFirst().interval()).isEqualTo(new Bootstrap.Interval(0.25, 1));
    assertThat(rows.get(5).interval().low()).isLessThan(4.0 / 7);
    assertThat(hit.ofWords()).isFalse();
  }

  private static void add(PairSummary summary, String uid, String phenomenon, String outcomes) {
    for (String outcome : outcomes.split(" ", -1)) {
      double bad = outcome.equals("hit") ? 2 : outcome.equals("tie") ? 1 : 0.5;
      MinimalPair pair = MinimalPair.of(uid, phenomenon, "0", "the", "cat");
      summary.add(
          new PairScore(
              pair,
              new PairScore.Sentence(1, new int[] {0}, 0),
              new PairScore.Sentence(bad, new int[] {1}, 0)));
    }
  }

  @Test
  void jsonLinesTablesAndFoldersAreRead() throws IOException {
    String line =
        """
        {"sentence_good": "the cats run", "sentence_bad": "the cats runs", "UID": "agreement", \
        "linguistics_term": "sva", "one_prefix_method": true, "pairID": "17"}
        """;
    MinimalPair expected =
        MinimalPair.of("agreement", "sva", "17", "the cats run", "the cats runs");
    assertThat(read("b.jsonl", line + "\n" + line)).containsExactly(expected, expected);
    assertThat(read("a.tsv", "bad\tgood\tnote\nthe cat run\tthe cat runs\tx\n"))
        .containsExactly(MinimalPair.of("a", "", "2", "the cat runs", "the cat run"));
    Files.writeString(folder.resolve("notes.txt"), "not pairs");
    List<MinimalPair> all = new ArrayList<>();
    PairFiles.read(List.of(folder), PairFiles.Fields.DEFAULTS, all::addAll);
    assertThat(all).extracting(MinimalPair::uid).containsExactly("a", "agreement", "agreement");
    PairFiles.Fields swapped = new PairFiles.Fields("bad", "good", "note", null);
    all.clear();
    PairFiles.read(List.of(folder.resolve("a.tsv")), swapped, all::addAll);
    assertThat(all).containsExactly(MinimalPair.of("x", "", "2", "the cat run", "the cat runs"));
  }

  @Test
  void formsOfAWordAreScoredAfterTheWordsBeforeThem() throws IOException {
    Files.writeString(folder.resolve("g.text"), "the cats see <eos>\nthe cat the run . <eos>\n");
    String gold =
        """
        N!V\t3\t0\t2\tVERB\tNumber=Plur\trun\truns\trun\t1\tNOUN\tThe
        N!V\t3\t1\t1\tVERB\tNumber=Plur\tcats\tcat\trun\t1\tNOUN\tThe
        """;
    List<MinimalPair> pairs = read("g.gold", gold);
    assertThat(pairs)
        .containsExactly(
            MinimalPair.ofWords("N!V", "original", "3_0", "the cats", "run", "runs"),
            MinimalPair.ofWords("N!V", "nonce", "3_1", "the", "cats", "cat"));
    PairScore score = score(new UnigramModel(WORDS, PROBABILITIES), pairs).getFirst();
    assertThat(score.good().nats()).isCloseTo(-Math.log(0.15), within(1e-12));
    assertThat(score.good().tokens()).isEqualTo(1);
    Files.writeString(folder.resolve("l.text"), "the cats run\nthe cat runs\n");
    assertThat(read("l.gold", "2\trun\truns\t0\n0\ta\tan\t3\n"))
        .containsExactly(
            MinimalPair.ofWords("0 attractors", "", "1", "the cats", "run", "runs"),
            MinimalPair.ofWords("3 attractors", "", "2", "", "a", "an"));
  }

  /** Without the space after it, "run" could never be less likely than "runs". */
  @Test
  void theEndOfAWordOfCharactersIsScoredWithIt() {
    Vocabulary characters = Vocabulary.of(Level.CHAR, List.of("r", "u", "n", "s", " ", "\n"));
    double[] probabilities = {0.1, 0.1, 0.1, 0.4, 0.2, 0.1};
    PairScore score =
        score(
                new UnigramModel(characters, probabilities),
                List.of(MinimalPair.ofWords("u", "", "0", "un", "run", "runs")))
            .getFirst();
    assertThat(score.good().nats()).isCloseTo(-Math.log(0.001 * 0.2), within(1e-12));
    assertThat(score.bad().nats()).isCloseTo(-Math.log(0.001 * 0.4 * 0.2), within(1e-12));
  }

  @Test
  void whatIsNotAPairIsRefusedInOneSentence() throws IOException {
    refuse("x.jsonl", "{\"sentence_good\": 3, \"sentence_bad\": \"b\"}", "line 1", "not a text");
    refuse("x.jsonl", "{\"sentence_good\": \"a\"}", "line 1", "'sentence_bad'");
    refuse("x.jsonl", "{\"sentence_good\": \"a\", \"sentence_bad\": \" \"}", "is empty");
    refuse("x.jsonl", "{\"sentence_good\": \"a\", ", "line 1");
    refuse("x.jsonl", "[1]", "neither a JSON object nor");
    refuse("x.tsv", "good\tworse\na\tb\n", "'sentence_bad'");
    refuse("x.tsv", "good\tbad\na\tb\tc\n", "line 2", "3 columns");
    refuse("x.tsv", "good\tbad\n", "no pairs");
    refuse("x.tsv", "", "is empty");
    refuse("y.gold", "0\ta\tb\t1\n", "y.text");
    Files.writeString(folder.resolve("y.text"), "a\nb\n");
    refuse("y.gold", "0\ta\tb\t1\n", "2 lines");
    refuse("y.gold", "0\ta\tb\t1\n1\ta\tb\t1\n", "line 2", "word 1");
    refuse("y.gold", "0\ta\tb\t1\n-1\ta\tb\t1\n", "line 2", "'-1'");
    refuse("y.gold", "0\ta\tb\t1\n0\ta\n", "line 2", "2 columns");
    refuse("y.gold", "0\ta\tb\t1\n0\ta b\tc\t1\n", "line 2", "'a b'");
  }

  private void refuse(String name, String content, String... words) {
    assertThatThrownBy(() -> read(name, content))
        .isInstanceOf(InputException.class)
        .hasMessageContainingAll(words);
  }
}
