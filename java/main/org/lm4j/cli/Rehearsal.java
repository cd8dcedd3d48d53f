package org.lm4j.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.lm4j.backend.BackendOptions;
import org.lm4j.backend.Backends;
import org.lm4j.backend.cpu.kernel.choice.Kernels;
import org.lm4j.backend.cuda.CudaBackend;
import org.lm4j.cli.frame.ExitCodes;
import org.lm4j.cli.frame.LogLines;
import org.lm4j.cli.frame.Terminal;
import org.lm4j.cli.options.ShippedModel;
import org.lm4j.compute.Backend;
import org.lm4j.serve.ServedModels;
import org.lm4j.serve.ServerOptions;
import org.lm4j.serve.TextServer;
import org.lm4j.serve.engine.Limits;

/**
 * Runs what should start fast, so that the JVM records which classes are loaded. {@code scripts/lm}
 * has the JVM make a cache of these classes, and gives it to every later start. On the CPU, whose
 * kernels the cache is for, even where there is a GPU.
 */
final class Rehearsal {
  private static final int CHARACTERS = 120_000;
  private static final int LINE = 60;
  private static final double SECONDS_OF_SERVING = 0.5;
  private static final String ALPHABET = "  aeioutnshrdlcumwfgypbvk";

  private Rehearsal() {}

  /**
   * Runs all commands, or those that write texts if the argument is {@code generate}: a cache of
   * few classes is read sooner. Writes nothing unless something fails.
   */
  public static void main(String[] args) throws IOException {
    System.setProperty("java.util.logging.config.class", LogLines.class.getName());
    if (List.of(args).equals(List.of("generate"))) {
      generate();
      return;
    }
    Path folder = Files.createTempDirectory("lm4j-rehearsal");
    Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(folder), "delete-rehearsal"));
    perform(folder);
  }

  /**
   * Writes texts with the models that come with lm4j.
   *
   * @throws org.lm4j.InputException if it came without them
   * @throws IllegalStateException if a command fails, or if it is not computed by machine code: a
   *     JVM that starts with this cache has no Vector API
   */
  private static void generate() {
    if (!Kernels.VECTORISED) {
      throw new IllegalStateException("there is no machine code for all that a text needs");
    }
    Path shipped = ShippedModel.folder();
    String other = shipped.resolveSibling("java-source").toString();
    run(List.of("generate", "--length", "20", "--device", "cpu"));
    run(List.of("generate", "--model", other, "--length", "20", "--device", "cpu"));
    boolean ignored = CudaBackend.isExpected(); // asked where no device is named
  }

  /**
   * Runs the commands on a text and a model in {@code folder}.
   *
   * @throws IllegalStateException if one fails, with what it says
   */
  static void perform(Path folder) throws IOException {
    String text = Files.writeString(folder.resolve("text"), text()).toString();
    String model = folder.resolve("model").toString();
    List<List<String>> commands = new ArrayList<>();
    if (ShippedModel.exists()) { // what most people start first
      commands.add(List.of("generate", "--length", "200", "--device", "cpu"));
    }
    commands.addAll(
        List.of(
            List.of(
                "train", "--corpus", text, "--model", model, "--steps", "40", "--device", "cpu"),
            List.of("train", "--resume", "--model", model, "--steps", "50", "--device", "cpu"),
            smallTraining(text, folder.resolve("small").toString()),
            List.of("eval", "--model", model, "--corpus", text, "--device", "cpu"),
            List.of(
                "generate",
                "--model",
                model,
                "--prompt",
                "the ",
                "--length",
                "400",
                "--device",
                "cpu"),
            List.of(
                "generate",
                "--model",
                model,
                "--top-p",
                "0.9",
                "--json",
                "--length",
                "50",
                "--device",
                "cpu"),
            List.of("info", model),
            List.of("doctor"),
            List.of("help", "train"),
            List.of("help", "serve"),
            List.of("--help")));
    commands.forEach(Rehearsal::run);
    serve(folder.resolve("model"));
  }

  private static void run(List<String> command) {
    StringWriter messages = new StringWriter();
    PrintWriter err = new PrintWriter(messages, true);
    PrintWriter out = new PrintWriter(Writer.nullWriter());
    String[] args = command.toArray(String[]::new);
    Preparation.start(args);
    int code = Lm.run(Lm.commandLine(out, err, Terminal.none(), Needed.by(args)), args);
    if (code != ExitCodes.OK) {
      throw new IllegalStateException(String.join(" ", command) + ": " + messages);
    }
  }

  /** Returns a short training of another kind of model, by words and in bfloat16. */
  private static List<String> smallTraining(String text, String model) {
    String size = "16";
    List<String> shape = List.of("--level", "word", "--cell", "gru", "--precision", "bf16");
    List<String> run = List.of("--hidden", size, "--embedding", size, "--steps", "20");
    List<String> command = new ArrayList<>(List.of("train", "--corpus", text, "--model", model));
    command.addAll(shape);
    command.addAll(run);
    command.addAll(List.of("--device", "cpu"));
    return command;
  }

  /** Serves a model for a moment, which asks itself for texts. */
  private static void serve(Path model) {
    List<String> failures = new ArrayList<>();
    Limits limits = new Limits(0, 64, 1 << 20, 60);
    ServerOptions options =
        ServerOptions.defaults().at("127.0.0.1", 0).warmingUp(SECONDS_OF_SERVING);
    try (Backend backend = Backends.open("cpu", new BackendOptions(1));
        ServedModels models = new ServedModels(List.of(model), backend, limits, failures::add);
        TextServer server = new TextServer(options, models, failures::add)) {
      server.stop(0);
    }
    if (!failures.isEmpty()) {
      throw new IllegalStateException("serve: " + failures);
    }
  }

  private static String text() {
    SplittableRandom random = new SplittableRandom(1);
    StringBuilder text = new StringBuilder(CHARACTERS);
    while (text.length() < CHARACTERS) {
      text.append(
          text.length() % LINE == LINE - 1
              ? '\n'
              : ALPHABET.charAt(random.nextInt(ALPHABET.length())));
    }
    return text.toString();
  }

  /** Deletes a folder, even after a signal, while files may still be written. */
  private static void delete(Path folder) {
    try (Stream<Path> paths = Files.walk(folder)) {
      for (Path path : paths.toList().reversed()) {
        Files.deleteIfExists(path);
      }
    } catch (IOException | UncheckedIOException e) {
      System.getLogger(Rehearsal.class.getName())
          .log(System.Logger.Level.WARNING, "could not remove " + folder, e);
    }
  }
}
