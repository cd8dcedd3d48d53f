package org.lm4j.cli.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.lm4j.cli.frame.Program;
import org.lm4j.io.IoErrors;
import org.lm4j.model.TrainingRecord;
import org.lm4j.text.source.SourceDigest;
import org.lm4j.train.Run;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/**
 * What the record of a training keeps of its command line: the command, and the files that its
 * options name. Files have their names, without the folders above them.
 */
public final class RunDescription {
  /** The labels of options whose value is a path, or has one after a name and an equals sign. */
  private static final Pattern PATH = Pattern.compile("(.*=)?(PATH|FILE|DIR)(\\..*)?");

  private RunDescription() {}

  /**
   * Adds command and files to the record of a run that is new; any other keeps its own.
   *
   * @param data the options that name files to train on, unless the task itself records them
   */
  public static void addTo(Run<?> run, CommandSpec spec, List<String> data) {
    if (run.trainer().step() > 0) {
      return;
    }
    run.describe(
        record -> {
          TrainingRecord named = record.withCommand(command(spec));
          return record.data() == null ? named.withData(data(spec, data), null) : named;
        });
  }

  /** Returns the command with all options that were given, files by their names. */
  static String command(CommandSpec spec) {
    StringBuilder command = new StringBuilder(spec.qualifiedName(" "));
    for (ArgSpec arg : parsed(spec).matchedArgs().stream().distinct().toList()) {
      if (arg instanceof OptionSpec option) {
        command.append(' ').append(option.names()[0]);
      }
      if (arg.arity().max() > 0) {
        for (String value : arg.originalStringValues()) {
          command.append(' ').append(Program.quoted(isPath(arg) ? nameOf(value) : value));
        }
      }
    }
    return command.toString();
  }

  private static ParseResult parsed(CommandSpec spec) {
    return spec.commandLine().getParseResult();
  }

  private static boolean isPath(ArgSpec arg) {
    return Arrays.asList(arg.auxiliaryTypes()).contains(Path.class)
        || PATH.matcher(arg.paramLabel()).matches();
  }

  /** Returns a value with a path in it, which may follow a name and an equals sign. */
  private static String nameOf(String value) {
    int equals = value.indexOf('=');
    Path path = path(value);
    if (equals >= 0 && (path == null || !Files.exists(path))) {
      return value.substring(0, equals + 1) + nameOf(value.substring(equals + 1));
    }
    Path name = path == null ? null : path.toAbsolutePath().normalize().getFileName();
    return name == null || value.equals("-") ? "-" : name.toString();
  }

  /** Returns the file or folder that a value names, whole or after an equals sign, or null. */
  private static @Nullable Path existing(String value) {
    Path path = path(value);
    int equals = value.indexOf('=');
    if (path != null && Files.exists(path)) {
      return path;
    }
    return equals < 0 ? null : existing(value.substring(equals + 1));
  }

  private static @Nullable Path path(String value) {
    try {
      return Path.of(value);
    } catch (InvalidPathException e) {
      return null;
    }
  }

  /** Returns the files that the options of the data name; what is not a file or folder is none. */
  private static List<TrainingRecord.Data> data(CommandSpec spec, List<String> names) {
    List<TrainingRecord.Data> data = new ArrayList<>();
    for (OptionSpec option : parsed(spec).matchedOptions()) {
      String name = option.names()[0];
      if (isPath(option) && names.contains(name)) {
        for (String value : option.originalStringValues()) {
          Path path = existing(value);
          if (path != null) {
            data.add(TrainingRecord.Data.of(use(name), digest(path).print(path)));
          }
        }
      }
    }
    return data;
  }

  private static String use(String option) {
    return switch (option) {
      case "--corpus" -> "training";
      case "--valid" -> "validation";
      default -> option.substring(2);
    };
  }

  private static SourceDigest digest(Path path) {
    SourceDigest digest = new SourceDigest();
    if (!Files.isDirectory(path)) {
      digest.add(path);
      return digest;
    }
    try (Stream<Path> files = Files.list(path)) {
      files.filter(Files::isRegularFile).sorted().forEach(digest::add);
    } catch (IOException e) {
      throw IoErrors.cannotRead(path, e);
    }
    return digest;
  }
}
