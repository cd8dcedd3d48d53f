package org.lm4j.task.lm.pairs;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.lm4j.metric.Bootstrap;

/**
 * The accuracy of a model on minimal pairs, by set and by phenomenon. A tie is never a hit: a model
 * that gives both sentences of all pairs the same probability has accuracy 0. Used by one thread at
 * a time.
 */
public final class PairSummary {
  private final boolean mean;
  private final Map<Key, Tally> sets = new LinkedHashMap<>();

  /** What a set is known by: pairs of one construction may belong to several phenomena. */
  private record Key(String uid, String phenomenon) {}

  /** What is counted for a set. */
  private static final class Tally {
    final BitSet hits = new BitSet();
    int pairs;
    int ties;
    int withUnknown;
    long unknown;
    double[] accuracies = {}; // of the samples, once they are drawn
  }

  /** What a row of the summary is about. */
  public enum Of {
    /** The pairs with one uid and phenomenon. */
    SET,
    /** All pairs of a phenomenon. */
    PHENOMENON,
    /** All pairs. */
    ALL,
    /** The mean over the accuracies of the sets, which then all weigh the same. */
    MACRO
  }

  /**
   * A row of the summary.
   *
   * @param name the uid of a set, or the name of a phenomenon; else empty
   * @param phenomenon of a set; else empty
   * @param pairs their number
   * @param hits how many of them the model gets right
   * @param ties how many have two sentences of the same probability
   * @param accuracy hits over pairs, or the mean of that over the sets
   * @param interval where the accuracy lies in 95 % of bootstrap samples, whose pairs are drawn
   *     within each set
   * @param withUnknown how many pairs have a token that the vocabulary lacks
   * @param unknown how many such tokens there are
   */
  public record Row(
      Of of,
      String name,
      String phenomenon,
      int pairs,
      int hits,
      int ties,
      double accuracy,
      Bootstrap.Interval interval,
      int withUnknown,
      long unknown) {}

  /**
   * Creates an empty summary.
   *
   * @param mean whether the mean surprisal of a token decides, else the sum
   */
  public PairSummary(boolean mean) {
    this.mean = mean;
  }

  /** Counts a pair and returns its outcome. */
  public PairScore.Outcome add(PairScore score) {
    Tally tally =
        sets.computeIfAbsent(
            new Key(score.pair().uid(), score.pair().phenomenon()), _ -> new Tally());
    PairScore.Outcome outcome = score.outcome(mean);
    tally.hits.set(tally.pairs++, outcome == PairScore.Outcome.HIT);
    tally.ties += outcome == PairScore.Outcome.TIE ? 1 : 0;
    tally.withUnknown += score.unknown() > 0 ? 1 : 0;
    tally.unknown += score.unknown();
    return outcome;
  }

  /** Returns the number of pairs. */
  public int pairs() {
    return sets.values().stream().mapToInt(tally -> tally.pairs).sum();
  }

  /**
   * Returns the rows: the sets in the order of their first pairs, the phenomena likewise (none if
   * there is only one name for them, or one set in each), all pairs, and the macro mean.
   */
  public List<Row> rows(Bootstrap bootstrap) {
    int stratum = 0;
    for (Tally tally : sets.values()) {
      double[] values = new double[tally.pairs];
      tally.hits.stream().forEach(i -> values[i] = 1);
      tally.accuracies = bootstrap.means(values, stratum++);
    }
    List<Row> rows = new ArrayList<>();
    sets.keySet()
        .forEach(set -> rows.add(row(Of.SET, set.uid(), set.phenomenon(), set::equals, false)));
    List<String> phenomena = sets.keySet().stream().map(Key::phenomenon).distinct().toList();
    if (phenomena.size() > 1 && phenomena.size() < sets.size()) {
      for (String name : phenomena) {
        rows.add(row(Of.PHENOMENON, name, "", set -> set.phenomenon().equals(name), false));
      }
    }
    rows.add(row(Of.ALL, "", "", _ -> true, false));
    rows.add(row(Of.MACRO, "", "", _ -> true, true));
    return rows;
  }

  private Row row(Of of, String name, String phenomenon, Predicate<Key> chosen, boolean macro) {
    int pairs = 0;
    int hits = 0;
    int ties = 0;
    int withUnknown = 0;
    long unknown = 0;
    double weights = 0;
    double accuracy = 0;
    double[] samples = {};
    for (Map.Entry<Key, Tally> entry : sets.entrySet()) {
      Tally tally = entry.getValue();
      if (!chosen.test(entry.getKey())) {
        continue;
      }
      pairs += tally.pairs;
      hits += tally.hits.cardinality();
      ties += tally.ties;
      withUnknown += tally.withUnknown;
      unknown += tally.unknown;
      double weight = macro ? 1 : tally.pairs;
      weights += weight;
      accuracy += (double) tally.hits.cardinality() / tally.pairs; // of the sets, for their mean
      samples = samples.length == 0 ? new double[tally.accuracies.length] : samples;
      for (int r = 0; r < samples.length; r++) {
        samples[r] += weight * tally.accuracies[r];
      }
    }
    double total = weights;
    double[] figures = Arrays.stream(samples).map(sum -> sum / total).toArray();
    Bootstrap.Interval interval =
        figures.length == 0
            ? new Bootstrap.Interval(Double.NaN, Double.NaN)
            : Bootstrap.interval(figures);
    return new Row(
        of,
        name,
        phenomenon,
        pairs,
        hits,
        ties,
        macro ? accuracy / total : (double) hits / pairs,
        interval,
        withUnknown,
        unknown);
  }
}
