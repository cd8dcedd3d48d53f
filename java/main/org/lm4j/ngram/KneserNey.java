package org.lm4j.ngram;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Estimates an n-gram model by interpolated modified Kneser-Ney smoothing (Chen and Goodman, "An
 * Empirical Study of Smoothing Techniques for Language Modeling", 1998, section 3).
 *
 * <p>With the count {@code c(h w)} of a token {@code w} after a context {@code h}, the discounts of
 * {@link Discounts}, and {@code h'} the context without its first token,
 *
 * <pre>
 *   p(w | h) = (c(h w) - D(c(h w))) / Σ c(h ·) + γ(h) p(w | h')
 *   γ(h) = Σ D(c(h ·)) / Σ c(h ·)
 * </pre>
 *
 * <p>down to {@code p(w) = 1 / V} below single tokens, for all {@code V} tokens of the vocabulary,
 * {@code <unk>} included. Counts are those of {@link NgramCounts}: occurrences for the longest
 * n-grams and those at the beginning of a sentence, numbers of different preceding tokens for
 * others. The conventions of sentences are KenLM's: each begins after {@code <s>}, which is a
 * context and never predicted, and its end is predicted like any token.
 *
 * <p>Pruning leaves out n-grams after the discounts were estimated; their probability goes to the
 * shorter context.
 */
public final class KneserNey implements AutoCloseable {
  /** The logarithm that stands for a probability of 0, which ARPA files write as 1e-99. */
  static final double NEVER = -99 * Math.log(10);

  private final Options options;
  private final NgramCounts counts;
  private final List<Discounts> discounts = new ArrayList<>();

  /**
   * What is estimated.
   *
   * @param order length of the longest n-grams, from 1 to {@link NgramTable#MOST_ORDER}
   * @param vocabulary {@code V}, the number of tokens
   * @param sentenceEnd the token that ends a sentence; -1 for one stream of tokens
   * @param pruned by length, from 1: n-grams that occur no more often than this are left out. The
   *     numbers must not decrease, and the first is 0; what is missing equals the last one; empty
   *     for none
   * @param memory bytes that counting may take, besides some for each token of the vocabulary; what
   *     exceeds them is sorted on disk, with the same result
   * @param folder for temporary files; null for the system's
   */
  public record Options(
      int order,
      int vocabulary,
      int sentenceEnd,
      List<Integer> pruned,
      long memory,
      @Nullable Path folder) {
    /**
     * Checks the ranges.
     *
     * @throws IllegalArgumentException if one is broken
     */
    public Options {
      if (order < 1 || order > NgramTable.MOST_ORDER) {
        throw new IllegalArgumentException(
            "the order is from 1 to %d, not %d".formatted(NgramTable.MOST_ORDER, order));
      }
      pruned = List.copyOf(pruned);
      int before = 0;
      for (int i = 0; i < pruned.size(); i++) {
        if (pruned.get(i) < before || (i == 0 && pruned.get(i) != 0) || i >= order) {
          throw new IllegalArgumentException(
              "the counts to prune at are 0 for single tokens, then do not decrease, and are at most as many as the order: not "
                  + pruned);
        }
        before = pruned.get(i);
      }
    }

    /** Returns the count up to which n-grams of a length are left out. */
    int pruned(int length) {
      return pruned.isEmpty() ? 0 : pruned.get(Math.min(length, pruned.size()) - 1);
    }
  }

  /** The continuations of one context. */
  private static final class Group {
    int[] tokens = new int[64];
    long[] counts = new long[64];
    boolean[] kept = new boolean[64];
    int size;

    void clear() {
      size = 0;
    }

    void add(int token, long count, boolean keep) {
      if (size == tokens.length) {
        tokens = Arrays.copyOf(tokens, 2 * size);
        counts = Arrays.copyOf(counts, 2 * size);
        kept = Arrays.copyOf(kept, 2 * size);
      }
      tokens[size] = token;
      counts[size] = count;
      kept[size++] = keep;
    }
  }

  /** Prepares to count. */
  public KneserNey(Options options) {
    this.options = options;
    this.counts =
        new NgramCounts(options.order, options.vocabulary, options.memory, options.folder);
  }

  /**
   * Counts the next token of the text.
   *
   * @param token in {@code [0, V)}
   * @throws IllegalArgumentException if it is not
   */
  public void add(int token) {
    if (token < 0 || token >= options.vocabulary) {
      throw new IllegalArgumentException(
          "token %d is not in [0, %d)".formatted(token, options.vocabulary));
    }
    counts.add(token);
    if (token == options.sentenceEnd) {
      counts.beginSentence();
    }
  }

  /** Returns the number of tokens that were counted. */
  public long tokens() {
    return counts.tokens();
  }

  /**
   * Estimates the model from the tokens that were counted; no more may follow.
   *
   * @param name of the table in messages
   * @throws IllegalStateException if there are none
   * @throws IllegalArgumentException if there are 2^31 n-grams of a length
   * @throws java.io.UncheckedIOException if a temporary file cannot be written
   */
  public NgramTable estimate(String name) {
    if (counts.tokens() == 0) {
      throw new IllegalStateException("no token was counted");
    }
    counts.finish();
    for (int length = 1; length <= options.order; length++) {
      discounts.add(Discounts.of(counts.countsOfCounts(length)));
    }
    try (TableBuilder builder = new TableBuilder(options.order, options.folder)) {
      builder.singles(singles());
      for (int length = 2; length <= options.order; length++) {
        level(builder, length);
        counts.close(length);
      }
      return builder.table(name, options.vocabulary, options.sentenceEnd);
    }
  }

  /** Returns the discounts of each length from 1, once the model has been estimated. */
  public List<Discounts> discounts() {
    return List.copyOf(discounts);
  }

  private double[] singles() {
    Discounts discount = discounts.getFirst();
    long[] single = counts.singles();
    double sum = 0;
    double rest = 0;
    for (long count : single) {
      sum += count;
      rest += count == 0 ? 0 : discount.of(count);
    }
    double[] logs = new double[single.length + 1];
    double floor = rest / sum / single.length;
    for (int id = 0; id < single.length; id++) {
      double own = single[id] == 0 ? 0 : single[id] - discount.of(single[id]);
      logs[id] = Math.log(own / sum + floor);
    }
    logs[single.length] = NEVER;
    return logs;
  }

  private void level(TableBuilder builder, int length) {
    int[] context = new int[length - 1];
    Group group = new Group();
    int pruned = options.pruned(length);
    try (RecordStream records = counts.sorted(length)) {
      while (records.next()) {
        int[] key = records.key();
        if (group.size > 0 && Arrays.mismatch(context, 0, length - 1, key, 0, length - 1) >= 0) {
          write(builder, context, group);
          group.clear();
        }
        System.arraycopy(key, 0, context, 0, length - 1);
        group.add(key[length - 1], records.value(0), records.value(1) > pruned);
      }
    }
    if (group.size > 0) {
      write(builder, context, group);
    }
    builder.endLevel();
  }

  private void write(TableBuilder builder, int[] context, Group group) {
    int shorter = context.length;
    int node = builder.find(context, 0, shorter);
    if (node < 0) {
      return; // pruned, and so are its continuations, which occur no more often
    }
    Discounts discount = discounts.get(shorter);
    double sum = 0;
    double rest = 0;
    for (int i = 0; i < group.size; i++) {
      long count = group.counts[i];
      sum += count;
      rest += group.kept[i] ? discount.of(count) : count;
    }
    double weight = rest / sum;
    builder.backoff(shorter, node, Math.log(weight));
    builder.parent(node);
    NgramLevel below = builder.level(shorter);
    int from = 0;
    int to = 0;
    if (shorter > 1) {
      int suffix = builder.find(context, 1, shorter - 1);
      from = builder.level(shorter - 1).first(suffix);
      to = builder.level(shorter - 1).first(suffix + 1);
    }
    for (int i = 0; i < group.size; i++) {
      if (!group.kept[i]) {
        continue;
      }
      int token = group.tokens[i];
      int lower = shorter == 1 ? token : below.find(token, from, to);
      from = shorter == 1 ? 0 : lower + 1;
      double own = (group.counts[i] - discount.of(group.counts[i])) / sum;
      builder.add(token, Math.log(own + weight * Math.exp(below.log(lower))));
    }
  }

  /** Frees memory and temporary files. */
  @Override
  public void close() {
    counts.close();
  }
}
