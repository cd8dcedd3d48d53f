package org.lm4j.backend.cpu.kernel;

import jdk.incubator.vector.FloatVector;
import org.lm4j.backend.cpu.code.CodeElements;

/** How many floats a vector has in this JVM, which decides how panels are laid out. */
public final class Lanes {
  /**
   * Whether the Vector API is there: only with vectors of 4, 8 or 16 lanes, for which there are
   * kernels.
   */
  public static final boolean VECTOR_API =
      ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent() && Preferred.known();

  /**
   * Floats of a vector: those of the Vector API; without it 16 where there is machine code for as
   * many, else 8.
   */
  public static final int COUNT =
      VECTOR_API ? Preferred.LANES : CodeElements.here() != null ? CodeElements.LANES : 8;

  private Lanes() {}

  /** Apart, to be loaded only where the module is. */
  private static final class Preferred {
    static final int LANES = FloatVector.SPECIES_PREFERRED.length();

    static boolean known() {
      return LANES == 4 || LANES == 8 || LANES == 16;
    }
  }
}
