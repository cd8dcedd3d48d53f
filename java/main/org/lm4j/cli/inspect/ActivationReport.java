package org.lm4j.cli.inspect;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.lm4j.InputException;
import org.lm4j.io.AtomicFile;
import org.lm4j.task.inspect.Activations;
import org.lm4j.task.inspect.GateSaturation;
import org.lm4j.task.inspect.TextFeature;
import org.lm4j.task.inspect.UnitRanking;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.Tensor;

/** What {@code lm inspect --activations} prints and the table that it writes. */
final class ActivationReport {
  private static final int BEST = 3;

  private final Activations activations;

  ActivationReport(Activations activations) {
    this.activations = activations;
  }

  /** Prints which units follow what, and the saturation of gates. */
  void print(UnitRanking ranking, PrintWriter out) {
    String shown = activations.memory().equals("c") ? "tanh(c)" : "h";
    out.printf(
        Locale.ROOT,
        "units that follow the text over %,d tokens, by their correlation r (%s):%n%n",
        activations.steps(),
        shown);
    for (TextFeature feature : TextFeature.values()) {
      StringBuilder row = new StringBuilder("%-24s".formatted(feature.label()));
      List<UnitRanking.Rank> best = ranking.best(feature, BEST);
      for (UnitRanking.Rank rank : best) {
        row.append("  %-22s".formatted(unit(rank) + " " + number(rank.r())));
      }
      out.println(best.isEmpty() ? row + "  –" : row.toString().stripTrailing());
    }
    List<GateSaturation> gates = GateSaturation.of(activations);
    if (!gates.isEmpty()) {
      out.println();
      out.println("saturated gates: fraction of tokens, averaged over the units");
      out.println();
      out.println("gate  layer  below 0.1  above 0.9");
      for (GateSaturation gate : gates) {
        out.printf(
            Locale.ROOT,
            "%-4s  %5d  %9.3f  %9.3f%n",
            gate.gate(),
            gate.layer() + 1,
            gate.meanLeft(),
            gate.meanRight());
      }
    }
    out.flush();
  }

  private static String unit(UnitRanking.Rank rank) {
    return "%d.%d".formatted(rank.layer() + 1, rank.unit() + 1);
  }

  private static String number(double r) {
    return String.format(Locale.ROOT, "%+.2f", r).replace('-', '−');
  }

  /**
   * Requires that the values exist.
   *
   * @return the values to write
   * @throws InputException if one does not
   */
  List<String> values(List<String> asked) {
    List<String> names = activations.names();
    for (String name : asked) {
      if (!names.contains(name)) {
        throw new InputException(
            "this model has no value '%s'; it has %s.".formatted(name, String.join(", ", names)));
      }
    }
    return asked.isEmpty()
        ? names.stream().filter(n -> n.equals("h") || n.equals("c")).toList()
        : asked;
  }

  /** Writes the table to a file, which is replaced atomically. */
  void write(Path file, List<String> names) {
    AtomicFile.writeStream(
        file,
        stream -> {
          Writer out =
              new BufferedWriter(new OutputStreamWriter(stream, StandardCharsets.UTF_8), 1 << 16);
          write(out, names);
          out.flush();
        });
  }

  /** Writes the table: a row per token. */
  void write(Writer out, List<String> names) throws IOException {
    List<Tensor> tensors = new ArrayList<>();
    out.write("position\ttoken");
    for (String name : names) {
      tensors.add(activations.values(name));
      for (int layer = 1; layer <= activations.layers(); layer++) {
        for (int unit = 1; unit <= activations.units(); unit++) {
          out.write("\t" + name + "." + layer + "." + unit);
        }
      }
    }
    out.write('\n');
    boolean wide = tensors.getFirst().dtype() == DType.F64;
    for (int step = 0; step < activations.steps(); step++) {
      out.write((step + 1) + "\t" + escaped(activations.token(step)));
      for (Tensor tensor : tensors) {
        for (int layer = 0; layer < activations.layers(); layer++) {
          long at = ((long) layer * activations.steps() + step) * activations.units();
          for (int unit = 0; unit < activations.units(); unit++) {
            double value = tensor.get(at + unit);
            out.write('\t');
            out.write(wide ? Double.toString(value) : Float.toString((float) value));
          }
        }
      }
      out.write('\n');
    }
  }

  private static String escaped(String token) {
    return token
        .replace("\\", "\\\\")
        .replace("\t", "\\t")
        .replace("\n", "\\n")
        .replace("\r", "\\r");
  }
}
