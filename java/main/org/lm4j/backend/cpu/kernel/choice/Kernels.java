package org.lm4j.backend.cpu.kernel.choice;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.lm4j.backend.cpu.kernel.Bf16Kernels;
import org.lm4j.backend.cpu.kernel.ByteKernels;
import org.lm4j.backend.cpu.kernel.DropoutKernels;
import org.lm4j.backend.cpu.kernel.ElementKernels;
import org.lm4j.backend.cpu.kernel.GateKernels;
import org.lm4j.backend.cpu.kernel.Int8Kernels;
import org.lm4j.backend.cpu.kernel.Lanes;
import org.lm4j.backend.cpu.kernel.LossKernels;
import org.lm4j.backend.cpu.kernel.PackKernels;
import org.lm4j.backend.cpu.kernel.ProductKernels;
import org.lm4j.backend.cpu.kernel.SampleKernels;
import org.lm4j.backend.cpu.kernel.ScoreKernels;
import org.lm4j.backend.cpu.kernel.UpdateKernels;
import org.lm4j.backend.cpu.kernel.machine.CodeBf16Kernels;
import org.lm4j.backend.cpu.kernel.machine.CodeByteKernels;
import org.lm4j.backend.cpu.kernel.machine.CodeDropoutKernels;
import org.lm4j.backend.cpu.kernel.machine.CodeElementKernels;
import org.lm4j.backend.cpu.kernel.machine.CodeGateKernels;
import org.lm4j.backend.cpu.kernel.machine.CodeInt8Kernels;
import org.lm4j.backend.cpu.kernel.machine.CodeLossKernels;
import org.lm4j.backend.cpu.kernel.machine.CodePackKernels;
import org.lm4j.backend.cpu.kernel.machine.CodeProductKernels;
import org.lm4j.backend.cpu.kernel.machine.CodeScoreKernels;
import org.lm4j.backend.cpu.kernel.machine.CodeUpdateKernels;
import org.lm4j.backend.cpu.kernel.scalar.ScalarBf16Kernels;
import org.lm4j.backend.cpu.kernel.scalar.ScalarByteKernels;
import org.lm4j.backend.cpu.kernel.scalar.ScalarDropoutKernels;
import org.lm4j.backend.cpu.kernel.scalar.ScalarElementKernels;
import org.lm4j.backend.cpu.kernel.scalar.ScalarGateKernels;
import org.lm4j.backend.cpu.kernel.scalar.ScalarInt8Kernels;
import org.lm4j.backend.cpu.kernel.scalar.ScalarLossKernels;
import org.lm4j.backend.cpu.kernel.scalar.ScalarPackKernels;
import org.lm4j.backend.cpu.kernel.scalar.ScalarProductKernels;
import org.lm4j.backend.cpu.kernel.scalar.ScalarSampleKernels;
import org.lm4j.backend.cpu.kernel.scalar.ScalarScoreKernels;
import org.lm4j.backend.cpu.kernel.scalar.ScalarUpdateKernels;
import org.lm4j.backend.cpu.kernel.vector.VectorBf16Kernels;
import org.lm4j.backend.cpu.kernel.vector.VectorByteKernels;
import org.lm4j.backend.cpu.kernel.vector.VectorDropoutKernels;
import org.lm4j.backend.cpu.kernel.vector.VectorElementKernels;
import org.lm4j.backend.cpu.kernel.vector.VectorGateKernels;
import org.lm4j.backend.cpu.kernel.vector.VectorInt8Kernels;
import org.lm4j.backend.cpu.kernel.vector.VectorLossKernels;
import org.lm4j.backend.cpu.kernel.vector.VectorPackKernels;
import org.lm4j.backend.cpu.kernel.vector.VectorProductKernels;
import org.lm4j.backend.cpu.kernel.vector.VectorSampleKernels;
import org.lm4j.backend.cpu.kernel.vector.VectorScoreKernels;
import org.lm4j.backend.cpu.kernel.vector.VectorUpdateKernels;

/**
 * The kernels of this JVM, chosen once: machine code where it is written for the width of the
 * vectors, else the Vector API if the module {@code jdk.incubator.vector} is there, else plain
 * loops.
 */
public final class Kernels {
  /** The kernels of elementwise operations. */
  public static final ElementKernels ELEMENTS =
      fastest(
          CodeElementKernels.here(), () -> new VectorElementKernels(), ScalarElementKernels::new);

  /** The kernels of losses and softmax. */
  public static final LossKernels LOSS =
      fastest(CodeLossKernels.here(), () -> new VectorLossKernels(), ScalarLossKernels::new);

  /** The kernels of recurrent cells. */
  public static final GateKernels GATES =
      fastest(CodeGateKernels.here(), () -> new VectorGateKernels(), ScalarGateKernels::new);

