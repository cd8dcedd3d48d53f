package org.lm4j.decode;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.compute.BackendException;
import org.lm4j.tensor.MemoryBudget;

/**
 * Searches for the most likely sequences: after each token the K most likely prefixes are kept.
 * With K = 1 it is greedy: it takes the most likely token each time and stops at the first end
 * token, whatever α. Several searches run side by side, each in K rows of a {@link
 * NextTokenLogits}.
 *
 * <p>A finished sequence is kept if it is among the K best at its length. Finished results come
 * before those cut off; both are ordered by {@code log P / length^α}, where the end counts as a
 * token: with α = 0 long sequences are at a disadvantage, since each token makes a sequence less
 * likely; with α = 1 the mean token decides (Wu et al., "Google's neural machine translation
 * system", 2016, section 7, without its constants). A search stops at the maximum length, or when
 * no prefix can become better than the K best finished sequences.
 */
public final class BeamSearch {
  private static final long MOST_NUMBERS = Integer.MAX_VALUE - 16; // of an array

  /** The widest beam. */
  public static final int MOST_BEAM = 1000;

  /** The maximum length of a generated sequence, in tokens. */
  public static final int MOST_LENGTH = 1 << 20;

  private final Options options;

  /**
   * The options of a search.
   *
   * @param beam the number of prefixes kept, {@code K}
   * @param length the maximum number of tokens, not counting the end
   * @param lengthPower α, 0 for none
   * @param start the token before the first
   * @param end the token after the last
   * @param banned tokens that are never generated
   */
  public record Options(
      int beam, int length, double lengthPower, int start, int end, List<Integer> banned) {
    /**
     * Checks the ranges.
     *
     * @throws InputException if one is broken
     */
    public Options {
      if (beam < 1 || beam > MOST_BEAM || length < 1 || length > MOST_LENGTH) {
        throw new InputException(
            "a beam must lie in 1..%d and the maximum length in 1..%d, not %d and %d"
                .formatted(MOST_BEAM, MOST_LENGTH, beam, length));
      }
      if (!(lengthPower >= 0 && lengthPower <= 10)) {
        throw new InputException("the power of the length must lie in [0, 10]");
      }
      banned = List.copyOf(banned);
    }
  }

  /**
   * A sequence that was found.
   *
   * @param tokens the tokens without start and end
   * @param logProbability log probability of all tokens, including the end if it was reached
   * @param ended whether it reached its end rather than being cut off
   * @param score the score by which sequences are ordered
   */
  public record Found(List<Integer> tokens, double logProbability, boolean ended, double score) {
    /** Returns the tokens as an array. */
    public int[] ids() {
      return tokens.stream().mapToInt(Integer::intValue).toArray();
    }
  }

  /** A prefix in its own row: the last token, and the prefix before it. */
  private record Beginning(
      @Nullable Beginning before, int token, int length, double logProbability) {
    Beginning and(int next, double logProbabilityThen) {
      return new Beginning(this, next, length + 1, logProbabilityThen);
    }

    List<Integer> tokens() {
      List<Integer> tokens = new ArrayList<>(length);
      for (Beginning at = this; at != null && at.length > 0; at = at.before) {
        tokens.add(at.token);
      }
      return tokens.reversed();
    }
  }

  /** A sequence as in {@link Found}, whose tokens have not been collected yet. */
  private record Result(Beginning beginning, double logProbability, boolean ended, double score) {
    Found found() {
      return new Found(List.copyOf(beginning.tokens()), logProbability, ended, score);
    }
  }

  /** Orders finished sequences before those cut off, the best first. */
  private static final Comparator<Result> BEST_FIRST =
      Comparator.comparing((Result each) -> !each.ended)
          .thenComparing(Comparator.comparingDouble(Result::score).reversed());

  /** A prefix and a token that may follow it. */
  private record Candidate(int row, int token, double logProbability) {}

  private static final Comparator<Candidate> WORST_FIRST =
      Comparator.comparingDouble(Candidate::logProbability)
          .thenComparing(Comparator.comparingInt(Candidate::row).reversed())
          .thenComparing(Comparator.comparingInt(Candidate::token).reversed());

  /** Creates a search with these options. */
  public BeamSearch(Options options) {
    this.options = options;
  }

  /**
   * Runs the searches.
   *
   * @param model a model of {@code searches · K} rows that have read nothing yet; the K rows of a
   *     search are adjacent and have the same context
   * @return the sequences found by each search, at most K, the best first
   * @throws BackendException if the model's scores are not finite
   */
  public List<List<Found>> search(NextTokenLogits model, int searches) {
    int beam = options.beam;
    if (model.rows() != searches * beam) {
      throw new IllegalArgumentException(
          "%d searches of %d rows are not %d rows".formatted(searches, beam, model.rows()));
    }
    List<Search> all = new ArrayList<>();
    for (int i = 0; i < searches; i++) {
      all.add(new Search(i * beam));
    }
    int vocabulary = model.vocabulary();
    double[] logits = new double[room(model.rows(), vocabulary)];
    int[] tokens = new int[model.rows()];
    int[] from = new int[model.rows()];
    Arrays.fill(tokens, options.start);
    for (int length = 0; all.stream().anyMatch(search -> !search.isOver()); length++) {
      model.read(tokens, logits);
      for (Search search : all) {
        search.advance(logits, vocabulary, length == options.length, tokens, from);
      }
      if (beam > 1) {
        model.select(from);
      }
    }
    return all.stream().map(Search::results).toList();
  }

