package org.lm4j.cli;

import org.lm4j.cli.frame.Subcommand;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/**
 * {@code lm completion bash|zsh|fish}: a script that teaches the shell every command and option.
 */
@Command(
    name = "completion",
    description = "Print a script that completes commands and options in bash, zsh or fish.",
    footer = {
      "Examples:",
      "  source <(lm completion bash)       for this shell; in ~/.bashrc for all",
      "  source <(lm completion zsh)        the same for zsh and ~/.zshrc",
      "  lm completion fish > ~/.config/fish/completions/lm.fish"
    })
final class CompletionCommand extends Subcommand implements Runnable {
  /** The supported shells. */
  enum Shell {
    bash,
    zsh,
    fish
  }

  @Parameters(paramLabel = "SHELL", description = "${COMPLETION-CANDIDATES}.")
  private Shell shell;

  @Override
  public void run() {
    if (shell == Shell.fish) {
      out().print(FishScript.of(spec.root().commandLine()));
      return;
    }
    String script = CompletionScript.of(spec.root().commandLine());
    if (shell == Shell.zsh) {
      script =
          "autoload -U +X compinit && compinit\nautoload -U +X bashcompinit && bashcompinit\n"
              + script;
    }
    out().print(script);
  }
}
