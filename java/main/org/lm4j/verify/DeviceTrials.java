package org.lm4j.verify;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.lm4j.backend.cuda.CudaBackend;
import org.lm4j.backend.cuda.CudaTrials;
import org.lm4j.backend.cuda.device.GraphUse;
import org.lm4j.compute.BackendException;
import org.lm4j.compute.Cell;
import org.lm4j.compute.Precision;
import org.lm4j.compute.RnnSpec;
import org.lm4j.foreign.NativeException;

/**
 * Trials of everything that computing on a GPU needs, from the driver to whole training steps. Each
 * runs in a separate process, so that a crashed context does not affect others.
 */
public final class DeviceTrials {
  private static final int[] WIDTHS = {100, 128, 200};
  private static final int BATCH = 20;
  private static final int VOCABULARY = 65;

  // Of the many steps.
  private static final int MANY = 60;
  private static final int NARROW = 32;
  private static final int FEW = 4; // sequences

  private static final Map<String, Supplier<String>> OWN = new LinkedHashMap<>();
  private static final Map<String, List<String>> NEEDS = new LinkedHashMap<>();

  static {
    needs("device", "driver");
    needs("context", "device");
    needs("stream", "context");
    needs("memory", "stream");
    needs("kernels", "memory");
    needs("cuBLAS fp32", "memory");
    needs("cuBLAS tf32", "cuBLAS fp32");
    needs("cuBLAS bf16", "cuBLAS fp32");
    needs("cuBLAS graph", "cuBLAS fp32");
    needs("cuDNN", "stream");
    needs("cuDNN weights", "cuDNN", "kernels", "cuBLAS fp32");
    needs("NCCL", "memory");
    add("RNN forward", DeviceTrials::forward, "cuDNN weights");
    add("RNN backward", DeviceTrials::backward, "RNN forward");
    add("RNN without last gradients", DeviceTrials::truncated, "RNN backward");
    add("RNN tf32", () -> precise(Precision.TF32), "RNN backward", "cuBLAS tf32");
    add("RNN bf16", () -> precise(Precision.BF16), "RNN backward", "cuBLAS bf16");
    add("steps direct", () -> steps(GraphUse.OFF), "RNN without last gradients");
    add("steps replayed", () -> steps(GraphUse.ON), "steps direct");
    add("steps after a broken capture", () -> steps(GraphUse.BROKEN), "steps direct");
    add("60 steps, direct and replayed", DeviceTrials::bits, "steps replayed");
    add("RNN speed", RnnSpeed::measure, "steps replayed");
  }

  private DeviceTrials() {}

  private static void needs(String name, String... others) {
    NEEDS.put(name, List.of(others));
  }

  private static void add(String name, Supplier<String> trial, String... others) {
    OWN.put(name, trial);
    needs(name, others);
  }

  /** Returns the names of all trials, each after those it depends on. */
  public static List<String> names() {
    List<String> names = new ArrayList<>(CudaTrials.names());
    names.addAll(OWN.keySet());
    return List.copyOf(names);
  }

  /** Returns the trials that a trial depends on. */
  public static List<String> needs(String name) {
    return NEEDS.getOrDefault(name, List.of());
  }

  /**
   * Runs one in this process.
   *
   * @return what was found
   * @throws NativeException if a library is missing
   * @throws BackendException if a call fails, or a result is wrong
   * @throws UnsupportedOperationException if this GPU or its libraries do not offer it
   * @throws IllegalArgumentException if there is no such trial
   */
  public static String run(String name) {
    Supplier<String> own = OWN.get(name);
    return own == null ? CudaTrials.run(name) : own.get();
  }

  private static String forward() {
    List<ParityCase> cases = new ArrayList<>();
    for (int hidden : WIDTHS) {
      cases.add(DeviceCases.forward(Cell.LSTM, hidden, 2, BATCH, Verification.SEED));
      cases.add(DeviceCases.forward(Cell.GRU, hidden, 1, BATCH, Verification.SEED));
      cases.add(DeviceCases.forward(Cell.RNN_TANH, hidden, 1, BATCH, Verification.SEED));
    }
    return agree(Precision.FP32, GraphUse.OFF, cases);
  }

  private static String backward() {
    List<ParityCase> cases = new ArrayList<>();
    for (int hidden : WIDTHS) {
      cases.add(DeviceCases.backward(Cell.LSTM, hidden, 1, BATCH, Verification.SEED));
      cases.add(DeviceCases.backward(Cell.GRU, hidden, 1, BATCH, Verification.SEED));
    }
    cases.add(DeviceCases.backward(Cell.RNN_TANH, WIDTHS[0], 2, BATCH, Verification.SEED));
    return agree(Precision.FP32, GraphUse.OFF, cases);
  }

  private static String truncated() {
    List<ParityCase> cases = new ArrayList<>();
    for (Cell cell : Cell.values()) {
      cases.add(DeviceCases.truncated(cell, WIDTHS[0], 1, BATCH, Verification.SEED));
    }
    return agree(Precision.FP32, GraphUse.OFF, cases);
  }

  private static String precise(Precision precision) {
    return agree(
        precision,
        GraphUse.OFF,
        List.of(
            DeviceCases.backward(Cell.LSTM, WIDTHS[1], 1, BATCH, Verification.SEED),
            DeviceCases.backward(Cell.GRU, WIDTHS[1], 1, BATCH, Verification.SEED)));
  }

  private static ParityCase training(int hidden, int batch, int runs) {
    RnnSpec spec = new RnnSpec(Cell.LSTM, hidden, hidden, 1, 0);
    return DeviceCases.trainingSteps(spec, batch, VOCABULARY, runs, Verification.SEED);
  }

  private static String steps(GraphUse graphs) {
    return agree(
        Precision.FP32, graphs, List.of(training(WIDTHS[0], BATCH, DeviceCases.EQUAL_STEPS)));
  }

  private static String agree(Precision precision, GraphUse graphs, List<ParityCase> cases) {
    double share = 0; // of what is allowed
    try (CudaBackend backend = open(precision, graphs)) {
      for (ParityCase each : cases) {
        CaseResult result = each.run(backend);
        if (!result.passed()) {
          throw new BackendException(result.toString());
        }
        share = Math.max(share, result.error() / result.tolerance());
      }
    }
    return "%d agree, errors up to %.0f %% of what is allowed".formatted(cases.size(), 100 * share);
  }

  private static CudaBackend open(Precision precision, GraphUse graphs) {
    try {
      return CudaBackend.open(precision, graphs);
    } catch (BackendException e) {
      if (String.valueOf(e.getMessage()).startsWith("precision ")) {
        throw new UnsupportedOperationException(e.getMessage(), e);
      }
      throw e;
    }
  }

  private static String bits() {
    ParityCase training = training(NARROW, FEW, MANY);
    Map<String, double[]> direct = everything(training, GraphUse.OFF);
    Map<String, double[]> replayed = everything(training, GraphUse.ON);
    direct.forEach(
        (name, values) -> {
          if (!Arrays.equals(values, replayed.get(name))) {
            throw new BackendException(name + " differs between direct and replayed steps");
          }
        });
    return "the same bits";
  }

  private static Map<String, double[]> everything(ParityCase training, GraphUse graphs) {
    Map<String, double[]> values = new LinkedHashMap<>();
    try (CudaBackend backend = open(Precision.FP32, graphs);
        PreparedCase prepared = training.prepare(backend)) {
      prepared.run();
      for (Operand operand : training.operands()) {
        if (!operand.ids) {
          values.put(operand.name, prepared.read(operand.name));
        }
      }
    }
    return values;
  }
}