  /** Whether the kernels above compute vectors, by machine code or by the Vector API. */
  public static final boolean VECTORISED = !(GATES instanceof ScalarGateKernels);

  /** The kernels of matrix products in float32; those in plain loops are left to OpenBLAS. */
  public static final ProductKernels PRODUCTS =
      VECTORISED
          ? fastest(
              CodeProductKernels.here(),
              () -> new VectorProductKernels(),
              ScalarProductKernels::new)
          : new ScalarProductKernels();

  /** The kernels for matrices that are too narrow for vectors. */
  public static final PackKernels PLAIN_PACKING = new ScalarPackKernels();

  /** The kernels that arrange matrices in panels. */
  public static final PackKernels PACKING =
      fastest(CodePackKernels.here(), () -> new VectorPackKernels(), () -> PLAIN_PACKING);

  private Kernels() {}

  /**
   * Returns machine code if there is some, else what {@code vectors} creates where the Vector API
   * is, else what {@code plain} creates. {@code vectors} is a lambda whose body names the class: a
   * reference to its constructor would load it even where there is no Vector API.
   */
  private static <K> K fastest(@Nullable K code, Supplier<K> vectors, Supplier<K> plain) {
    return code != null ? code : Lanes.VECTOR_API ? vectors.get() : plain.get();
  }

  /**
   * Returns the kernels of optimizer steps. Like all that not every command needs they are created
   * at the first call: that writes machine code, or loads much of the Vector API.
   */
  public static UpdateKernels updates() {
    return Updates.KERNELS;
  }

  private static final class Updates {
    static final UpdateKernels KERNELS =
        fastest(
            CodeUpdateKernels.here(), () -> new VectorUpdateKernels(), ScalarUpdateKernels::new);
  }

  /** Returns the kernels of products with weights rounded to bytes, created at the first call. */
  public static ByteKernels bytes() {
    return Bytes.KERNELS;
  }

  private static final class Bytes {
    static final ByteKernels KERNELS =
        fastest(CodeByteKernels.here(), () -> new VectorByteKernels(), ScalarByteKernels::new);
  }

  /** Returns the dropout kernels, which are created at the first call. */
  public static DropoutKernels dropout() {
    return Dropout.KERNELS;
  }

  private static final class Dropout {
    static final DropoutKernels KERNELS =
        fastest(
            CodeDropoutKernels.here(), () -> new VectorDropoutKernels(), ScalarDropoutKernels::new);
  }

  /** Returns the scoring kernels, which are created at the first call. */
  public static ScoreKernels scores() {
    return Scores.KERNELS;
  }

  private static final class Scores {
    static final ScoreKernels KERNELS =
        fastest(CodeScoreKernels.here(), () -> new VectorScoreKernels(), ScalarScoreKernels::new);
  }

  /** Returns the kernels of products in bfloat16, which are created at the first call. */
  public static Bf16Kernels bf16() {
    return Halves.KERNELS;
  }

  private static final class Halves {
    static final Bf16Kernels KERNELS =
        fastest(CodeBf16Kernels.here(), () -> new VectorBf16Kernels(), ScalarBf16Kernels::new);
  }

  /** Returns the kernels of products of bytes with exact sums, created at the first call. */
  public static Int8Kernels int8() {
    return Steps.KERNELS;
  }

  private static final class Steps {
    static final Int8Kernels KERNELS =
        fastest(CodeInt8Kernels.here(), () -> new VectorInt8Kernels(), ScalarInt8Kernels::new);
  }

  /** Returns the kernels of negative sampling, which are created at the first call. */
  public static SampleKernels samples() {
    return Samples.KERNELS;
  }

  private static final class Samples {
    static final SampleKernels KERNELS =
        fastest(null, () -> new VectorSampleKernels(), ScalarSampleKernels::new);
  }

  /** Returns whether machine code multiplies packed panels. */
  public static boolean productsByMachineCode() {
    return PRODUCTS instanceof CodeProductKernels;
  }

  /** Returns whether machine code arranges float32 matrices in panels. */
  public static boolean packsByMachineCode() {
    return PACKING instanceof CodePackKernels;
  }

  /** Returns the kernels in a few words. */
  public static String description() {
    boolean code = GATES instanceof CodeGateKernels;
    if (!Lanes.VECTOR_API) {
      return code ? "machine code of " + GATES.lanes() + " lanes" : "plain kernels";
    }
    String kernels = "Vector API kernels of " + GATES.lanes() + " lanes";
    if (code) {
      return kernels + ", most of them as machine code";
    }
    return productsByMachineCode() ? kernels + ", machine code for products" : kernels;
  }
}
