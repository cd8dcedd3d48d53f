package org.lm4j.task.vqa;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lm4j.compute.Activation;
import org.lm4j.compute.Backend;
import org.lm4j.compute.GemmOp;
import org.lm4j.compute.RandomKey;
import org.lm4j.compute.SoleUse;
import org.lm4j.nn.Affine;
import org.lm4j.nn.OwnedTensors;
import org.lm4j.nn.Relu;
import org.lm4j.nn.SoftmaxOutput;
import org.lm4j.nn.attention.SoftAttention;
import org.lm4j.nn.attention.SoftAttentionWindow;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.HostStorage;
import org.lm4j.tensor.Tensor;

/**
 * A workspace for {@code B} questions for a {@link VqaNetwork}, each about its own image: all
 * activations, allocated once and reused at each step. Buffers that depend on the number of words
 * are allocated once for each such number.
 */
public final class VqaBatch implements AutoCloseable {
  private static final double FARTHEST =
      2; // of a position: far enough to distinguish neighbours early

  private final SoleUse use = new SoleUse("the batch");
  private final VqaNetwork model;
  private final VqaNetwork.Layers layers;
  private final VqaConfig config;
  private final Backend backend;
  private final Relu relu;
  private final int rows;
  private final boolean training;
  private final OwnedTensors owned;
  private final Map<Integer, QuestionEncoder> readings = new HashMap<>(); // by words T
  private final List<SoftAttentionWindow> looks = new ArrayList<>(); // K

  private final Tensor features; // (B·G, F)
  private final Tensor targets; // I32 (B)
  private final Tensor seen; // (B·G, S)
  private final Tensor memoryRows; // (B·G, M): seen and the places
  private final Tensor memory; // the same as (B, G, M)
  private final Tensor ones; // (B, 1, G)
  private final List<Tensor> queries = new ArrayList<>(); // K + 1 of (B, H): u, the first is q
  private final List<Tensor> found = new ArrayList<>(); // K of (B, M): z
  private final List<Tensor> asked = new ArrayList<>(); // K of (B, H + M): u and z
  private final List<Tensor> steps = new ArrayList<>(); // K of (B, H): u[k] - u[k-1]
  private final Tensor total; // (B, M): sum of the cells
  private final Tensor joined; // (B, 2 H + (K + 1) M)
  private final Tensor decided; // (B, C)
  private final Tensor dropped; // (B, C): the same after dropout, or the same
  private final Tensor scores; // (B, A)
  private final Tensor losses; // (B)

  private final @Nullable Backward back;
  private @Nullable QuestionEncoder reading;

  /** Buffers that only the backward pass needs. */
  private record Backward(
      Tensor dSeen, // (B·G, S)
      Tensor dDecided, // (B, C)
      Tensor dJoined, // (B, 2 H + (K + 1) M)
      Tensor dTotal, // (B, M)
      Tensor dAsked, // (B, H + M)
      Tensor dFound, // (B, M): of z as part of the next query
      Tensor dFoundDirectly, // (B, M): of z as part of what is decided on
      Tensor dQuestion, // (B, H): of q as part of what is decided on
      Tensor dQuery, // (B, H): of u, from what came after it
      Tensor dStep, // (B, H): of a step, then of the previous u as part of the query
      Tensor dLooked) {} // (B, H): of the u before, from attention

  VqaBatch(VqaNetwork model, int rows, boolean training) {
    this.model = model;
    this.layers = model.layers();
    this.config = model.config();
    this.backend = model.backend();
    this.owned = new OwnedTensors(backend);
    this.relu = new Relu(backend);
    this.rows = rows;
    this.training = training;
    int cells = config.cells();
    int all = Math.multiplyExact(rows, cells);
    this.features = owned.floats(all, config.image().features());
    this.targets = owned.ids(rows);
    this.seen = owned.floats(all, config.shape().seen());
    this.memoryRows = owned.floats(all, config.memory());
    this.memory = memoryRows.reshape(rows, cells, config.memory());
    setPlaces();
    this.ones = owned.floats(rows, 1, cells);
    backend.fill(ones, 1);
    queries.add(owned.floats(rows, config.hidden()));
    for (SoftAttention attention : layers.attention()) {
      looks.add(
          training
              ? attention.trainingWindow(1, rows, cells, true)
              : attention.window(rows, cells));
      found.add(owned.floats(rows, config.memory()));
      asked.add(owned.floats(rows, config.hidden() + config.memory()));
      steps.add(owned.floats(rows, config.hidden()));
      queries.add(owned.floats(rows, config.hidden()));
    }
    this.total = owned.floats(rows, config.memory());
    this.joined = owned.floats(rows, config.joined());
    this.decided = owned.floats(rows, config.shape().decision());
    boolean drops = training && layers.dropout().active();
    this.dropped = drops ? owned.floats(rows, config.shape().decision()) : decided;
    this.scores = owned.floats(rows, config.answers());
    this.losses = owned.floats(rows);
    this.back = training ? backward() : null;
  }

