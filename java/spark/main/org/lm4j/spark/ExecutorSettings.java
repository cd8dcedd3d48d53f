package org.lm4j.spark;

import java.util.List;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.backend.BackendOptions;
import org.lm4j.backend.Backends;
import org.lm4j.compute.Backend;
import org.lm4j.compute.BlasChoice;
import org.lm4j.compute.Precision;

/**
 * How an executor computes: by {@code spark.lm4j.device}, {@code spark.lm4j.threads} and {@code
 * spark.lm4j.precision}, and by what Spark says of its cores.
 *
 * @param device a name of {@link Backends#NAMES}
 * @param threads of the backend, which all tasks of the executor share
 * @param precision null for what suits the device
 */
record ExecutorSettings(String device, int threads, @Nullable Precision precision) {
  static final String DEVICE = "spark.lm4j.device";
  static final String THREADS = "spark.lm4j.threads";
  static final String PRECISION = "spark.lm4j.precision";

  private static final Pattern CLUSTER =
      Pattern.compile("local-cluster\\[\\s*\\d+\\s*,\\s*(\\d+)\\s*,.*");
  private static final Pattern LOCAL = Pattern.compile("local\\[\\s*(\\d+)\\s*(,.*)?]");

  /** Returns those of the executor, or driver, that this process is. */
  static ExecutorSettings here() {
    SparkEnv env = SparkEnv.get();
    if (env == null) {
      throw new IllegalStateException("this process is neither a driver nor an executor of Spark");
    }
    return of(env.conf(), Runtime.getRuntime().availableProcessors());
  }

  /**
   * Returns the settings of a configuration.
   *
   * @param processors of this machine, for where Spark does not say how many cores an executor has
   * @throws InputException if a value is none of those that exist
   */
  static ExecutorSettings of(SparkConf conf, int processors) {
    String device = conf.get(DEVICE, "cpu");
    if (!Backends.NAMES.contains(device)) {
      throw new InputException(
          "%s is %s; there are %s".formatted(DEVICE, device, String.join(", ", Backends.NAMES)));
    }
    String threads = conf.get(THREADS, "");
    int count = threads.isEmpty() ? cores(conf, processors) : number(THREADS, threads);
    return new ExecutorSettings(device, count, precision(conf.get(PRECISION, "")));
  }

  private static int cores(SparkConf conf, int processors) {
    if (conf.contains("spark.executor.cores")) {
      return number("spark.executor.cores", conf.get("spark.executor.cores"));
    }
    String master = conf.get("spark.master", "");
    for (Pattern pattern : List.of(CLUSTER, LOCAL)) {
      Matcher found = pattern.matcher(master);
      if (found.matches()) {
        return number("spark.master", found.group(1));
      }
    }
    return master.equals("local") ? 1 : processors;
  }

  private static int number(String name, String value) {
    try {
      int number = Integer.parseInt(value.strip());
      if (number > 0) {
        return number;
      }
    } catch (NumberFormatException e) {
      throw new InputException("%s is %s, not a number".formatted(name, value), e);
    }
    throw new InputException("%s is %s; at least 1 is needed".formatted(name, value));
  }

  private static @Nullable Precision precision(String name) {
    if (name.isEmpty()) {
      return null;
    }
    for (Precision precision : Precision.values()) {
      if (precision.toString().equals(name)) {
        return precision;
      }
    }
    throw new InputException(
        "%s is %s; there are %s".formatted(PRECISION, name, List.of(Precision.values())));
  }

  /** Opens the backend. */
  Backend open(Consumer<String> log) {
    return Backends.open(device, new BackendOptions(threads, precision, blas()), log);
  }

  /** Returns Java kernels where they are fast: they give each row the bits that it has alone. */
  private @Nullable BlasChoice blas() {
    boolean vectors = ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();
    return device.equals("cpu") && vectors ? BlasChoice.JAVA : null;
  }

  /** Returns the name of this executor for messages. */
  static String host() {
    SparkEnv env = SparkEnv.get();
    return env == null ? "this machine" : "executor " + env.executorId();
  }
}
