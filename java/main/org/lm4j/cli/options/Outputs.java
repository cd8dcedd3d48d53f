package org.lm4j.cli.options;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.lm4j.text.Sources;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/**
 * Checks the files that a command will write before it begins: none may replace a file that the
 * same command reads or writes, or part of a model.
 */
public final class Outputs {
  private Outputs() {}

  /**
   * Checks all files a command line names.
   *
   * @throws ParameterException if one to be written is another of them, or belongs to a model
   */
  public static void check(ParseResult parsed) {
    for (OptionSpec option : parsed.matchedOptions()) {
      if (hasConverter(option, PathConverters.Output.class)
          && option.getValue() instanceof Path file) {
        check(parsed, option, file);
      }
    }
    if (parsed.hasSubcommand()) {
      check(parsed.subcommand());
    }
  }

  private static void check(ParseResult parsed, OptionSpec option, Path file) {
    if (Sources.isOfModel(file)) {
      throw refusal(parsed, option, file, "would replace a part of a model");
    }
    Stream.concat(parsed.matchedOptions().stream(), parsed.matchedPositionals().stream())
        .filter(other -> !other.equals(option))
        .filter(other -> paths(other).anyMatch(path -> isSame(path, file)))
        .findFirst()
        .ifPresent(
            other -> {
              String name =
                  other instanceof OptionSpec given ? given.names()[0] : other.paramLabel();
              throw refusal(parsed, option, file, "is also the value of " + name);
            });
  }

  private static ParameterException refusal(
      ParseResult parsed, OptionSpec option, Path file, String why) {
    return new ParameterException(
        parsed.commandSpec().commandLine(),
        "Invalid value for option '%s': '%s' %s; give another name"
            .formatted(option.names()[0], file, why),
        option,
        file.toString());
  }

  private static Stream<Path> paths(ArgSpec arg) {
    boolean source = hasConverter(arg, PathConverters.Source.class);
    List<Path> paths = new ArrayList<>();
    for (Object value : values(arg.getValue())) {
      Path path = value instanceof String text && source ? pathOrNull(text) : null;
      if (value instanceof Path given) {
        paths.add(given);
      } else if (path != null) {
        paths.add(path);
      }
    }
    return paths.stream();
  }

  private static Collection<?> values(@Nullable Object value) {
    return switch (value) {
      case null -> List.of();
      case Collection<?> many -> many;
      case Map<?, ?> map -> map.values();
      case Object[] many -> new ArrayList<>(Arrays.asList(many));
      default -> List.of(value);
    };
  }

  private static @Nullable Path pathOrNull(String text) {
    try {
      return Path.of(text);
    } catch (InvalidPathException e) {
      return null; // reading it will report the problem
    }
  }

  private static boolean isSame(Path one, Path other) {
    try {
      return one.toAbsolutePath().normalize().equals(other.toAbsolutePath().normalize())
          || (Files.isRegularFile(one) && Files.exists(other) && Files.isSameFile(one, other));
    } catch (IOException e) {
      return false; // what cannot be looked at is refused where it is opened
    }
  }

  private static boolean hasConverter(ArgSpec arg, Class<?> type) {
    return Arrays.stream(arg.converters()).filter(Objects::nonNull).anyMatch(type::isInstance);
  }
}
