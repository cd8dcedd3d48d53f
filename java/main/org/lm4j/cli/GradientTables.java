package org.lm4j.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.lm4j.chart.Numbers;
import org.lm4j.model.RecurrentSpectrum;
import org.lm4j.model.SingularValue;

/** What {@code lm inspect --gradients} prints. */
final class GradientTables {
  private static final int DIGITS = 3;
  private static final int FIRST = 10; // width of the column of distances
  private static final int[] ROUND = {1, 2, 5};

  private final List<InspectedModel> models;
  private final List<Integer> layers;
  private final double clip;
  private final PrintWriter out;

  /** Of {@code layers}, from 0; what a model has not is left out. */
  GradientTables(List<InspectedModel> models, List<Integer> layers, double clip, PrintWriter out) {
    this.models = models;
    this.layers = layers;
    this.clip = clip;
    this.out = out;
  }

  /** All of it. */
  void print() {
    distances();
    weights();
    spectra();
    out.flush();
  }

  /** Those worth a row: 0, 1, 2, 5, 10, 20, 50, … and the last. */
  static List<Integer> rows(int count) {
    List<Integer> rows = new ArrayList<>(List.of(0));
    for (long power = 1; power < count; power *= 10) {
      for (int round : ROUND) {
        if (power * round < count - 1) {
          rows.add((int) power * round);
        }
      }
    }
    if (count > 1) {
      rows.add(count - 1);
    }
    return rows;
  }

  private void distances() {
    out.println("gradient of the loss at the last step with respect to the states before it:");
    out.println("norm by distance in time, that of the hidden state at distance 0 being 1");
    out.println();
    List<InspectedModel.Curve> curves = new ArrayList<>();
    for (InspectedModel model : models) {
      for (int layer : layers) {
        if (layer < model.config().layers()) {
          curves.addAll(model.curves(layer, model.config().layers() > 1));
        }
      }
    }
    int count = curves.getFirst().relative().length;
    Columns columns = new Columns(curves.stream().map(InspectedModel.Curve::name).toList());
    columns.header("distance");
    for (int k : rows(count)) {
      columns.row(
          Integer.toString(k),
          curves.stream()
              .map(curve -> k < curve.from() ? "–" : number(curve.relative()[k]))
              .toList());
    }
    columns.row("per step", curves.stream().map(curve -> number(curve.perStep())).toList());
    out.println();
    out.println("per step: what one step more multiplies it by, on average; below 1 it vanishes,");
    out.println("above 1 it explodes");
  }

  private void weights() {
    out.println();
    out.println("gradient of the recurrent weights, backpropagated through the last n steps:");
    out.printf("norm, and norm after clipping to %s%n%n", number(clip));
    List<String> names = new ArrayList<>();
    for (InspectedModel model : models) {
      names.add(model.name());
      names.add("clipped");
    }
    int count = models.getFirst().flow().weights().accumulated().length;
    Columns columns = new Columns(names);
    columns.header("n");
    for (int k : rows(count)) {
      List<String> row = new ArrayList<>();
      for (InspectedModel model : models) {
        row.add(number(model.flow().weights().accumulated()[k]));
        row.add(number(model.flow().weights().clipped()[k]));
      }
      columns.row(Integer.toString(k + 1), row);
    }
  }

  private void spectra() {
    out.println();
    out.println("largest singular value of the recurrent weights");
    out.println();
    int width = models.stream().mapToInt(model -> model.name().length()).max().orElse(0);
    for (InspectedModel model : models) {
      for (int layer : layers) {
        if (layer < model.config().layers()) {
          RecurrentSpectrum spectrum = model.spectra().get(layer);
          StringBuilder line = new StringBuilder();
          line.append(padded(model.name(), width)).append("  layer ").append(layer + 1);
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

  /** σ, or what it is at least. */
  static String number(SingularValue value) {
    String text = String.format(Locale.ROOT, "%.4f", value.value());
    return value.converged() || Double.isNaN(value.value()) ? text : "≥ " + text;
  }

  private static String number(double value) {
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
