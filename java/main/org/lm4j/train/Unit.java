package org.lm4j.train;

/**
 * The unit of the losses of a training run.
 *
 * @param unit what is counted, in the plural
 * @param perplexity whether a loss is the negative log-likelihood of one of them in nats, of which
 *     {@code exp} is the perplexity
 */
public record Unit(String unit, boolean perplexity) {
  /** Tokens, each predicted from what came before. */
  public static final Unit TOKENS = new Unit("tokens", true);

  /** Words of the training text; each loss is that of a pair of a word and a context word. */
  public static final Unit WORDS = new Unit("words", false);

  /** Pictures, each assigned to a class, by any loss. */
  public static final Unit PICTURES = new Unit("pictures", false);
}
