package org.lm4j.bench;

import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;

/**
 * One benchmark with one choice of parameters, beside what the machine can do.
 *
 * @param benchmark {@code Gemm.nt}
 * @param parameters without the number of threads
 * @param threads of the backend
 * @param seconds of one invocation, the mean
 * @param error half of its confidence interval of 99.9 %, in seconds; NaN with too few iterations
 * @param work what it has to do
 * @param leastSeconds in which the machine could do that
 * @param arithmetic whether arithmetic bounds it, else memory
 * @param allocated bytes of Java heap per invocation, as JMH's gc profiler counts them in the
 *     iteration that is the median; NaN if it did not count
 */
record Row(
    String benchmark,
    Map<String, String> parameters,
    int threads,
    double seconds,
    double error,
    Work work,
    double leastSeconds,
    boolean arithmetic,
    double allocated) { // what a line of the table says

  private static final String ALLOCATED = "gc.alloc.rate.norm";
  private static final String SUFFIX = "Benchmark";

  /** The parameter that all benchmarks have. */
  static final String THREADS = "threads";

  /** Number of threads of a run. */
  static int threads(RunResult result) {
    return Integer.parseInt(result.getParams().getParam(THREADS));
  }

  /** The row of one result. */
  static Row of(RunResult result, Machine machine) {
    BenchmarkParams params = result.getParams();
    String[] path = params.getBenchmark().split("\\.", -1);
    String owner = path[path.length - 2];
    String method = path[path.length - 1];
    Map<String, String> parameters = new TreeMap<>();
    for (String key : params.getParamsKeys()) {
      if (!key.equals(THREADS)) {
        parameters.put(key, params.getParam(key));
      }
    }
    Work work = work(owner, method, params);
    double unit = params.getTimeUnit().toNanos(1) / 1e9;
    Result<?> time = result.getPrimaryResult();
    return new Row(
        owner.substring(0, owner.length() - SUFFIX.length()) + "." + method,
        parameters,
        machine.threads(),
        time.getScore() * unit,
        time.getScoreError() * unit,
        work,
        machine.leastSeconds(work),
        machine.boundByArithmetic(work),
        allocated(result));
  }

  /** The median: a single iteration in which the JIT was still at work would spoil the mean. */
  private static double allocated(RunResult run) {
    double[] counts =
        run.getBenchmarkResults().stream()
            .flatMap(fork -> fork.getIterationResults().stream())
            .map(iteration -> iteration.getSecondaryResults().get(ALLOCATED))
            .filter(Objects::nonNull)
            .mapToDouble(count -> count.getScore())
            .sorted()
            .toArray();
    return counts.length == 0 ? Double.NaN : counts[counts.length / 2];
  }

  private static Work work(String owner, String method, BenchmarkParams params) {
    return switch (owner) {
      case "GemmBenchmark" -> GemmBenchmark.work(method, params::getParam);
      case "ElementBenchmark" -> ElementBenchmark.work(method, params::getParam);
      case "EmbeddingBenchmark" -> EmbeddingBenchmark.work(method, params::getParam);
      case "LossBenchmark" -> LossBenchmark.work(method, params::getParam);
      case "UpdateBenchmark" -> UpdateBenchmark.work(method, params::getParam);
      case "RnnBenchmark" -> RnnBenchmark.work(method, params::getParam);
      case "ModelBenchmark" -> ModelBenchmark.work(method, params::getParam);
      default -> throw new IllegalStateException(owner + " does not say what it has to do");
    };
  }

  /** 10⁹ floating-point operations per second. */
  double gigaflops() {
    return work.flop() / seconds / 1e9;
  }

  /** 10⁹ bytes per second of the traffic that cannot be avoided. */
  double gigabytes() {
    return work.bytes() / seconds / 1e9;
  }

  /** min(peak, intensity · bandwidth), in 10⁹ floating-point operations per second. */
  double boundGigaflops() {
    return work.flop() / leastSeconds / 1e9;
  }

  /** Share of the bound that was reached. */
  double ofBound() {
    return leastSeconds / seconds;
  }
}
