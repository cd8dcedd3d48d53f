package org.lm4j.cli;

import java.util.ArrayList;
import java.util.List;
import org.lm4j.cli.options.HelpPage;
import org.lm4j.cli.options.OldNames;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** A script that completes a command line in fish, generated from the commands. */
final class FishScript {
  private static final String FRAME =
      """
      # Completion of lm. Made by 'lm completion'.
      function __lm_path
          set -l path
          for word in (commandline -opc)[2..-1]
              set -l longer (string trim -- "$path $word")
              if not contains -- $longer $__lm_paths
                  break
              end
              set path $longer
          end
          echo "$path"
      end
      complete -c lm -f
      """;

  private final List<String> paths = new ArrayList<>();
  private final StringBuilder lines = new StringBuilder();

  private FishScript() {}

  /** Returns the script for a program and all its commands. */
  static String of(CommandLine program) {
    FishScript script = new FishScript();
    script.add("", program);
    String paths = script.paths.stream().map(path -> " " + quoted(path)).reduce("", String::concat);
    return FRAME + "set -g __lm_paths" + paths + "\n" + script.lines;
  }

  private void add(String path, CommandLine command) {
    HelpPage help = new HelpPage(command.getCommandSpec(), command.getColorScheme());
    String here = "complete -c lm -n " + quoted("test \"$(__lm_path)\" = " + doubled(path));
    command
        .getSubcommands()
        .forEach(
            (name, below) -> {
              if (!below.getCommandSpec().usageMessage().hidden()) {
                lines.append(here).append(" -a ").append(name);
                lines.append(" -d ").append(quoted(first(below))).append('\n');
                paths.add((path + " " + name).strip());
                add((path + " " + name).strip(), below);
              }
            });
    for (OptionSpec option : command.getCommandSpec().options()) {
      if (option.hidden()) {
        continue;
      }
      lines.append(here);
      for (String name : OldNames.present(option)) {
        lines.append(name.startsWith("--") ? " -l " + name.substring(2) : " -s " + name.charAt(1));
      }
      lines.append(values(CompletionScript.valuesOf(option)));
      lines.append(" -d ").append(quoted(help.describe(option))).append('\n');
    }
    for (PositionalParamSpec argument : command.getCommandSpec().positionalParameters()) {
      String values = CompletionScript.valuesOf(argument);
      if (values.equals("(file)")) {
        lines.append(here).append(" -F\n");
      } else if (!values.equals("(text)")) {
        lines.append(here).append(" -a ").append(quoted(values)).append('\n');
      }
    }
  }

  private static String values(String values) {
    return switch (values) {
      case "" -> "";
      case "(file)" -> " -r -F";
      case "(text)" -> " -x";
      default -> " -x -a " + quoted(values);
    };
  }

  private static String first(CommandLine command) {
    for (String line : command.getCommandSpec().usageMessage().description()) {
      if (!line.isBlank()) {
        return line;
      }
    }
    return "";
  }

  private static String doubled(String text) {
    return "\"" + text + "\"";
  }

  /** Returns a word quoted for fish. */
  private static String quoted(String text) {
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
  }
}
