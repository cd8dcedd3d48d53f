package org.lm4j.backend.reference;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.lm4j.compute.Cell;

/**
 * One step of one cell in numbers: the given arrays, the gates, the new state, and the gradient of
 * the loss with respect to every given array. Arrays go by the letters of the equations: {@code x}
 * (D), {@code h} and, where the cell has one, {@code c} (H), the weights {@code W} (G·H, D) and
 * {@code U} (G·H, H), row by row, and the biases {@code b} and {@code bU} (G·H). The new state is
 * {@code h'} and {@code c'}.
 *
 * @param given the arrays the step was computed from
 * @param gates each gate's values (H), by its letter, in the order of the equations; none for a
 *     cell without gates
 * @param outputs {@code h'} and, where the cell has one, {@code c'} (H)
 * @param gradients the gradient of each given array, by that array's letter
 */
public record CellStep(
    Map<String, double[]> given,
    Map<String, double[]> gates,
    Map<String, double[]> outputs,
    Map<String, double[]> gradients) {

  /**
   * Returns the arrays a step of {@code cell} is computed from, in the order of the equations, all
   * zero.
   *
   * @param inputSize D
   * @param hiddenSize H
   */
  public static Map<String, double[]> arrays(Cell cell, int inputSize, int hiddenSize) {
    return given(ReferenceCell.of(cell, 1, 1, inputSize, hiddenSize));
  }

  /**
   * Computes a step and its gradients.
   *
   * @param given all arrays named by {@link #arrays}, as long as there
   * @param outputGradients gradient of the loss by {@code h'} and, where the cell has one, {@code
   *     c'}; the loss {@code Σ dh' h' + Σ dc' c'} has these
   * @throws IllegalArgumentException if an array is missing or its length does not fit
   */
  public static CellStep of(
      Cell cell, Map<String, double[]> given, Map<String, double[]> outputGradients) {
    ReferenceCell layer =
        ReferenceCell.of(cell, 1, 1, get(given, "x").length, get(given, "h").length);
    copy(given, given(layer));
    layer.forward();
    copy(outputGradients, Map.of("h'", layer.dh[0]));
    if (cell.hasCellState()) {
      copy(outputGradients, Map.of("c'", layer.dc[0]));
    }
    Map<String, double[]> outputs = new LinkedHashMap<>();
    outputs.put("h'", layer.h[1][0]);
    if (cell.hasCellState()) {
      outputs.put("c'", layer.c[1][0]);
    }
    layer.backward();
    return new CellStep(
        Collections.unmodifiableMap(given(layer)),
        Collections.unmodifiableMap(layer.gates(0, 0)),
        Collections.unmodifiableMap(outputs),
        Collections.unmodifiableMap(gradients(layer)));
  }

  private static Map<String, double[]> given(ReferenceCell layer) {
    Map<String, double[]> arrays = new LinkedHashMap<>();
    arrays.put("x", layer.x[0][0]);
    arrays.put("h", layer.h[0][0]);
    if (layer.c.length > 0) {
      arrays.put("c", layer.c[0][0]);
    }
    arrays.put("W", layer.W);
    arrays.put("b", layer.b);
    if (layer.U.length > 0) {
      arrays.put("U", layer.U);
      arrays.put("bU", layer.bU);
    }
    return arrays;
  }

  private static Map<String, double[]> gradients(ReferenceCell layer) {
    Map<String, double[]> arrays = new LinkedHashMap<>();
    arrays.put("x", layer.dx[0][0]);
    arrays.put("h", layer.dh[0]);
    if (layer.c.length > 0) {
      arrays.put("c", layer.dc[0]);
    }
    arrays.put("W", layer.dW);
    arrays.put("b", layer.db);
    if (layer.U.length > 0) {
      arrays.put("U", layer.dU);
      arrays.put("bU", layer.dbU);
    }
    return arrays;
  }

  private static double[] get(Map<String, double[]> arrays, String name) {
    double[] array = arrays.get(name);
    if (array == null) {
      throw new IllegalArgumentException("a step needs the array " + name);
    }
    return array;
  }

  /** Copies from {@code source} what {@code target} names. */
  private static void copy(Map<String, double[]> source, Map<String, double[]> target) {
    target.forEach(
        (name, array) -> {
          double[] values = get(source, name);
          if (values.length != array.length) {
            throw new IllegalArgumentException(
                "the array %s has %d numbers, not %d".formatted(name, array.length, values.length));
          }
          System.arraycopy(values, 0, array, 0, array.length);
        });
  }
}
