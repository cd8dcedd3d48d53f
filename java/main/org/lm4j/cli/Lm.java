package org.lm4j.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.lm4j.cli.frame.Console;
import org.lm4j.cli.frame.ExitCodes;
import org.lm4j.cli.frame.LogLines;
import org.lm4j.cli.frame.Program;
import org.lm4j.cli.frame.ResultWriter;
import org.lm4j.cli.frame.StandardOutput;
import org.lm4j.cli.frame.Terminal;
import org.lm4j.cli.frame.VisibleWriter;
import org.lm4j.cli.frame.WriterBytes;
import org.lm4j.cli.options.BareFolder;
import org.lm4j.cli.options.Converters;
import org.lm4j.cli.options.HelpPage;
import org.lm4j.cli.options.Outputs;
import org.lm4j.cli.options.PathConverters;
import org.lm4j.cli.options.Ranges;
import org.lm4j.parallel.mpi.MpiRanks;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

/** The program {@code lm}: its commands, and the one place where the process ends. */
@Command(
    name = "lm",
    versionProvider = Version.class,
    synopsisSubcommandLabel = "COMMAND",
    description = {
      "",
      "Trains recurrent language models on text, reports how well they predict",
      "other text, and lets them write."
    },
    footer = {
      "A first session:",
      "  lm train --corpus book.txt --model models/book    minutes; ends with a sample",
      "  lm eval --model models/book --corpus other.txt    loss, perplexity, bits",
      "  lm generate --model models/book --prompt \"It was\" --length 500",
      "  lm info models/book                               what the folder holds",
      "",
      "'lm help COMMAND' explains each, with examples. The exit code is 0 for success,",
      "1 for a failure while running, 2 for invalid input. LM4J_JAVA_OPTS adds flags",
      "for the JVM."
    })
@SuppressWarnings("UnusedVariable") // Options that picocli itself acts on.
public final class Lm implements Callable<Integer>, Console {
  /** The option that prints stack traces. */
  static final String DEBUG = "--debug";

  private static final Set<String> VERSION = Set.of("-V", "--version");

  private static final int MIN_WIDTH = 80;
  private static final int MAX_WIDTH = 120;

  private final Terminal terminal;
  private @Nullable StandardOutput standardOut;

