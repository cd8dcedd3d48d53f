package org.lm4j.bench;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** What was measured, as a table for people and as JSON for programs. */
final class Report {
  private static final List<String> HEAD =
      List.of(
          "benchmark",
          "parameters",
          "time",
          "±",
          "GFLOP/s",
          "GB/s",
          "bound",
          "by",
          "of bound",
          "B/op");
  private static final int LEFT = 2; // columns of text, before those of numbers

  private Report() {}

  /** The table, the machine's figures above it. */
  static String table(Collection<Machine> machines, List<Row> rows) {
    StringBuilder text = new StringBuilder();
    for (Machine machine : machines) {
      text.append(
          String.format(
              Locale.ROOT,
              "%d threads: sgemm peak %.1f GFLOP/s, copy %.1f GB/s%n",
              machine.threads(),
              machine.flops() / 1e9,
              machine.bandwidth() / 1e9));
    }
    text.append(System.lineSeparator());
    List<List<String>> lines = new ArrayList<>();
    lines.add(HEAD);
    for (Row row : rows) {
      lines.add(cells(row, machines.size() > 1));
    }
    int[] widths = new int[HEAD.size()];
    for (List<String> line : lines) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], line.get(i).length());
      }
    }
    lines.forEach(line -> text.append(padded(line, widths)).append(System.lineSeparator()));
    return text.toString();
  }

  private static List<String> cells(Row row, boolean severalMachines) {
    String parameters =
        row.parameters().entrySet().stream()
            .map(entry -> entry.getKey() + "=" + entry.getValue())
            .collect(Collectors.joining(" "));
    boolean counts = row.work().flop() > 0;
    return List.of(
        row.benchmark(),
        severalMachines ? parameters + " " + Row.THREADS + "=" + row.threads() : parameters,
        time(row.seconds()),
        Double.isNaN(row.error()) ? "" : time(row.error()),
        counts ? number(row.gigaflops()) : "",
        number(row.gigabytes()),
        counts ? number(row.boundGigaflops()) : "",
        row.arithmetic() ? "flop" : "bytes",
        String.format(Locale.ROOT, "%.2f", row.ofBound()),
        String.format(Locale.ROOT, "%,.0f", row.allocated()));
  }

  private static String padded(List<String> line, int[] widths) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < widths.length; i++) {
      String cell = line.get(i);
      String space = " ".repeat(widths[i] - cell.length());
      text.append(i < LEFT ? cell + space : space + cell).append("  ");
    }
    return text.toString().stripTrailing();
  }

  private static String time(double seconds) {
    if (seconds < 1e-3) {
      return String.format(Locale.ROOT, "%.2f µs", seconds * 1e6);
    }
    return String.format(Locale.ROOT, "%.3f ms", seconds * 1e3);
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, value < 10 ? "%.2f" : "%.1f", value);
  }

  /** Machines and rows with every figure in its base unit. */
  static Map<String, Object> values(Collection<Machine> machines, List<Row> rows) {
    return Map.of(
        "machines",
        List.copyOf(machines),
        "benchmarks",
        rows.stream().map(Report::values).toList());
  }

  private static Map<String, Object> values(Row row) {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("benchmark", row.benchmark());
    values.put("parameters", row.parameters());
    values.put("threads", row.threads());
    values.put("seconds", row.seconds());
    if (!Double.isNaN(row.error())) {
      values.put("error", row.error());
    }
    values.put("flop", row.work().flop());
    values.put("bytes", row.work().bytes());
    values.put("least_seconds", row.leastSeconds());
    values.put("bound_by", row.arithmetic() ? "flop" : "bytes");
    values.put("of_bound", row.ofBound());
    if (!Double.isNaN(row.allocated())) {
      values.put("allocated_bytes", row.allocated());
    }
    return values;
  }
}
