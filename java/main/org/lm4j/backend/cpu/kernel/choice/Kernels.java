package org.lm4j.backend.cpu.kernel.choice;

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
 * The kernels of this JVM, chosen once: with the Vector API if the module {@code
 * jdk.incubator.vector} is there, else in plain loops.
 */
public final class Kernels {
  /** Whether the Vector API is used. */
  public static final boolean VECTORISED = Lanes.VECTORISED;

  /** The kernels of elementwise operations. */
  public static final ElementKernels ELEMENTS =
      VECTORISED ? Elements.fastest() : new ScalarElementKernels();

  /** The kernels of losses and softmax. */
  public static final LossKernels LOSS = VECTORISED ? Losses.fastest() : new ScalarLossKernels();

  /** The kernels of recurrent cells. */
  public static final GateKernels GATES = VECTORISED ? Gates.fastest() : new ScalarGateKernels();

  /** The kernels of matrix products in float32. */
  public static final ProductKernels PRODUCTS =
      VECTORISED ? Products.fastest() : new ScalarProductKernels();

  /** The kernels for matrices that are too narrow for vectors. */
  public static final PackKernels PLAIN_PACKING = new ScalarPackKernels();

  /** The kernels that arrange matrices in panels. */
  public static final PackKernels PACKING = VECTORISED ? Packing.fastest() : PLAIN_PACKING;

  private Kernels() {}

  /**
   * Returns the kernels of optimizer steps. Like all that not every command needs they are created
   * at the first call: that writes machine code, or loads much of the Vector API.
   */
  public static UpdateKernels updates() {
    return Updates.KERNELS;
  }

  /** Returns the kernels of products with weights rounded to bytes, created at the first call. */
  public static ByteKernels bytes() {
    return Bytes.KERNELS;
  }

  /** Returns the dropout kernels, which are created at the first call. */
  public static DropoutKernels dropout() {
    return Dropout.KERNELS;
  }

  /** Returns the scoring kernels, which are created at the first call. */
  public static ScoreKernels scores() {
    return Scores.KERNELS;
  }

  /** Returns the kernels of products in bfloat16, which are created at the first call. */
  public static Bf16Kernels bf16() {
    return Halves.KERNELS;
  }

  /** Returns the kernels of products of bytes with exact sums, created at the first call. */
  public static Int8Kernels int8() {
    return Steps.KERNELS;
  }

  private static final class Bytes {
    static final ByteKernels KERNELS =
        VECTORISED ? new VectorByteKernels() : new ScalarByteKernels();
  }

  private static final class Steps {
    static final Int8Kernels KERNELS = VECTORISED ? fastest() : new ScalarInt8Kernels();

    private static Int8Kernels fastest() {
      CodeInt8Kernels code = CodeInt8Kernels.here();
      return code == null ? new VectorInt8Kernels() : code;
    }
  }

  private static final class Halves {
    static final Bf16Kernels KERNELS = VECTORISED ? fastest() : new ScalarBf16Kernels();

    private static Bf16Kernels fastest() {
      CodeBf16Kernels code = CodeBf16Kernels.here();
      return code == null ? new VectorBf16Kernels() : code;
    }
  }

  /** Returns the kernels of negative sampling, which are created at the first call. */
  public static SampleKernels samples() {
    return Samples.KERNELS;
  }

  private static final class Samples {
    static final SampleKernels KERNELS =
        VECTORISED ? new VectorSampleKernels() : new ScalarSampleKernels();
  }

  private static final class Scores {
    static final ScoreKernels KERNELS = VECTORISED ? fastest() : new ScalarScoreKernels();

    private static ScoreKernels fastest() {
      CodeScoreKernels code = CodeScoreKernels.here();
      return code == null ? new VectorScoreKernels() : code;
    }
  }

  private static final class Dropout {
    static final DropoutKernels KERNELS = VECTORISED ? fastest() : new ScalarDropoutKernels();

    private static DropoutKernels fastest() {
      CodeDropoutKernels code = CodeDropoutKernels.here();
      return code == null ? new VectorDropoutKernels() : code;
    }
  }

  /** The elementwise kernels: machine code where it supports the width of the Vector API. */
  private static final class Elements {
    static ElementKernels fastest() {
      CodeElementKernels code = CodeElementKernels.here();
      return code == null ? new VectorElementKernels() : code;
    }
  }

  /** The softmax: machine code where it supports the width of the Vector API. */
  private static final class Losses {
    static LossKernels fastest() {
      CodeLossKernels code = CodeLossKernels.here();
      return code == null ? new VectorLossKernels() : code;
    }
  }

  /** The steps of optimizers: machine code where it supports the width of the Vector API. */
  private static final class Updates {
    static final UpdateKernels KERNELS = VECTORISED ? fastest() : new ScalarUpdateKernels();

    private static UpdateKernels fastest() {
      CodeUpdateKernels code = CodeUpdateKernels.here();
      return code == null ? new VectorUpdateKernels() : code;
    }
  }

  /**
   * The copies of pieces of matrices: machine code where it supports the width of the Vector API.
   */
  private static final class Packing {
    static PackKernels fastest() {
      CodePackKernels code = CodePackKernels.here();
      return code == null ? new VectorPackKernels() : code;
    }
  }

  /** The gate functions: machine code where it supports the width of the Vector API. */
  private static final class Gates {
    static GateKernels fastest() {
      CodeGateKernels code = CodeGateKernels.here();
      return code == null ? new VectorGateKernels() : code;
    }
  }

  /**
   * The product kernels: machine code where it supports the width of the Vector API, with equal
   * bits.
   */
  private static final class Products {
    static ProductKernels fastest() {
      CodeProductKernels code = CodeProductKernels.here();
      return code == null ? new VectorProductKernels() : code;
    }
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
    if (!VECTORISED) {
      return "plain kernels";
    }
    String kernels = "Vector API kernels of " + GATES.lanes() + " lanes";
    if (GATES instanceof CodeGateKernels) {
      return kernels + ", most of them as machine code";
    }
    return productsByMachineCode() ? kernels + ", machine code for products" : kernels;
  }
}
