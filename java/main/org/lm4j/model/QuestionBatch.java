package org.lm4j.model;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lm4j.compute.Activation;
import org.lm4j.compute.Backend;
import org.lm4j.compute.GemmOp;
import org.lm4j.compute.RandomKey;
import org.lm4j.nn.Affine;
import org.lm4j.nn.Relu;
import org.lm4j.nn.SoftAttentionWindow;
import org.lm4j.nn.SoftmaxOutput;
import org.lm4j.tensor.Tensor;

/**
 * One batch of {@code B} questions for a {@link QuestionAnswerer}, each about an image of its own:
 * every activation, taken once and used at each step. What depends on the number of words is taken
 * once for each such number.
 */
public final class QuestionBatch implements AutoCloseable {
  private final QuestionAnswerer model;
  private final QuestionAnswerer.Layers layers;
  private final QuestionConfig config;
  private final Backend backend;
  private final Relu relu;
  private final int rows;
  private final boolean training;
  private final List<Tensor> owned = new ArrayList<>();
  private final Map<Integer, QuestionReading> readings = new HashMap<>(); // by words T
  private final SoftAttentionWindow attention;

  private final Tensor features; // (B·G, F)
  private final Tensor targets; // I32 (B)
  private final Tensor seen; // (B, G, M)
  private final Tensor seenRows; // the same as (B·G, M)
  private final Tensor ones; // (B, 1, G)
  private final List<Tensor> queries = new ArrayList<>(); // K + 1 of (B, H): u, the first is q
  private final Tensor found; // (B, M): z
  private final List<Tensor> asked = new ArrayList<>(); // K of (B, H + M): u and z
  private final List<Tensor> looks = new ArrayList<>(); // K of (B, G), where nothing is trained
  private final Tensor total; // (B, M): sum of the cells
  private final Tensor joined; // (B, 2 H + M)
  private final Tensor decided; // (B, C)
  private final Tensor dropped; // (B, C): the same after dropout, or the same
  private final Tensor scores; // (B, A)
  private final Tensor losses; // (B)

  private final @Nullable Backward back;
  private @Nullable QuestionReading reading;

  /** What only the backward pass needs. */
  private record Backward(
      Tensor dDecided, // (B, C)
      Tensor dJoined, // (B, 2 H + M)
      Tensor dTotal, // (B, M)
      Tensor dAsked, // (B, H + M)
      Tensor dFound, // (B, M)
      Tensor dQuestion, // (B, H): of q as part of what is decided on
      Tensor dQuery, // (B, H): of u, from what came after it
      Tensor dLooked) {} // (B, H): of the u before, from attention

  QuestionBatch(QuestionAnswerer model, int rows, boolean training) {
    this.model = model;
    this.layers = model.layers();
    this.config = model.config();
    this.backend = model.backend();
    this.relu = new Relu(backend);
    this.rows = rows;
    this.training = training;
    int cells = config.cells();
    int all = Math.multiplyExact(rows, cells);
    this.attention =
        training
            ? layers.attention().trainingWindow(config.hops(), rows, cells, true)
            : layers.attention().window(rows, cells);
    this.features = floats(all, config.features());
    this.targets = own(backend.allocateIds(rows));
    this.seenRows = floats(all, config.seen());
    this.seen = seenRows.reshape(rows, cells, config.seen());
    this.ones = floats(rows, 1, cells);
    backend.fill(ones, 1);
    queries.add(floats(rows, config.hidden()));
    for (int k = 0; k < config.hops(); k++) {
      asked.add(floats(rows, config.hidden() + config.seen()));
      queries.add(floats(rows, config.hidden()));
      if (!training) {
        looks.add(floats(rows, cells));
      }
    }
    this.found = floats(rows, config.seen());
    this.total = floats(rows, config.seen());
    this.joined = floats(rows, config.joined());
    this.decided = floats(rows, config.decision());
    boolean drops = training && layers.dropout().active();
    this.dropped = drops ? floats(rows, config.decision()) : decided;
    this.scores = floats(rows, config.answers());
    this.losses = floats(rows);
    this.back = training ? backward() : null;
  }

  private Backward backward() {
    int hidden = config.hidden();
    return new Backward(
        floats(rows, config.decision()),
        floats(rows, config.joined()),
        floats(rows, config.seen()),
        floats(rows, hidden + config.seen()),
        floats(rows, config.seen()),
        floats(rows, hidden),
        floats(rows, hidden),
        floats(rows, hidden));
  }

  private Tensor floats(int... dims) {
    return own(backend.allocate(dims));
  }

  private Tensor own(Tensor tensor) {
    owned.add(tensor);
    return tensor;
  }

  /** Number of questions B. */
  public int rows() {
    return rows;
  }

  /**
   * Makes ready for questions of up to {@code words} words, which takes memory the first time.
   *
   * @param words T, at least 1
   */
  public void prepare(int words) {
    reading = readings.computeIfAbsent(words, t -> new QuestionReading(model, t, rows, training));
  }

  /**
   * Takes questions, images and answers.
   *
   * @param questions B of them, each of 1 to T words as {@link #prepare} was told, in [0, V)
   * @param images {@code (B, G, F)} on the host, or {@code (B, F)} without a grid
   * @param answers B, each in [0, A), or {@link SoftmaxOutput#IGNORE}
   */
  public void load(int[][] questions, Tensor images, int[] answers) {
    reading().load(questions);
    backend.upload(images, features);
    backend.upload(answers, 0, rows, targets);
  }

