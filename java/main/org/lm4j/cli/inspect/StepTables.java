package org.lm4j.cli.inspect;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lm4j.cli.report.Tables;
import org.lm4j.compute.RnnSpec;
import org.lm4j.task.inspect.CellNumbers;
import org.lm4j.task.inspect.WorkedExample;
import org.lm4j.task.inspect.WorkedExample.Gradient;
import org.lm4j.task.inspect.WorkedExample.Step;

/** The tables of {@code lm inspect --step}. */
final class StepTables {
  private static final int NAME = 8; // width of the column of names
  private static final int NUMBER = 12;
  private static final int COLUMNS = 5; // numbers on a line of 80 columns
  private static final int ROWS = 8; // of one block of weights
  private static final int WIDE = 17;
  private static final List<String> WEIGHTS = List.of("W", "U", "b", "bU");

  private final WorkedExample example;
  private final CellNumbers numbers;
  private final RnnSpec spec;
  private final long seed;

  StepTables(WorkedExample example, long seed) {
    this.example = example;
    this.numbers = example.numbers();
    this.spec = numbers.spec();
    this.seed = seed;
  }

  /** Prints all tables. */
  void print(PrintWriter out) {
    out.printf(
        Locale.ROOT,
        "%s, %s: input width D = %d, hidden width H = %d, seed %d%n%n",
        spec.cell().label(),
        numbers.steps() == 1 ? "1 step" : numbers.steps() + " steps",
        spec.inputSize(),
        spec.hiddenSize(),
        seed);
    example.equations().forEach(line -> out.println("  " + line));
    out.printf("%ninput and initial state%n");
    for (Named each : named("x")) {
      printRows(out, each);
    }
    for (String name : List.of("h", "c")) {
      named(name).forEach(each -> printRows(out, each));
    }
    out.printf("%nweights%n");
    for (String name : WEIGHTS) {
      named(name).forEach(each -> printRows(out, each));
    }
    for (int t = 1; t <= numbers.steps(); t++) {
      Step step = example.forward().get(t - 1);
      out.printf("%nstep %d%n", t);
      step.between().forEach((name, values) -> printRow(out, name, values));
      if (step.c() != null) {
        printRow(out, "c[" + t + "]", step.c());
      }
      printRow(out, "h[" + t + "]", step.h());
    }
    printGradients(out);
  }

  private void printGradients(PrintWriter out) {
    boolean cells = spec.cell().hasCellState();
    out.printf(
        "%ngradients of E = %s%s, where%n",
        numbers.steps() == 1 ? "dh[1]·h[1]" : "Σ dh[t]·h[t]",
        cells ? " + dc[%1$d]·c[%1$d]".formatted(numbers.steps()) : "");
    named("dh").forEach(each -> printRows(out, each));
    named("dc").forEach(each -> printRows(out, each));
    out.printf(
        "%nelement     %s%s%s%n",
        right("analytic", WIDE), right("numeric", WIDE), right("relative error", WIDE));
    for (Gradient gradient : example.gradients()) {
      printElements(out, gradient);
    }
    out.printf("%nlargest relative error%n");
    for (Gradient gradient : example.gradients()) {
      out.printf(
          Locale.ROOT,
          "  d%-8s %-10s %9.1e%s%n",
          isState(gradient.of()) ? gradient.of() + "[0]" : gradient.of(),
          shape(gradient.of()),
          gradient.largestError(),
          gradient.passes() ? "" : "  too large");
    }
    out.printf(
        Locale.ROOT,
        "%n%s%n",
        example.passes()
            ? "The gradients agree: no relative error above %.0e, but for rounding."
                .formatted(WorkedExample.TOLERANCE)
            : "The gradients do not agree: a relative error is above %.0e."
                .formatted(WorkedExample.TOLERANCE));
  }

  private void printElements(PrintWriter out, Gradient gradient) {
    List<String> elements = elements(gradient.of());
    int shown = Math.min(elements.size(), Tables.MOST_ROWS);
    for (int i = 0; i < shown; i++) {
      out.printf(
          Locale.ROOT,
          "%-12s%s%s%s%n",
          elements.get(i),
          right(number(gradient.analytic()[i]), WIDE),
          right(gradient.isKink(i) ? "at a kink" : number(gradient.numeric()[i]), WIDE),
          right(
              gradient.isKink(i)
                  ? "–"
                  : "%.1e%s"
                      .formatted(gradient.relativeError(i), gradient.agrees(i) ? "" : " too large"),
              WIDE));
    }
    if (shown < elements.size()) {
      out.println(Tables.more(elements.size() - shown, "of d" + gradient.of(), "--json has all"));
    }
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.9f", value);
  }

  private static String right(String text, int width) {
    return " ".repeat(Math.max(1, width - text.length())) + text;
  }

  /** Rows of one width under one name. */
  private record Named(String name, List<double[]> rows) {}

