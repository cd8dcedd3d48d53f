package org.lm4j.task.embed;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;
import org.lm4j.compute.Backend;
import org.lm4j.compute.NegativeSamples;
import org.lm4j.compute.SoleUse;
import org.lm4j.nn.OwnedTensors;
import org.lm4j.nn.SoftmaxOutput;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.HostStorage;
import org.lm4j.tensor.Shape;
import org.lm4j.tensor.Tensor;

/**
 * A workspace for negative sampling: words, each with candidates that are context words or randomly
 * drawn words. A candidate c of word w has the loss {@code -log σ(u_c · v_w)} if it is a context
 * word, and its weight times {@code -log σ(-u_c · v_w)} if it was drawn: equation 4 of Mikolov et
 * al., 2013. The words drawn for w are shared by all its context words, and the weight of each is
 * the number of context words it is contrasted with: the expectation equals that of separate draws
 * for each pair, at a third of the work.
 *
 * <p>A step updates only the vectors of its words and candidates, a small part of the tables. Its
 * gradients therefore never have the layout of the weights; {@link #apply} adds them, scaled, to
 * the rows they belong to, in the order of the words, so that the result does not depend on the
 * number of threads. This is stochastic gradient descent as in word2vec, with all gradients of a
 * step computed before the first is applied.
 */
public final class SampledPairs implements AutoCloseable {
  /** The class of an empty place for a candidate. */
  public static final int NONE = SoftmaxOutput.IGNORE;

  /** The class of a candidate that was drawn. */
  public static final int DRAWN = 0;

  /** The class of a candidate that is a context word. */
  public static final int NEAR = 1;

  private final SoleUse use = new SoleUse("the pairs");
  private final Backend backend;
  private final Tensor input; // (V, D)
  private final Tensor output; // (V, D)
  private final int rows;
  private final int places;
  private final OwnedTensors owned;
  private final Tensor words; // I32 (N)
  private final Tensor candidates; // I32 (N·C)
  private final Tensor classes; // I32 (N·C)
  private final HostStorage weightStorage;
  private final Tensor hostWeights; // (N·C), on the host
  private final Tensor weights; // (N·C)
  private final Tensor x; // (N, D): vectors of the words
  private final Tensor dx; // (N, D)
  private final NegativeSamples samples;

  /**
   * Creates a workspace.
   *
   * @param rows number N of words
   * @param places number C of places for candidates of each word
   */
  public SampledPairs(SkipGram model, int rows, int places) {
    this.backend = model.backend();
    this.owned = new OwnedTensors(backend);
    this.input = model.parameters().get(SkipGram.INPUT).value();
    this.output = model.parameters().get(SkipGram.OUTPUT).value();
    this.rows = rows;
    this.places = places;
    int dimension = model.config().dimension();
    int all = Math.multiplyExact(rows, places);
    this.words = owned.ids(rows);
    this.candidates = owned.ids(all);
    this.classes = owned.ids(all);
    this.weightStorage = new HostStorage((long) all * DType.F32.bytes());
    this.hostWeights = new Tensor(weightStorage, 0, Shape.of(all), DType.F32);
    this.weights = owned.floats(all);
    this.x = owned.floats(rows, dimension);
    this.dx = owned.floats(rows, dimension);
    NegativeSamples.Work work =
        new NegativeSamples.Work(
            owned.floats(all, dimension), owned.floats(all, 2), owned.floats(all));
    this.samples =
        new NegativeSamples(output, x, candidates, classes, weights, owned.floats(all), work);
  }

  /** Returns the number N of words. */
  public int rows() {
    return rows;
  }

  /**
   * Loads words and candidates.
   *
   * @param wordIds {@code N}
   * @param candidateIds {@code (N, C)} flat; any id if there is none
   * @param kinds {@code (N, C)} flat: {@link #NEAR}, {@link #DRAWN} or {@link #NONE}
   * @param weightsOf {@code (N, C)} flat: 1 for context words, 0 if there is none
   */
  public void load(int[] wordIds, int[] candidateIds, int[] kinds, float[] weightsOf) {
    try (SoleUse.Use _ = use.begin()) {
      backend.upload(wordIds, 0, rows, words);
      backend.upload(candidateIds, 0, rows * places, candidates);
      backend.upload(kinds, 0, rows * places, classes);
      MemorySegment.copy(weightsOf, 0, hostWeights.segment(), JAVA_FLOAT, 0, rows * places);
      backend.upload(hostWeights, weights);
    }
  }

  /** Writes the sum of the losses to {@code lossSum (1)}. */
  public void loss(Tensor lossSum) {
    train(lossSum);
  }

  /**
   * Computes the gradients of the sum of the losses.
   *
   * @param lossSum {@code (1)}; overwritten with that sum
   */
  public void train(Tensor lossSum) {
    try (SoleUse.Use _ = use.resume()) {
      backend.embed(input, words, x);
      backend.negativeSampling(samples, dx, lossSum);
    }
  }

  /** Returns the gradients of the words' vectors just computed, {@code (N, D)}. */
  public Tensor dx() {
    try (SoleUse.Use _ = use.resume()) {
      return dx;
    }
  }

  /**
   * Adds {@code -rate} times the gradients just computed to the vectors; this overwrites the
   * gradients.
   */
  public void apply(double rate) {
    try (SoleUse.Use _ = use.resume()) {
      backend.negativeSamplingUpdate(samples, -rate, output);
      backend.scale(-rate, dx);
      backend.embedBackward(dx, words, input);
    }
  }

  @Override
  public void close() {
    if (!use.end()) {
      return;
    }
    weightStorage.close();
    owned.close();
  }
}
