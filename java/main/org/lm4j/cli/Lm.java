package org.lm4j.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.lm4j.io.Json;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The program {@code lm}: its commands, and the one place where the process ends. */
@Command(
    name = "lm",
    versionProvider = Version.class,
    synopsisSubcommandLabel = "COMMAND",
    description = {
      "",
      "Trains recurrent language models on text, tells how well they predict",
      "other text, and lets them write.",
      ""
    },
    commandListHeading = "%nCommands:%n",
    footer = {
      "",
      "A first session:",
      "  lm train --corpus book.txt --model models/book    minutes; ends with a sample",
      "  lm eval --model models/book --corpus other.txt    loss, perplexity, bits",
      "  lm generate --model models/book --prompt \"It was\" --length 500",
      "  lm info models/book                               what the folder holds",
      "",
      "'lm help COMMAND' explains each, with examples. The exit code is 0 when all",
      "went well, 1 when something failed on the way, 2 when something given cannot",
      "be used. LM4J_JAVA_OPTS adds flags for the JVM."
    })
@SuppressWarnings("UnusedVariable") // Options that picocli itself acts on.
public final class Lm implements Callable<Integer> {
  /** The option that prints stack traces. */
  static final String DEBUG = "--debug";

  /** The commands in the order of the help. Reading one's options takes picocli milliseconds. */
  private static final Map<String, Supplier<Object>> COMMANDS = commands();

  /** Those that speak of the others. */
  private static final Set<String> ABOUT_ALL = Set.of("completion", "help");

  private static final int MIN_WIDTH = 80;
  private static final int MAX_WIDTH = 120;

  private final Terminal terminal;
  private @Nullable OutputStream rawOut;

  @Spec private CommandSpec spec;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      scope = ScopeType.INHERIT,
      description = "Tell how this is used.")
  private boolean help;

  @Option(
      names = {"-V", "--version"},
      versionHelp = true,
      description = "Tell the versions of lm4j and Java.")
  private boolean version;

  @Option(
      names = DEBUG,
      scope = ScopeType.INHERIT,
      description = "Show the stack trace when something fails.")
  private boolean debug;

  private Lm(Terminal terminal) {
    this.terminal = terminal;
  }

  /** Runs the program and ends the process. */
  public static void main(String[] args) {
    System.setProperty("java.util.logging.config.class", LogLines.class.getName());
    // Should this fail, whoever needs it fails alike and says so.
    Thread.ofPlatform()
        .daemon()
        .name("prepare")
        .uncaughtExceptionHandler((thread, failure) -> {})
        .start(Json::prepare);
    // UTF-8 whatever the locale: what is printed is text of models, and often goes into files.
    StandardOutput standardOut = new StandardOutput();
    PrintWriter out = writer(standardOut);
    PrintWriter err = writer(new FileOutputStream(FileDescriptor.err));
    Terminal terminal = Terminal.from(System.getenv());
    CommandLine commandLine = commandLine(out, err, terminal, needed(args));
    ((Lm) commandLine.getCommandSpec().userObject()).rawOut = standardOut;
    int code = run(commandLine, args);
    out.flush();
    IOException lost = standardOut.failure();
    if (code == ExitCodes.OK && lost != null) {
      boolean debug = Arrays.asList(args).contains(DEBUG);
      code =
          ErrorHandler.report(
              new UncheckedIOException(
                  "cannot write to standard output: " + lost.getMessage(), lost),
              debug,
              err);
    }
    err.flush();
    System.exit(code);
  }

  /** The whole command line, writing to {@code out} and {@code err}, with no terminal. */
  public static CommandLine commandLine(PrintWriter out, PrintWriter err) {
    return commandLine(out, err, Terminal.none(), COMMANDS.keySet());
  }

  /** With those of the commands that are in {@code names}, and {@code moreCommands}. */
  static CommandLine commandLine(
      PrintWriter out,
      PrintWriter err,
      Terminal terminal,
      Collection<String> names,
      Object... moreCommands) {
    CommandLine commandLine = new CommandLine(new Lm(terminal));
    for (String name : names) {
      // Wrapped by hand: below objects that picocli wraps itself, no model transformer is applied.
      Object command = Objects.requireNonNull(COMMANDS.get(name)).get();
      commandLine.addSubcommand(name, new CommandLine(command));
    }
    for (Object command : moreCommands) {
      commandLine.addSubcommand(command); // Before the settings: they are handed down once.
    }
    ErrorHandler errors = new ErrorHandler();
    return commandLine
        .setOut(out)
        .setErr(err)
        .setColorScheme(
            CommandLine.Help.defaultColorScheme(
                terminal.out() && terminal.color() ? Ansi.ON : Ansi.OFF))
        .setUsageHelpWidth(Math.clamp(terminal.columns(), MIN_WIDTH, MAX_WIDTH))
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setParameterExceptionHandler(errors)
        .setExecutionExceptionHandler(errors);
  }

  /** The commands that matter to a call: the one it begins with, or all. */
  static Collection<String> needed(String... args) {
    boolean alone =
        args.length > 0 && COMMANDS.containsKey(args[0]) && !ABOUT_ALL.contains(args[0]);
    return alone ? List.of(args[0]) : COMMANDS.keySet();
  }

  private static Map<String, Supplier<Object>> commands() {
    Map<String, Supplier<Object>> commands = new LinkedHashMap<>();
    commands.put("train", TrainCommand::new);
    commands.put("eval", EvalCommand::new);
    commands.put("generate", GenerateCommand::new);
    commands.put("net", NetCommand::new);
    commands.put("caption", CaptionCommand::new);
    commands.put("scenes", ScenesCommand::new);
    commands.put("vqa", VqaCommand::new);
    commands.put("tag", TagCommand::new);
    commands.put("classify", ClassifyCommand::new);
    commands.put("embed", EmbedCommand::new);
    commands.put("seq2seq", Seq2SeqCommand::new);
    commands.put("info", InfoCommand::new);
    commands.put("inspect", InspectCommand::new);
    commands.put("plot", PlotCommand::new);
    commands.put("import", ImportCommand::new);
    commands.put("export", ExportCommand::new);
    commands.put("verify", VerifyCommand::new);
    commands.put("doctor", DoctorCommand::new);
    commands.put("completion", CompletionCommand::new);
    commands.put("help", HelpCommand::new);
    return commands;
  }

  /** Executes; what picocli lets pass (errors of the virtual machine) is reported alike. */
  static int run(CommandLine commandLine, String... args) {
    try {
      return commandLine.execute(args);
    } catch (OutOfMemoryError | StackOverflowError | LinkageError e) {
      return ErrorHandler.report(e, Arrays.asList(args).contains(DEBUG), commandLine.getErr());
    }
  }

  /** What is known about the screen. */
  Terminal terminal() {
    return terminal;
  }

  /**
   * Where bytes go that need not be text: standard output as it is, or {@code out} where there is
   * only a writer.
   */
  OutputStream rawOut(PrintWriter out) {
    out.flush();
    return rawOut == null ? new WriterBytes(out) : rawOut;
  }

  /** Without a command: shows what there is. */
  @Override
  public Integer call() {
    spec.commandLine().usage(spec.commandLine().getErr());
    return ExitCodes.BAD_INPUT;
  }

  private static PrintWriter writer(OutputStream stream) {
    return new PrintWriter(new OutputStreamWriter(stream, StandardCharsets.UTF_8), true);
  }
}
