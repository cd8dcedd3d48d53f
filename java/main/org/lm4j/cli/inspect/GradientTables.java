package org.lm4j.cli.inspect;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.lm4j.chart.Numbers;
import org.lm4j.cli.frame.Visible;
import org.lm4j.task.inspect.RecurrentSpectrum;
import org.lm4j.task.inspect.SingularValue;

/** The tables of {@code lm inspect --gradients}. */
final class GradientTables {
  private static final int DIGITS = 3;
  private static final int FIRST = 10; // width of the column of distances
  private static final double LARGE = 1e4; // from here on four decimals are too many
  private static final int[] ROUND = {1, 2, 5};

  private final List<InspectedModel> models;
  private final List<Integer> layers;
  private final double clip;
  private final PrintWriter out;

  /** Creates the tables of {@code layers}, from 0; layers that a model lacks are left out. */
  GradientTables(List<InspectedModel> models, List<Integer> layers, double clip, PrintWriter out) {
    this.models = models;
    this.layers = layers;
    this.clip = clip;
    this.out = out;
  }

  /** Prints all tables. */
  void print() {
    distances();
    weights();
    spectra();
    out.flush();
  }

  /**
   * Returns the distances that get a row: 0, 1, 2, 5, 10, 20, 50, … and the last of {@code count}.
   */
  static List<Integer> distances(int count) {
    List<Integer> rows = new ArrayList<>(List.of(0));
    rows.addAll(round(count - 1));
    return rows;
  }

  /**
   * Returns the numbers of steps that get a row: 1, 2, 5, 10, 20, 50, … and {@code last}; none if
   * that is 0.
   */
  static List<Integer> round(int last) {
    List<Integer> rows = new ArrayList<>();
    for (long power = 1; power < last; power *= 10) {
      for (int round : ROUND) {
        if (power * round < last) {
          rows.add((int) power * round);
        }
      }
    }
    if (last > 0) {
      rows.add(last);
    }
    return rows;
  }

  private void distances() {
    out.println("gradient of the loss at the last step with respect to the states before it:");
    out.println("norm by distance in time, that of the hidden state at distance 0 being 1");
    boolean several = models.stream().anyMatch(model -> model.config().layers() > 1);
    for (int layer : layers) {
      out.println();
      if (several) {
        out.printf("layer %d%n", layer + 1);
      }
      distances(curves(models, layer));
    }
    out.println();
    out.println("per step: what one step more multiplies it by, on average; below 1 it vanishes,");
    out.println("above 1 it explodes");
  }

  private void distances(List<InspectedModel.Curve> curves) {
    Columns columns = new Columns(curves.stream().map(InspectedModel.Curve::name).toList());
    columns.header("distance");
    for (int k : distances(curves.getFirst().relative().length)) {
      columns.row(Integer.toString(k), curves.stream().map(curve -> at(curve, k)).toList());
    }
    columns.row("per step", curves.stream().map(curve -> number(curve.perStep())).toList());
  }

  /** Returns the curves of a layer, for the models that have it. */
  static List<InspectedModel.Curve> curves(List<InspectedModel> models, int layer) {
    return models.stream()
        .filter(model -> layer < model.config().layers())
        .flatMap(model -> model.curves(layer).stream())
        .toList();
  }

  /** Returns the value of a curve at a distance, as text. */
  static String at(InspectedModel.Curve curve, int distance) {
    return number(distance < curve.from() ? Double.NaN : curve.relative()[distance]);
  }

  private void weights() {
    out.println();
    out.println("gradient of the recurrent weights, backpropagated through the last n steps:");
    out.printf("norm, and norm after clipping to %s where it is ever larger%n%n", number(clip));
    List<String> names = new ArrayList<>();
    for (InspectedModel model : models) {
      names.add(Visible.name(model.name()));
      if (model.clips()) {
        names.add("clipped");
      }
    }
    int count = models.getFirst().flow().weights().accumulated().length;
    Columns columns = new Columns(names);
    columns.header("n");
    for (int n : round(count)) {
      List<String> row = new ArrayList<>();
      for (InspectedModel model : models) {
        row.add(number(model.flow().weights().accumulated()[n - 1]));
        if (model.clips()) {
          row.add(number(model.flow().weights().clipped()[n - 1]));
        }
      }
      columns.row(Integer.toString(n), row);
    }
  }

  private void spectra() {
    out.println();
    out.println("largest singular value of the recurrent weights");
    out.println();
    int width =
        models.stream().mapToInt(model -> Visible.name(model.name()).length()).max().orElse(0);
    for (InspectedModel model : models) {
      for (int layer : layers) {
        if (layer < model.spectra().size()) {
          RecurrentSpectrum spectrum = model.spectra().get(layer);
          StringBuilder line = new StringBuilder();
          line.append(padded(Visible.name(model.name()), width))
              .append("  layer ")
              .append(layer + 1);
          line.append("  whole ").append(number(spectrum.whole()));
          List<String> gates = RecurrentSpectrum.gateNames(model.config().cell());
          for (int gate = 0; gate < gates.size() && gates.size() > 1; gate++) {
            line.append("   ").append(gates.get(gate)).append(' ');
            line.append(number(spectrum.gates().get(gate)));
          }
          out.println(line);
        }
      }
    }
  }

  /** Returns σ, or its lower bound, as text. */
  static String number(SingularValue value) {
    String text =
        value.value() < LARGE
            ? String.format(Locale.ROOT, "%.4f", value.value())
            : Numbers.significant(value.value(), 5);
    return value.converged() || Double.isNaN(value.value()) ? text : "≥ " + text;
  }

  /** Returns a norm as text, or a dash if there is none. */
  static String number(double value) {
    return Double.isNaN(value) ? "–" : Numbers.significant(value, DIGITS);
  }

  private static String padded(String text, int width) {
    return text + " ".repeat(Math.max(0, width - text.length()));
  }

  /** Columns to the right of a first one, each as wide as its name. */
  private final class Columns {
    private static final int LEAST = 8;

    private final List<String> names;

    Columns(List<String> names) {
      this.names = names;
    }

    void header(String first) {
      row(first, names);
    }

    void row(String first, List<String> texts) {
      StringBuilder line = new StringBuilder(" ".repeat(FIRST - first.length())).append(first);
      for (int i = 0; i < texts.size(); i++) {
        int width = Math.max(LEAST, names.get(i).length());
        line.append("  ").append(" ".repeat(Math.max(0, width - texts.get(i).length())));
        line.append(texts.get(i));
      }
      out.println(line);
    }
  }
}
