package org.lm4j.task.lm.adapt;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.io.Json;

/**
 * How a model adapts to the text it scores. The parts are combined in this order: dynamic
 * evaluation changes the weights of the network, the temperature divides its logits, and the
 * mixture adds the distributions of the network, the caches and other models:
 *
 * <pre>
 *   p = (1 - Σ weights) · p_network + weight · p_unigram cache + weight · p_neural cache + Σ weight · p_other
 * </pre>
 *
 * <p>A cache that is still empty leaves its weight to the network.
 *
 * @param temperature what the logits are divided by, above 0; 1 for none
 * @param dynamic dynamic evaluation; null for none
 * @param unigramCache frequencies of recent tokens; null for none
 * @param neuralCache recent hidden states; null for none
 * @param mix other models of the same vocabulary
 */
public record Adaptation(
    double temperature,
    @Nullable Dynamic dynamic,
    @Nullable UnigramCacheSettings unigramCache,
    @Nullable NeuralCacheSettings neuralCache,
    List<Part> mix) {
  /** No adaptation: the model as it is. */
  public static final Adaptation NONE = new Adaptation(1, null, null, null, List.of());

  private static final String FORMAT = "lm4j-adaptation-1";

  /**
   * Dynamic evaluation (Krause, Kahembwe, Murray and Renals, "Dynamic Evaluation of Neural Sequence
   * Models", 2018): after a segment is scored, the weights make one step down the gradient of its
   * mean loss, {@code w += min(1, decay · r / mean(r)) · (w₀ - w) - learningRate · g / (r + ε)}.
   * With {@link Rule#RMS} {@code r} is the root of the mean square of the weight's gradients in the
   * training text, and the mean is that of the means by parameter; with {@link Rule#SGD} it is 1
   * and {@code ε} 0.
   *
   * @param learningRate above 0
   * @param decay the mean fraction of the way that a step goes back to the trained weights, at
   *     least 0
   * @param epsilon at least 0, above it with {@link Rule#RMS}
   * @param segment number of tokens of a segment, at least 1
   */
  public record Dynamic(Rule rule, double learningRate, double decay, double epsilon, int segment) {
    /** Checks the ranges. */
    public Dynamic {
      require(learningRate > 0, "the learning rate of dynamic evaluation must be above 0");
      require(decay >= 0, "the decay of dynamic evaluation must not be negative");
      require(
          rule == Rule.RMS ? epsilon > 0 : epsilon == 0,
          "epsilon must be above 0 with RMS, and 0 with SGD");
      require(segment >= 1, "a segment has at least 1 token");
    }

    /** Returns a copy with another learning rate. */
    Dynamic withLearningRate(double rate) {
      return new Dynamic(rule, rate, decay, epsilon, segment);
    }

    /** Returns a copy with another decay. */
    Dynamic withDecay(double other) {
      return new Dynamic(rule, learningRate, other, epsilon, segment);
    }
  }

  /** What divides the gradient in dynamic evaluation. */
  public enum Rule {
    /** The root mean square of each weight's gradients in training. */
    RMS,
    /** Nothing. */
    SGD
  }

  /**
   * A cache of frequencies.
   *
   * @param window number of recent tokens, at least 1
   * @param weight share in the mixture, in [0, 1]
   */
  public record UnigramCacheSettings(int window, double weight) {
    /** Checks the ranges. */
    public UnigramCacheSettings {
      require(window >= 1, "the window of a cache has at least 1 token");
      requireShare(weight);
    }
  }

  /**
   * A continuous cache (Grave, Joulin and Usunier, "Improving Neural Language Models with a
   * Continuous Cache", 2017): {@code p(x) ∝ Σ exp(theta · h·hᵢ)} over the {@code window} last
   * states of the top layer that {@code x} followed.
   *
   * @param window number of recent states, at least 1
   * @param theta above 0
   * @param weight share in the mixture, the paper's λ, in [0, 1]
   */
  public record NeuralCacheSettings(int window, double theta, double weight) {
    /** Checks the ranges. */
    public NeuralCacheSettings {
      require(window >= 1, "the window of a cache has at least 1 token");
      require(theta > 0, "theta must be above 0");
      requireShare(weight);
    }
  }

  /**
   * Another model of the mixture.
   *
   * @param model its folder, as the user named it
   * @param weight share in the mixture, in [0, 1]
   */
  public record Part(String model, double weight) {
    /** Checks the range. */
    public Part {
      requireShare(weight);
    }
  }

  /** The content of a file of settings. */
  private record SavedFile(
      String format,
      double temperature,
      @Nullable Dynamic dynamic,
      @Nullable UnigramCacheSettings unigramCache,
      @Nullable NeuralCacheSettings neuralCache,
      List<Part> mix) {}

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if one is broken
   */
  public Adaptation {
    require(
        temperature > 0 && temperature < Double.POSITIVE_INFINITY,
        "the temperature must be above 0");
    mix = List.copyOf(mix);
    double others =
        (unigramCache == null ? 0 : unigramCache.weight)
            + (neuralCache == null ? 0 : neuralCache.weight);
    for (Part part : mix) {
      others += part.weight;
    }
    require(
        others <= 1 + 1e-9,
        "the weights of caches and other models add up to %s, more than 1".formatted(others));
  }

  private static void require(boolean condition, String message) {
    if (!condition) {
      throw new IllegalArgumentException(message);
    }
  }

  private static void requireShare(double weight) {
    require(weight >= 0 && weight <= 1, "a weight of a mixture is in [0, 1], not " + weight);
  }

  /** Returns whether nothing is adapted. */
  public boolean isNone() {
    return equals(NONE);
  }

  /** Returns whether a recurrent network is needed: all but the unigram cache and other models. */
  public boolean needsNetwork() {
    return temperature != 1 || dynamic != null || neuralCache != null;
  }

  /** Returns the shares in the mixture: network, unigram cache, neural cache, other models. */
  double[] weights() {
    double[] weights = new double[components()];
    int at = 1;
    if (unigramCache != null) {
      weights[at++] = unigramCache.weight;
    }
    if (neuralCache != null) {
      weights[at++] = neuralCache.weight;
    }
    for (Part part : mix) {
      weights[at++] = part.weight;
    }
    double others = 0;
    for (double weight : weights) {
      others += weight;
    }
    weights[0] = Math.max(0, 1 - others);
    return weights;
  }

  /** Returns the number of distributions in the mixture. */
  int components() {
    return 1 + (unigramCache == null ? 0 : 1) + (neuralCache == null ? 0 : 1) + mix.size();
  }

  /** Returns a copy with other shares, in the order of {@link #weights}. */
  Adaptation withWeights(double[] weights) {
    int at = 1;
    UnigramCacheSettings unigram =
        unigramCache == null ? null : new UnigramCacheSettings(unigramCache.window, weights[at++]);
    NeuralCacheSettings neural =
        neuralCache == null
            ? null
            : new NeuralCacheSettings(neuralCache.window, neuralCache.theta, weights[at++]);
    int first = at;
    List<Part> parts =
        java.util.stream.IntStream.range(0, mix.size())
            .mapToObj(i -> new Part(mix.get(i).model, weights[first + i]))
            .toList();
    return new Adaptation(temperature, dynamic, unigram, neural, parts);
  }

  /** Returns a copy without the caches whose weight is 0. */
  Adaptation withoutUnused() {
    return new Adaptation(
        temperature,
        dynamic,
        unigramCache == null || unigramCache.weight == 0 ? null : unigramCache,
        neuralCache == null || neuralCache.weight == 0 ? null : neuralCache,
        mix);
  }

  /** Returns a copy with another temperature. */
  public Adaptation withTemperature(double other) {
    return new Adaptation(other, dynamic, unigramCache, neuralCache, mix);
  }

  /** Returns a copy with other dynamic evaluation, or none. */
  public Adaptation withDynamic(@Nullable Dynamic other) {
    return new Adaptation(temperature, other, unigramCache, neuralCache, mix);
  }

  /** Returns a copy with another unigram cache, or none. */
  public Adaptation withUnigramCache(@Nullable UnigramCacheSettings other) {
    return new Adaptation(temperature, dynamic, other, neuralCache, mix);
  }

  /** Returns a copy with another neural cache, or none. */
  public Adaptation withNeuralCache(@Nullable NeuralCacheSettings other) {
    return new Adaptation(temperature, dynamic, unigramCache, other, mix);
  }

  /** Returns a copy with other models. */
  public Adaptation withMix(List<Part> other) {
    return new Adaptation(temperature, dynamic, unigramCache, neuralCache, other);
  }

  /**
   * Reads settings that {@link #save} wrote.
   *
   * @throws InputException if the file cannot be read, or a value is out of range
   */
  public static Adaptation read(Path file) {
    SavedFile saved = Json.read(file, SavedFile.class);
    if (!saved.format.equals(FORMAT)) {
      throw new InputException(
          "%s has format '%s'; this version of lm4j reads '%s'"
              .formatted(file, saved.format, FORMAT));
    }
    try {
      return new Adaptation(
          saved.temperature, saved.dynamic, saved.unigramCache, saved.neuralCache, saved.mix);
    } catch (IllegalArgumentException e) {
      throw new InputException(file + ": " + e.getMessage(), e);
    }
  }

  /** Writes the settings as JSON. */
  public void save(Path file) {
    Json.write(file, new SavedFile(FORMAT, temperature, dynamic, unigramCache, neuralCache, mix));
  }
}
