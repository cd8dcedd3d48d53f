package org.lm4j.cli.lm;

import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lm4j.metric.Bootstrap;
import org.lm4j.task.lm.Evaluator;
import org.lm4j.text.Vocabulary;
import org.lm4j.text.token.TextCounts;
import org.lm4j.train.Finite;

/**
 * The figures of {@code lm eval}. Where a target is unknown to the model, the figures say so, and
 * those that compare models of different vocabularies are withheld: a model that knows fewer words
 * predicts less, and must not look better for it.
 */
final class EvalFigures {
  private final Evaluator.Score score;
  private final TextCounts text;
  private final boolean skipped;
  private final long unknown;
  private Bootstrap.@Nullable Interval interval; // of the loss

  /**
   * Computes the figures of a score.
   *
   * @param text what the targets cover
   * @throws org.lm4j.compute.BackendException if the loss is not a finite number
   */
  EvalFigures(Evaluator.Score score, TextCounts text, Vocabulary vocabulary) {
    Finite.loss(score.loss());
    this.score = score;
    this.text = text;
    this.skipped = vocabulary.unknown() < 0;
    this.unknown = skipped ? text.oov() : score.oovTargets();
  }

  /** Adds the 95 % interval of the loss; null if there is none. */
  EvalFigures with(Bootstrap.@Nullable Interval ofLoss) {
    interval = ofLoss;
    return this;
  }

  /**
   * Returns the figures in the order of printing; null for those that are withheld or not finite.
   */
  Map<String, @Nullable Object> values() {
    Map<String, @Nullable Object> values = new LinkedHashMap<>();
    values.put("tokens", score.targets());
    values.put("loss", score.loss());
    values.put("perplexity", perplexity());
    values.put("bits_per_char", bitsPer(text.characters()));
    values.put("bits_per_byte", bitsPer(text.bytes()));
    values.put("characters", text.characters());
    values.put("bytes", text.bytes());
    values.put("oov_tokens", unknown);
    values.put("oov_rate", unknownPart());
    values.put("oov_skipped", skipped && unknown > 0);
    values.put("perplexity_excluding_oov", perplexityOfKnown());
    values.put("comparable", unknown == 0);
    values.put(
        "perplexity_interval",
        interval == null ? null : List.of(Math.exp(interval.low()), Math.exp(interval.high())));
    return values;
  }

  /** Prints a table, with a sentence where targets are unknown. */
  void print(PrintWriter out) {
    line(out, "targets scored", String.format(Locale.ROOT, "%,d", score.targets()));
    line(out, "loss (nats per target)", number("%.6f", score.loss()));
    line(out, "perplexity", number("%.4f", perplexity()) + mark());
    line(out, "loss (bits per character)", bits(text.characters()));
    line(out, "loss (bits per byte)", bits(text.bytes()));
    String share = String.format(Locale.ROOT, "%,d (%.2f %%)", unknown, 100 * unknownPart());
    line(out, "out of vocabulary", share + (skipped && unknown > 0 ? ", skipped" : ""));
    Double known = perplexityOfKnown();
    line(
        out,
        "perplexity without them",
        known == null ? "none: no target is known" : number("%.4f", known));
    line(
        out,
        "perplexity, 95 % interval",
        interval == null
            ? "none: too few targets"
            : number("%.4f", Math.exp(interval.low()))
                + " to "
                + number("%.4f", Math.exp(interval.high()))
                + mark());
    if (unknown > 0) {
      out.println(
          skipped
              ? "* of the known targets alone: no figure to compare with another model's"
              : "* <unk> stands for many tokens: no figure to compare with another vocabulary's");
    }
  }

  /** Prints how much worse the score is than that of the same model in float32. */
  void compare(PrintWriter out, Evaluator.Score exact) {
    double perplexity = Math.exp(exact.loss());
    line(out, "perplexity in fp32", number("%.4f", perplexity) + mark());
    double change = perplexity() - perplexity;
    String percent = number("%+.2f %%", 100 * change / perplexity);
    line(out, "difference by int8", number("%+.4f", change) + " (" + percent + ")");
  }

  private String mark() {
    return unknown > 0 ? " *" : "";
  }

  private double perplexity() {
    return Math.exp(score.loss());
  }

  private @Nullable Double perplexityOfKnown() {
    long known = score.targets() - score.oovTargets();
    return known == 0 ? null : Math.exp((score.totalLoss() - score.oovLoss()) / known);
  }

  private double unknownPart() {
    return (double) unknown / (score.targets() + (skipped ? unknown : 0));
  }

  /** Returns bits per unit of text, or null where targets are unknown or cover nothing. */
  private @Nullable Double bitsPer(long count) {
    return unknown > 0 || count <= 0 ? null : score.totalLoss() / Math.log(2) / count;
  }

  private String bits(long count) {
    Double bits = bitsPer(count);
    if (bits != null) {
      return number("%.4f", bits);
    }
    return unknown > 0 ? "withheld: targets are unknown" : "none: the targets cover no text";
  }

  private static String number(String format, double value) {
    return Double.isFinite(value)
        ? String.format(Locale.ROOT, format, value)
        : "too large for a number";
  }

  private static void line(PrintWriter out, String name, String value) {
    out.println(String.format(Locale.ROOT, "%-26s%s", name, value));
  }
}
