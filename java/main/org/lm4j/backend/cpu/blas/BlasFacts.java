package org.lm4j.backend.cpu.blas;

/**
 * Facts about an open CBLAS library.
 *
 * @param path the file or name it was opened by
 * @param config what {@code openblas_get_config()} says, or "not OpenBLAS"
 * @param core the kernels it chose for this machine, or "unknown"
 * @param singleThreaded whether it could be set to use one thread per call
 */
public record BlasFacts(String path, String config, String core, boolean singleThreaded) {
  /** Returns the library and its version: {@code OpenBLAS 0.3.31}. */
  public String name() {
    String[] words = config().split(" ", -1);
    return words.length < 2 || !words[0].equals("OpenBLAS")
        ? "CBLAS " + path()
        : words[0] + " " + words[1];
  }

  /** Returns the library in a few words. */
  String description() {
    return name()
        + " (core "
        + core()
        + (System.getenv("OPENBLAS_CORETYPE") == null ? "" : ", as OPENBLAS_CORETYPE demands")
        + (singleThreaded() ? ")" : ", which cannot be set to use one thread)");
  }
}
