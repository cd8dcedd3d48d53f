package org.lm4j.backend.cpu.blas;

import java.util.Locale;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.lm4j.backend.cpu.kernel.choice.Kernels;
import org.lm4j.compute.BlasChoice;
import org.lm4j.foreign.NativeException;

/**
 * Decides which matrix products a CBLAS computes and which Java kernels do, and opens the library
 * when the first of its products comes.
 *
 * <p><b>The rule of {@link BlasChoice#AUTO}.</b> The recurrent products of each time step are Java
 * kernels', since the weights are packed once a window for them, which a CBLAS does again at every
 * step. A product whose rows, columns and depth are all above a limit is OpenBLAS's; the limit is
 * {@value #LEAST} where vectors have 8 lanes or fewer, and {@value #LEAST_OF_WIDE} where they have
 * 16, but {@value #LEAST} there too for products of more than {@value #LARGE} multiply-adds. With
 * 16 lanes OpenBLAS has to have chosen kernels of 16 lanes, otherwise Java computes every product.
 *
 * <p>Where machine code multiplies panels, Java kernels compute everything with 16 lanes, and with
 * 8 the limit is {@value #LEAST_BESIDE_CODE}: OpenBLAS is no faster below.
 *
 * <p>A CBLAS that the user names computes all products from {@value #LEAST} on. Without the Vector
 * API every product is OpenBLAS's. Nothing is timed: which engine computes what depends on the
 * machine and the shape alone, so that the same bits come out from run to run.
 */
public final class MatrixEngine {
  /** Rows, columns and depth above which OpenBLAS is at least as fast with 8 lanes or fewer. */
  public static final int LEAST = 64;

  /** The same with 16 lanes. */
  public static final int LEAST_OF_WIDE = 128;

  /** The same with 8 lanes or fewer where machine code multiplies panels. */
  public static final int LEAST_BESIDE_CODE = 256;

  /**
   * Multiply-adds above which {@link #LEAST} holds with 16 lanes too: the output layer of a large
   * vocabulary over few hidden units.
   */
  public static final long LARGE = 1L << 28;

  /** The beginning of the line that explains why a library is not used. */
  public static final String WITHOUT = "Java kernels compute all matrix products, since ";

  /** OpenBLAS's names for its kernels of 16 lanes. */
  static final Set<String> WIDE_CORES = Set.of("skylakex", "cooperlake", "sapphirerapids");

  private final @Nullable Cblas all;
  private final @Nullable Supplier<Cblas> opener; // null once it has been asked, and if never
  private final Consumer<String> log;
  private final boolean named; // whether the library is one that the user names
  private volatile State state;

  /** The decision about a library for large products, with the reason where it computes none. */
  private record State(boolean decided, @Nullable Cblas library, int least, String why) {
    static State never(String why) {
      return new State(true, null, Integer.MAX_VALUE, why);
    }

    static State of(Cblas library, int least) {
      return new State(true, library, least, "");
    }

    boolean takes(int rows, int columns, int depth) {
      int smallest = Math.min(rows, Math.min(columns, depth));
      return smallest > least
          || (least == LEAST_OF_WIDE && smallest > LEAST && isLarge(rows, columns, depth));
    }

    private static boolean isLarge(int rows, int columns, int depth) {
      return (double) rows * columns * depth > LARGE; // which may exceed a long
    }
  }

  private MatrixEngine(
      @Nullable Cblas all,
      @Nullable Supplier<Cblas> opener,
      boolean named,
      Consumer<String> log,
      State state) {
    this.all = all;
    this.opener = opener;
    this.named = named;
    this.log = log;
    this.state = state;
  }

  /** Returns an engine that uses Java kernels for everything. */
  public static MatrixEngine java() {
    return new MatrixEngine(null, null, false, line -> {}, State.never(""));
  }

  /** Returns a library for everything. */
  public static MatrixEngine openblas(Cblas library) {
    return new MatrixEngine(library, null, false, line -> {}, State.of(library, -1));
  }

  /**
   * Returns an engine that uses Java kernels for recurrent products, and a library for all others
   * above {@code least}.
   */
  public static MatrixEngine mixed(Cblas library, int least) {
    return new MatrixEngine(null, null, false, line -> {}, State.of(library, least));
  }

  /**
   * Returns an engine that follows the rule of {@link BlasChoice#AUTO} with the Vector API.
   *
   * @param opener opens the library; asked once, when it is needed
   * @param named whether the user names the library
   * @param log receives one line if it cannot be opened
   */
  public static MatrixEngine auto(Supplier<Cblas> opener, boolean named, Consumer<String> log) {
    int least = leastFor(Kernels.GATES.lanes(), Kernels.productsByMachineCode(), named);
    State state =
        least < Integer.MAX_VALUE
            ? new State(false, null, least, "")
            : State.never(", which are at least as fast as OpenBLAS here");
    return new MatrixEngine(null, opener, named, log, state);
  }

  /** Returns the library where it computes every product, else null. */
  public @Nullable Cblas all() {
    return all;
  }

  /** Returns whether a library computes anything, as far as is known without opening it. */
  public boolean mayCall() {
    return state.least() < Integer.MAX_VALUE;
  }

  /**
   * Returns the library if it computes a product {@code (rows, depth) · (depth, columns)} that is
   * not recurrent; null if Java kernels do. Opens it if need be.
   */
  public @Nullable Cblas of(int rows, int columns, int depth) {
    State known = state;
    if (known.takes(rows, columns, depth) && !known.decided()) {
      known = decide();
    }
    return known.takes(rows, columns, depth) ? known.library() : null;
  }

  private synchronized State decide() {
    State known = state;
    Supplier<Cblas> open = opener;
    if (known.decided() || open == null) {
      return known;
    }
    try {
      Cblas library = open.get();
      boolean fast = named || Kernels.GATES.lanes() < 16 || hasWideKernels(library);
      state =
          fast
              ? State.of(library, known.least())
              : State.never(
                  "; %s is not used, since its kernels are for shorter vectors"
                      .formatted(library.facts().description()));
    } catch (NativeException e) {
      log.accept(WITHOUT + e.getMessage());
      state = State.never("");
    }
    return state;
  }

  /** Returns whether a library has chosen kernels of 16 lanes for this machine. */
  public static boolean hasWideKernels(Cblas library) {
    return WIDE_CORES.contains(library.facts().core().toLowerCase(Locale.ROOT));
  }

  /** Returns the limit of the rule; the largest integer if no product is a library's. */
  public static int leastFor(int lanes, boolean machineCode, boolean named) {
    if (named) {
      return LEAST;
    }
    if (machineCode) {
      return lanes < 16 ? LEAST_BESIDE_CODE : Integer.MAX_VALUE;
    }
    return lanes < 16 ? LEAST : LEAST_OF_WIDE;
  }

  /**
   * Describes in a few words which products each engine computes. Opens the library if it may be
   * needed.
   */
  public String description() {
    if (all != null) {
      return all.facts().description();
    }
    State known = state.decided() ? state : decide();
    Cblas library = known.library();
    return library == null
        ? "Java kernels" + known.why()
        : "Java kernels, and %s for products of more than %d rows, columns and depth%s"
            .formatted(
                library.facts().description(),
                known.least(),
                known.least() == LEAST_OF_WIDE ? " (%d if large)".formatted(LEAST) : "");
  }
}
