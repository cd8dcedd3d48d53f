package org.lm4j.task.lm;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.lm4j.nn.softmax.Clusters;

/**
 * The output layer of a language model.
 *
 * @param softmax how probabilities are computed
 * @param tied whether the layer uses the embedding's table (Press and Wolf, "Using the Output
 *     Embedding to Improve Language Models", 2017)
 * @param cutoffs of adaptive softmax, see {@link Clusters}; empty: chosen from the counts of the
 *     training text
 * @param divisor of adaptive softmax, see {@link Clusters}
 * @param samples of sampled softmax: words drawn for each step of training, at most half of the
 *     vocabulary; 0: {@link #SAMPLES}, or an eighth of the vocabulary if that is less
 */
public record OutputConfig(
    Softmax softmax, boolean tied, List<Integer> cutoffs, double divisor, int samples) {
  /** The default of {@link #divisor}. */
  public static final double DIVISOR = 4;

  /** The default of {@link #samples} for large vocabularies. */
  public static final int SAMPLES = 8192;

  /** How the probabilities of the next token are computed. */
  public enum Softmax {
    /** Over all tokens. */
    FULL,
    /** Over a head of frequent words, and over clusters of rarer ones where they are needed. */
    ADAPTIVE,
    /** In training over some tokens drawn at random; in evaluation over all. */
    SAMPLED;

    /** Returns the name users write. */
    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }

    /**
     * Returns the one with this label.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static Softmax of(String label) {
      for (Softmax each : values()) {
        if (each.label().equals(label)) {
          return each;
        }
      }
      throw new IllegalArgumentException(
          "there is no softmax '%s'; there are full, adaptive and sampled".formatted(label));
    }
  }

  /**
   * What {@code config.json} has of it beside {@code tied}: nothing for full softmax. The names are
   * those of the options of the command line, as is the form of the cutoffs, "2000,10000".
   */
  record Entry(
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String softmax,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String cutoffs,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Double divValue,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Integer samples) {}

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if one is broken
   */
  public OutputConfig {
    cutoffs = List.copyOf(cutoffs);
    if (tied && softmax == Softmax.ADAPTIVE) {
      throw new IllegalArgumentException(
          "adaptive softmax has no output layer that the embedding's table could be; choose tied weights or adaptive softmax");
    }
    if (!(divisor >= 1)) {
      throw new IllegalArgumentException("the divisor must be at least 1, not " + divisor);
    }
    if (samples < 0) {
      throw new IllegalArgumentException("there must be at least one sample, not " + samples);
    }
  }

  /** Returns a layer with full softmax. */
  public static OutputConfig full(boolean tied) {
    return new OutputConfig(Softmax.FULL, tied, List.of(), DIVISOR, 0);
  }

  /**
   * Returns a layer with adaptive softmax.
   *
   * @param cutoffs empty: chosen from the counts of the training text
   */
  public static OutputConfig adaptive(List<Integer> cutoffs, double divisor) {
    return new OutputConfig(Softmax.ADAPTIVE, false, cutoffs, divisor, 0);
  }

  /**
   * Returns a layer with sampled softmax.
   *
   * @param samples 0: chosen by the size of the vocabulary
   */
  public static OutputConfig sampled(int samples, boolean tied) {
    return new OutputConfig(Softmax.SAMPLED, tied, List.of(), DIVISOR, samples);
  }

  /** Returns whether the words are in clusters. */
  public boolean isAdaptive() {
    return softmax == Softmax.ADAPTIVE;
  }

  /** Returns whether training draws tokens. */
  public boolean isSampled() {
    return softmax == Softmax.SAMPLED;
  }

  /**
   * Returns a copy whose number of samples is chosen for a vocabulary, if it was not given.
   *
   * @throws IllegalArgumentException if there are too many for it
   */
  OutputConfig withSamplesFor(int vocabulary) {
    int chosen = samples > 0 ? samples : Math.min(SAMPLES, Math.max(1, vocabulary / 8));
    if (chosen > vocabulary / 2) {
      throw new IllegalArgumentException(
          "sampled softmax draws at most half of the %,d words, not %,d"
              .formatted(vocabulary, chosen));
    }
    return new OutputConfig(softmax, tied, cutoffs, divisor, chosen);
  }

  OutputConfig withCutoffs(List<Integer> chosen) {
    return new OutputConfig(softmax, tied, chosen, divisor, samples);
  }

  /** Returns the softmax in words, after a comma; empty for full softmax. */
  public String words() {
    return switch (softmax) {
      case FULL -> "";
      case ADAPTIVE -> {
        List<String> parts = new ArrayList<>();
        cutoffs.forEach(cutoff -> parts.add(String.format(Locale.ROOT, "%,d", cutoff)));
        yield ", adaptive softmax with clusters from " + String.join(" and ", parts);
      }
      case SAMPLED -> String.format(Locale.ROOT, ", sampled softmax of %,d words", samples);
    };
  }

  Entry entry() {
    return switch (softmax) {
      case FULL -> new Entry(null, null, null, null);
      case ADAPTIVE -> {
        String starts = cutoffs.stream().map(String::valueOf).collect(Collectors.joining(","));
        yield new Entry(softmax.label(), starts, divisor, null);
      }
      case SAMPLED -> new Entry(softmax.label(), null, null, samples);
    };
  }

  static OutputConfig of(Entry entry, boolean tied) {
    String starts = entry.cutoffs == null ? "" : entry.cutoffs;
    List<Integer> cutoffs;
    try {
      cutoffs =
          Stream.of(starts.split(",")).filter(s -> !s.isEmpty()).map(Integer::valueOf).toList();
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("the cutoffs '" + starts + "' are not numbers", e);
    }
    return new OutputConfig(
        entry.softmax == null ? Softmax.FULL : Softmax.of(entry.softmax),
        tied,
        cutoffs,
        entry.divValue == null ? DIVISOR : entry.divValue,
        entry.samples == null ? 0 : entry.samples);
  }
}
