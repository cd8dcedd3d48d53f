package org.lm4j.model;

import org.lm4j.compute.Backend;
import org.lm4j.nn.Parameter;
import org.lm4j.nn.Parameters;
import org.lm4j.nn.attention.AttentionDecoder;

/**
 * First weights of an {@link AttentionDecoder}, what PyTorch's layers begin with: the embedding
 * normal with deviation 1, everything else uniform in ±1/√K, K the width a layer reads, of the
 * recurrent one the width it has.
 */
public final class DecoderWeights {
  private DecoderWeights() {}

  /**
   * Draws those of the decoder whose names begin with {@code prefix}.
   *
   * @param site of the first of them, unlike those of the model's other parameters
   * @return the first site that is free again
   */
  public static int initialize(
      Backend backend,
      Parameters parameters,
      String prefix,
      AttentionDecoder.Shape shape,
      long seed,
      int site) { // what is drawn, and from what
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

  /** K; 0 for what is none of the decoder's. */
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
