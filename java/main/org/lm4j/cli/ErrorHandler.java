package org.lm4j.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.lm4j.InputException;
import org.lm4j.MemoryShortage;
import org.lm4j.cli.frame.ExitCodes;
import org.lm4j.cli.frame.MemoryAdvice;
import org.lm4j.cli.frame.ParseSentences;
import org.lm4j.cli.frame.Program;
import org.lm4j.cli.frame.StandardOutput;
import org.lm4j.cli.frame.Visible;
import org.lm4j.cli.options.AlsoNeeded;
import org.lm4j.cli.options.OldNames;
import org.lm4j.cli.options.OptionNames;
import org.lm4j.compute.BackendException;
import org.lm4j.parallel.RanksException;
import org.lm4j.parallel.SharedOpening;
import org.lm4j.parallel.mpi.Launch;
import org.lm4j.train.TrainingFailure;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** Turns any failure into one sentence on stderr and an exit code. */
final class ErrorHandler implements IParameterExceptionHandler, IExecutionExceptionHandler {
  private static final int MAX_SUGGESTIONS = 3;

  /** What only errors need, apart since every command has a handler of them. */
  private static final class OnError {
    static final Duration FIRST_REPORTS = Duration.ofMillis(1500);
    static final Pattern UNKNOWN_AS_VALUE =
        Pattern.compile(
            "Unknown option: '(.*)'; Expected parameter for .* but found '\\1'", Pattern.DOTALL);
    static final Pattern MAKER = Pattern.compile("make one with: lm ((?:\\w+ )?train)\\b");
    static final Pattern LINE_END = Pattern.compile("\\r?\\n\\s*");
  }

  @Override
  public int handleParseException(ParameterException given, String[] args) {
    ParameterException e = plain(given);
    CommandLine command = e.getCommandLine();
    String name = command.getCommandSpec().qualifiedName(" ");
    String hint = "; see '" + Program.command(command.getCommandSpec()) + " --help'";
    if (e instanceof UnmatchedArgumentException unmatched) {
      List<String> nearest = nearest(unmatched);
      if (!nearest.isEmpty()) {
        hint = "; did you mean " + String.join(" or ", nearest) + "?";
      }
    }
    PrintWriter err = command.getErr();
    err.println(name + ": " + rank() + oneLine(ParseSentences.of(e)) + hint);
    if (List.of(args).contains(Lm.DEBUG)) {
      e.printStackTrace(err);
    }
    err.flush();
    return ExitCodes.BAD_INPUT;
  }

  /** Returns the names at this place that need the fewest changes, if these are few. */
  private static List<String> nearest(UnmatchedArgumentException e) {
    if (e.getUnmatched().isEmpty()) {
      return List.of();
    }
    String typed = e.getUnmatched().getFirst();
    CommandSpec command = e.getCommandLine().getCommandSpec();
    List<String> names =
        typed.startsWith("-")
            ? command.options().stream()
                .filter(option -> !option.hidden())
                .flatMap(option -> OldNames.present(option).stream())
                .filter(name -> name.startsWith("--"))
                .toList()
            : List.copyOf(command.subcommands().keySet());
    int most = Math.max(2, typed.length() / 4);
    int least = names.stream().mapToInt(name -> changes(typed, name)).min().orElse(most + 1);
    return names.stream()
        .filter(name -> least <= most && changes(typed, name) == least)
        .limit(MAX_SUGGESTIONS)
        .toList();
  }

  /**
   * Returns the number of letters to insert, delete or replace, and of neighbours to exchange,
   * between two names.
   */
  private static int changes(String one, String other) {
    int[][] changes = new int[one.length() + 1][other.length() + 1];
    for (int i = 0; i <= one.length(); i++) {
      for (int j = 0; j <= other.length(); j++) {
        if (i == 0 || j == 0) {
          changes[i][j] = i + j;
          continue;
        }
        int same = one.charAt(i - 1) == other.charAt(j - 1) ? 0 : 1;
        int fewest = Math.min(changes[i - 1][j], changes[i][j - 1]) + 1;
        fewest = Math.min(fewest, changes[i - 1][j - 1] + same);
        boolean exchanged =
            i > 1
                && j > 1
                && one.charAt(i - 1) == other.charAt(j - 2)
                && one.charAt(i - 2) == other.charAt(j - 1);
        changes[i][j] = exchanged ? Math.min(fewest, changes[i - 2][j - 2] + 1) : fewest;
      }
    }
    return changes[one.length()][other.length()];
  }

  /**
   * Simplifies picocli's error: an unknown option in the place of a value is reported as an unknown
   * option, and all missing options together.
   */
  private static ParameterException plain(ParameterException e) {
    CommandLine command = e.getCommandLine();
    Matcher unknown = OnError.UNKNOWN_AS_VALUE.matcher(message(e));
    if (unknown.matches()) {
      return new UnmatchedArgumentException(command, List.of(unknown.group(1)));
    }
    if (e instanceof UnmatchedArgumentException unmatched
        && unmatched.getUnmatched().size() > 1
        && unmatched.getUnmatched().getFirst().startsWith("-")) {
      return new UnmatchedArgumentException(command, List.of(unmatched.getUnmatched().getFirst()));
    }
    if (e instanceof MissingParameterException missing) {
      List<String> typed = command.getUnmatchedArguments();
      return typed.isEmpty() || !typed.getFirst().startsWith("-")
          ? allMissing(missing)
          : new UnmatchedArgumentException(command, List.of(typed.getFirst()));
    }
    return e;
  }

