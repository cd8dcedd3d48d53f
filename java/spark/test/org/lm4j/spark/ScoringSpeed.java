package org.lm4j.spark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.lm4j.task.lm.LanguageModel;
import org.lm4j.task.lm.line.LineScore;
import org.lm4j.task.lm.line.LineScoring;

/**
 * Measures how fast two executors of one core score the lines of a text: the model's folder, the
 * text, and how often. With a fourth argument one process of two threads scores them instead, as
 * {@code lm score} does. Each line has the seconds of the clock, those of processors, and a sum.
 */
final class ScoringSpeed {
  private ScoringSpeed() {}

  /** A way to score, which returns the sum of all surprisals. */
  private interface Scoring {
    double run() throws IOException;
  }

  public static void main(String[] arguments) throws IOException {
    Path model = Path.of(arguments[0]);
    int runs = Integer.parseInt(arguments[2]);
    if (arguments.length > 3) {
      alone(model, Path.of(arguments[1]), runs);
      return;
    }
    SparkSession spark = Cluster.start("local-cluster[2,1,2048]", 1024);
    Dataset<Row> lines = spark.read().text(arguments[1]).repartition(4).cache();
    System.out.println(lines.count() + " lines");
    SharedModel shared = SharedModel.send(spark, model);
    Dataset<Row> scored =
        Lm4jScore.of(shared).text("value").apply(lines).agg(functions.sum("surprisal"));
    measure(runs, () -> scored.first().getDouble(0));
    spark.stop();
  }

  private static void alone(Path model, Path text, int runs) throws IOException {
    try (LanguageModel loaded = LanguageModel.load(model)) {
      LineScoring options = LineScoring.of(loaded.segmentation());
      measure(
          runs,
          () -> {
            try (Stream<String> lines = Files.lines(text);
                Stream<LineScore> scores = loaded.score(lines, options)) {
              return scores.mapToDouble(LineScore::bits).sum();
            }
          });
    }
  }

  private static void measure(int runs, Scoring scoring) throws IOException {
    for (int i = 0; i < runs; i++) {
      double processors = processorSeconds();
      long begun = System.nanoTime();
      double sum = scoring.run();
      System.out.printf(
          "%.2f s, %.2f s of processors, %.4f bits%n",
          (System.nanoTime() - begun) / 1e9, processorSeconds() - processors, sum);
    }
  }

  /** Returns what this process and those it started have used. */
  private static double processorSeconds() {
    ProcessHandle here = ProcessHandle.current();
    return Stream.concat(Stream.of(here), here.descendants())
            .map(process -> process.info().totalCpuDuration().orElse(Duration.ZERO))
            .mapToLong(Duration::toMillis)
            .sum()
        / 1e3;
  }
}
