package org.lm4j.model;

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
 * Words by their directions: which are near others, by the cosine of the angle between their
 * vectors. Owns its table.
 */
public final class WordSpace implements AutoCloseable {
  private final Backend backend;
  private final VectorTable table;
  private final double[] units; // (V, D): vectors of length 1, or zero
  private final BitSet directed = new BitSet(); // rows that have a direction
  private final Tensor unitTable; // (V, D)

  /** Of these vectors; one of length zero is near nothing. */
  public WordSpace(Backend backend, VectorTable table) {
    this.backend = backend;
    this.table = table;
    int dimension = table.dimension();
    int size = table.words().size();
    this.units = new double[size * dimension];
    for (int row = 0; row < size; row++) {
      double squares = 0;
      for (int i = 0; i < dimension; i++) {
        squares += (double) table.get(row, i) * table.get(row, i);
      }
      for (int i = 0; squares > 0 && i < dimension; i++) {
        units[row * dimension + i] = table.get(row, i) / Math.sqrt(squares);
      }
      directed.set(row, squares > 0);
    }
    this.unitTable = backend.allocate(size, dimension);
    upload(units, unitTable);
  }

  private void upload(double[] values, Tensor target) {
    try (HostStorage storage = new HostStorage((long) values.length * DType.F64.bytes())) {
      Tensor host = new Tensor(storage, 0, Shape.of(values.length), DType.F64);
      for (int i = 0; i < values.length; i++) {
        host.set(i, values[i]);
      }
      backend.upload(host, target);
    }
  }

  /** What it was made from. */
  public VectorTable table() {
    return table;
  }

  /**
   * A word near what was asked for.
   *
   * @param cosine of the angle between them, in [-1, 1]
   */
  public record Neighbour(String word, double cosine) {}

  /** The {@code count} words nearest to that in a row, but itself, the nearest first. */
  public List<Neighbour> nearest(int row, int count) {
    return nearest(List.of(new Query(direction(row, 1), List.of(row))), count).get(0);
  }

  /**
   * What is to {@code c} as {@code b} is to {@code a}: the words nearest to {@code b - a + c}, of
   * vectors of length 1, but the three themselves (3CosAdd: Mikolov, Yih and Zweig, "Linguistic
   * Regularities in Continuous Space Word Representations", 2013).
   */
  public List<Neighbour> analogy(int a, int b, int c, int count) {
    return analogies(List.of(new int[] {a, b, c}), count).get(0);
  }

  /**
   * Several of {@link #analogy} at once.
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
    return nearest(queries, count);
  }

  private double[] direction(int row, double factor) {
    double[] direction = new double[table.dimension()];
    for (int i = 0; i < direction.length; i++) {
      direction[i] = factor * units[row * direction.length + i];
    }
    return direction;
  }

  /** What is looked for, of whatever length, and which rows are no answer. */
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

  private List<List<Neighbour>> nearest(List<Query> queries, int count) {
    int asked = queries.size();
    int size = table.words().size();
    Tensor wanted = backend.allocate(asked, table.dimension());
    Tensor scores = backend.allocate(asked, size);
    try (HostStorage storage = new HostStorage((long) asked * size * DType.F64.bytes())) {
      upload(queries.stream().flatMapToDouble(q -> Arrays.stream(q.direction)).toArray(), wanted);
      backend.gemm(GemmOp.NT, 1, wanted, unitTable, 0, scores);
      Tensor host = new Tensor(storage, 0, scores.shape(), DType.F64);
      backend.download(scores, host);
      List<List<Neighbour>> answers = new ArrayList<>();
      for (int i = 0; i < asked; i++) {
        answers.add(best(queries.get(i), host.slice(i, 1), count));
      }
      return answers;
    } finally {
      wanted.storage().close();
      scores.storage().close();
    }
  }

  private List<Neighbour> best(Query query, Tensor scores, int count) {
    record Scored(int row, double score) {}
    Comparator<Scored> better =
        Comparator.comparingDouble(Scored::score).thenComparingInt(s -> -s.row); // first of equals
    PriorityQueue<Scored> kept = new PriorityQueue<>(better);
    for (int row = 0; row < scores.size(); row++) {
      double score = scores.get(row);
      boolean full = kept.size() >= count;
      if (full && (count == 0 || score <= kept.element().score)) {
        continue;
      }
      if (directed.get(row) && !query.excluded.contains(row)) {
        kept.add(new Scored(row, score));
        if (full) {
          kept.remove();
        }
      }
    }
    double norm = query.norm();
    return kept.stream()
        .sorted(better.reversed())
        .map(s -> new Neighbour(table.words().get(s.row), norm > 0 ? s.score / norm : 0))
        .toList();
  }

  @Override
  public void close() {
    unitTable.storage().close();
  }
}
