package examples;

import org.apache.spark.sql.SparkSession;

/**
 * Runs statements of SQL and shows what each returns, one after the other. The functions of lm4j
 * come from the extension {@code org.lm4j.spark.Lm4jExtensions}.
 */
public final class RunSql {
  public static void main(String[] statements) {
    SparkSession spark = SparkSession.builder().appName("RunSql").getOrCreate();
    for (String statement : statements) {
      spark.sql(statement).show(20, 60);
    }
    spark.stop();
  }
}
