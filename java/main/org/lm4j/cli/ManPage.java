package org.lm4j.cli;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.lm4j.cli.options.HelpPage;
import org.lm4j.cli.options.OldNames;
import org.lm4j.cli.options.OptionGroups;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** The manual as a page for {@code man}: every command with its options, as the help has them. */
final class ManPage {
  private final StringBuilder page = new StringBuilder();

  private ManPage() {}

  /** Returns the page of a program, in roff with the macros of man(7). */
  static String of(CommandLine program) {
    ManPage manual = new ManPage();
    manual.line(".TH LM 1 \"\" \"lm4j\" \"User Commands\"");
    manual.line(".SH NAME");
    manual.line("lm \\- recurrent language models and other recurrent networks");
    manual.line(".SH SYNOPSIS");
    manual.line(".B lm");
    manual.line("COMMAND [OPTIONS]");
    manual.line(".SH DESCRIPTION");
    manual.describe(program.getCommandSpec());
    manual.options(program);
    program.getSubcommands().values().forEach(manual::command);
    return manual.page.toString();
  }

  private void command(CommandLine command) {
    CommandSpec spec = command.getCommandSpec();
    if (spec.usageMessage().hidden()) {
      return;
    }
    line(".SH \"" + spec.qualifiedName(" ").toUpperCase(Locale.ROOT) + "\"");
    describe(spec);
    options(command);
    String[] footer = spec.usageMessage().footer();
    if (footer.length > 0) {
      line(".PP");
      line(".nf");
      Arrays.stream(footer).map(ManPage::escaped).forEach(this::line);
      line(".fi");
    }
    command.getSubcommands().values().forEach(this::command);
  }

  private void describe(CommandSpec spec) {
    for (String paragraph : spec.usageMessage().description()) {
      if (!paragraph.isBlank()) {
        line(".PP");
        line(escaped(paragraph));
      }
    }
  }

  private void options(CommandLine command) {
    CommandSpec spec = command.getCommandSpec();
    HelpPage help = new HelpPage(spec, command.getColorScheme());
    for (PositionalParamSpec parameter : spec.positionalParameters()) {
      if (!parameter.hidden()) {
        entry(parameter.paramLabel(), help.describe(parameter));
      }
    }
    for (Map.Entry<OptionGroups.Group, List<OptionSpec>> group : OptionGroups.of(spec).entrySet()) {
      if (group.getKey() == OptionGroups.Group.GENERAL && spec.parent() != null) {
        continue; // said once, of lm itself
      }
      line(".SS " + group.getKey().heading());
      for (OptionSpec option : group.getValue()) {
        entry(String.join(", ", OldNames.present(option)) + label(option), help.describe(option));
      }
    }
  }

  private static String label(ArgSpec option) {
    return option.arity().max() == 0 ? "" : " " + option.paramLabel();
  }

  private void entry(String name, String text) {
    line(".TP");
    line(".B " + escaped(name));
    line(escaped(text));
  }

  /**
   * Returns text that contains no requests: no line begins with a dot, and hyphens can be copied.
   */
  private static String escaped(String text) {
    String plain = text.replace("\\", "\\e").replace("-", "\\-").replaceAll("\\R", " ");
    return plain.startsWith(".") || plain.startsWith("'") ? "\\&" + plain : plain;
  }

  private void line(String text) {
    page.append(text).append('\n');
  }
}
