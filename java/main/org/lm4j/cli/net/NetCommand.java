package org.lm4j.cli.net;

import java.util.concurrent.Callable;
import org.lm4j.cli.frame.Console;
import org.lm4j.cli.frame.ExitCodes;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code lm net}: a two-layer net on pictures. */
@Command(
    name = "net",
    sortOptions = false,
    subcommands = {NetTrainCommand.class, NetTuneCommand.class, NetEvalCommand.class},
    synopsisSubcommandLabel = "train|tune|eval",
    description = {
      "Train, tune and judge a classifier of pictures:"
          + " affine, ReLU, dropout, affine, with softmax or SVM loss.",
      ""
    })
public final class NetCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    Console.usage(spec.commandLine(), spec.commandLine().getErr());
    return ExitCodes.BAD_INPUT;
  }
}
