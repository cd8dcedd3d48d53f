package org.lm4j.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code lm embed nearest}. */
@Command(name = "nearest", description = "x")
final class EmbedNearestCommand implements Callable<Integer> {
  @Override
  public Integer call() {
    return ExitCodes.OK;
  }
}