  private Backward backward() {
    int hidden = config.hidden();
    return new Backward(
        owned.floats(rows * config.cells(), config.shape().seen()),
        owned.floats(rows, config.shape().decision()),
        owned.floats(rows, config.joined()),
        owned.floats(rows, config.memory()),
        owned.floats(rows, hidden + config.memory()),
        owned.floats(rows, config.memory()),
        owned.floats(rows, config.memory()),
        owned.floats(rows, hidden),
        owned.floats(rows, hidden),
        owned.floats(rows, hidden),
        owned.floats(rows, hidden));
  }

  /**
   * Sets the last two numbers of each cell, its position from -2 to 2; 0 if there is only one row
   * or column.
   */
  private void setPlaces() {
    int width = config.memory();
    int cells = config.cells();
    long size = memoryRows.size();
    try (HostStorage storage = new HostStorage(size * DType.F64.bytes())) {
      Tensor places = new Tensor(storage, 0, memoryRows.shape(), DType.F64);
      for (int i = 0; i < rows * cells; i++) {
        int cell = i % cells;
        int columns = Math.max(1, config.image().columns());
        places.set((long) i * width + config.shape().seen(), place(cell % columns, columns));
        places.set(
            (long) i * width + config.shape().seen() + 1,
            place(cell / columns, config.image().rows()));
      }
      backend.upload(places, memoryRows);
    }
  }

  private static double place(int i, int count) {
    return count < 2 ? 0 : FARTHEST * (2.0 * i / (count - 1) - 1);
  }

  /** Returns the number of questions B. */
  public int rows() {
    return rows;
  }

  /**
   * Prepares for questions of up to {@code words} words, which allocates memory the first time.
   *
   * @param words T, at least 1
   */
  public void prepare(int words) {
    try (SoleUse.Use _ = use.begin()) {
      reading = readings.computeIfAbsent(words, t -> new QuestionEncoder(model, t, rows, training));
    }
  }

  /**
   * Loads questions, images and answers.
   *
   * @param questions B questions of 1 to T words each, as passed to {@link #prepare}, in [0, V)
   * @param images {@code (B, G, F)} on the host, or {@code (B, F)} without a grid
   * @param answers B, each in [0, A), or {@link SoftmaxOutput#IGNORE}
   */
  public void load(int[][] questions, Tensor images, int[] answers) {
    try (SoleUse.Use _ = use.begin()) {
      reading().load(questions);
      backend.upload(images, features);
      backend.upload(answers, 0, rows, targets);
    }
  }

  private QuestionEncoder reading() {
    if (reading == null) {
      throw new IllegalStateException("nothing is prepared");
    }
    return reading;
  }

  /** Computes the scores of the answers, {@code (B, A)}; nothing is dropped. */
  public Tensor scores() {
    try (SoleUse.Use _ = use.resume()) {
      forward(null);
      layers.answer().forward(decided, scores);
      return scores;
    }
  }

  /**
   * Returns the losses, {@code (B)} in nats, of the {@link #scores} just computed; 0 where ignored.
   */
  public Tensor losses() {
    try (SoleUse.Use _ = use.resume()) {
      backend.crossEntropy(scores, targets, SoftmaxOutput.IGNORE, losses);
      return losses;
    }
  }

  /**
   * Returns the attention weights of each question, {@code (B, G)}, each row summing to 1.
   *
   * @param hop in [0, K)
   */
  public Tensor look(int hop) {
    try (SoleUse.Use _ = use.resume()) {
      return looks.get(hop).weights(0);
    }
  }

  /**
   * Accumulates the gradients of the mean loss over the questions.
   *
   * @param lossSum {@code (1)}; overwritten with the sum of the losses
   */
  public void train(RandomKey key, Tensor lossSum) {
    try (SoleUse.Use _ = use.resume()) {
      if (back == null) {
        throw new IllegalStateException("this workspace was made without gradients");
      }
      forward(key);
      if (layers.dropout().active()) {
        layers.dropout().forward(decided, dropped, key);
      }
      layers.answer().forward(dropped, scores);
      backend.softmaxCrossEntropy(scores, targets, SoftmaxOutput.IGNORE, 1.0 / rows, losses);
      backend.sum(losses, lossSum);
      backward(back, key);
    }
  }

