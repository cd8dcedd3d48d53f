package org.lm4j.task.lm.adapt;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The probabilities of a validation text under all settings, and the choice among them. */
final class Grid {
  private static final double GAIN = 1e-5; // nats: what is worth a part

  private final double[] temperatures;
  private final int[] unigramWindows;
  private final int[] neuralWindows;
  private final double[] thetas;
  private final Collected collected;
  private double[][] unigrams = {}; // by window
  private double[][] others = {};
  private double[] cursor = {}; // of a model that is no network

  Grid(
      double[] temperatures,
      int[] unigramWindows,
      int[] neuralWindows,
      double[] thetas,
      Collected collected) {
    this.temperatures = temperatures;
    this.unigramWindows = unigramWindows;
    this.neuralWindows = neuralWindows;
    this.thetas = thetas;
    this.collected = collected;
  }

  /**
   * Takes the logarithms of the other components' probabilities.
   *
   * @param logs the model, the unigram caches, the other models, which become probabilities
   * @param network whether the model is one, whose probabilities are collected apart
   */
  void take(double[][] logs, boolean network) {
    for (double[] log : logs) {
      for (int i = 0; i < log.length; i++) {
        log[i] = Math.exp(log[i]); // NaN of an empty cache stays
      }
    }
    cursor = network ? cursor : logs[0];
    unigrams = Arrays.copyOfRange(logs, 1, 1 + unigramWindows.length);
    others = Arrays.copyOfRange(logs, 1 + unigramWindows.length, logs.length);
  }

  private double[] model(int temperature) {
    return cursor.length > 0 ? cursor : collected.model(temperature);
  }

  /** Returns the loss of the model as it is; at the first temperature, which is 1 if it is open. */
  double before() {
    return MixtureWeights.loss(new double[][] {model(0)}, new double[] {1});
  }

  /** One way to divide the mixture. */
  private static final class Choice {
    final double[] weights;
    final double loss;

    Choice(double[] weights, double loss) {
      this.weights = weights;
      this.loss = loss;
    }
  }

  /** Chooses the settings that are open. */
  Tuning.Result choose(Wanted wanted, Adaptation.@Nullable Dynamic dynamic) {
    double[] plain = model(0);
    int unigram = bestUnigram(plain);
    int[] neural = bestNeural(plain);
    Double fixed = wanted.temperature();
    int temperature = fixed == null ? 0 : temperatures.length - 1;
    Choice best = divide(wanted, model(temperature), unigram, neural);
    for (int t = 1; t < temperatures.length && fixed == null; t++) {
      Choice other = divide(wanted, model(t), unigram, neural);
      if (other.loss < best.loss - GAIN) {
        best = other;
        temperature = t;
      }
    }
    Adaptation chosen =
        wanted.defaults().withTemperature(temperatures[temperature]).withDynamic(dynamic);
    Adaptation.UnigramCacheSettings u = chosen.unigramCache();
    if (u != null) {
      chosen =
          chosen.withUnigramCache(new Adaptation.UnigramCacheSettings(unigramWindows[unigram], 0));
    }
    Adaptation.NeuralCacheSettings n = chosen.neuralCache();
    if (n != null) {
      chosen =
          chosen.withNeuralCache(
              new Adaptation.NeuralCacheSettings(neuralWindows[neural[1]], thetas[neural[0]], 0));
    }
    return new Tuning.Result(
        chosen.withWeights(best.weights).withoutUnused(), before(), best.loss, plain.length);
  }

  /** Divides the mixture of the model at one temperature with all else. */
  private Choice divide(Wanted wanted, double[] model, int unigram, int[] neural) {
    List<double[]> parts = new ArrayList<>(); // all but the model
    List<@Nullable Double> given = new ArrayList<>();
    if (unigram >= 0) {
      parts.add(orModel(unigrams[unigram], model));
      given.add(wanted.unigram() == null ? null : wanted.unigram().weight());
    }
    if (neural.length > 0) {
      parts.add(collected.cache(neural[0], neural[1], model));
      given.add(wanted.neural() == null ? null : wanted.neural().weight());
    }
    for (int i = 0; i < others.length; i++) {
      parts.add(others[i]);
      given.add(wanted.mix().get(i).weight());
    }
    return divide(model, parts, given);
  }

  /** Returns the window whose mixture with the model is most likely; -1 without a cache. */
  private int bestUnigram(double[] model) {
    int best = -1;
    double least = Double.POSITIVE_INFINITY;
    for (int w = 0; w < unigrams.length; w++) {
      double loss = loss(model, orModel(unigrams[w], model));
      if (loss < least - GAIN) {
        least = loss;
        best = w;
      }
    }
    return best;
  }

  /** Returns theta and window of the most likely mixture with the model; empty without a cache. */
  private int[] bestNeural(double[] model) {
    int[] best = {};
    double least = Double.POSITIVE_INFINITY;
    for (int t = 0; t < thetas.length; t++) {
      for (int w = 0; w < neuralWindows.length; w++) {
        double loss = loss(model, collected.cache(t, w, model));
        if (loss < least - GAIN) {
          least = loss;
          best = new int[] {t, w};
        }
      }
    }
    return best;
  }

  /** Returns the loss of the best mixture of two. */
  private static double loss(double[] model, double[] other) {
    double[][] both = {model, other};
    return MixtureWeights.loss(
        both, MixtureWeights.fit(both, new double[] {Double.NaN, Double.NaN}));
  }

  /** Divides a mixture; a part that is worth nothing gets the weight 0. */
  private static Choice divide(double[] model, List<double[]> parts, List<@Nullable Double> given) {
    double[][] all = new double[parts.size() + 1][];
    double[] fixed = new double[all.length];
    Arrays.fill(fixed, Double.NaN);
    all[0] = model;
    for (int k = 1; k < all.length; k++) {
      all[k] = parts.get(k - 1);
      Double weight = given.isEmpty() ? null : given.get(k - 1);
      fixed[k] = weight == null ? Double.NaN : weight;
    }
    double[] weights = MixtureWeights.fit(all, fixed);
    double loss = MixtureWeights.loss(all, weights);
    for (int k = 1; k < all.length; k++) {
      if (!Double.isNaN(fixed[k]) || weights[k] == 0) {
        continue;
      }
      fixed[k] = 0;
      double[] without = MixtureWeights.fit(all, fixed);
      double lossWithout = MixtureWeights.loss(all, without);
      if (lossWithout < loss + GAIN) {
        weights = without;
        loss = lossWithout;
      } else {
        fixed[k] = Double.NaN;
      }
    }
    return new Choice(weights, loss);
  }

  /** Returns the frequencies in a cache; the model's probability where it is empty. */
  private static double[] orModel(double[] cache, double[] model) {
    double[] filled = cache.clone();
    for (int i = 0; i < filled.length; i++) {
      filled[i] = Double.isNaN(filled[i]) ? model[i] : filled[i];
    }
    return filled;
  }
}
