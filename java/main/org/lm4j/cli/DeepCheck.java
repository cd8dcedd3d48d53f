package org.lm4j.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.backend.cuda.driver.CudaException;
import org.lm4j.compute.BackendException;
import org.lm4j.foreign.NativeException;
import org.lm4j.io.Json;
import org.lm4j.verify.DeviceTrials;

/**
 * {@code lm doctor --deep}: runs each trial of {@link DeviceTrials} in a separate process, which
 * may die or hang, shows a line and writes all results so far after each.
 */
final class DeepCheck {
  /** The hidden option of {@code lm doctor} that runs a trial and answers with a line of JSON. */
  static final String TRIAL = "--trial";

  private static final int LONGEST_LOG = 6000; // characters of what a process said
  private static final int LONGEST_END = 3000; // of these, from its end
  private static final long DUMP_SECONDS = 2; // in which a process shows where it hangs

  private static final List<String> SETTINGS =
      List.of("lm4j.cuda.libs", "lm4j.cuda.rnn", "lm4j.cuda.graphs");

  /** The result of a trial. */
  enum State {
    OK("ok"),
    /** The GPU does not support it. */
    ABSENT("-"),
    FAILED("FAILED"),
    /** A trial that it depends on failed. */
    NOT_REACHED("not reached");

    private final String mark;

    State(String mark) {
      this.mark = mark;
    }
  }

  /**
   * The answer of a trial's process.
   *
   * @param found what was found, or what failed, in one sentence
   * @param function of a library that failed; null where it was none
   * @param status what it returned
   * @param text what the library says of it
   * @param remedy what to do about it
   */
  record Answer(
      State state,
      String found,
      @Nullable String function,
      @Nullable Integer status,
      @Nullable String text,
      @Nullable String remedy) {
    static Answer of(State state, String found) {
      return new Answer(state, found, null, null, null, null);
    }

    static Answer failed(Throwable e) {
      String message = String.valueOf(e.getMessage());
      for (Throwable cause = e; cause != null; cause = cause.getCause()) {
        if (cause instanceof CudaException cuda) {
          return new Answer(
              State.FAILED, message, cuda.function(), cuda.status(), cuda.text(), cuda.remedy());
        }
      }
      return of(State.FAILED, message);
    }
  }

  /**
   * A trial in the file of results.
   *
   * @param milliseconds of its process
   * @param log what the process of one that failed wrote to standard error, at its end
   */
  record Line(String trial, long milliseconds, Answer answer, @Nullable String log) {}

  /** The file of results. */
  record Report(int failures, List<Line> trials) {}

  /** Starts the process of a trial. */
  interface Starter {
    ProcessBuilder start(String trial);
  }

  private final Starter starter;
  private final long limitSeconds;
  private final PrintWriter out;
  private final @Nullable Path file;
  private final List<Line> lines = new ArrayList<>();
  private int failures;

  /**
   * Creates a check without results.
   *
   * @param limitSeconds that a process may take
   * @param file of results; null for none
   */
  DeepCheck(Starter starter, long limitSeconds, PrintWriter out, @Nullable Path file) {
    this.starter = starter;
    this.limitSeconds = limitSeconds;
    this.out = out;
    this.file = file;
  }

  /**
   * Runs trials in their order.
   *
   * @return how many failed
   */
  int run(List<String> trials) {
    Set<String> missing = new HashSet<>();
    failures = 0;
    for (String trial : trials) {
      Line line = line(trial, missing);
      lines.add(line);
      State state = line.answer().state();
      failures += state == State.FAILED ? 1 : 0;
      if (state != State.OK) {
        missing.add(trial);
      }
      out.printf(
          "%-30s %-11s %6d ms  %s%n",
          trial, state.mark, line.milliseconds(), line.answer().found());
      out.flush();
      if (file != null) {
        Json.write(file, report());
      }
    }
    out.printf(
        "%n%s%n",
        failures == 0 ? "nothing failed" : "%d of %d FAILED".formatted(failures, trials.size()));
    out.flush();
    return failures;
  }

  /** Returns the results so far. */
  Report report() {
    return new Report(failures, List.copyOf(lines));
  }