  /**
   * Computes the input of the decision layer; applies dropout to the seen features if there is a
   * key.
   */
  private void forward(@Nullable RandomKey key) {
    int hidden = config.hidden();
    Tensor question = queries.getFirst();
    reading().forward(question);
    int width = config.memory();
    layers.seen().forward(features, seen);
    relu.forward(seen, seen);
    if (key != null && layers.seenDropout().active()) {
      layers.seenDropout().forward(seen, seen, key);
    }
    backend.copyColumns(seen, 0, memoryRows, 0, config.shape().seen());
    for (int k = 0; k < config.shape().hops(); k++) {
      looks.get(k).prepare(memory, null);
      looks.get(k).attend(0, queries.get(k), found.get(k));
      backend.copyColumns(queries.get(k), 0, asked.get(k), 0, hidden);
      backend.copyColumns(found.get(k), 0, asked.get(k), hidden, width);
      Tensor step = steps.get(k);
      layers.hops().get(k).forward(asked.get(k), step);
      backend.activate(Activation.TANH, step, step);
      backend.copy(queries.get(k), queries.get(k + 1));
      backend.axpy(1, step, queries.get(k + 1));
      backend.copyColumns(found.get(k), 0, joined, config.placeOf(k), width);
    }
    backend.batchedGemm(GemmOp.NN, share(), ones, memory, 0, asMatrices(total));
    backend.copyColumns(question, 0, joined, 0, hidden);
    backend.copyColumns(queries.getLast(), 0, joined, hidden, hidden);
    backend.copyColumns(total, 0, joined, config.placeOf(config.shape().hops()), width);
    layers.decision().forward(joined, decided);
    relu.forward(decided, decided);
  }

  /** Returns 1/√G, which keeps a sum over the cells of a large grid from growing or vanishing. */
  private double share() {
    return 1 / Math.sqrt(config.cells());
  }

  /** Returns {@code (B, M)} as {@code B} matrices of one row. */
  private Tensor asMatrices(Tensor ofRows) {
    return ofRows.reshape(rows, 1, config.memory());
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
    int last = config.placeOf(config.shape().hops());
    backend.copyColumns(own.dJoined, last, own.dTotal, 0, config.memory());
    for (int k = config.shape().hops() - 1; k >= 0; k--) {
      hopBackward(own, k);
    }
    backend.axpy(1, own.dQuery, own.dQuestion);
    reading().backward(own.dQuestion);
    Tensor dMemory = looks.getFirst().memoryGradient();
    for (int k = 1; k < config.shape().hops(); k++) {
      backend.axpy(1, looks.get(k).memoryGradient(), dMemory);
    }
    backend.batchedGemm(GemmOp.TN, share(), ones, asMatrices(own.dTotal), 1, dMemory);
    Tensor dMemoryRows = dMemory.reshape(rows * config.cells(), config.memory());
    backend.copyColumns(dMemoryRows, 0, own.dSeen, 0, config.shape().seen());
    if (layers.seenDropout().active()) {
      layers.seenDropout().backward(own.dSeen, own.dSeen, key);
    }
    relu.backward(seen, own.dSeen, own.dSeen); // what was dropped is 0 already
    layers.seen().backward(features, own.dSeen);
  }

  /** Turns the gradient of {@code u[k + 1]} in {@code dQuery} into that of {@code u[k]}. */
  private void hopBackward(Backward own, int k) {
    int hidden = config.hidden();
    Affine hop = layers.hops().get(k);
    backend.activateBackward(Activation.TANH, steps.get(k), own.dQuery, own.dStep);
    hop.backward(asked.get(k), own.dStep, own.dAsked);
    backend.copyColumns(own.dAsked, 0, own.dStep, 0, hidden);
    backend.axpy(1, own.dStep, own.dQuery);
    backend.copyColumns(own.dAsked, hidden, own.dFound, 0, config.memory());
    backend.copyColumns(own.dJoined, config.placeOf(k), own.dFoundDirectly, 0, config.memory());
    backend.axpy(1, own.dFoundDirectly, own.dFound);
    SoftAttentionWindow look = looks.get(k);
    look.backward(0, queries.get(k), own.dFound, own.dLooked);
    look.finish(1);
    backend.axpy(1, own.dLooked, own.dQuery);
  }

  @Override
  public void close() {
    if (!use.end()) {
      return;
    }
    readings.values().forEach(QuestionEncoder::close);
    looks.forEach(SoftAttentionWindow::close);
    owned.close();
  }
}
