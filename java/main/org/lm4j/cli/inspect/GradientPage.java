package org.lm4j.cli.inspect;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.lm4j.chart.LineChart;
import org.lm4j.chart.LineChart.Best;
import org.lm4j.chart.Names;
import org.lm4j.chart.Numbers;
import org.lm4j.chart.Page;
import org.lm4j.chart.Series;
import org.lm4j.chart.Series.Style;
import org.lm4j.chart.Table;
import org.lm4j.cli.report.ModelFacts;
import org.lm4j.task.inspect.RecurrentSpectrum;

/** The page of {@code lm inspect --gradients}. */
final class GradientPage {
  private static final int MOST_FIGURES = 4;

  private final List<InspectedModel> models;
  private final List<Integer> layers;
  private final double clip;

  /** Creates the page of {@code layers}, from 0; layers that a model lacks are left out. */
  GradientPage(List<InspectedModel> models, List<Integer> layers, double clip) {
    this.models = models;
    this.layers = layers;
    this.clip = clip;
  }

  /** Returns the page; {@code text} says what the models read. */
  String html(String text) {
    Page page = Page.of("Gradients through time");
    page.kind("Inspection").foot(ModelFacts.madeBy("lm inspect --gradients"));
    page.fact(
        "Models",
        models.stream()
            .map(model -> Names.isolated(model.name()))
            .collect(Collectors.joining(", ")));
    page.fact("Measured on", text);
    figures(page);
    page.paragraph(
        "The loss is the cross-entropy at the last step of a window alone, the state before the"
            + " window zero. What reaches a state k steps earlier has travelled k steps back: where"
            + " the line falls, the gradient vanishes and what lies that far back is not learned;"
            + " where it rises, the gradient explodes. Norms are root mean squares over"
            + " the windows.");
    for (int layer : layers) {
      page.chart(distances(layer));
    }
    for (int layer : layers) {
      page.table("Norms in numbers" + ofLayer(layer), figures(layer));
    }
    page.chart(contributions()).chart(accumulated());
    page.paragraph(
        "The same recurrent weights are used at each step. The first chart shows what the step k"
            + " steps back contributes to their gradient; the second the norm of the sum of the last n"
            + " steps, which is the gradient when it is propagated through n steps, and, dashed,"
            + " the same after clipping to norm "
            + Numbers.text(clip)
            + (models.stream().anyMatch(InspectedModel::clips)
                ? "."
                : "; here no sum is that large, and clipping changes nothing."));
    page.table("Largest singular values of the recurrent weights", spectra());
    page.paragraph(
        "A singular value says how much one step can lengthen a vector. In a tanh RNN a gradient"
            + " must vanish if it is below 1, and can explode only if it is above; gates multiply"
            + " what passes, and in LSTM and GRU a second path leads past the weights.");
    page.table("What was measured", summary());
    return page.html();
  }

  /** Adds the factor by which the gradient changes with each step back, for a few models. */
  private void figures(Page page) {
    for (InspectedModel model : models.subList(0, Math.min(MOST_FIGURES, models.size()))) {
      InspectedModel.Curve curve = model.curves(model.config().layers() - 1).getFirst();
      double perStep = curve.perStep();
      if (!Double.isNaN(perStep)) {
        page.figure(
            Names.isolated(model.name()),
            "× " + GradientTables.number(perStep),
            "gradient for each step back, "
                + (perStep < 0.999 ? "vanishes" : perStep > 1.001 ? "explodes" : "stays"));
      }
    }
  }

  private LineChart distances(int layer) {
    LineChart chart =
        chart(
            "Gradient of the last loss with respect to the states before it" + ofLayer(layer),
            "steps back in time",
            "norm, relative to the hidden state at 0");
    for (int i = 0; i < models.size(); i++) {
      if (layer >= models.get(i).config().layers()) {
        continue;
      }
      for (InspectedModel.Curve curve : models.get(i).curves(layer)) {
        Series series =
            series(Names.isolated(curve.name()), curve.relative(), curve.from(), 0).color(i);
        chart.add(curve.cell() ? series.style(Style.DASHED) : series);
      }
    }
    return chart.acrossThePage();
  }

  private String ofLayer(int layer) {
    return models.stream().anyMatch(model -> model.config().layers() > 1)
        ? ", layer " + (layer + 1)
        : "";
  }

