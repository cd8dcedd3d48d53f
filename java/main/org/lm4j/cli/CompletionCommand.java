package org.lm4j.cli;

import java.util.concurrent.Callable;
import org.lm4j.cli.frame.ExitCodes;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * {@code lm completion bash|zsh|fish}: a script that teaches the shell every command and option.
 */
@Command(
    name = "completion",
    description = "Print a script that completes commands and options in bash, zsh or fish.",
    footer = {
      "",
      "Examples:",
      "  source <(lm completion bash)       for this shell; in ~/.bashrc for all",
      "  source <(lm completion zsh)        the same for zsh and ~/.zshrc",
      "  lm completion fish > ~/.config/fish/completions/lm.fish"
    })
final class CompletionCommand implements Callable<Integer> {
  /** The shells there is a script for. */
  enum Shell {
    bash,
    zsh,
    fish
  }

  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "SHELL", description = "${COMPLETION-CANDIDATES}.")
  private Shell shell;

  @Override
  public Integer call() {
    if (shell == Shell.fish) {
      spec.commandLine().getOut().print(FishScript.of(spec.root().commandLine()));
      return ExitCodes.OK;
    }
    String script = CompletionScript.of(spec.root().commandLine());
    if (shell == Shell.zsh) {
      script =
          "autoload -U +X compinit && compinit\nautoload -U +X bashcompinit && bashcompinit\n"
              + script;
    }
    spec.commandLine().getOut().print(script);
    return ExitCodes.OK;
  }
}
