package examples;

import java.nio.file.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.lm4j.spark.Lm4jFunctions;
import org.lm4j.spark.Lm4jScore;
import org.lm4j.spark.SharedModel;

/** Scores the lines of a text on a cluster: the model's folder, then the text. */
public final class ScoreLines {
  public static void main(String[] arguments) {
    SparkSession spark = SparkSession.builder().appName("ScoreLines").getOrCreate();
    SharedModel model = SharedModel.send(spark, Path.of(arguments[0]));
    Dataset<Row> lines = spark.read().text(arguments[1]); // column value
    Lm4jScore.of(model).text("value").apply(lines).show(5, 60);

    Lm4jFunctions.register(spark, model);
    lines.createOrReplaceTempView("lines");
    spark.sql("SELECT round(lm4j_surprisal(value), 2) AS bits, value FROM lines LIMIT 5").show();
    spark.stop();
  }
}