  @Spec private CommandSpec spec;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      scope = ScopeType.INHERIT,
      description = "Show this help.")
  private boolean help;

  @Option(
      names = {"-V", "--version"},
      versionHelp = true,
      description = "Show the versions of lm4j and Java.")
  private boolean version;

  @Option(
      names = DEBUG,
      scope = ScopeType.INHERIT,
      description = "Show the stack trace when something fails.")
  private boolean debug;

  @Option(
      names = "--quiet",
      scope = ScopeType.INHERIT,
      description = "Print no progress; warnings and errors only.")
  private boolean quiet;

  private Lm(Terminal terminal) {
    this.terminal = terminal;
  }

  /** Runs the program and ends the process. */
  public static void main(String[] args) {
    // Numbers and letters look alike everywhere, in what is printed as in files that others read.
    Locale.setDefault(Locale.ROOT);
    Program.called(System.getenv());
    System.setProperty("java.util.logging.config.class", LogLines.class.getName());
    Preparation.start(args);
    // UTF-8 whatever the locale: what is printed is text of models, and often goes into files.
    StandardOutput standardOut = new StandardOutput();
    PrintWriter out = writer(standardOut);
    PrintWriter err = writer(new FileOutputStream(FileDescriptor.err));
    int code = ExitCodes.OK;
    PrintWriter visibleErr = new VisibleWriter(err);
    if (args.length == 1 && VERSION.contains(args[0])) { // needs no command line
      Version.lines().forEach(out::println);
    } else {
      Terminal terminal = Terminal.from(System.getenv());
      CommandLine commandLine = commandLine(out, err, terminal, Needed.by(args));
      ((Lm) commandLine.getCommandSpec().userObject()).standardOut = standardOut;
      code = run(commandLine, args);
      visibleErr = commandLine.getErr();
    }
    out.flush();
    IOException lost = standardOut.failure();
    if (code == ExitCodes.OK && lost != null) {
      boolean debug = Arrays.asList(args).contains(DEBUG);
      code = ErrorHandler.report(new UncheckedIOException(lost), debug, visibleErr);
    }
    err.flush();
    if (code != ExitCodes.OK) {
      MpiRanks.abandon(code);
    }
    System.exit(code);
  }

  /** Returns the whole command line, writing to {@code out} and {@code err}, with no terminal. */
  public static CommandLine commandLine(PrintWriter out, PrintWriter err) {
    return commandLine(out, err, Terminal.none(), Needed.everything());
  }

  /** Returns the command line with the commands that are needed, and {@code moreCommands}. */
  static CommandLine commandLine(
      PrintWriter out, PrintWriter err, Terminal terminal, Needed needed, Object... moreCommands) {
    // Picocli would look for types of java.time and java.sql by name: options say their converters.
    System.setProperty("picocli.converters.excludes", ".*");
    CommandLine commandLine = new CommandLine(new Lm(terminal));
    CommandTable.add(commandLine, needed);
    for (Object command : moreCommands) {
      commandLine.addSubcommand(command); // Before the settings: they are handed down once.
    }
    refuseUnknownOptions(commandLine);
    ErrorHandler errors = new ErrorHandler();
    return commandLine
        .setOut(new VisibleWriter(out))
        .setErr(new VisibleWriter(err))
        .setColorScheme(
            CommandLine.Help.defaultColorScheme(
                terminal.out() && terminal.color() ? Ansi.ON : Ansi.OFF))
        .registerConverter(Integer.class, Converters::positiveInt)
        .registerConverter(int.class, Converters::positiveInt)
        .registerConverter(Double.class, Converters::positiveNumber)
        .registerConverter(double.class, Converters::positiveNumber)
        .registerConverter(Long.class, Converters::wholeNumber)
        .registerConverter(long.class, Converters::wholeNumber)
        .registerConverter(Path.class, PathConverters::path)
        .setHelpFactory(HelpPage::new)
        .setExpandAtFiles(false) // a prompt may begin with @; no argument stands for a file's words
        .setUsageHelpWidth(Math.clamp(terminal.columns(), MIN_WIDTH, MAX_WIDTH))
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setExecutionStrategy(Lm::execute)
        .setParameterExceptionHandler(errors)
        .setExecutionExceptionHandler(errors);
  }

  /**
   * Refuses a value that looks like an option, where an option takes several values: it is a typing
   * mistake.
   */
  private static void refuseUnknownOptions(CommandLine command) {
    CommandSpec spec = command.getCommandSpec();
    if (spec.options().stream().anyMatch(option -> option.arity().max() > 1)) {
      spec.parser().unmatchedOptionsAllowedAsOptionParameters(false);
    }
    command.getSubcommands().values().forEach(Lm::refuseUnknownOptions);
  }

  /** Runs the command, or prints the help that was asked for. */
  private static int execute(ParseResult parsed) {
    CommandLine root = parsed.commandSpec().commandLine();
    if (isAboutUse(parsed)) {
      refuseUnmatched(parsed);
      root.setOut(VisibleWriter.raw(root.getOut())); // Its colours are our own.
    }
    Ranges.check(parsed);
    Outputs.check(parsed);
    return new CommandLine.RunLast().execute(parsed);
  }

  /** Refuses unknown commands, also when help is requested. */
  private static void refuseUnmatched(ParseResult parsed) {
    if (parsed.hasSubcommand()) {
      refuseUnmatched(parsed.subcommand());
    } else if (!parsed.unmatched().isEmpty()) {
      throw new UnmatchedArgumentException(parsed.commandSpec().commandLine(), parsed.unmatched());
    }
  }

  private static boolean isAboutUse(ParseResult parsed) {
    return parsed.isUsageHelpRequested()
        || parsed.isVersionHelpRequested()
        || (parsed.hasSubcommand() && isAboutUse(parsed.subcommand()));
  }

  /**
   * Runs the program; errors that picocli does not catch (those of the virtual machine) are
   * reported in the same way.
   */
  static int run(CommandLine commandLine, String... args) {
    try {
      return commandLine.execute(BareFolder.spelledOut(commandLine, args));
    } catch (Error e) {
      return ErrorHandler.report(e, Arrays.asList(args).contains(DEBUG), commandLine);
    }
  }

  @Override
  public Terminal terminal() {
    return terminal.quieted(quiet);
  }

  @Override
  public PrintWriter results(PrintWriter out) {
    PrintWriter shown = terminal.out() ? out : VisibleWriter.raw(out);
    return standardOut == null ? shown : new ResultWriter(shown, standardOut);
  }

  @Override
  public OutputStream rawOut(CommandSpec command) {
    PrintWriter out = Console.results(command);
    out.flush();
    return standardOut == null || terminal.out() ? new WriterBytes(out) : standardOut;
  }

  /** Shows the commands, if called without one. */
  @Override
  public Integer call() {
    Console.usage(spec.commandLine(), spec.commandLine().getErr());
    return ExitCodes.BAD_INPUT;
  }

  private static PrintWriter writer(OutputStream stream) {
    return new PrintWriter(new OutputStreamWriter(stream, StandardCharsets.UTF_8), true);
  }
}
