package org.lm4j.backend.openblas;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.foreign.NativeException;
import org.lm4j.foreign.NativeJar;
import org.lm4j.foreign.NativeLibrary;

/**
 * Finds a CBLAS: the one the user names by system property {@code lm4j.blas} or environment
 * variable {@code LM4J_BLAS}, then the one in the jar, then the system's.
 *
 * <p>General products go through it if it is named so, if {@code lm4j.products} or {@code
 * LM4J_PRODUCTS} is {@code blas}, or if there is no Vector API; unless one of the two is {@code
 * own}. A property goes before an environment variable.
 */
public final class BlasLibrary {
  private static final String SYSTEM = "libopenblas.so.0";
  private static final String PLATFORM = platform();

  /** Apart, since it looks into the jars, which a start without a CBLAS need not do. */
  private static final class Bundled {
    static final NativeJar JAR =
        new NativeJar(
            "org/bytedeco/openblas/" + PLATFORM + "/",
            List.of("libopenblas.so.0", "libgfortran.so.5", "libquadmath.so.0", "libgcc_s.so.1"),
            "openblas-" + version() + "-" + PLATFORM);
  }

  private BlasLibrary() {}

  /**
   * Opens the first there is.
   *
   * @throws NativeException if the user's cannot be opened, or if there is none at all
   */
  public static Cblas open() {
    return open(System.getProperties(), System.getenv());
  }

  /** As {@link #open()}, with the settings given. */
  static Cblas open(Properties properties, Map<String, String> environment) {
    String forced = forced(properties, environment);
    if (forced != null) {
      try {
        return new Cblas(NativeLibrary.open(Path.of(forced)));
      } catch (NativeException e) {
        throw new NativeException(
            "the CBLAS given by lm4j.blas or LM4J_BLAS cannot be used: " + e.getMessage(), e);
      }
    }
    if (Bundled.JAR.isPresent()) {
      Path folder = Bundled.JAR.unpack(NativeJar.defaultCaches(environment));
      return new Cblas(NativeLibrary.open(folder.resolve("libopenblas.so.0")));
    }
    try {
      return new Cblas(NativeLibrary.open(SYSTEM));
    } catch (NativeException e) {
      throw new NativeException(
          "no OpenBLAS for "
              + PLATFORM
              + " is on the class path and "
              + e.getMessage()
              + "; install it (Debian: apt install libopenblas0) or set LM4J_BLAS to the path of"
              + " a CBLAS library",
          e);
    }
  }

  /** The CBLAS for general products, or null where they are to be our own; as {@link #open()}. */
  static @Nullable Cblas forProducts() {
    return forProducts(System.getProperties(), System.getenv());
  }

  /** As {@link #forProducts()}, with the settings given. */
  static @Nullable Cblas forProducts(Properties properties, Map<String, String> environment) {
    String products = setting(properties, "lm4j.products", environment, "LM4J_PRODUCTS");
    boolean through =
        switch (products) {
          case "own" -> false;
          case "blas" -> true;
          case "" -> !Kernels.VECTORISED || forced(properties, environment) != null;
          default ->
              throw new InputException(
                  "lm4j.products or LM4J_PRODUCTS says what computes matrix products, own or blas,"
                      + " but is '"
                      + products
                      + "'");
        };
    return through ? open(properties, environment) : null;
  }

  private static @Nullable String forced(Properties properties, Map<String, String> environment) {
    String path = setting(properties, "lm4j.blas", environment, "LM4J_BLAS");
    return path.isEmpty() ? null : path;
  }

  private static String setting(
      Properties properties, String property, Map<String, String> environment, String variable) {
    String value = properties.getProperty(property, "");
    return value.isEmpty() ? environment.getOrDefault(variable, "") : value;
  }

  private static String platform() {
    String os = System.getProperty("os.name").toLowerCase(java.util.Locale.ROOT);
    String arch = System.getProperty("os.arch");
    String cpu = arch.equals("amd64") ? "x86_64" : arch.equals("aarch64") ? "arm64" : arch;
    return (os.startsWith("linux") ? "linux" : os.startsWith("mac") ? "macosx" : "windows")
        + "-"
        + cpu;
  }

  /** The version of the jar, from the properties Maven left in it. */
  private static String version() {
    try (var in =
        BlasLibrary.class
            .getClassLoader()
            .getResourceAsStream("META-INF/maven/org.bytedeco/openblas/pom.properties")) {
      Properties properties = new Properties();
      if (in != null) {
        properties.load(in);
      }
      return properties.getProperty("version", "unknown");
    } catch (java.io.IOException e) {
      throw new NativeException("the OpenBLAS jar cannot be read", e);
    }
  }
}
