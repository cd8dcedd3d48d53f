package org.lm4j.task.inspect;

import java.util.LinkedHashMap;
import java.util.Map;
import org.lm4j.compute.Philox;
import org.lm4j.compute.RandomKey;
import org.lm4j.compute.RnnSpec;

/**
 * The numbers a {@link WorkedExample} begins with: one sequence of {@code T} inputs of width {@code
 * D}, the initial state, the weights of one recurrent layer of width {@code H} with {@code G}
 * gates, and the gradient that arrives from outside.
 *
 * @param spec cell, D and H; one layer without dropout
 * @param steps number T of time steps
 * @param values {@code x (T, D)}, {@code h (H)}, {@code c (H)}, {@code W (G·H, D)}, {@code U (G·H,
 *     H)}, {@code b (G·H)}, {@code bU (G·H)}, {@code dh (T, H)}, {@code dc (H)}, row by row; {@code
 *     c} and {@code dc} only of a cell with a cell state
 */
public record CellNumbers(RnnSpec spec, int steps, Map<String, double[]> values) {
  private static final double HUNDREDTHS = 100;
  private static final double MOST_WORK = 4e9; // multiplications of all numeric gradients

  /**
   * Checks sizes and copies the map, keeping its order.
   *
   * @throws IllegalArgumentException if an array is missing, has another size or is not known, or
   *     numeric gradients of that many numbers would take too long
   */
  public CellNumbers {
    Map<String, Integer> sizes = sizes(spec, steps);
    if (!sizes.keySet().equals(values.keySet())) {
      throw new IllegalArgumentException(
          "needed are " + sizes.keySet() + ", not " + values.keySet());
    }
    for (Map.Entry<String, Integer> size : sizes.entrySet()) {
      int given = values.getOrDefault(size.getKey(), new double[0]).length;
      if (given != size.getValue()) {
        throw new IllegalArgumentException(
            "%s needs %d numbers, not %d".formatted(size.getKey(), size.getValue(), given));
      }
    }
    values = new LinkedHashMap<>(values);
  }

  /** Draws all numbers uniformly from [-1, 1], to two decimals, so that they are short to print. */
  public static CellNumbers draw(RnnSpec spec, int steps, long seed) {
    RandomKey key = new RandomKey(seed, 0);
    Map<String, double[]> values = new LinkedHashMap<>();
    int site = 0;
    for (Map.Entry<String, Integer> each : sizes(spec, steps).entrySet()) {
      double[] drawn = new double[each.getValue()];
      for (int i = 0; i < drawn.length; i++) {
        double uniform = 2 * Philox.uniform(key, site, i) - 1;
        drawn[i] = Math.rint(HUNDREDTHS * uniform) / HUNDREDTHS;
      }
      values.put(each.getKey(), drawn);
      site++;
    }
    return new CellNumbers(spec, steps, values);
  }

  /** Returns the number of elements of each array. */
  private static Map<String, Integer> sizes(RnnSpec spec, int steps) {
    int hidden = spec.hiddenSize();
    double weights = (double) spec.gateRows() * (spec.inputSize() + hidden + 2);
    double inputs = (double) steps * spec.inputSize() + 2.0 * hidden;
    if (2 * (weights + inputs) * steps * weights > MOST_WORK) {
      throw new IllegalArgumentException(
          "a cell with input width %,d and hidden width %,d over %,d steps is too large for numeric gradients"
              .formatted(spec.inputSize(), hidden, steps));
    }
    Map<String, Integer> sizes = new LinkedHashMap<>();
    sizes.put("x", steps * spec.inputSize());
    sizes.put("h", hidden);
    if (spec.cell().hasCellState()) {
      sizes.put("c", hidden);
    }
    sizes.put("W", spec.gateRows() * spec.inputSize());
    if (spec.cell().hasRecurrentWeights()) {
      sizes.put("U", spec.gateRows() * hidden);
    }
    sizes.put("b", spec.gateRows());
    if (spec.cell().hasRecurrentWeights()) {
      sizes.put("bU", spec.gateRows());
    }
    sizes.put("dh", steps * hidden);
    if (spec.cell().hasCellState()) {
      sizes.put("dc", hidden);
    }
    return sizes;
  }

  /** Returns the numbers of one array, row by row. */
  double[] get(String name) {
    double[] found = values.get(name);
    if (found == null) {
      throw new IllegalArgumentException("this cell has no " + name);
    }
    return found;
  }
}