  private Table figures(int layer) {
    List<InspectedModel.Curve> curves = GradientTables.curves(models, layer);
    List<String> header = new ArrayList<>(List.of("steps back"));
    curves.forEach(curve -> header.add(Names.isolated(curve.name())));
    List<List<String>> rows = new ArrayList<>();
    for (int k : GradientTables.distances(curves.getFirst().relative().length)) {
      List<String> row = new ArrayList<>(List.of(Numbers.text(k)));
      curves.forEach(curve -> row.add(GradientTables.at(curve, k)));
      rows.add(row);
    }
    List<String> average = new ArrayList<>(List.of("each, on average"));
    for (InspectedModel.Curve curve : curves) {
      double perStep = curve.perStep();
      average.add(Double.isNaN(perStep) ? "–" : "× " + GradientTables.number(perStep));
    }
    rows.add(average);
    return new Table(header, rows);
  }

  private LineChart contributions() {
    LineChart chart =
        chart("Contribution of each step to the weights' gradient", "steps back in time", "norm");
    for (int i = 0; i < models.size(); i++) {
      InspectedModel model = models.get(i);
      double[] norms = model.flow().weights().contribution();
      // The first step reads a state of zero and has no part in the recurrent weights' gradient.
      double[] before = norms.length > 1 ? Arrays.copyOf(norms, norms.length - 1) : norms;
      chart.add(series(Names.isolated(model.name()), before, 0, 0).color(i));
    }
    return chart;
  }

  private LineChart accumulated() {
    LineChart chart =
        chart("The weights' gradient through n steps", "steps propagated through, n", "norm");
    for (int i = 0; i < models.size(); i++) {
      InspectedModel model = models.get(i);
      chart.add(
          series(Names.isolated(model.name()), model.flow().weights().accumulated(), 0, 1)
              .color(i));
      if (model.clips()) {
        Series clipped =
            series(
                Names.isolated(model.name()) + ", clipped", model.flow().weights().clipped(), 0, 1);
        chart.add(clipped.color(i).style(Style.DASHED));
      }
    }
    return chart;
  }

  private static LineChart chart(String title, String xLabel, String yLabel) {
    return LineChart.of(title, xLabel, yLabel).logarithmic().best(Best.NONE).fromX(0);
  }

  /** Returns the values from index {@code from} on, the first of all lying at {@code origin}. */
  private static Series series(String name, double[] values, int from, int origin) {
    return Series.of(
        name,
        IntStream.range(from, values.length).mapToDouble(k -> k + origin).toArray(),
        Arrays.copyOfRange(values, Math.min(from, values.length), values.length));
  }

  private Table spectra() {
    int gates = models.stream().mapToInt(model -> model.config().cell().gates()).max().orElse(1);
    List<String> header = new ArrayList<>(List.of("model", "layer", "whole"));
    for (int gate = 1; gates > 1 && gate <= gates; gate++) {
      header.add("gate " + gate);
    }
    List<List<String>> rows = new ArrayList<>();
    for (InspectedModel model : models) {
      for (int layer : layers) {
        if (layer < model.spectra().size()) {
          List<String> row = row(model, layer);
          row.addAll(Collections.nCopies(header.size() - row.size(), ""));
          rows.add(row);
        }
      }
    }
    return new Table(header, rows);
  }

  private static List<String> row(InspectedModel model, int layer) {
    RecurrentSpectrum spectrum = model.spectra().get(layer);
    String whole = GradientTables.number(spectrum.whole());
    List<String> row =
        new ArrayList<>(List.of(Names.isolated(model.name()), Integer.toString(layer + 1), whole));
    List<String> names = RecurrentSpectrum.gateNames(model.config().cell());
    for (int gate = 0; names.size() > 1 && gate < names.size(); gate++) {
      row.add(names.get(gate) + " " + GradientTables.number(spectrum.gates().get(gate)));
    }
    return row;
  }

  private Table summary() {
    Table table =
        Table.of("model", "cell", "layers", "hidden", "vocabulary", "loss at the last step, nats");
    for (InspectedModel model : models) {
      table =
          table.row(
              Names.isolated(model.name()),
              model.config().cell().label(),
              Numbers.text(model.config().layers()),
              Numbers.text(model.config().hidden()),
              Numbers.text(model.config().vocabulary()),
              Numbers.significant(model.flow().loss(), 5));
    }
    return table;
  }
}
