package org.lm4j.backend.cpu;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.lm4j.backend.cpu.blas.BlasLibrary;
import org.lm4j.backend.cpu.blas.Cblas;
import org.lm4j.backend.cpu.blas.MatrixEngine;
import org.lm4j.backend.cpu.code.CodeSettings;
import org.lm4j.backend.cpu.panel.Bf16Panels;
import org.lm4j.backend.cpu.panel.FloatPanels;
import org.lm4j.backend.cpu.panel.Panels;
import org.lm4j.compute.BlasChoice;
import org.lm4j.compute.Precision;
import org.lm4j.compute.queue.QueuedBackend;

/**
 * The CPU, in float32 or with the factors of matrix products rounded to bfloat16, with a team of
 * threads that share each operation. The same number of threads gives the same bits from run to
 * run.
 */
public final class CpuBackend extends QueuedBackend {
  private final CpuOperations operations;

  /**
   * Creates a backend with a new team of threads and one engine for all matrix products.
   *
   * @param blas the library for every product; null for Java kernels
   * @param threads at least 1
   */
  public CpuBackend(@Nullable Cblas blas, int threads) {
    this(
        new CpuOperations(
            blas == null ? MatrixEngine.java() : MatrixEngine.openblas(blas), threads));
  }

  private CpuBackend(CpuOperations operations) {
    super(operations, operations.lock());
    this.operations = operations;
  }

  /** Returns a backend with an engine of one's own making. */
  static CpuBackend with(MatrixEngine engine, int threads) {
    return with(engine, FloatPanels.INSTANCE, threads);
  }

  /** Creates a backend whose factors have another number format where the engine has no library. */
  static CpuBackend with(MatrixEngine engine, Panels numbers, int threads) {
    return new CpuBackend(new CpuOperations(engine, numbers, threads));
  }

  /**
   * Opens a backend that rounds both factors of its matrix products to bfloat16, see {@link
   * Bf16Panels}; all else is float32. Products with fewer than four rows and weights as they lie
   * stay float32, since they take as long as reading the weights does. A decoder packs its weights
   * and rounds every product's factors, so that a text depends neither on the number of threads nor
   * on whether bfloat16 is emulated.
   *
   * @param choice what multiplies matrices; null for what the settings say
   * @param threads at least 1
   * @param log receives one line if the processor has no instruction for it, so that it is emulated
   * @throws org.lm4j.InputException if OpenBLAS is to multiply, which does it in float32, or if a
   *     setting has no meaning
   */
  public static CpuBackend openBf16(
      @Nullable BlasChoice choice, int threads, Consumer<String> log) {
    CodeSettings.check();
    BlasLibrary.refuse(choice, Precision.BF16);
    Bf16Panels numbers = Bf16Panels.fastest();
    if (!numbers.missing().isEmpty()) {
      log.accept("bf16 is emulated, which is slower than fp32, since " + numbers.missing());
    }
    return with(MatrixEngine.java(), numbers, threads);
  }

  /**
   * Opens a backend whose decoders round weights and activations to {@link
   * org.lm4j.backend.cpu.kernel.Int8}, and which does not train: its tapes are refused with an
   * {@link org.lm4j.InputException}.
   *
   * @param choice what multiplies matrices; null for what the settings say
   * @param threads at least 1
   * @param log receives one line if the processor has no instruction for it, so that it is emulated
   * @throws org.lm4j.InputException if OpenBLAS is to multiply, which does it in float32, or if a
   *     setting has no meaning
   */
  public static CpuBackend openInt8(
      @Nullable BlasChoice choice, int threads, Consumer<String> log) {
    CodeSettings.check();
    BlasLibrary.refuse(choice, Precision.INT8);
    BytePanels numbers = BytePanels.fastest();
    if (!numbers.missing().isEmpty()) {
      log.accept("int8 is emulated, since " + numbers.missing());
    }
    return with(numbers, threads);
  }

  /** Creates a backend that only decodes. */
  static CpuBackend with(BytePanels numbers, int threads) {
    return new CpuBackend(new ByteOperations(numbers, threads));
  }

  /** Opens a backend by the user's settings, without logging notes. */
  public static CpuBackend open(int threads) {
    return open(null, threads, line -> {});
  }

  /**
   * Opens a backend whose matrix products are computed as chosen. Under {@link BlasChoice#AUTO}
   * OpenBLAS is looked for when the first product comes that is for it, since opening it takes
   * longer than all the rest of a start.
   *
   * @param choice what multiplies matrices; null for what the settings say, see {@link BlasLibrary}
   * @param threads at least 1
   * @param log receives one line if there is no OpenBLAS and Java kernels take its place
   * @throws org.lm4j.foreign.NativeException if OpenBLAS is asked for by name and there is none, or
   *     the CBLAS that the user names cannot be used
   * @throws org.lm4j.InputException if a setting has no meaning
   */
  public static CpuBackend open(@Nullable BlasChoice choice, int threads, Consumer<String> log) {
    CodeSettings.check();
    return with(BlasLibrary.engine(choice, log), threads);
  }

  /**
   * Returns the library if it computes every matrix product, the recurrent ones too; null where
   * Java kernels compute all or some.
   */
  public @Nullable Cblas blas() {
    return operations.blas();
  }

  /**
   * Returns whether it computes in vectors; in plain loops, which are slow, if the JVM has none.
   */
  public boolean vectorised() {
    return operations.vectorised();
  }

  /** Returns the number of threads that share the work. */
  public int threads() {
    return operations.threads();
  }
}
