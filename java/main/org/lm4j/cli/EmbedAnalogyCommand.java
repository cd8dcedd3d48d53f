package org.lm4j.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code lm embed analogy}. */
@Command(name = "analogy", description = "x")
final class EmbedAnalogyCommand implements Callable<Integer> {
  @Override
  public Integer call() {
    return ExitCodes.OK;
  }
}
