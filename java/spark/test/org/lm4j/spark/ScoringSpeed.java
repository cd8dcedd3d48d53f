package org.lm4j.spark;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * The part of {@code scripts/spark-bench} on Spark: two executors of one core score the lines of a
 * text and write a table of tokens and surprisal. The arguments are the model's folder, the text,
 * the folder of the table, and a precision.
 *
 * <p>Prints the seconds from the start of the JVM until Spark is there, until an executor has
 * answered, and until the table is written, and then those of processors, of this process and of
 * the executors.
 */
final class ScoringSpeed {
  private ScoringSpeed() {}

  public static void main(String[] arguments) {
    SparkSession spark = Cluster.start("local-cluster[2,1,2048]", 1024);
    try {
      spark.sparkContext().setLogLevel("WARN");
      spark.conf().set("spark.sql.files.minPartitionNum", 16); // else a short text is one task
      spark.conf().set("spark.sql.files.openCostInBytes", 0);
      double started = seconds();
      spark.range(0, 2, 1, 2).count();
      double answered = seconds();
      Dataset<Row> lines = spark.read().text(arguments[1]);
      Lm4jScore.of(SharedModel.send(spark, Path.of(arguments[0])))
          .text("value")
          .columns(ScoreColumn.TOKENS, ScoreColumn.SURPRISAL)
          .apply(lines)
          .drop("value")
          .write()
          .option("sep", "\t")
          .csv(arguments[2]);
      System.out.printf(
          Locale.ROOT, "%.2f %.2f %.2f %.2f%n", started, answered, seconds(), processorSeconds());
    } finally {
      spark.stop();
    }
  }

  /** Returns how long this process has run. */
  private static double seconds() {
    long begun = ProcessHandle.current().info().startInstant().orElseThrow().toEpochMilli();
    return (System.currentTimeMillis() - begun) / 1e3;
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
