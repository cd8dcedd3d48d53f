package org.lm4j.task.lm.adapt;

import org.lm4j.compute.Backend;
import org.lm4j.compute.GemmOp;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.HostStorage;
import org.lm4j.tensor.Shape;
import org.lm4j.tensor.Tensor;

/**
 * Hidden states and the tokens that followed them: the memory of the continuous cache (Grave,
 * Joulin and Usunier, "Improving Neural Language Models with a Continuous Cache", 2017). For each
 * token to predict it computes the products of the present state with each of the last {@code n}
 * states, all of them and not the nearest ones.
 */
final class NeuralCache implements AutoCloseable {
  private static final int MOST_PRODUCTS = 1 << 22; // of one matrix product, a bound of the memory

  private final Backend backend;
  private final int window;
  private final int most; // rows of one matrix product
  private final Tensor states; // (capacity, H)
  private final int[] tokens; // that followed each of the states
  private final Tensor products; // (most, window + most), in the layout of each call
  private final HostStorage hostStorage;
  private final double[] row;
  private final int[] after; // by row of a call: the entries before it
  private int size; // entries in states, of which the last `window` count

  /** Receives the products of one row. */
  @FunctionalInterface
  interface Taker {
    /**
     * Receives the products of the state at one row with those in the cache.
     *
     * @param index of the row in the call
     * @param products {@code count} numbers, the oldest first; may be overwritten
     * @param tokens that followed the states: the first belongs to index {@code first}
     * @param count may be 0
     */
    void take(int index, double[] products, int[] tokens, int first, int count);
  }

  /**
   * Creates an empty cache.
   *
   * @param hidden width of the states {@code H}
   * @param window number of states {@code n} that it keeps
   */
  NeuralCache(Backend backend, int hidden, int window) {
    this.backend = backend;
    this.window = window;
    this.most = Math.max(1, Math.min(512, MOST_PRODUCTS / (window + 512)));
    int capacity = Math.multiplyExact(2, window) + 2 * most;
    this.states = backend.allocate(capacity, hidden);
    this.tokens = new int[capacity];
    this.products = backend.allocate(most * (window + most));
    this.hostStorage = new HostStorage(products.size() * DType.F64.bytes());
    this.row = new double[window + most];
    this.after = new int[most + 1];
  }

  /** Returns the number of entries that count now. */
  int size() {
    return Math.min(size, window);
  }

  /**
   * Passes on the products of each state whose successor is scored, then adds it to the cache.
   *
   * @param hidden {@code (T, H)}
   * @param targets what follows each state, {@link Chunk#IGNORE} where it is not scored
   * @param from the index in {@code targets} of the first state
   */
  void attend(Tensor hidden, int[] targets, int from, Taker taker) {
    int rows = hidden.shape().dim(0);
    for (int done = 0; done < rows; done += most) {
      int count = Math.min(most, rows - done);
      attend(hidden.slice(done, count), targets, from + done, done, taker);
    }
  }

  private void attend(Tensor hidden, int[] targets, int from, int index, Taker taker) {
    int count = hidden.shape().dim(0);
    makeRoom(count);
    int before = size;
    for (int i = 0; i < count; i++) {
      after[i] = size;
      if (targets[from + i] != Chunk.IGNORE) {
        tokens[size++] = targets[from + i];
      }
    }
    keep(hidden, targets, from, before);
    int oldest = Math.max(0, before - window);
    int width = size - oldest;
    if (width == 0) {
      return;
    }
    Tensor result = products.view(0, count, width);
    backend.gemm(GemmOp.NT, 1, hidden, states.slice(oldest, width), 0, result);
    Tensor host = new Tensor(hostStorage, 0, Shape.of(count, width), DType.F64);
    backend.download(result, host);
    for (int i = 0; i < count; i++) {
      if (targets[from + i] == Chunk.IGNORE) {
        continue;
      }
      int first = Math.max(0, after[i] - window);
      int entries = after[i] - first;
      long at = (long) i * width + (first - oldest);
      for (int j = 0; j < entries; j++) {
        row[j] = host.get(at + j);
      }
      taker.take(index + i, row, tokens, first, entries);
    }
  }

  /** Copies the states whose successor is scored, run by run. */
  private void keep(Tensor hidden, int[] targets, int from, int before) {
    int count = hidden.shape().dim(0);
    int to = before;
    int begin = 0;
    for (int i = 0; i <= count; i++) {
      if (i < count && targets[from + i] != Chunk.IGNORE) {
        continue;
      }
      if (i > begin) {
        backend.copy(hidden.slice(begin, i - begin), states.slice(to, i - begin));
        to += i - begin;
      }
      begin = i + 1;
    }
  }

  /** Moves the entries that count to the front where the end is reached. */
  private void makeRoom(int count) {
    if (size + count <= tokens.length) {
      return;
    }
    int first = size - window; // beyond the first `window` entries: the copies do not overlap
    backend.copy(states.slice(first, window), states.slice(0, window));
    System.arraycopy(tokens, first, tokens, 0, window);
    size = window;
  }

  @Override
  public void close() {
    states.storage().close();
    products.storage().close();
    hostStorage.close();
  }
}
