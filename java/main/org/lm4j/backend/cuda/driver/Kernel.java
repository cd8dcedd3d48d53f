package org.lm4j.backend.cuda.driver;

import java.util.Locale;

/** The kernels of {@code native/cuda}, where their arguments are documented. */
public enum Kernel {
  AXPY,
  SCALE,
  MULTIPLY,
  CLAMP,
  ACTIVATE,
  ACTIVATE_BACKWARD,
  TO_BF16,
  FROM_BF16,
  DROPOUT,
  DROPOUT_BF16,
  DROPOUT_ROWS,
  DROPOUT_ROWS_BF16,
  EMBED,
  EMBED_BACKWARD,
  SOFTMAX_CROSS_ENTROPY,
  CROSS_ENTROPY,
  HINGE,
  SOFTMAX,
  SOFTMAX_BACKWARD,
  COPY_COLUMNS,
  COPY_SEQUENCES,
  ADD_BIAS,
  BIAS_PARTIALS,
  BIAS_GRADIENT,
  SUM,
  SUM_PARTIALS,
  SUM_FINISH,
  SQUARE_PARTIALS,
  GRADIENT_NORM,
  UPDATE_SGD,
  UPDATE_RMSPROP,
  UPDATE_ADAGRAD,
  UPDATE_ADAM,
  UPDATE_ANCHORED;

  /** Returns the kernel's name in the module. */
  public String entry() {
    return "lm4j_" + name().toLowerCase(Locale.ROOT);
  }
}
