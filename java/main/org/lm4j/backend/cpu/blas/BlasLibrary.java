package org.lm4j.backend.cpu.blas;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.backend.cpu.kernel.choice.Kernels;
import org.lm4j.compute.BlasChoice;
import org.lm4j.compute.Precision;
import org.lm4j.foreign.NativeException;
import org.lm4j.foreign.NativeJar;
import org.lm4j.foreign.NativeLibrary;

/**
 * Finds a CBLAS: the one the user names by system property {@code lm4j.blas} or environment
 * variable {@code LM4J_BLAS}, then the one in the jar, then the system's. And reads what is to
 * multiply matrices where a program does not say it: system property {@code lm4j.products} or
 * environment variable {@code LM4J_PRODUCTS}, {@code auto}, {@code openblas} or {@code java}, whose
 * former names {@code blas} and {@code own} are known too. A property goes before an environment
 * variable.
 */
public final class BlasLibrary {
  private static final String PLATFORM = platform();
  private static final String SYSTEM = filesOf(PLATFORM).getFirst();

  /**
   * The library inside the jar; a separate class, because a start without a CBLAS need not look
   * into jars.
   */
  private static final class Bundled {
    static final NativeJar JAR =
        new NativeJar(
            "org/bytedeco/openblas/" + PLATFORM + "/",
            filesOf(PLATFORM),
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

  /** Opens the library that the given settings name. */
  public static Cblas open(Properties properties, Map<String, String> environment) {
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
      return new Cblas(NativeLibrary.open(folder.resolve(filesOf(PLATFORM).getFirst())));
    }
    try {
      return new Cblas(NativeLibrary.open(SYSTEM));
    } catch (NativeException e) {
      throw new NativeException(
          "no OpenBLAS for "
              + PLATFORM
              + " is on the class path and "
              + e.getMessage()
              + "; install it (Debian: apt install libopenblas0), set LM4J_BLAS to the path of a"
              + " CBLAS library, or go without (blas java)",
          e);
    }
  }

  /**
   * Returns the engine for a choice; null for that of the settings.
   *
   * @param log receives one line if a library that would be of use is missing
   * @throws NativeException if a library is needed and there is none, or the user's cannot be used
   * @throws InputException if a setting has no meaning
   */
  public static MatrixEngine engine(@Nullable BlasChoice choice, Consumer<String> log) {
    return engine(choice, log, System.getProperties(), System.getenv());
  }

  /** Creates the engine for matrix products by the given settings. */
  public static MatrixEngine engine(
      @Nullable BlasChoice choice,
      Consumer<String> log,
      Properties properties,
      Map<String, String> environment) {
    boolean named = forced(properties, environment) != null;
    return switch (choice == null ? setting(properties, environment) : choice) {
      case JAVA -> MatrixEngine.java();
      case OPENBLAS -> MatrixEngine.openblas(open(properties, environment));
      case AUTO -> {
        if (!Kernels.VECTORISED) {
          yield withoutVectors(named, log, properties, environment);
        }
        if (named) { // what the user names and cannot be used is an error at once
          Cblas library = open(properties, environment);
          yield MatrixEngine.auto(() -> library, true, log);
        }
        yield MatrixEngine.auto(() -> open(properties, environment), false, log);
      }
    };
  }

  /**
   * Refuses a choice of OpenBLAS for numbers in which it does not multiply.
   *
   * @param choice null for that of the settings
   * @throws InputException if it is OpenBLAS, or a setting has no meaning
   */
  public static void refuse(@Nullable BlasChoice choice, Precision precision) {
    refuse(choice, precision, System.getProperties(), System.getenv());
  }

  static void refuse(
      @Nullable BlasChoice choice,
      Precision precision,
      Properties properties,
      Map<String, String> environment) {
    if (choice == BlasChoice.OPENBLAS) {
      throw InputException.naming(
          "{blas} openblas multiplies in fp32: leave it out, or {precision} %s."
              .formatted(precision));
    }
    if (choice == null && setting(properties, environment) == BlasChoice.OPENBLAS) {
      throw InputException.naming(
          "lm4j.products or LM4J_PRODUCTS is openblas, which multiplies in fp32: set it to auto, or"
              + " leave out {precision} %s.".formatted(precision));
    }
  }

  private static MatrixEngine withoutVectors(
      boolean named, Consumer<String> log, Properties properties, Map<String, String> environment) {
    try {
      return MatrixEngine.openblas(open(properties, environment));
    } catch (NativeException e) {
      if (named) {
        throw e;
      }
      log.accept(MatrixEngine.WITHOUT + e.getMessage());
      return MatrixEngine.java();
    }
  }

  /** Returns the choice in the settings. */
  static BlasChoice setting(Properties properties, Map<String, String> environment) {
    String products = setting(properties, "lm4j.products", environment, "LM4J_PRODUCTS");
    return switch (products) {
      case "", "auto" -> BlasChoice.AUTO;
      case "openblas", "blas" -> BlasChoice.OPENBLAS;
      case "java", "own" -> BlasChoice.JAVA;
      default ->
          throw new InputException(
              "lm4j.products or LM4J_PRODUCTS says what multiplies matrices, auto, openblas or"
                  + " java, but is '"
                  + products
                  + "'");
    };
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

  /** Returns the files that a platform's jar has: the library, then what it depends on. */
  static List<String> filesOf(String platform) {
    if (platform.startsWith("windows")) {
      return List.of("libopenblas.dll");
    }
    if (platform.startsWith("macosx")) {
      return List.of(
          "libopenblas.0.dylib",
          "libgfortran.5.dylib",
          "libquadmath.0.dylib",
          "libgcc_s.1.1.dylib");
    }
    List<String> files =
        new ArrayList<>(List.of("libopenblas.so.0", "libgfortran.so.5", "libgcc_s.so.1"));
    if (platform.equals("linux-x86_64")) { // numbers of 128 bits are the processor's own elsewhere
      files.add("libquadmath.so.0");
    }
    return files;
  }

  private static String platform() {
    String os = System.getProperty("os.name").toLowerCase(java.util.Locale.ROOT);
    String arch = System.getProperty("os.arch");
    String cpu = arch.equals("amd64") ? "x86_64" : arch.equals("aarch64") ? "arm64" : arch;
    return (os.startsWith("linux") ? "linux" : os.startsWith("mac") ? "macosx" : "windows")
        + "-"
        + cpu;
  }

  /** Returns the version of the jar, from the properties Maven left in it. */
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
