package org.lm4j.task.embed;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import org.lm4j.compute.Backend;
import org.lm4j.compute.GemmOp;
import org.lm4j.data.VectorTable;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.HostStorage;
import org.lm4j.tensor.Shape;
import org.lm4j.tensor.Tensor;

/**
 * Finds nearest neighbours of words by cosine similarity. The table is processed in blocks of rows,
 * so that it needs no second copy.
 */
public final class KeyedVectors implements AutoCloseable {
  private static final int BLOCK = 1 << 21; // numbers of a block
  private static final int AT_ONCE = 64; // queries

  private final Backend backend;
  private final VectorTable table;
  private final Tensor block; // (R, D): vectors of length 1, or zero
  private final HostStorage storage; // (R, D), F64: the same on the host
  private final BitSet directed = new BitSet(); // rows of the block that have a direction

  /** Creates a search over these vectors; a vector of length zero has no neighbours. */
  public KeyedVectors(Backend backend, VectorTable table) {
    this.backend = backend;
    this.table = table;
    int dimension = table.dimension();
    int rows = Math.clamp(table.words().size(), 1, Math.max(1, BLOCK / dimension));
    this.block = backend.allocate(rows, dimension);
    this.storage = new HostStorage((long) rows * dimension * DType.F64.bytes());
  }

  private void upload(double[] values, Tensor target) {
    try (HostStorage copy = new HostStorage((long) values.length * DType.F64.bytes())) {
      Tensor host = new Tensor(copy, 0, Shape.of(values.length), DType.F64);
      for (int i = 0; i < values.length; i++) {
        host.set(i, values[i]);
      }
      backend.upload(host, target);
    }
  }

  /** Loads {@code count} normalized rows into the block. */
  private Tensor load(int from, int count) {
    int dimension = table.dimension();
    float[] vector = new float[dimension];
    MemorySegment host = storage.segment();
    directed.clear();
    for (int row = 0; row < count; row++) {
      table.copy(from + row, vector);
      double norm = norm(vector);
      directed.set(row, norm > 0);
      for (int i = 0; i < dimension; i++) {
        double unit = norm > 0 ? vector[i] / norm : 0;
        host.setAtIndex(ValueLayout.JAVA_DOUBLE, (long) row * dimension + i, unit);
      }
    }
    Tensor loaded = block.slice(0, count);
    backend.upload(new Tensor(storage, 0, loaded.shape(), DType.F64), loaded);
    return loaded;
  }

  private static double norm(float[] vector) {
    double squares = 0;
    for (float value : vector) {
      squares += (double) value * value;
    }
    return Math.sqrt(squares);
  }

  /** Returns the table of vectors. */
  public VectorTable table() {
    return table;
  }

  /**
   * A neighbour of a query.
   *
   * @param cosine the cosine similarity, in [-1, 1]
   */
  public record Neighbour(String word, double cosine) {}

  /**
   * Returns the {@code count} nearest neighbours of a row's word, excluding itself, the nearest
   * first.
   */
  public List<Neighbour> nearest(int row, int count) {
    return search(List.of(new Query(direction(row, 1), List.of(row))), count).get(0);
  }

  /**
   * Returns the nearest neighbours of several rows' words, see {@link #nearest(int, int)}.
   *
   * @param rows of the table
   * @param count neighbours of each
   */
  public List<List<Neighbour>> nearest(List<Integer> rows, int count) {
    List<List<Neighbour>> all = new ArrayList<>();
    for (int from = 0; from < rows.size(); from += AT_ONCE) {
      List<Query> queries = new ArrayList<>();
      for (int row : rows.subList(from, Math.min(rows.size(), from + AT_ONCE))) {
        queries.add(new Query(direction(row, 1), List.of(row)));
      }
      all.addAll(search(queries, count));
    }
    return all;
  }

  /**
   * Answers what is to {@code c} as {@code b} is to {@code a}: the words nearest to {@code b - a +
   * c} of normalized vectors, excluding these three (3CosAdd: Mikolov, Yih and Zweig, "Linguistic
   * Regularities in Continuous Space Word Representations", 2013).
   */
  public List<Neighbour> analogy(int a, int b, int c, int count) {
    return analogies(List.of(new int[] {a, b, c}), count).get(0);
  }