  /** Returns an array in named parts: time steps, or the blocks of the gates. */
  private List<Named> named(String array) {
    double[] values = numbers.values().get(array);
    if (values == null) {
      return List.of();
    }
    boolean weights = WEIGHTS.contains(array);
    int columns = columns(array);
    int rows = weights && !isVector(array) ? spec.hiddenSize() : 1;
    List<Named> parts = new ArrayList<>();
    for (int from = 0; from < values.length; from += rows * columns) {
      List<double[]> lines = new ArrayList<>();
      for (int row = 0; row < rows; row++) {
        int start = from + row * columns;
        lines.add(Arrays.copyOfRange(values, start, start + columns));
      }
      parts.add(new Named(part(array, parts.size()), lines));
    }
    return parts;
  }

  /** Returns the name of part {@code number}, from 0. */
  private String part(String array, int number) {
    return switch (array) {
      case "x", "dh" -> array + "[" + (number + 1) + "]";
      case "h", "c" -> array + "[0]";
      case "dc" -> array + "[" + numbers.steps() + "]";
      default -> example.gates().size() == 1 ? array : array + "_" + example.gates().get(number);
    };
  }

  private static boolean isVector(String array) {
    return array.equals("b") || array.equals("bU");
  }

  private static boolean isState(String array) {
    return array.equals("h") || array.equals("c");
  }

  private int columns(String array) {
    return array.equals("x") || array.equals("W") ? spec.inputSize() : spec.hiddenSize();
  }

  private String shape(String array) {
    return switch (array) {
      case "x" -> "(%d, %d)".formatted(numbers.steps(), spec.inputSize());
      case "W" -> "(%d, %d)".formatted(spec.gateRows(), spec.inputSize());
      case "U" -> "(%d, %d)".formatted(spec.gateRows(), spec.hiddenSize());
      case "b", "bU" -> "(%d)".formatted(spec.gateRows());
      default -> "(%d)".formatted(spec.hiddenSize());
    };
  }

  /** Returns the names of the elements of a gradient, such as {@code dW_i 2,1}. */
  private List<String> elements(String array) {
    List<String> names = new ArrayList<>();
    for (Named part : named(array)) {
      for (int row = 1; row <= part.rows().size(); row++) {
        for (int column = 1; column <= part.rows().get(row - 1).length; column++) {
          boolean matrix = WEIGHTS.contains(array) && !isVector(array);
          names.add("d" + part.name() + " " + (matrix ? row + "," + column : column));
        }
      }
    }
    return names;
  }

  private static void printRows(PrintWriter out, Named named) {
    String name = named.name();
    for (double[] row : named.rows().subList(0, Math.min(ROWS, named.rows().size()))) {
      printRow(out, name, row);
      name = "";
    }
    if (named.rows().size() > ROWS) {
      out.println(" ".repeat(NAME + NUMBER) + "…");
    }
  }

  private static void printRow(PrintWriter out, String name, double[] values) {
    StringBuilder line = new StringBuilder("  " + name);
    line.append(" ".repeat(Math.max(0, NAME - name.length())));
    int shown = values.length > COLUMNS ? COLUMNS : values.length;
    for (int i = 0; i < shown; i++) {
      line.append(right(String.format(Locale.ROOT, "%.6f", values[i]), NUMBER));
    }
    out.println(shown < values.length ? line + "  …" : line);
  }

  /** Returns all of it, for JSON. */
  Map<String, @Nullable Object> values() {
    Map<String, @Nullable Object> values = new LinkedHashMap<>();
    values.put("cell", spec.cell().label());
    values.put("input", spec.inputSize());
    values.put("hidden", spec.hiddenSize());
    values.put("steps", numbers.steps());
    values.put("seed", seed);
    values.put("gates", example.gates());
    Map<String, Object> given = new LinkedHashMap<>();
    numbers.values().forEach((name, array) -> given.put(name, nested(name, array)));
    values.put("given", given);
    List<Object> steps = new ArrayList<>();
    for (Step step : example.forward()) {
      Map<String, Object> each = new LinkedHashMap<>(step.between());
      if (step.c() != null) {
        each.put("c", step.c());
      }
      each.put("h", step.h());
      steps.add(each);
    }
    values.put("forward", steps);
    Map<String, Object> gradients = new LinkedHashMap<>();
    for (Gradient gradient : example.gradients()) {
      Map<String, Object> each = new LinkedHashMap<>();
      each.put("analytic", nested(gradient.of(), gradient.analytic()));
      each.put("numeric", nested(gradient.of(), gradient.numeric()));
      each.put("relative_error", gradient.largestError());
      each.put("passes", gradient.passes());
      gradients.put(gradient.of(), each);
    }
    values.put("gradients", gradients);
    values.put("passes", example.passes());
    return values;
  }

  /** Returns an array of two dimensions as a list of rows, as NumPy reads it. */
  private Object nested(String name, double[] array) {
    if (!List.of("x", "dh", "W", "U").contains(name)) {
      return array;
    }
    int columns = columns(name);
    List<double[]> rows = new ArrayList<>();
    for (int from = 0; from < array.length; from += columns) {
      rows.add(Arrays.copyOfRange(array, from, from + columns));
    }
    return rows;
  }
}
