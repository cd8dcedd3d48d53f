package org.lm4j.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.lm4j.io.Json;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.NoBenchmarksException;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/**
 * Runs benchmarks by JMH and sets what they reach beside what the machine can do: its peak of
 * float32 products and its memory's bandwidth, measured before and after in this JVM. Forks of JMH
 * get this JVM's flags, so that {@code scripts/bench-kernels} gives all of them those of {@code
 * scripts/lm}.
 */
public final class Benchmarks {
  private static final String JSON = "--json";
  private static final int FAILED = 1;
  private static final int USAGE = 2;

  private Benchmarks() {}

  /**
   * Measures.
   *
   * @param args {@code --json FILE}, and what JMH takes
   * @throws IOException if JMH's help cannot be printed
   */
  public static void main(String[] args) throws IOException {
    int code;
    try {
      code = run(new ArrayList<>(Arrays.asList(args)));
    } catch (CommandLineOptionException | IllegalArgumentException e) {
      code = fail(USAGE, String.valueOf(e.getMessage()));
    } catch (NoBenchmarksException e) {
      code = fail(USAGE, "no benchmark has such a name; -l lists them.");
    } catch (RunnerException e) {
      code = fail(FAILED, "a benchmark failed; what it said stands above.");
    }
    System.exit(code);
  }

  private static int fail(int code, String message) {
    System.err.println("bench-kernels: " + message);
    return code;
  }

  private static int run(List<String> args)
      throws CommandLineOptionException, RunnerException, IOException {
    Path json = takeJson(args);
    CommandLineOptions given = new CommandLineOptions(args.toArray(String[]::new));
    if (given.shouldHelp()) {
      given.showHelp();
      return 0;
    }
    if (given.shouldList()) {
      new Runner(given).list();
      return 0;
    }
    if (given.shouldListWithParams()) {
      new Runner(given).listWithParams(given);
      return 0;
    }
    Map<Integer, Machine> machines = new TreeMap<>();
    for (int threads : threads(given)) {
      machines.put(threads, Machine.measure(threads));
    }
    Collection<RunResult> results = new Runner(options(given, machines)).run();
    machines.replaceAll((threads, before) -> before.best(Machine.measure(threads)));
    List<Row> rows = new ArrayList<>();
    for (RunResult result : results) {
      int threads = Row.threads(result);
      Machine machine = machines.computeIfAbsent(threads, Machine::measure);
      rows.add(Row.of(result, machine));
    }
    System.out.println();
    System.out.print(Report.table(machines.values(), rows));
    if (json != null) {
      Json.write(json, Report.values(machines.values(), rows));
    }
    return 0;
  }

  /** Takes {@code --json FILE} out of {@code args}: the rest is JMH's. */
  private static @Nullable Path takeJson(List<String> args) {
    int at = args.indexOf(JSON);
    if (at < 0) {
      return null;
    }
    if (at + 1 == args.size()) {
      throw new IllegalArgumentException(JSON + " needs a file.");
    }
    args.remove(at);
    return Path.of(args.remove(at));
  }

  private static List<Integer> threads(Options given) {
    Collection<String> asked =
        given
            .getParameter(Row.THREADS)
            .orElse(List.of(Integer.toString(Runtime.getRuntime().availableProcessors())));
    return asked.stream().map(text -> Sizes.parse(text, 1)[0]).toList();
  }

  private static Options options(Options given, Map<Integer, Machine> machines) {
    String[] threads = machines.keySet().stream().map(String::valueOf).toArray(String[]::new);
    return new OptionsBuilder()
        .parent(given)
        .param(Row.THREADS, threads)
        .addProfiler(GCProfiler.class)
        .shouldFailOnError(true)
        .build();
  }
}
