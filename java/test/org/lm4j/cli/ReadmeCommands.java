package org.lm4j.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * Runs commands that a shell recorded, one after the other in this process and its current folder,
 * with small numbers in place of those that would take minutes. {@link ReadmeCommandsTest} starts
 * it.
 */
final class ReadmeCommands {
  /** The option values that a test can afford, in place of those on a page. */
  private static final Map<String, String> SMALL =
      Map.ofEntries(
          Map.entry("--hidden", "8"),
          Map.entry("--embedding", "8"),
          Map.entry("--batch", "4"),
          Map.entry("--bptt", "8"),
          Map.entry("--epochs", "1"),
          Map.entry("--count", "60"),
          Map.entry("--valid-count", "10"),
          Map.entry("--warmup", "2"),
          Map.entry("--time", "20s"));

  private ReadmeCommands() {}

  /**
   * Runs what lies in the folder {@code args[0]}: files {@code N.args}, whose arguments end in NUL,
   * and {@code N.in}, the standard input. Ends with 1 at the first command that fails, having
   * printed it and its output.
   */
  public static void main(String[] args) throws IOException {
    InputStream standardIn = System.in;
    for (Path file : recorded(Path.of(args[0]))) {
      List<String> given = arguments(file);
      Path in = file.resolveSibling(file.getFileName().toString().replace(".args", ".in"));
      StringWriter output = new StringWriter();
      PrintWriter writer = new PrintWriter(output);
      int code;
      try (InputStream input = Files.newInputStream(in)) {
        System.setIn(input);
        Lm.commandLine(writer, writer).parseArgs(given.toArray(String[]::new)); // as it is printed
        code = given.contains("serve") ? serve(given, output) : run(shrunk(given), writer);
      } catch (picocli.CommandLine.ParameterException e) {
        writer.println(e.getMessage());
        code = 2;
      } finally {
        System.setIn(standardIn);
      }
      System.out.println("lm " + String.join(" ", given) + " -> " + code);
      if (code != 0) {
        System.out.println(output);
        System.exit(1);
      }
    }
  }

  private static int run(List<String> given, PrintWriter writer) {
    return Lm.run(Lm.commandLine(writer, writer), given.toArray(String[]::new));
  }

  /** Runs a server on a free port until it has said where it is. */
  private static int serve(List<String> given, StringWriter output) {
    List<String> onFreePort = new ArrayList<>(given);
    onFreePort.addAll(List.of("--port", "0"));
    AtomicInteger code = new AtomicInteger();
    Thread server =
        Thread.ofPlatform().start(() -> code.set(run(onFreePort, new PrintWriter(output))));
    while (server.isAlive() && !output.toString().contains("serving")) {
      Thread.onSpinWait();
    }
    server.interrupt();
    try {
      server.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return code.get();
  }

  private static List<Path> recorded(Path journal) throws IOException {
    try (Stream<Path> files = Files.list(journal)) {
      return files.filter(file -> file.toString().endsWith(".args")).sorted().toList();
    }
  }

  private static List<String> arguments(Path file) throws IOException {
    String text = Files.readString(file, UTF_8);
    return text.isEmpty()
        ? List.of()
        : List.of(text.substring(0, text.length() - 1).split("\0", -1));
  }

  /** Returns the command with {@link #SMALL} values; training ends after one epoch. */
  private static List<String> shrunk(List<String> given) {
    List<String> result = new ArrayList<>(given);
    for (int i = 0; i + 1 < result.size(); i++) {
      String small = SMALL.get(result.get(i));
      if (small != null) {
        result.set(i + 1, small);
      }
    }
    if (given.contains("train") && !given.contains("ngram")) {
      for (String option : List.of("--hidden", "--epochs", "--batch")) {
        boolean known = !given.contains("embed") || !option.equals("--hidden");
        if (known && !given.contains(option)) {
          result.addAll(List.of(option, SMALL.get(option)));
        }
      }
    }
    boolean makesData = given.contains("scenes") || given.contains("tasks");
    if (makesData && !given.contains("--count")) {
      result.addAll(List.of("--count", SMALL.get("--count")));
    }
    return result;
  }
}
