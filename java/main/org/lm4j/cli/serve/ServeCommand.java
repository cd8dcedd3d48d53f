package org.lm4j.cli.serve;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.cli.frame.Subcommand;
import org.lm4j.cli.options.Converters;
import org.lm4j.cli.options.DeviceOptions;
import org.lm4j.cli.options.ShippedModel;
import org.lm4j.compute.Backend;
import org.lm4j.io.IoErrors;
import org.lm4j.serve.ServedModels;
import org.lm4j.serve.ServerOptions;
import org.lm4j.serve.TextServer;
import org.lm4j.serve.engine.Limits;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code lm serve}: serves models over HTTP. */
@Command(
    name = "serve",
    customSynopsis = "lm serve [--model DIR]... [OPTIONS]",
    description = {
      "Serve language models over HTTP: a page to try them, and an API.",
      "The API is OpenAI's for completions, with log-probabilities of the prompt; further paths"
          + " score lines, embed texts and tokenize them: see /openapi.json. Networks and n-gram"
          + " models are served, and mixtures of them. A model whose folder gets other files is"
          + " reloaded, and the signal HUP reloads all. Ctrl-C finishes what is running."
    },
    footer = {
      "Examples:",
      "  lm serve                                      then open http://127.0.0.1:8080/",
      "  lm serve --model models/book",
      "  lm serve --model models/book --model models/english --port 9000",
      "  lm serve --model models/book --host 0.0.0.0 --token-file secret.txt",
      "  lm serve --model models/book --with mixture.json",
      "  curl http://127.0.0.1:8080/v1/completions -d @request.json"
    })
public final class ServeCommand extends Subcommand implements Runnable {
  private static final ServerOptions DEFAULTS = ServerOptions.defaults();
  private static final long MEBI = 1 << 20;
  private static final double WARM_UP_SECONDS = 1.5;

  @Option(
      names = "--model",
      paramLabel = "DIR",
      description =
          "Model folder; may be given several times. The first is the default " + ShippedModel.HELP)
  private List<Path> folders = new ArrayList<>();

  @Option(
      names = "--with",
      paramLabel = "FILE.json",
      description =
          "Serve the first model once more, mixed or adapting as a file of settings says that lm"
              + " eval --save wrote; its name is that of the folder, + and that of the file.")
  private @Nullable Path settings;

  @Option(
      names = "--host",
      paramLabel = "ADDRESS",
      description =
          "Address to listen on [{default}]. Any other than this machine's own needs a token.")
  private String host = DEFAULTS.host();

  @Option(
      names = "--port",
      paramLabel = "N",
      converter = Converters.NonNegativeInt.class,
      description = "Port to listen on; 0 for a free one [{default}].")
  private int port = DEFAULTS.port();

  @Option(
      names = "--token-file",
      paramLabel = "FILE",
      description =
          "Text file with a token that requests must bring: Authorization: Bearer TOKEN [none].")
  private @Nullable Path tokenFile;

  @Option(
      names = "--parallel",
      paramLabel = "N",
      converter = Converters.NonNegativeInt.class,
      description =
          "Texts that are computed side by side [as many as suit the vocabulary, at most 1024].")
  private int parallel;

  @Option(
      names = "--queue",
      paramLabel = "N",
      converter = Converters.NonNegativeInt.class,
      description = "Texts that may wait for a place; more are refused [{default}].")
  private int queue = 4096;

  @Option(
      names = "--state-cache",
      paramLabel = "MIB",
      converter = Converters.NonNegativeInt.class,
      description = "Memory for the states of prompts that come again [{default}].")
  private int cache = 64;

  @Option(
      names = "--max-tokens",
      paramLabel = "N",
      description = "Most tokens of a prompt, and most to generate for a text [{default}].")
  private int maxTokens = DEFAULTS.generatedTokens();

  @Option(
      names = "--max-seconds",
      paramLabel = "S",
      description = "Most time for a text, waiting included [{default}].")
  private double maxSeconds = 300;

  @Option(
      names = "--grace",
      paramLabel = "S",
      converter = Converters.NonNegativeNumber.class,
      description = "Time for running requests to finish at the end [{default}].")
  private double grace = 10;

  @Option(
      names = "--access-log",
      description =
          "Print a line for each request: time, client, method, path, status, milliseconds, id.")
  private boolean accessLog;

  @Mixin private DeviceOptions device;

  @Override
  public void run() {
    if (port > 65_535) {
      throw new InputException("--port is at most 65535.");
    }
    ServerOptions options =
        new ServerOptions(
            host,
            port,
            token(),
            DEFAULTS.bodyBytes(),
            maxTokens,
            maxTokens,
            DEFAULTS.texts(),
            DEFAULTS.writeSeconds(),
            WARM_UP_SECONDS,
            DEFAULTS.spaceSeconds());
    PrintWriter err = err();
    PrintWriter out = out();
    try (Backend backend = device.openToDecode(err);
        ServedModels models =
            new ServedModels(
                folders.isEmpty() ? List.of(ShippedModel.folder()) : folders,
                settings,
                backend,
                new Limits(parallel, queue, cache * MEBI, maxSeconds),
                line -> note(err, line));
        TextServer server =
            new TextServer(
                options,
                models,
                line -> note(err, line),
                accessLog ? line -> print(out, line) : null)) {
      CountDownLatch stopped = new CountDownLatch(1);
      Thread hook = new Thread(() -> stop(server, stopped), "lm4j-stop");
      Runtime.getRuntime().addShutdownHook(hook);
      HangUp.handle(models::reloadAll, () -> stop(server, stopped));
      print(out, "serving %s at %s".formatted(String.join(", ", models.names()), server.url()));
      stopped.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void stop(TextServer server, CountDownLatch stopped) {
    server.stop(grace);
    stopped.countDown();
  }

  private static synchronized void note(PrintWriter err, String line) {
    print(err, "lm: " + line);
  }

  private static synchronized void print(PrintWriter writer, String line) {
    writer.println(line);
    writer.flush();
  }

  private @Nullable String token() {
    if (tokenFile == null) {
      return null;
    }
    try {
      String token = Files.readString(tokenFile, StandardCharsets.ISO_8859_1).strip();
      if (token.isEmpty() || !token.chars().allMatch(c -> c > ' ' && c < 127)) {
        throw new InputException(
            tokenFile
                + " must hold one line, the token, of ASCII letters, digits and punctuation"
                + " without spaces.");
      }
      return token;
    } catch (IOException e) {
      throw IoErrors.cannotRead(tokenFile, e);
    }
  }
}
