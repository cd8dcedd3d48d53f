package org.lm4j.spark;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;
import org.lm4j.task.lm.LanguageModel;
import org.lm4j.task.lm.LanguageModelOptions;
import org.lm4j.text.Level;
import org.lm4j.text.token.Segmentation;
import org.lm4j.train.Recipe;

/**
 * Two executors, each a process of one core, and small models. SPARK_HOME has the jars of Spark in
 * its folder jars.
 */
final class Cluster {
  private static @Nullable SparkSession session;

  private Cluster() {}

  /** Returns the session that all tests share. */
  static synchronized SparkSession session() {
    SparkSession found = session;
    if (found == null) {
      found = start("local-cluster[2,1,2048]", 1024);
      session = found;
    }
    return found;
  }

  /**
   * Starts an application.
   *
   * @param mebibytes heap of an executor
   */
  static SparkSession start(String master, int mebibytes) {
    Path spark = Path.of(System.getenv("SPARK_HOME"), "jars");
    String parts =
        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
            .map(Path::of)
            .filter(part -> !Files.exists(spark.resolve(part.getFileName())))
            .map(part -> part.toAbsolutePath().toString())
            .collect(Collectors.joining(File.pathSeparator));
    return SparkSession.builder()
        .master(master)
        .appName("lm4j")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.executor.memory", mebibytes + "m")
        .config("spark.executor.extraClassPath", parts)
        .config("spark.executor.extraJavaOptions", "-XX:+UseSerialGC")
        .config("spark.sql.extensions", "org.lm4j.spark.Lm4jExtensions")
        .getOrCreate();
  }

  /** Returns a table of numbered texts. */
  static Dataset<Row> table(List<@Nullable String> texts) {
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < texts.size(); i++) {
      rows.add(RowFactory.create(i, texts.get(i)));
    }
    StructType schema =
        new StructType().add("id", DataTypes.IntegerType).add("text", DataTypes.StringType);
    return session().createDataFrame(rows, schema);
  }

  /** Computes a table and returns its rows by their numbers. */
  static List<Row> sorted(Dataset<Row> table) {
    List<Row> rows = new ArrayList<>(table.collectAsList());
    rows.sort(Comparator.comparingInt(row -> row.getInt(0)));
    return rows;
  }

  /**
   * Computes while one of the two executors is killed, once four tasks of a stage have ended.
   *
   * @throws IllegalStateException if the computation ends before that
   */
  static <T> T whileOneIsKilled(Supplier<T> computation) throws InterruptedException {
    List<ProcessHandle> executors =
        ProcessHandle.current()
            .descendants()
            .filter(
                process ->
                    process
                        .info()
                        .commandLine()
                        .orElse("")
                        .contains("CoarseGrainedExecutorBackend"))
            .toList();
    AtomicBoolean over = new AtomicBoolean();
    Thread killer =
        Thread.ofPlatform()
            .start(
                () -> {
                  while (finished() < 4 && !over.get()) {
                    LockSupport.parkNanos(10_000_000);
                  }
                  if (!over.get()) {
                    executors.getFirst().destroyForcibly();
                    executors.getFirst().onExit().orTimeout(30, TimeUnit.SECONDS).join();
                  }
                });
    T result = computation.get();
    over.set(true);
    killer.join();
    if (executors.size() != 2 || executors.getFirst().isAlive()) {
      throw new IllegalStateException("no executor was killed of " + executors.size());
    }
    return result;
  }

  /** Returns how many tasks of the running stages have ended. */
  private static int finished() {
    var tracker = session().sparkContext().statusTracker();
    int done = 0;
    for (int stage : tracker.getActiveStageIds()) {
      var info = tracker.getStageInfo(stage);
      done += info.isDefined() ? info.get().numCompletedTasks() : 0;
    }
    return done;
  }

  /** Returns lines of words, some of which no model knows, of very different lengths. */
  static List<@Nullable String> lines(int count, long seed) {
    Random random = new Random(seed);
    List<@Nullable String> lines = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int words = random.nextInt(8) == 0 ? random.nextInt(90) : random.nextInt(12);
      List<String> line = new ArrayList<>();
      for (int w = 0; w < words; w++) {
        line.add(random.nextInt(20) == 0 ? "zzz" + w : "w" + random.nextInt(60));
      }
      lines.add(random.nextInt(30) == 0 ? null : String.join(" ", line));
    }
    return lines;
  }

  /** Trains a small model of words, each line a sequence. */
  static void trainWords(Path folder, long seed) {
    String text =
        lines(900, 1).stream()
            .map(line -> line == null ? "" : line.replaceAll("zzz\\d+", "<unk>"))
            .collect(Collectors.joining("\n"));
    LanguageModel.train(
        text + "\n",
        LanguageModelOptions.defaults()
            .level(Level.WORD)
            .hidden(40)
            .layers(2)
            .segmentation(Segmentation.LINES),
        Recipe.defaults().steps(30).seed(seed),
        folder,
        _ -> {});
  }
}
