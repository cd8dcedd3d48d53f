package org.lm4j.backend.openblas;

/**
 * The kernels of this JVM, chosen once: with the Vector API if the module {@code
 * jdk.incubator.vector} is there, else in plain loops.
 */
final class Kernels {
  /** Whether the Vector API is used. */
  static final boolean VECTORISED =
      ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();

  static final ElementKernels ELEMENTS =
      VECTORISED ? new VectorElementKernels() : new ScalarElementKernels();
  static final LossKernels LOSS = VECTORISED ? new VectorLossKernels() : new ScalarLossKernels();
  static final UpdateKernels UPDATES =
      VECTORISED ? new VectorUpdateKernels() : new ScalarUpdateKernels();
  static final GateKernels GATES = VECTORISED ? new VectorGateKernels() : new ScalarGateKernels();
  static final ByteKernels BYTES = VECTORISED ? new VectorByteKernels() : new ScalarByteKernels();
  static final ProductKernels PRODUCTS =
      VECTORISED ? new VectorProductKernels() : new ScalarProductKernels();

  /** For what is too narrow for vectors. */
  static final PackKernels PLAIN_PACKING = new ScalarPackKernels();

  static final PackKernels PACKING = VECTORISED ? new VectorPackKernels() : PLAIN_PACKING;

  private Kernels() {}

  /** Those of dropout, got ready when they are first asked for: only training needs them. */
  static DropoutKernels dropout() {
    return Dropout.KERNELS;
  }

  private static final class Dropout {
    static final DropoutKernels KERNELS =
        VECTORISED ? new VectorDropoutKernels() : new ScalarDropoutKernels();
  }

  /** The kernels in a few words. */
  static String description() {
    return VECTORISED ? "Vector API kernels of " + GATES.lanes() + " lanes" : "plain kernels";
  }
}
