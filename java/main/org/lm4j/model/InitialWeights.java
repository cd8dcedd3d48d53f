package org.lm4j.model;

import java.util.function.LongToDoubleFunction;
import org.lm4j.compute.Backend;
import org.lm4j.compute.Philox;
import org.lm4j.compute.RandomKey;
import org.lm4j.nn.Parameter;
import org.lm4j.nn.attention.AttentionDecoder;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.HostStorage;
import org.lm4j.tensor.Tensor;

/** Draws initial weights by {@link Philox}: a seed gives the same weights on every backend. */
public final class InitialWeights {
  private static final long BLOCK = 1 << 20; // weights drawn together
  private static final long BEFORE_TRAINING = -1; // a step that is not a training step

  private InitialWeights() {}

  /**
   * Initializes a parameter uniformly in ±{@code half}.
   *
   * @param site a random site distinct from that of any other parameter of the model
   */
  public static void uniform(
      Backend backend, Parameter parameter, double half, long seed, int site) {
    RandomKey key = new RandomKey(seed, BEFORE_TRAINING);
    set(backend, parameter, i -> half * (2 * Philox.uniform(key, site, i) - 1));
  }

  /** Initializes a parameter from a normal distribution with mean 0, see {@link #uniform}. */
  public static void normal(
      Backend backend, Parameter parameter, double deviation, long seed, int site) {
    RandomKey key = new RandomKey(seed, BEFORE_TRAINING);
    set(backend, parameter, i -> deviation * normal(key, site, i));
  }

  /**
   * Initializes the parameters of an {@link AttentionDecoder} as PyTorch's layers are: the
   * embedding is standard normal, everything else uniform in ±1/√K, where K is the input width of a
   * layer, or the hidden width of the recurrent one.
   *
   * @param prefix with which the names of the decoder's parameters begin
   * @param site the random site of the first one, distinct from those of the model's other
   *     parameters; the next ones follow
   */
  public static void decoder(
      Model model, String prefix, AttentionDecoder.Shape shape, long seed, int site) {
    int next = site;
    for (Parameter parameter : model.parameters().all()) {
      if (!parameter.name().startsWith(prefix)) {
        continue;
      }
      String name = parameter.name().substring(prefix.length());
      int fan = fan(name, shape);
      if (fan > 0 && name.startsWith("embedding.")) {
        normal(model.backend(), parameter, 1, seed, next++);
      } else if (fan > 0) {
        uniform(model.backend(), parameter, 1 / Math.sqrt(fan), seed, next++);
      }
    }
  }

  /** Returns K; 0 for a parameter that is not the decoder's. */
  private static int fan(String name, AttentionDecoder.Shape shape) {
    return switch (name.substring(0, Math.max(0, name.indexOf('.')))) {
      case "embedding" -> shape.embedding();
      case "rnn", "output" -> shape.hidden();
      case "attention" ->
          switch (name) {
            case "attention.memory.weight" -> shape.memory();
            case "attention.score.weight" -> shape.attention();
            default -> shape.hidden();
          };
      default -> 0;
    };
  }

  /** Returns a standard normal number, from two uniform ones (Box and Muller, 1958). */
  public static double normal(RandomKey key, int site, long i) {
    double radius = Math.sqrt(-2 * StrictMath.log(1 - Philox.uniform(key, site, 2 * i)));
    return radius * StrictMath.cos(2 * Math.PI * Philox.uniform(key, site, 2 * i + 1));
  }

  /**
   * Sets each weight to a function of its flat index, in blocks, so that it needs little memory.
   */
  private static void set(Backend backend, Parameter parameter, LongToDoubleFunction value) {
    Tensor target = parameter.value();
    int most = (int) Math.min(BLOCK, target.size());
    try (HostStorage storage = new HostStorage((long) most * DType.F64.bytes())) {
      for (long from = 0; from < target.size(); from += most) {
        Tensor part = target.view(from, (int) Math.min(most, target.size() - from));
        Tensor host = new Tensor(storage, 0, part.shape(), DType.F64);
        for (long i = 0; i < host.size(); i++) {
          host.set(i, value.applyAsDouble(from + i));
        }
        backend.upload(host, part);
      }
    }
  }
}
