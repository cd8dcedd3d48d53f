package org.lm4j.task.lm.line;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lm4j.compute.Backend;
import org.lm4j.compute.BackendException;
import org.lm4j.compute.RnnSpec;
import org.lm4j.compute.RnnState;
import org.lm4j.nn.OwnedTensors;
import org.lm4j.nn.SoftmaxOutput;
import org.lm4j.nn.Workspaces;
import org.lm4j.task.lm.CarriedState;
import org.lm4j.task.lm.LanguageModelNetwork;
import org.lm4j.task.lm.Window;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.HostStorage;
import org.lm4j.tensor.Shape;
import org.lm4j.tensor.Tensor;

/**
 * Scores sequences that begin alike, such as minimal pairs and sentences made from templates: each
 * beginning that several have in common is computed once. The sequences form a tree, whose nodes of
 * one depth are the rows of a step; a node takes the state of its parent.
 */
final class SharedPrefixes implements AutoCloseable {
  private static final int LONGEST = 64; // steps; a step of few rows is slower than a window
  private static final int LEAST_ROWS = 256; // in all
  private static final double MOST_PART = 0.85; // of the rows without sharing
  private static final long MANY_ROWS = 1L << 40;
  private static final int[] BATCHES = {512, 256, WindowLines.LEAST_ROWS};

  private final LanguageModelNetwork model;
  private final Backend backend;
  private final Workspaces<Integer, Step> steps;

  SharedPrefixes(LanguageModelNetwork model) {
    this.model = model;
    this.backend = model.backend();
    this.steps = new Workspaces<>(batch -> new Step(model, batch), Step::close);
  }

  /** One step of {@code B} rows: its window, the states around it and where they come from. */
  private static final class Step implements AutoCloseable {
    final Window window;
    final CarriedState state;
    final OwnedTensors owned;
    final Tensor parents; // I32 (B)
    final Tensor losses; // F64 (B), on the host
    private final HostStorage host;
    private final int vocabulary;
    private long done; // rows, until it pays to keep products of the weights

    Step(LanguageModelNetwork model, int batch) {
      this.vocabulary = model.config().vocabulary();
      this.window = model.window(1, batch, false);
      this.state = model.newState(batch);
      this.owned = new OwnedTensors(model.backend());
      this.parents = owned.ids(batch);
      this.host = new HostStorage((long) batch * DType.F64.bytes());
      this.losses = new Tensor(host, 0, Shape.of(batch), DType.F64);
    }

    /** Announces one more pass over the rows: after many, there will be many more. */
    void count() {
      boolean before = done < vocabulary;
      done += window.batch();
      if (before && done >= vocabulary) {
        window.weightsStay(MANY_ROWS);
      }
    }

    @Override
    public void close() {
      window.close();
      state.close();
      owned.close();
      host.close();
    }
  }

  /** The states of all nodes of one depth: of each layer {@code (N, H)}, in one tensor. */
  private static final class Store implements AutoCloseable {
    private final List<Tensor> parts =
        new ArrayList<>(); // (L, N, H) each: h, and c if there is one
    private final OwnedTensors owned;

    Store(LanguageModelNetwork model, int nodes) {
      this.owned = new OwnedTensors(model.backend());
      RnnSpec spec = model.config().rnn();
      RnnState state = owned.states(spec.cell(), spec.layers(), nodes, spec.hiddenSize());
      parts.add(state.h());
      if (state.c() != null) {
        parts.add(state.cell());
      }
    }

    @Override
    public void close() {
      owned.close();
    }
  }

  /** The nodes of one depth. */
  private static final class Depth {
    final List<Integer> parents = new ArrayList<>(); // among the nodes of the depth before
    final List<Integer> inputs = new ArrayList<>();
    final List<Integer> targets = new ArrayList<>(); // IGNORE where none is scored
    double[] losses = {};

    int size() {
      return inputs.size();
    }
  }

  /** A tree of sequences, and the node of each at each depth. */
  private record Tree(List<Depth> depths, List<int[]> paths) {
    int rows() {
      return depths.stream().mapToInt(Depth::size).sum();
    }
  }

  /**
   * Scores the sequences that have enough in common.
   *
   * @return those that are left to be scored
   */
  List<LineScorer.Sequence> run(List<LineScorer.Sequence> all) {
    List<LineScorer.Sequence> chosen = new ArrayList<>();
    List<LineScorer.Sequence> left = new ArrayList<>();
    int rows = 0;
    for (LineScorer.Sequence sequence : all) {
      boolean fits = sequence.steps() > 0 && sequence.steps() <= LONGEST;
      (fits ? chosen : left).add(sequence);
      rows += fits ? sequence.steps() : 0;
    }
    if (rows < LEAST_ROWS) {
      return all;
    }
    Tree tree = tree(chosen);
    if (tree.rows() > MOST_PART * rows) {
      return all;
    }
    compute(tree.depths());
    for (int i = 0; i < chosen.size(); i++) {
      LineScorer.Sequence sequence = chosen.get(i);
      int[] path = tree.paths().get(i);
      for (int t = 0; t < path.length; t++) {
        if (sequence.isScored(t + 1)) {
          sequence.nats[t + 1] = tree.depths().get(t).losses[path[t]];
        }
      }
    }
    return left;
  }