  private Line line(String trial, Set<String> missing) {
    for (String other : DeviceTrials.needs(trial)) {
      if (missing.contains(other)) {
        return new Line(trial, 0, Answer.of(State.NOT_REACHED, "builds on " + other), null);
      }
    }
    long begun = System.nanoTime();
    try {
      return inProcess(trial, begun);
    } catch (IOException e) {
      throw new UncheckedIOException("a trial cannot be started: " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  private Line inProcess(String trial, long begun) throws IOException, InterruptedException {
    Path output = Files.createTempFile("lm4j-trial", ".out");
    Path log = Files.createTempFile("lm4j-trial", ".err");
    try {
      Process process =
          starter
              .start(trial)
              .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
              .redirectOutput(output.toFile())
              .redirectError(log.toFile())
              .start();
      boolean ended;
      try {
        ended = process.waitFor(limitSeconds, TimeUnit.SECONDS);
        if (!ended) {
          dump(process);
        }
      } finally {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
      }
      long milliseconds = (System.nanoTime() - begun) / 1_000_000;
      Answer answer =
          ended
              ? answer(read(output), process.exitValue())
              : Answer.of(
                  State.FAILED,
                  "was ended after " + limitSeconds + " s" + TrialEnds.hung(read(output)));
      String said = answer.state() == State.FAILED ? both(read(log)) : null;
      return new Line(trial, milliseconds, said == null ? answer : explained(answer, said), said);
    } finally {
      Files.deleteIfExists(output);
      Files.deleteIfExists(log);
    }
  }

  private static String read(Path file) throws IOException {
    return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
  }

  /** Adds what a process wrote of its failure and did not answer. */
  private static Answer explained(Answer answer, String said) {
    String more = answer.function() == null ? TrialEnds.crashed(said) : TrialEnds.reasons(said);
    return new Answer(
        answer.state(),
        answer.found() + more,
        answer.function(),
        answer.status(),
        answer.text(),
        answer.remedy());
  }

  /** Has the Java machine of a process write where its threads are. */
  private static void dump(Process process) throws InterruptedException {
    try {
      new ProcessBuilder("kill", "-QUIT", Long.toString(process.pid())).start().waitFor();
      process.waitFor(DUMP_SECONDS, TimeUnit.SECONDS);
    } catch (IOException e) {
      return; // the program is missing here, so where it hangs stays unknown
    }
  }

  /** Returns the beginning and the end of a long output. */
  private static String both(String said) {
    String all = said.strip();
    return all.length() <= LONGEST_LOG
        ? all
        : all.substring(0, LONGEST_LOG - LONGEST_END)
            + "\n…\n"
            + all.substring(all.length() - LONGEST_END);
  }

  /** Returns the answer in the last line that has one, since libraries may print others. */
  private static Answer answer(String output, int code) {
    List<String> answers = output.lines().filter(line -> line.startsWith("{")).toList();
    if (!answers.isEmpty()) {
      try {
        return Json.parse(answers.getLast(), "the answer of a trial", Answer.class);
      } catch (InputException e) {
        return Answer.of(State.FAILED, String.valueOf(e.getMessage()));
      }
    }
    return Answer.of(State.FAILED, "the process ended with " + TrialEnds.code(code));
  }

  /** Runs one trial in this process. */
  static Answer here(String trial) {
    try {
      return Answer.of(State.OK, DeviceTrials.run(trial));
    } catch (UnsupportedOperationException e) {
      return Answer.of(State.ABSENT, String.valueOf(e.getMessage()));
    } catch (BackendException | NativeException | InputException e) {
      return Answer.failed(e);
    }
  }

  /** Returns a process that runs this program, with cuDNN's log switched on. */
  static ProcessBuilder again(String trial) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    if (ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent()) {
      command.addAll(List.of("--add-modules", "jdk.incubator.vector"));
    }
    command.addAll(
        List.of(
            "--enable-native-access=ALL-UNNAMED",
            "-Xss16m",
            "-XX:+UseSerialGC",
            "-XX:+ErrorFileToStderr", // of a crash, which is not to leave files
            "-XX:-CreateCoredumpOnCrash",
            "-cp"));
    command.add(System.getProperty("java.class.path"));
    for (String name : SETTINGS) {
      String value = System.getProperty(name, "");
      if (!value.isEmpty()) {
        command.add("-D" + name + "=" + value);
      }
    }
    command.addAll(List.of(Lm.class.getName(), "doctor", TRIAL, trial));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().putIfAbsent("CUDNN_LOGLEVEL_DBG", "2");
    builder.environment().putIfAbsent("CUDNN_LOGDEST_DBG", "stderr");
    return builder;
  }
}
