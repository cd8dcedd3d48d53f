package org.lm4j.task.seq2seq;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.compute.RandomKey;
import org.lm4j.text.Level;
import org.lm4j.text.LineTokens;
import org.lm4j.text.token.Sha256;
import org.lm4j.train.Unit;
import org.lm4j.train.batch.BatchTask;
import org.lm4j.train.batch.EpochOrder;

/** Pairs as token ids, as a translator reads them. */
public final class Seq2SeqData {
  private static final int SITE_SPLIT = 1 << 17;
  private static final long BEFORE_TRAINING = -1;

  private final String name;
  private final int[][] sources;
  private final int[][] targets;

  /**
   * Cuts pairs into tokens.
   *
   * @param name of the data, as a message calls them
   */
  public Seq2SeqData(String name, List<Pair> pairs, Seq2SeqTokens tokens) {
    this.name = name;
    this.sources = new int[pairs.size()][];
    this.targets = new int[pairs.size()][];
    for (int i = 0; i < sources.length; i++) {
      sources[i] = tokens.source().encode(pairs.get(i).source());
      targets[i] = tokens.target().encode(pairs.get(i).target());
    }
  }

  /**
   * Pairs in two parts that share no source.
   *
   * @param name the name of the training data in messages
   * @param training the training set
   * @param validation the validation set; may be empty
   */
  public record Split(String name, List<Pair> training, List<Pair> validation) {}

  /**
   * Returns the pairs that are not too long, in their order.
   *
   * @param name the name of the pairs in messages
   * @param source how sources are split into tokens
   * @param target how targets are split into tokens
   * @param longest the most tokens of either side
   * @return at least one pair
   * @throws InputException if all are too long
   */
  public static List<Pair> withoutLong(
      String name, List<Pair> pairs, Level source, Level target, int longest) {
    List<Pair> kept =
        pairs.stream()
            .filter(
                pair ->
                    LineTokens.split(source, pair.source()).size() <= longest
                        && LineTokens.split(target, pair.target()).size() <= longest)
            .toList();
    if (kept.isEmpty()) {
      throw InputException.naming(
          "all pairs of %s are longer than %d tokens; raise {maxLength}".formatted(name, longest));
    }
    return kept;
  }

  /**
   * Draws sources, and holds out all pairs that have them.
   *
   * @param fraction part of the different sources, in [0, 1)
   * @throws InputException if no pair is left to train on
   */
  public static Split split(String name, List<Pair> pairs, double fraction, long seed) {
    List<String> different =
        List.copyOf(new LinkedHashSet<>(pairs.stream().map(Pair::source).toList()));
    int held = (int) Math.round(fraction * different.size());
    if (held >= different.size()) {
      throw new InputException(
          "%s holds %d different sources: with %d held out there is none to train on"
              .formatted(name, different.size(), held));
    }
    RandomKey key = new RandomKey(seed, BEFORE_TRAINING);
    int[] order = EpochOrder.shuffled(different.size(), key, SITE_SPLIT);
    Set<String> chosen = new LinkedHashSet<>();
    for (int i = 0; i < held; i++) {
      chosen.add(different.get(order[i]));
    }
    List<Pair> training = new ArrayList<>();
    List<Pair> validation = new ArrayList<>();
    pairs.forEach(pair -> (chosen.contains(pair.source()) ? validation : training).add(pair));
    return new Split(name, List.copyOf(training), List.copyOf(validation));
  }

  /** Returns the name of the data in messages. */
  public String name() {
    return name;
  }

  /** Returns the number of pairs. */
  public int count() {
    return sources.length;
  }

  /** Returns the tokens of source {@code i}. */
  public int[] source(int i) {
    return sources[i].clone();
  }

  /** Returns the number of steps of pair {@code i}: the tokens of both sides, and an end. */
  public int length(int i) {
    return sources[i].length + targets[i].length + 1;
  }

  /** Returns the number of tokens of the longest source. */
  public int longestSource() {
    return Stream.of(sources).mapToInt(tokens -> tokens.length).max().orElse(0);
  }

  /** Returns the number of tokens of the longest target. */
  public int longestTarget() {
    return Stream.of(targets).mapToInt(tokens -> tokens.length).max().orElse(0);
  }

  /** Returns the sources of some pairs. */
  int[][] sources(int... chosen) {
    return select(sources, chosen);
  }

  /** Returns the targets of some pairs. */
  int[][] targets(int... chosen) {
    return select(targets, chosen);
  }

  private static int[][] select(int[][] all, int... chosen) {
    int[][] some = new int[chosen.length][];
    for (int i = 0; i < chosen.length; i++) {
      some[i] = all[chosen[i]];
    }
    return some;
  }

  /**
   * Returns the identity of the training and validation data, which a resumed run checks: a hash of
   * all tokens, in order.
   *
   * @param validation null if there are none
   */
  BatchTask.Data known(@Nullable Seq2SeqData validation) {
    return new BatchTask.Data(
        Unit.TOKENS, name, hash(), validation == null ? null : validation.hash());
  }

  private String hash() {
    Sha256 digest = new Sha256();
    for (int i = 0; i < sources.length; i++) {
      digest.add(sources[i].length).add(sources[i]).add(targets[i].length).add(targets[i]);
    }
    return digest.hex();
  }
}
