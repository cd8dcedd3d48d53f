package org.lm4j.cli.options;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Help;
import picocli.CommandLine.Help.Ansi.Text;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/**
 * Lays out a command's help: options under headings ({@link OptionGroups}), defaults from where
 * they are defined ({@link HelpValues}), line breaks only between words.
 */
public final class HelpPage extends Help {
  private static final int INDENT = 2;
  private static final int MOST_NAMES = 26;

  private final CommandSpec command;
  private final int width;
  private final Map<String, String> values = new HashMap<>();

  /** Creates the help of a command. */
  public HelpPage(CommandSpec command, ColorScheme colors) {
    super(command, colors);
    this.command = command;
    this.width = command.usageMessage().width() - 1;
    collect(command);
  }

  private void collect(CommandSpec spec) {
    spec.mixins().values().forEach(this::collect);
    if (spec.userObject() instanceof HelpValues given) {
      values.putAll(given.helpValues());
    }
  }

  /** An entry of the list: the option as printed, its width, and its explanation. */
  private record Entry(String shown, int length, String text) {}

  /** Returns the help text of an argument, on one line. */
  public String describe(ArgSpec argument) {
    String text = String.join(" ", argument.description());
    if (argument instanceof OptionSpec option) {
      text = values.getOrDefault(option.names()[0], text);
    }
    Iterable<String> candidates = argument.completionCandidates();
    if (candidates != null) {
      List<String> all = new ArrayList<>();
      candidates.forEach(all::add);
      text = text.replace("${COMPLETION-CANDIDATES}", String.join(", ", all));
    }
    text = text.replace("{default}", shown(argument.initialValue()));
    for (Map.Entry<String, String> value : values.entrySet()) {
      text = text.replace("{" + value.getKey() + "}", value.getValue());
    }
    return text.replace("%%", "%");
  }

  /** Returns a default as a user would type it. */
  private static String shown(@Nullable Object value) {
    return switch (value) {
      case Collection<?> several ->
          several.stream().map(HelpPage::shown).collect(Collectors.joining(","));
      case Double number -> HelpValues.number(number);
      case null, default -> String.valueOf(value);
    };
  }

  @Override
  public String optionList() {
    Map<OptionGroups.Group, List<OptionSpec>> groups = OptionGroups.of(command);
    Map<OptionGroups.Group, List<Entry>> entries = new EnumMap<>(OptionGroups.Group.class);
    groups.forEach((group, options) -> entries.put(group, options.stream().map(this::of).toList()));
    int names = namesWidth(entries.values().stream().flatMap(List::stream).toList());
    StringBuilder page = new StringBuilder();
    entries.forEach(
        (group, options) -> {
          page.append(String.format("%n%s:%n", group.heading()));
          options.forEach(option -> append(page, option, names));
        });
    return page.toString();
  }

  private Entry of(OptionSpec option) {
    List<String> names = OldNames.present(option);
    Text label =
        parameterLabelRenderer()
            .renderParameterLabel(option, ansi(), colorScheme().optionParamStyles());
    String shown =
        names.stream()
                .map(name -> colorScheme().optionText(name).toString())
                .collect(Collectors.joining(", "))
            + label;
    int length = String.join(", ", names).length() + label.getCJKAdjustedLength();
    return new Entry(shown, length, describe(option));
  }

  @Override
  public String parameterList() {
    List<Entry> entries = new ArrayList<>();
    for (PositionalParamSpec parameter : command.positionalParameters()) {
      if (!parameter.hidden()) {
        Text label =
            parameterLabelRenderer()
                .renderParameterLabel(parameter, ansi(), colorScheme().parameterStyles());
        entries.add(new Entry(label.toString(), label.getCJKAdjustedLength(), describe(parameter)));
      }
    }
    return list(entries);
  }

  @Override
  public String commandList(Map<String, Help> commands) {
    List<Entry> entries = new ArrayList<>();
    commands.forEach(
        (name, help) -> {
          String[] description = help.commandSpec().usageMessage().description();
          entries.add(
              new Entry(
                  colorScheme().commandText(name).toString(),
                  name.length(),
                  Arrays.stream(description)
                      .filter(line -> !line.isBlank())
                      .findFirst()
                      .orElse("")));
        });
    return list(entries);
  }

