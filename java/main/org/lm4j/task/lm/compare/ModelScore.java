package org.lm4j.task.lm.compare;

import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.lm4j.text.Level;
import org.lm4j.text.Vocabulary;

/**
 * What a model makes of a {@link ComparedText}. Each array has one number for each of its units.
 *
 * @param name of the model in the comparison
 * @param nats sums of the losses of the targets
 * @param targets their numbers
 * @param characters that they cover, line ends included
 * @param bytes that they cover in UTF-8
 * @param unknown how many tokens of the text the vocabulary lacks
 * @param skips whether these are left out; otherwise they are scored as {@code <unk>}
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record ModelScore(
    String name,
    Vocabulary vocabulary,
    double[] nats,
    double[] targets,
    double[] characters,
    double[] bytes,
    long unknown,
    boolean skips) {
  private static final double LN2 = Math.log(2);

  /** Returns the number of targets. */
  public long targetCount() {
    return (long) Arrays.stream(targets).sum();
  }

  /** Returns the mean loss of a target in nats. */
  public double loss() {
    return Arrays.stream(nats).sum() / Arrays.stream(targets).sum();
  }

  /** Returns the loss in bits per character, whether or not tokens are unknown. */
  public double bitsPerCharacter() {
    return Arrays.stream(nats).sum() / LN2 / Arrays.stream(characters).sum();
  }

  /** Returns the loss in bits per byte, whether or not tokens are unknown. */
  public double bitsPerByte() {
    return Arrays.stream(nats).sum() / LN2 / Arrays.stream(bytes).sum();
  }

  /**
   * Returns whether another model predicts the same tokens of the text, so that losses per token
   * compare: both divide it alike, and the same tokens are unknown to both, or none is.
   */
  public boolean sameTokens(ModelScore other) {
    Level level = vocabulary.level();
    if (level != other.vocabulary.level() || targetCount() != other.targetCount()) {
      return false;
    }
    boolean byRule = level != Level.SUBWORD && unknown == 0 && other.unknown == 0;
    return byRule || (skips == other.skips && tokens().equals(other.tokens()));
  }

  private Set<String> tokens() {
    return IntStream.range(0, vocabulary.size())
        .mapToObj(vocabulary::token)
        .collect(Collectors.toSet());
  }
}