  /**
   * Answers several analogies at once, see {@link #analogy}.
   *
   * @param questions of three rows each
   */
  public List<List<Neighbour>> analogies(List<int[]> questions, int count) {
    List<Query> queries = new ArrayList<>();
    for (int[] rows : questions) {
      double[] wanted = direction(rows[1], 1);
      double[] less = direction(rows[0], -1);
      double[] more = direction(rows[2], 1);
      for (int i = 0; i < wanted.length; i++) {
        wanted[i] += less[i] + more[i];
      }
      queries.add(new Query(wanted, List.of(rows[0], rows[1], rows[2])));
    }
    return search(queries, count);
  }

  private double[] direction(int row, double factor) {
    float[] vector = new float[table.dimension()];
    table.copy(row, vector);
    double norm = norm(vector);
    double[] direction = new double[vector.length];
    for (int i = 0; i < direction.length; i++) {
      direction[i] = norm > 0 ? factor * (vector[i] / norm) : 0;
    }
    return direction;
  }

  /** A query vector of any length, and the rows that are excluded. */
  private static final class Query {
    private final double[] direction;
    private final List<Integer> excluded;

    Query(double[] direction, List<Integer> excluded) {
      this.direction = direction;
      this.excluded = excluded;
    }

    double norm() {
      double squares = 0;
      for (double value : direction) {
        squares += value * value;
      }
      return Math.sqrt(squares);
    }
  }

  private List<List<Neighbour>> search(List<Query> queries, int count) {
    int asked = queries.size();
    if (asked == 0) {
      return List.of();
    }
    int size = table.words().size();
    int rows = block.shape().dim(0);
    List<Nearest> nearest =
        queries.stream().map(query -> new Nearest(query, Math.min(count, size))).toList();
    Tensor wanted = backend.allocate(asked, table.dimension());
    Tensor scores = backend.allocate(asked * rows);
    try (HostStorage answers = new HostStorage((long) asked * rows * DType.F64.bytes())) {
      upload(queries.stream().flatMapToDouble(q -> Arrays.stream(q.direction)).toArray(), wanted);
      for (int from = 0; from < size; from += rows) {
        int here = Math.min(rows, size - from);
        Tensor product = scores.view(0, asked, here);
        backend.gemm(GemmOp.NT, 1, wanted, load(from, here), 0, product);
        Tensor host = new Tensor(answers, 0, product.shape(), DType.F64);
        backend.download(product, host);
        for (int i = 0; i < asked; i++) {
          nearest.get(i).add(from, host.slice(i, 1));
        }
      }
    } finally {
      wanted.storage().close();
      scores.storage().close();
    }
    return nearest.stream().map(Nearest::neighbours).toList();
  }

  /** The best rows found for a query. */
  private final class Nearest {
    private record Scored(int row, double score) {}

    private static final Comparator<Scored> BETTER =
        Comparator.comparingDouble(Scored::score).thenComparingInt(s -> -s.row); // first of equals

    private final Query query;
    private final int count;
    private final PriorityQueue<Scored> kept = new PriorityQueue<>(BETTER);

    Nearest(Query query, int count) {
      this.query = query;
      this.count = count;
    }

    /** Adds the rows of the block with their scores. */
    void add(int from, Tensor scores) {
      for (int i = 0; i < scores.size(); i++) {
        double score = scores.get(i);
        boolean full = kept.size() >= count;
        if (full && (count == 0 || score <= kept.element().score)) {
          continue;
        }
        if (directed.get(i) && !query.excluded.contains(from + i)) {
          kept.add(new Scored(from + i, score));
          if (full) {
            kept.remove();
          }
        }
      }
    }

    List<Neighbour> neighbours() {
      double norm = query.norm();
      return kept.stream()
          .sorted(BETTER.reversed())
          .map(s -> new Neighbour(table.words().get(s.row), norm > 0 ? s.score / norm : 0))
          .toList();
    }
  }

  @Override
  public void close() {
    storage.close();
    block.storage().close();
  }
}