  private String list(List<Entry> entries) {
    StringBuilder page = new StringBuilder();
    int names = namesWidth(entries);
    entries.forEach(entry -> append(page, entry, names));
    return page.toString();
  }

  private static int namesWidth(List<Entry> entries) {
    return entries.stream()
        .mapToInt(Entry::length)
        .filter(length -> length <= MOST_NAMES)
        .max()
        .orElse(0);
  }

  private void append(StringBuilder page, Entry entry, int names) {
    int column = INDENT + names + 2;
    Iterator<String> lines = wrap(entry.text, width - column).iterator();
    page.repeat(' ', INDENT).append(entry.shown);
    if (entry.length <= names && lines.hasNext()) {
      page.repeat(' ', column - INDENT - entry.length).append(lines.next());
    }
    page.append(System.lineSeparator());
    while (lines.hasNext()) {
      page.repeat(' ', column).append(lines.next()).append(System.lineSeparator());
    }
  }

  @Override
  public String description(Object... parameters) {
    return paragraphs(List.of(command.usageMessage().description()));
  }

  @Override
  public String commandListHeading(Object... parameters) {
    return command.subcommands().isEmpty() ? "" : String.format("%nCommands:%n");
  }

  @Override
  public String footer(Object... parameters) {
    List<String> texts = List.of(command.usageMessage().footer());
    return texts.isEmpty() ? "" : System.lineSeparator() + paragraphs(texts);
  }

  @Override
  public String synopsis(int headingLength) {
    if (command.usageMessage().customSynopsis().length > 0) {
      return customSynopsis();
    }
    List<String> parts = new ArrayList<>(List.of(command.qualifiedName(" ")));
    for (OptionSpec option : command.options()) {
      if (option.required()) {
        parts.add(option.names()[0] + " " + option.paramLabel());
      }
    }
    for (PositionalParamSpec parameter : command.positionalParameters()) {
      String label = parameter.paramLabel() + (parameter.arity().max() > 1 ? "..." : "");
      parts.add(parameter.arity().min() == 0 ? "[" + label + "]" : label);
    }
    parts.add(command.subcommands().isEmpty() ? "[OPTIONS]" : label());
    return wrapped(String.join(" ", parts));
  }

  private String label() {
    return command.usageMessage().synopsisSubcommandLabel();
  }

  @Override
  public String customSynopsis(Object... parameters) {
    StringBuilder page = new StringBuilder();
    for (String line : command.usageMessage().customSynopsis()) {
      page.append(wrapped(line));
    }
    return page.toString();
  }

  private String wrapped(String line) {
    String next = System.lineSeparator() + " ".repeat(synopsisHeadingLength());
    int indent = line.length() - line.stripLeading().length();
    return " ".repeat(indent)
        + wrap(line, width - synopsisHeadingLength()).stream()
            .collect(Collectors.joining(next, "", System.lineSeparator()));
  }

  /**
   * Returns wrapped texts; lines that begin with white space are meant for copying and remain
   * unchanged.
   */
  private String paragraphs(List<String> texts) {
    StringBuilder page = new StringBuilder();
    for (String text : texts) {
      List<String> lines =
          text.isBlank() || text.startsWith(" ") ? List.of(text) : wrap(text, width);
      lines.forEach(line -> page.append(line).append(System.lineSeparator()));
    }
    return page.toString();
  }

  /** Returns lines of at most {@code width} characters, broken only between words. */
  static List<String> wrap(String text, int width) {
    List<String> lines = new ArrayList<>();
    StringBuilder line = new StringBuilder();
    for (String word : text.strip().split("\\s+", -1)) {
      if (!line.isEmpty() && line.length() + 1 + word.length() > width) {
        lines.add(line.toString());
        line.setLength(0);
      }
      line.append(line.isEmpty() ? "" : " ").append(word);
    }
    lines.add(line.toString());
    return lines;
  }
}
