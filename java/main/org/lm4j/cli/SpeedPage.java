package org.lm4j.cli;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.lm4j.backend.cpu.CpuSpeed.Gates;
import org.lm4j.backend.cpu.CpuSpeed.Speed;

/**
 * What {@code lm doctor --speed} prints.
 *
 * @param speeds by the number of threads, from one on
 */
record SpeedPage(List<Speed> speeds) {
  private static final long MEBIBYTE = 1 << 20;

  SpeedPage {
    speeds = List.copyOf(speeds);
  }

  /** Returns the lines for people: three for each number of threads. */
  List<String> lines() {
    return speeds.stream()
        .flatMap(speed -> List.of(products(speed), gates(speed), reading(speed)).stream())
        .toList();
  }

  private static String products(Speed speed) {
    String bf16 =
        speed.bf16() == null
            ? "no instruction for bf16"
            : String.format(Locale.ROOT, "%,.0f GFLOP/s in bf16", speed.bf16());
    return String.format(
        Locale.ROOT,
        "%-11s products %,.0f GFLOP/s in fp32, %s",
        name(speed),
        speed.float32(),
        bf16);
  }

  private static String gates(Speed speed) {
    return String.format(
        Locale.ROOT,
        "%-11s a unit's gates, scoring and training: LSTM %s, GRU %s, tanh %s",
        "",
        pair(speed, Gates.LSTM, Gates.LSTM_TRAINING),
        pair(speed, Gates.GRU, Gates.GRU_TRAINING),
        pair(speed, Gates.RNN, Gates.RNN_TRAINING));
  }

  private static String reading(Speed speed) {
    String rates =
        speed.reading().stream()
            .map(r -> String.format(Locale.ROOT, "%s %,.0f", size(r.bytes()), r.rate()))
            .collect(Collectors.joining(", "));
    return String.format(
        Locale.ROOT, "%-11s memory read, GB/s, by what each thread reads: %s", "", rates);
  }

  private static String size(long bytes) {
    return bytes < MEBIBYTE ? bytes / 1024 + " KiB" : bytes / MEBIBYTE + " MiB";
  }

  private static String pair(Speed speed, Gates scoring, Gates training) {
    return String.format(
        Locale.ROOT, "%.2f and %.2f ns", speed.gates().get(scoring), speed.gates().get(training));
  }

  private static String name(Speed speed) {
    return speed.threads() == 1 ? "1 thread:" : speed.threads() + " threads:";
  }
}