  private static MissingParameterException allMissing(MissingParameterException e) {
    CommandSpec command = e.getCommandLine().getCommandSpec();
    List<ArgSpec> missing = new ArrayList<>();
    if (command.userObject() instanceof AlsoNeeded needed) {
      needed.missing().forEach(name -> missing.add(command.findOption(name)));
    }
    missing.addAll(e.getMissing());
    List<String> names = new ArrayList<>();
    for (ArgSpec argument : missing) {
      if (!(argument instanceof OptionSpec option)) {
        return e;
      }
      names.add("'" + option.names()[0] + "=" + option.paramLabel() + "'");
    }
    return new MissingParameterException(
        e.getCommandLine(),
        missing,
        "Missing required option"
            + (names.size() > 1 ? "s" : "")
            + ": "
            + String.join(", ", names));
  }

  @Override
  public int handleExecutionException(Exception e, CommandLine command, ParseResult parsed) {
    boolean debug = parsed.originalArgs().contains(Lm.DEBUG);
    return report(e, debug, command);
  }

  /**
   * Reports a failure of the command that {@code root} was called with; if memory is short, with
   * advice.
   */
  static int report(Throwable e, boolean debug, CommandLine root) {
    if (e instanceof OutOfMemoryError || e instanceof MemoryShortage) {
      String advice =
          e instanceof MemoryShortage shortage
              ? MemoryAdvice.of(
                  root, shortage.blamed().stream().map(OptionNames::of).toList(), shortage.heap())
              : MemoryAdvice.of(root);
      String sentence = sentence(e, debug) + "; " + advice;
      return print(e, sentence, debug, root.getErr());
    }
    return report(e, debug, root.getErr());
  }

  /** Prints one sentence, and the stack trace with {@code debug}. Returns the exit code. */
  static int report(Throwable e, boolean debug, PrintWriter err) {
    if (isBrokenPipe(e) && !debug) {
      return ExitCodes.FAILURE; // the reader of our output has stopped reading: not an error
    }
    return print(e, sentence(e, debug), debug, err);
  }

  private static int print(Throwable e, String sentence, boolean debug, PrintWriter err) {
    if (e instanceof SharedOpening.NotMade made) {
      waitForFirst(); // it prints why, and ends the job
      return made.badInput() ? ExitCodes.BAD_INPUT : ExitCodes.FAILURE;
    }
    err.println("lm: " + rank() + oneLine(Program.hints(completed(sentence))));
    if (debug) {
      e.printStackTrace(err);
    }
    err.flush();
    return e instanceof InputException ? ExitCodes.BAD_INPUT : ExitCodes.FAILURE;
  }

  /**
   * Returns what begins a line of one of several processes other than the first, once the first has
   * had time to fail for the same reason: the job ends then, and the line would say it again.
   */
  private static String rank() {
    int rank = Launch.of(System.getenv()).map(Launch::rank).orElse(0);
    if (rank == 0) {
      return "";
    }
    waitForFirst();
    return "process " + rank + ": ";
  }

  private static void waitForFirst() {
    try {
      Thread.sleep(OnError.FIRST_REPORTS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Adds to the library's hint the options that it needs. */
  private static String completed(String sentence) {
    Matcher named = OnError.MAKER.matcher(sentence);
    if (!named.find()) {
      return sentence;
    }
    PrintWriter nowhere = new PrintWriter(Writer.nullWriter());
    CommandLine command = Lm.commandLine(nowhere, nowhere);
    for (String name : named.group(1).split(" ", -1)) {
      command = Objects.requireNonNull(command.getSubcommands().get(name), name);
    }
    String synopsis = command.getCommandSpec().usageMessage().customSynopsis()[0];
    String needed = synopsis.replace(" [OPTIONS]", "").replace("...", "");
    return sentence.substring(0, named.start(1))
        + needed.substring(3)
        + sentence.substring(named.end());
  }

  /** Returns the sentence of an I/O failure: its own message names the file if it has one. */
  private static String sentence(UncheckedIOException e, boolean debug) {
    IOException cause = Objects.requireNonNull(e.getCause());
    return message(e).equals(cause.toString()) ? sentence((Throwable) cause, debug) : message(e);
  }

  private static boolean isBrokenPipe(Throwable e) {
    return e instanceof UncheckedIOException && message(e).endsWith("Broken pipe");
  }

  private static String sentence(Throwable e, boolean debug) {
    return switch (e) {
      case InputException input -> input.message(OptionNames::of);
      case BackendException backend -> message(backend);
      case RanksException ranks -> message(ranks);
      case TrainingFailure failure -> failure.message(OptionNames::of);
      case UncheckedIOException io -> sentence(io, debug);
      case NoSuchFileException missing -> missing.getFile() + ": no such file or folder";
      case AccessDeniedException denied -> denied.getFile() + ": permission denied";
      case FileAlreadyExistsException existing -> existing.getFile() + ": exists already";
      case FileSystemException file -> message(file);
      case StandardOutput.Failure lost -> message(lost);
      case IOException io -> "input or output failed: " + message(io);
      case OutOfMemoryError memory -> "out of memory (%s)".formatted(message(memory));
      case StackOverflowError _ ->
          "something given is nested too deeply, or a line of it is too long, for the stack of a"
              + " thread; more stack: LM4J_JAVA_OPTS=-Xss64m";
      case InternalError fault when message(fault).contains("unsafe memory access") ->
          "a file was cut short while it was being read, or its disk failed; restore it from a copy";
      default ->
          "internal error, %s%s"
              .formatted(e, debug ? "" : "; please report it with what --debug prints");
    };
  }

  private static String message(Throwable e) {
    String message = e.getMessage();
    return message == null ? e.getClass().getSimpleName() : message;
  }

  /** Returns a library's message on one line, without its line ends and tabs. */
  private static String oneLine(String text) {
    return Visible.name(OnError.LINE_END.matcher(text.strip()).replaceAll(" "));
  }
}