  /**
   * Returns the tree. A node of depth {@code t} is a beginning of {@code t + 2} tokens: it reads
   * the last but one, and its target is the last.
   */
  private static Tree tree(List<LineScorer.Sequence> sequences) {
    List<Depth> depths = new ArrayList<>();
    List<Map<Node, Integer>> known = new ArrayList<>();
    List<int[]> paths = new ArrayList<>();
    for (LineScorer.Sequence sequence : sequences) {
      int[] path = new int[sequence.steps()];
      int parent = -1;
      for (int t = 0; t < path.length; t++) {
        if (t == depths.size()) {
          depths.add(new Depth());
          known.add(new HashMap<>());
        }
        Depth depth = depths.get(t);
        int input = sequence.ids[t];
        boolean scored = sequence.isScored(t + 1);
        Node node = new Node(parent, input, sequence.ids[t + 1], scored);
        Integer found = known.get(t).putIfAbsent(node, depth.size());
        if (found == null) {
          found = depth.size();
          depth.parents.add(parent);
          depth.inputs.add(input);
          depth.targets.add(scored ? sequence.ids[t + 1] : SoftmaxOutput.IGNORE);
        }
        path[t] = found;
        parent = found;
      }
      paths.add(path);
    }
    return new Tree(depths, paths);
  }

  /** What distinguishes a node from others of its depth; without a parent the input does. */
  private record Node(int parent, int input, int next, boolean scored) {}

  private void compute(List<Depth> depths) {
    int most = depths.stream().mapToInt(Depth::size).max().orElse(0);
    try (Store before = new Store(model, most);
        Store after = new Store(model, most)) {
      Store from = before;
      Store to = after;
      for (int t = 0; t < depths.size(); t++) {
        Depth depth = depths.get(t);
        depth.losses = new double[depth.size()];
        boolean last = t + 1 == depths.size();
        int done = 0;
        while (done < depth.size()) {
          int batch = batch(depth.size() - done);
          int count = Math.min(batch, depth.size() - done);
          step(depth, done, count, steps.of(batch), t == 0 ? null : from, last ? null : to);
          done += count;
        }
        Store used = from;
        from = to;
        to = used;
      }
    }
  }

  /** Returns the number of rows of the next step, of which the last one may have too many. */
  private static int batch(int left) {
    for (int size : BATCHES) {
      if (left >= size) {
        return size;
      }
    }
    return BATCHES[BATCHES.length - 1];
  }

  private void step(
      Depth depth, int at, int count, Step step, @Nullable Store from, @Nullable Store to) {
    int batch = step.window.batch();
    int[] inputs = new int[batch];
    int[] targets = new int[batch];
    int[] parents = new int[batch];
    Arrays.fill(targets, SoftmaxOutput.IGNORE);
    for (int i = 0; i < count; i++) {
      inputs[i] = depth.inputs.get(at + i);
      targets[i] = depth.targets.get(at + i);
      parents[i] = Math.max(0, depth.parents.get(at + i));
    }
    List<Tensor> before = step.state.parts();
    if (from == null) {
      step.state.reset();
    } else {
      backend.upload(parents, 0, batch, step.parents);
      for (int part = 0; part < before.size(); part++) {
        Tensor stored = from.parts.get(part);
        Tensor taken = before.get(part);
        for (int layer = 0; layer < taken.shape().dim(0); layer++) {
          backend.embed(rows(stored, layer), step.parents, rows(taken, layer));
        }
      }
    }
    step.count();
    step.window.load(inputs, targets);
    step.window.evaluate(step.state);
    step.state.advance();
    if (to != null) {
      List<Tensor> after = step.state.parts();
      for (int part = 0; part < after.size(); part++) {
        for (int layer = 0; layer < after.get(part).shape().dim(0); layer++) {
          Tensor target = rows(to.parts.get(part), layer).slice(at, count);
          backend.copy(rows(after.get(part), layer).slice(0, count), target);
        }
      }
    }
    backend.download(step.window.losses(), step.losses);
    for (int i = 0; i < count; i++) {
      double loss = step.losses.get(i);
      if (!Double.isFinite(loss)) {
        throw new BackendException(
            "the loss of a token is %s: the weights of the model are damaged".formatted(loss));
      }
      depth.losses[at + i] = loss;
    }
  }

  /** Returns the states of one layer, {@code (N, H)}. */
  private static Tensor rows(Tensor states, int layer) {
    return states.slice(layer, 1).reshape(states.shape().dim(1), states.shape().dim(2));
  }

  @Override
  public void close() {
    steps.close();
  }
}
