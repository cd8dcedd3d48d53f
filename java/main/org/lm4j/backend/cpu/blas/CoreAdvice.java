package org.lm4j.backend.cpu.blas;

import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Recommends a value of {@code OPENBLAS_CORETYPE} where the kernels that OpenBLAS chose are not the
 * right ones for a processor. OpenBLAS knows processors by model number and takes unknown ones for
 * others: a Zen 4 or Zen 5 for a Cooper Lake, a new one for the oldest.
 */
public final class CoreAdvice {
  /** A share of the Java kernels' speed below which other kernels of OpenBLAS are worth trying. */
  private static final double SLOW = 0.9;

  /**
   * Kernels for vectors of 4 floats or none, which OpenBLAS takes for processors it does not know.
   */
  private static final Set<String> OLD_CORES =
      Set.of(
          "prescott", "core2", "penryn", "dunnington", "nehalem", "atom", "opteron", "barcelona");

  /** Kernels for vectors of 8 floats. */
  private static final Set<String> MIDDLE_CORES =
      Set.of(
          "sandybridge", "haswell", "zen", "bulldozer", "piledriver", "steamroller", "excavator");

  private CoreAdvice() {}

  /**
   * Returns what to do about the chosen kernels, or null if nothing is wrong with them or they are
   * not for x86 processors.
   *
   * @param core the name of the chosen kernels, as {@link BlasFacts#core} has it
   * @param lanes floats of a vector of this processor
   * @param demanded whether the environment variable {@code OPENBLAS_CORETYPE} is set
   * @param share OpenBLAS's speed as a share of the Java kernels' in products that are not
   *     recurrent; NaN if it was not measured
   */
  public static @Nullable String of(String core, int lanes, boolean demanded, double share) {
    String name = core.toLowerCase(Locale.ROOT);
    boolean old = OLD_CORES.contains(name);
    boolean middle = MIDDLE_CORES.contains(name);
    if (lanes < 8 || !(old || middle || MatrixEngine.WIDE_CORES.contains(name))) {
      return null; // another architecture's
    }
    boolean shorter = old || (lanes == 16 && middle);
    String best = lanes == 16 ? "SkylakeX" : "Haswell";
    if (shorter && demanded) {
      return "unset OPENBLAS_CORETYPE or set it to %s: kernels %s are for shorter vectors"
          .formatted(best, core);
    }
    if (shorter) {
      return "set OPENBLAS_CORETYPE=%s: OpenBLAS chose kernels %s, which are for shorter vectors"
          .formatted(best, core);
    }
    if (share < SLOW) {
      return "compare the speed with OPENBLAS_CORETYPE=%s and =Zen: kernels %s reach %.0f %% of Java's"
          .formatted(name.equals("haswell") ? "SkylakeX" : "Haswell", core, 100 * share);
    }
    return null;
  }
}