  /** Returns the number of scores of all rows, after checking that there is memory for them. */
  private int room(int rows, int vocabulary) {
    long numbers = (long) rows * vocabulary;
    String what = "a beam of %,d over %,d tokens".formatted(options.beam, vocabulary);
    List<String> blamed = List.of("beam");
    MemoryBudget.requireHeap(numbers * Double.BYTES, what, blamed);
    MemoryBudget.require(numbers * Double.BYTES, MOST_NUMBERS * Double.BYTES, what, blamed);
    return (int) numbers;
  }

  /** One search. */
  private final class Search {
    private final int firstRow;
    private final List<Result> found = new ArrayList<>(); // the best first, at most K
    private List<Beginning> live = List.of(new Beginning(null, 0, 0, 0)); // by row

    Search(int firstRow) {
      this.firstRow = firstRow;
    }

    boolean isOver() {
      return live.isEmpty();
    }

    /** Advances by one token, or ends the search. */
    void advance(double[] logits, int vocabulary, boolean mustEnd, int[] tokens, int[] from) {
      for (int i = 0; i < options.beam; i++) { // the token for rows that are no longer needed
        tokens[firstRow + i] = options.end;
        from[firstRow + i] = firstRow + i;
      }
      if (isOver()) {
        return;
      }
      List<Candidate> best = best(logits, vocabulary);
      List<Beginning> next = new ArrayList<>();
      for (int rank = 0; rank < best.size(); rank++) {
        Candidate candidate = best.get(rank);
        Beginning beginning = live.get(candidate.row);
        if (candidate.token == options.end) {
          if (rank < options.beam) {
            found.add(result(beginning, candidate.logProbability, true));
          }
        } else if (!mustEnd && next.size() < options.beam) {
          tokens[firstRow + next.size()] = candidate.token;
          from[firstRow + next.size()] = firstRow + candidate.row;
          next.add(beginning.and(candidate.token, candidate.logProbability));
        }
      }
      if (mustEnd) {
        for (Beginning beginning : live) {
          found.add(result(beginning, beginning.logProbability, false));
        }
      }
      found.sort(BEST_FIRST); // stable
      if (found.size() > options.beam) {
        found.subList(options.beam, found.size()).clear();
      }
      live = next.isEmpty() || isSettled(next.getFirst()) ? List.of() : next;
    }

    /**
     * Returns whether even the most likely prefix, if certain from here on, would not be among the
     * K.
     */
    private boolean isSettled(Beginning best) {
      if (found.size() < options.beam) {
        return false;
      }
      if (options.beam == 1) {
        return true;
      }
      double bound = best.logProbability / Math.pow(options.length + 1.0, options.lengthPower);
      double worst = found.getLast().score;
      return bound <= worst;
    }

    /** Returns the 2 K most likely continuations: at most K of them end, so at least K continue. */
    private List<Candidate> best(double[] logits, int vocabulary) {
      int most = 2 * options.beam;
      PriorityQueue<Candidate> kept = new PriorityQueue<>(most + 1, WORST_FIRST);
      for (int row = 0; row < live.size(); row++) {
        int at = (firstRow + row) * vocabulary;
        double before = live.get(row).logProbability - logSumExp(logits, at, vocabulary);
        for (int token = 0; token < vocabulary; token++) {
          double then = before + logits[at + token];
          Candidate worst = kept.peek();
          boolean better = worst == null || kept.size() < most || then > worst.logProbability;
          if (better && then > Double.NEGATIVE_INFINITY && !options.banned.contains(token)) {
            kept.add(new Candidate(row, token, then));
            if (kept.size() > most) {
              kept.poll();
            }
          }
        }
      }
      List<Candidate> best = new ArrayList<>(kept);
      best.sort(WORST_FIRST.reversed());
      return best;
    }

    private Result result(Beginning beginning, double logProbability, boolean ended) {
      int length = beginning.length + (ended ? 1 : 0);
      double score = logProbability / Math.pow(Math.max(1, length), options.lengthPower);
      return new Result(beginning, logProbability, ended, score);
    }

    List<Found> results() {
      return found.stream().map(Result::found).toList();
    }
  }

  static double logSumExp(double[] logits, int from, int count) {
    double max = Double.NEGATIVE_INFINITY;
    for (int i = from; i < from + count; i++) {
      max = Math.max(max, logits[i]); // NaN stays
    }
    if (!Double.isFinite(max)) {
      throw new BackendException("the model's scores are not finite; it is damaged");
    }
    double sum = 0;
    for (int i = from; i < from + count; i++) {
      sum += Math.exp(logits[i] - max);
    }
    return max + Math.log(sum);
  }
}
