package org.lm4j.nn.softmax;

import java.util.ArrayList;
import java.util.List;
import org.lm4j.compute.Backend;
import org.lm4j.nn.Affine;
import org.lm4j.nn.Parameters;

/**
 * An output layer for large vocabularies (Grave, Joulin, Cissé, Grangier and Jégou, "Efficient
 * softmax approximation for GPUs", 2017): frequent words are classes of a head, the others share
 * one class of it for each cluster and are distinguished in their cluster, where the input is
 * narrower the rarer the words. Despite the title the probabilities are exact and normalized,
 *
 * <pre>
 *   p(w) = softmax(W x + b)[w]                                       for a word of the head
 *   p(w) = softmax(W x + b)[c0 + i] · softmax(Q[i] P[i] x)[w - c[i]]  for a word of cluster i
 * </pre>
 *
 * <p>Structure and names are those of {@code torch.nn.AdaptiveLogSoftmaxWithLoss} with {@code
 * head_bias=True}: {@code head.weight (c0 + K, H)}, {@code head.bias (c0 + K)}, {@code
 * tail.0.0.weight}, which is {@code P (h, H)}, and {@code tail.0.1.weight}, which is {@code Q (·,
 * h)}.
 */
public final class AdaptiveSoftmax {
  private final Clusters clusters;
  private final Affine head;
  private final List<Tail> tails = new ArrayList<>();

  /**
   * The layers of one cluster.
   *
   * @param projection {@code P}
   * @param output {@code Q}
   */
  record Tail(Affine projection, Affine output) {}

  /** Creates a layer over parameters that {@link #plan} added under the same prefix. */
  public AdaptiveSoftmax(Backend backend, Clusters clusters, Parameters parameters, String prefix) {
    this.clusters = clusters;
    List<String> names = clusters.names().stream().map(prefix::concat).toList();
    this.head = new Affine(backend, parameters.get(names.get(0)), parameters.get(names.get(1)));
    for (int i = 0; i < clusters.count(); i++) {
      tails.add(
          new Tail(
              new Affine(backend, parameters.get(names.get(2 + 2 * i)), null),
              new Affine(backend, parameters.get(names.get(3 + 2 * i)), null)));
    }
  }

  /** Adds the parameters of the layer, whose names begin with {@code prefix}. */
  public static void plan(Clusters clusters, String prefix, Parameters.Builder into) {
    List<String> names = clusters.names();
    into.add(prefix + names.get(0), clusters.headClasses(), clusters.inputs());
    into.add(prefix + names.get(1), clusters.headClasses());
    for (int i = 0; i < clusters.count(); i++) {
      into.add(prefix + names.get(2 + 2 * i), clusters.width(i), clusters.inputs());
      into.add(prefix + names.get(3 + 2 * i), clusters.size(i), clusters.width(i));
    }
  }

  /** Returns the division of the words. */
  public Clusters clusters() {
    return clusters;
  }

  Affine head() {
    return head;
  }

  Tail tail(int cluster) {
    return tails.get(cluster);
  }
}
