package org.lm4j.cli.options;

import java.io.PrintWriter;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.backend.BackendOptions;
import org.lm4j.backend.Backends;
import org.lm4j.compute.Backend;
import org.lm4j.compute.BackendException;
import org.lm4j.compute.BlasChoice;
import org.lm4j.compute.Precision;
import org.lm4j.parallel.Communicator;
import org.lm4j.parallel.LocalRank;
import org.lm4j.parallel.SharedProcessors;
import picocli.CommandLine.Option;

/** The options of the device. A mixin for every command that runs a model. */
public final class DeviceOptions {
  /** The names of devices. */
  public enum Device {
    /** The fastest available device, with a note if it is not the fastest kind. */
    AUTO,
    /** Vector instructions, 32 bits. */
    CPU,
    /** An NVIDIA GPU, 32 bits. */
    CUDA,
    /** Plain Java, 64 bits: slow, and the reference for the others. */
    REFERENCE;

    @Override
    public String toString() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  @Option(
      names = "--device",
      paramLabel = "NAME",
      description = "Where to compute: ${COMPLETION-CANDIDATES} [{default}].")
  private Device device = Device.AUTO;

  @Option(
      names = "--threads",
      paramLabel = "N",
      converter = Converters.Threads.class,
      description = "Threads on a CPU, at most 1024 [one per core].")
  private @Nullable Integer threads;

  @Option(
      names = "--precision",
      paramLabel = "NAME",
      description = {
        "In what numbers matrices are multiplied: ${COMPLETION-CANDIDATES} [fp32; on a GPU tf32"
            + " where it has that].",
        "A CPU has fp32 and bf16, which is about twice as fast where the processor has avx512_bf16;"
            + " elsewhere it generates text faster and does all else slower. Weights, losses and"
            + " sums are float32 in all of these.",
        "int8 is for lm generate, lm eval and the completions of lm serve on a CPU: 2 to 4 times"
            + " as fast as fp32, and less exact; lm eval prints the loss beside that of fp32."
      })
  private @Nullable Precision precision;

  @Option(
      names = "--blas",
      paramLabel = "NAME",
      description = {
        "What multiplies matrices on a CPU: ${COMPLETION-CANDIDATES} [auto].",
        "openblas: every product; java: none; auto: large ones by OpenBLAS where it is at least as"
            + " fast, by a fixed rule that lm doctor shows."
      })
  private @Nullable BlasChoice blas;

  private int gpu; // of those that CUDA shows

  /** Returns the name of the device, as in {@code org.lm4j.backend.Backends}. */
  public String device() {
    return device.toString();
  }

  /** Returns the number of threads, at least 1. */
  public int threads() {
    return threads == null ? Runtime.getRuntime().availableProcessors() : threads;
  }

  /**
   * Opens the backend; where the choice was left to us, says on {@code err} what was taken and why.
   *
   * @throws InputException if the device or the library asked for by name cannot be opened, or has
   *     not the precision asked for
   */
  public Backend open(PrintWriter err) {
    if (onlyDecodes()) {
      throw new InputException(
          "--precision int8 is for lm generate, lm eval and lm serve, which read a text token by"
              + " token: use fp32 or bf16.");
    }
    return openToDecode(err);
  }

  /**
   * Opens the backend of one of several processes as {@link #open(PrintWriter)} does, with this
   * process's part of the processors unless threads are asked for, and its GPU of the machine's.
   */
  public Backend open(PrintWriter err, Communicator ranks) {
    if (threads == null && ranks.size() > 1) {
      threads = SharedProcessors.threads(ranks);
    }
    gpu = LocalRank.of(ranks);
    return open(err);
  }

  /** Opens the backend as {@link #open} does, also one that only decodes. */
  public Backend openToDecode(PrintWriter err) {
    return open(device(), precision, err);
  }

  /** Opens a CPU in float32 with the other options. */
  public Backend openExact(PrintWriter err) {
    return open(Device.CPU.toString(), Precision.FP32, err);
  }

  /** Returns whether the precision is for decoding alone. */
  public boolean onlyDecodes() {
    return precision == Precision.INT8;
  }

  private Backend open(String name, @Nullable Precision numbers, PrintWriter err) {
    try {
      return Backends.open(
          name,
          new BackendOptions(threads(), numbers, blas, gpu),
          line -> {
            err.println(line);
            err.flush();
          });
    } catch (BackendException e) {
      throw new InputException(String.valueOf(e.getMessage()), e);
    }
  }
}
