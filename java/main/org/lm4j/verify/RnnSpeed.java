package org.lm4j.verify;

import java.util.ArrayList;
import java.util.List;
import org.lm4j.backend.cuda.CudaBackend;
import org.lm4j.backend.cuda.device.GraphUse;
import org.lm4j.compute.Cell;
import org.lm4j.compute.RnnSpec;

/** Times training steps of small models on a GPU, with and without cuDNN's persistent kernels. */
final class RnnSpeed {
  private static final int BATCH = 20;
  private static final int VOCABULARY = 65;
  private static final int WARM_UP = 8; // steps
  private static final int MOST_STEPS = 400;
  private static final double SECONDS = 0.5; // of one measurement
  private static final double SLOW = 0.25; // seconds of one step: this is no GPU
  private static final double MOST_SECONDS = 12; // of all, after which none begins

  private static final List<RnnSpec> SPECS =
      List.of(
          new RnnSpec(Cell.GRU, 128, 128, 1, 0),
          new RnnSpec(Cell.LSTM, 128, 128, 2, 0),
          new RnnSpec(Cell.LSTM, 192, 192, 1, 0),
          new RnnSpec(Cell.RNN_TANH, 256, 256, 1, 0));

  private static final String TOO_SLOW = ", too slow to be timed";

  private RnnSpeed() {}

  /** Returns milliseconds a step, of as many models as there is time for. */
  static String measure() {
    return measure(SPECS);
  }

  /** Measures these models. */
  static String measure(List<RnnSpec> specs) {
    List<String> found = new ArrayList<>();
    long begun = System.nanoTime();
    for (RnnSpec spec : specs) {
      if (seconds(begun) < MOST_SECONDS && !String.join("", found).contains(TOO_SLOW)) {
        found.add(
            "%s %d×%d: standard %s, persistent %s"
                .formatted(
                    spec.cell().label(),
                    spec.layers(),
                    spec.hiddenSize(),
                    step(spec, false),
                    step(spec, true)));
      }
    }
    return String.join("; ", found);
  }

  private static String step(RnnSpec spec, boolean persistent) {
    try (CudaBackend backend = CudaBackend.open(null, GraphUse.ON, persistent)) {
      run(backend, spec, 1); // in which libraries load their code
      double one = run(backend, spec, 1);
      if (one > SLOW) {
        return "%.1f s%s".formatted(one, TOO_SLOW);
      }
      double few = run(backend, spec, WARM_UP);
      int more = (int) Math.clamp(Math.ceil(SECONDS / (few / WARM_UP)), 1, MOST_STEPS);
      double many = run(backend, spec, WARM_UP + more);
      double milliseconds = 1e3 * Math.max(0, many - run(backend, spec, WARM_UP)) / more;
      return "%.3f ms%s"
          .formatted(
              milliseconds,
              backend.refusedRnns() == 0 ? "" : " (refused, so that is standard too)");
    }
  }

  /** Returns the seconds of so many steps, with what comes before the first. */
  private static double run(CudaBackend backend, RnnSpec spec, int steps) {
    ParityCase training =
        DeviceCases.trainingSteps(spec, BATCH, VOCABULARY, steps, Verification.SEED);
    try (PreparedCase prepared = training.prepare(backend)) {
      prepared.read("losses"); // which waits
      long begun = System.nanoTime();
      prepared.run();
      prepared.read("losses");
      return seconds(begun);
    }
  }

  private static double seconds(long begun) {
    return (System.nanoTime() - begun) / 1e9;
  }
}
