package org.lm4j.model;

import org.lm4j.compute.Backend;
import org.lm4j.nn.Parameter;
import org.lm4j.nn.Parameters;
import org.lm4j.nn.attention.AttentionDecoder;

/**
 * Initial weights of an {@link AttentionDecoder}, as in PyTorch's layers: the embedding is standard
 * normal, everything else uniform in ±1/√K, where K is the input width of a layer, or the hidden
 * width of the recurrent one.
 */
public final class DecoderWeights {
  private DecoderWeights() {}

  /**
   * Initializes the parameters of the decoder, whose names begin with {@code prefix}.
   *
   * @param site the random site of the first one, distinct from those of the model's other
   *     parameters
   * @return the next free site
   */
  public static int initialize(
      Backend backend,
      Parameters parameters,
      String prefix,
      AttentionDecoder.Shape shape,
      long seed,
      int site) { // the initialized parameters, and K of each
    int next = site;
    for (Parameter parameter : parameters.all()) {
      if (!parameter.name().startsWith(prefix)) {
        continue;
      }
      String name = parameter.name().substring(prefix.length());
      int fan = fan(name, shape);
      if (fan == 0) {
        continue;
      }
      if (name.startsWith("embedding.")) {
        InitialWeights.normal(backend, parameter, 1, seed, next++);
      } else {
        InitialWeights.uniform(backend, parameter, 1 / Math.sqrt(fan), seed, next++);
      }
    }
    return next;
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
}
