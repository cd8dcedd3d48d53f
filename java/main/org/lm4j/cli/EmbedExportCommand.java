package org.lm4j.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code lm embed export}. */
@Command(name = "export", description = "x")
final class EmbedExportCommand implements Callable<Integer> {
  @Override
  public Integer call() {
    return ExitCodes.OK;
  }
}
