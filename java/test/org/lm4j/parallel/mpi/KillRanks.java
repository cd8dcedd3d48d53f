package org.lm4j.parallel.mpi;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.lm4j.cli.Lm;
import org.lm4j.task.lm.LanguageModel;
import org.lm4j.train.MetricsLog;
import org.lm4j.train.Run;

/**
 * Kills random ranks of training jobs at random moments: each job has to end within seconds, leave
 * a whole folder, and be resumed to the losses of a job that nobody disturbed.
 *
 * <p>{@code java … org.lm4j.parallel.mpi.KillRanks 100 target/kills} kills a hundred.
 */
final class KillRanks {
  private static final int RANKS = 2;
  private static final long MOST_SECONDS = 10; // from a kill to the end of the job

  private final Path folder;
  private final String starter;
  private final Random random;
  private final Path corpus;
  private final List<String> losses; // of a job that is left alone
  private final long undisturbedMillis;
  private long slowestMillis;
  private int resumed;

  KillRanks(Path folder, String starter, long seed) throws IOException, InterruptedException {
    this.folder = folder;
    this.starter = starter;
    this.random = new Random(seed);
    this.corpus = folder.resolve("corpus.txt");
    Files.writeString(corpus, text(seed));
    Path alone = folder.resolve("alone");
    long begun = System.nanoTime();
    int code = start(alone).waitFor();
    if (code != 0) {
      throw new IllegalStateException("a job ended with code " + code + ": " + said(alone));
    }
    this.undisturbedMillis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun);
    this.losses = losses(alone);
  }

  /** Kills ranks with the first {@code mpirun} of this machine. */
  public static void main(String[] args) throws IOException, InterruptedException {
    int kills = args.length > 0 ? Integer.parseInt(args[0]) : 100;
    Path folder =
        args.length > 1
            ? Files.createDirectories(Path.of(args[1]))
            : Files.createTempDirectory("k");
    String starter = args.length > 2 ? args[2] : MpiJobs.starters().getFirst();
    System.out.println(new KillRanks(folder, starter, System.nanoTime()).run(kills));
  }

  /**
   * Kills so many ranks.
   *
   * @return what came of it, in a sentence
   * @throws IllegalStateException if a job did not end in time, or left what is not whole
   */
  String run(int kills) throws IOException, InterruptedException {
    int killed = 0;
    int jobs = 0;
    int whole = 0;
    Path model = folder.resolve("killed0");
    while (killed < kills) {
      jobs++;
      Process job = start(model);
      if (job.waitFor(random.nextLong(undisturbedMillis) + 1, TimeUnit.MILLISECONDS)) {
        requireDone(job, model);
        whole++;
        model = folder.resolve("killed" + whole);
        continue;
      }
      killed += kill(job) ? 1 : 0;
      long begun = System.nanoTime();
      if (!job.waitFor(MOST_SECONDS, TimeUnit.SECONDS)) {
        job.destroyForcibly();
        throw new IllegalStateException("the job runs on without a rank: " + said(model));
      }
      slowestMillis =
          Math.max(slowestMillis, TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun));
      requireWhole(model);
    }
    Process last = start(model);
    last.waitFor();
    requireDone(last, model);
    return "%d kills in %d jobs: each ended within %d ms, %d folders held a checkpoint; the losses are those of a job left alone"
        .formatted(killed, jobs, slowestMillis, resumed);
  }

  private void requireDone(Process job, Path model) throws IOException {
    if (job.exitValue() != 0) {
      throw new IllegalStateException("a resumed job failed: " + said(model));
    }
    List<String> found = losses(model);
    if (!found.equals(losses)) {
      throw new IllegalStateException("the losses of " + model + " are others: " + found);
    }
  }

  /** Opens what the job left, if it had come so far. */
  private void requireWhole(Path model) {
    if (Run.canResume(model)) {
      resumed++;
      Run.progressOf(model);
      LanguageModel.load(model).close();
    }
  }

  /** Kills one of the JVMs of a job; false if there is none yet. */
  private boolean kill(Process job) {
    List<ProcessHandle> machines =
        job.descendants()
            .filter(each -> each.info().command().orElse("").endsWith("java"))
            .toList();
    if (machines.isEmpty()) {
      job.destroyForcibly();
      return false;
    }
    return machines.get(random.nextInt(machines.size())).destroyForcibly();
  }

  private Process start(Path model) throws IOException, InterruptedException {
    List<String> arguments = new ArrayList<>(List.of("train", "--resume"));
    arguments.addAll(List.of("--corpus", corpus.toString(), "--model", model.toString()));
    arguments.addAll(List.of("--cell", "gru", "--hidden", "16", "--dropout", "0.2"));
    arguments.addAll(List.of("--batch", "6", "--bptt", "16", "--epochs", "2"));
    arguments.addAll(List.of("--checkpoint-every", "5", "--validate-every", "40"));
    arguments.addAll(List.of("--log-interval", "10", "--sample", "0", "--threads", "1"));
    return new ProcessBuilder(
            MpiJobs.command(starter, RANKS, Lm.class, arguments.toArray(String[]::new)))
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .redirectError(new File(model + ".err"))
        .start();
  }

  private static String said(Path model) throws IOException {
    return Files.readString(Path.of(model + ".err"));
  }

  /** The log without what depends on the clock. */
  private static List<String> losses(Path model) throws IOException {
    return Files.readAllLines(model.resolve(MetricsLog.FILE)).stream()
        .map(line -> line.replaceAll("\"(seconds|tokens_per_second)\":[^,}]*", ""))
        .map(line -> line.replaceAll(",+", ",").replace(",}", "}"))
        .toList();
  }

  private static String text(long seed) {
    Random random = new Random(seed);
    String[] words = {"anna", "ate", "a", "banana", "and", "the", "cat", "sat", "still"};
    StringBuilder text = new StringBuilder();
    while (text.length() < 12_000) {
      text.append(words[random.nextInt(words.length)]).append(random.nextInt(8) == 0 ? '\n' : ' ');
    }
    return text.toString();
  }
}