  private QuestionReading reading() {
    if (reading == null) {
      throw new IllegalStateException("nothing is prepared");
    }
    return reading;
  }

  /** Computes the scores of the answers, {@code (B, A)}; nothing is dropped. */
  public Tensor scores() {
    forward();
    layers.answer().forward(decided, scores);
    return scores;
  }

  /** The losses, {@code (B)} in nats, of the {@link #scores} just computed; 0 where ignored. */
  public Tensor losses() {
    backend.crossEntropy(scores, targets, SoftmaxOutput.IGNORE, losses);
    return losses;
  }

  /**
   * Where each question looked, {@code (B, G)}, each row summing to 1.
   *
   * @param hop in [0, K)
   */
  public Tensor look(int hop) {
    return training ? attention.weights(hop) : looks.get(hop);
  }

  /**
   * Accumulates the gradients of the mean loss over the questions.
   *
   * @param lossSum {@code (1)}; overwritten with the sum of the losses
   */
  public void train(RandomKey key, Tensor lossSum) {
    if (back == null) {
      throw new IllegalStateException("this workspace was made without gradients");
    }
    forward();
    if (layers.dropout().active()) {
      layers.dropout().forward(decided, dropped, key);
    }
    layers.answer().forward(dropped, scores);
    backend.softmaxCrossEntropy(scores, targets, SoftmaxOutput.IGNORE, 1.0 / rows, losses);
    backend.sum(losses, lossSum);
    backward(back, key);
  }

  /** Up to what is decided on. */
  private void forward() {
    int hidden = config.hidden();
    Tensor question = queries.getFirst();
    reading().forward(question);
    layers.seen().forward(features, seenRows);
    relu.forward(seenRows, seenRows);
    attention.prepare(seen, null);
    for (int k = 0; k < config.hops(); k++) {
      int at = training ? k : 0;
      attention.attend(at, queries.get(k), found);
      if (!training) {
        backend.copy(attention.weights(at), looks.get(k));
      }
      backend.copyColumns(queries.get(k), 0, asked.get(k), 0, hidden);
      backend.copyColumns(found, 0, asked.get(k), hidden, config.seen());
      Tensor next = queries.get(k + 1);
      layers.hops().get(k).forward(asked.get(k), next);
      backend.activate(Activation.TANH, next, next);
    }
    backend.batchedGemm(GemmOp.NN, share(), ones, seen, 0, asMatrices(total));
    backend.copyColumns(question, 0, joined, 0, hidden);
    backend.copyColumns(queries.getLast(), 0, joined, hidden, hidden);
    backend.copyColumns(total, 0, joined, 2 * hidden, config.seen());
    layers.decision().forward(joined, decided);
    relu.forward(decided, decided);
  }

  /** 1/√G: a sum that grows neither with a large grid nor vanishes in it. */
  private double share() {
    return 1 / Math.sqrt(config.cells());
  }

  /** {@code (B, M)} as {@code B} matrices of one row. */
  private Tensor asMatrices(Tensor ofRows) {
    return ofRows.reshape(rows, 1, config.seen());
  }

  private void backward(Backward own, RandomKey key) {
    int hidden = config.hidden();
    layers.answer().backward(dropped, scores, own.dDecided);
    if (layers.dropout().active()) {
      layers.dropout().backward(own.dDecided, own.dDecided, key);
    }
    relu.backward(decided, own.dDecided, own.dDecided);
    layers.decision().backward(joined, own.dDecided, own.dJoined);
    backend.copyColumns(own.dJoined, 0, own.dQuestion, 0, hidden);
    backend.copyColumns(own.dJoined, hidden, own.dQuery, 0, hidden);
    backend.copyColumns(own.dJoined, 2 * hidden, own.dTotal, 0, config.seen());
    for (int k = config.hops() - 1; k >= 0; k--) {
      hopBackward(own, k);
    }
    backend.axpy(1, own.dQuery, own.dQuestion);
    reading().backward(own.dQuestion);
    attention.finish(config.hops());
    Tensor dSeen = attention.memoryGradient();
    backend.batchedGemm(GemmOp.TN, share(), ones, asMatrices(own.dTotal), 1, dSeen);
    Tensor dSeenRows = dSeen.reshape(rows * config.cells(), config.seen());
    relu.backward(seenRows, dSeenRows, dSeenRows);
    layers.seen().backward(features, dSeenRows);
  }

  /** From the gradient of {@code u[k + 1]} in {@code dQuery} to that of {@code u[k]} there. */
  private void hopBackward(Backward own, int k) {
    int hidden = config.hidden();
    Affine hop = layers.hops().get(k);
    backend.activateBackward(Activation.TANH, queries.get(k + 1), own.dQuery, own.dQuery);
    hop.backward(asked.get(k), own.dQuery, own.dAsked);
    backend.copyColumns(own.dAsked, 0, own.dQuery, 0, hidden);
    backend.copyColumns(own.dAsked, hidden, own.dFound, 0, config.seen());
    attention.backward(k, queries.get(k), own.dFound, own.dLooked);
    backend.axpy(1, own.dLooked, own.dQuery);
  }

  @Override
  public void close() {
    readings.values().forEach(QuestionReading::close);
    attention.close();
    owned.forEach(tensor -> tensor.storage().close());
  }
}
