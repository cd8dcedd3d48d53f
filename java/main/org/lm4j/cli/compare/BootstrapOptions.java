package org.lm4j.cli.compare;

import org.lm4j.metric.Bootstrap;
import picocli.CommandLine.Option;

/** The options of bootstrap intervals. */
final class BootstrapOptions {
  @Option(
      names = "--resamples",
      paramLabel = "N",
      description = "Samples drawn for the 95 %% intervals [{default}].")
  private int resamples = Bootstrap.SAMPLES;

  @Option(names = "--seed", paramLabel = "N", description = "Seed of these samples [{default}].")
  private long seed = 1;

  Bootstrap bootstrap() {
    return Bootstrap.of(resamples, seed);
  }

  long seed() {
    return seed;
  }
}
