"""Scores the lines of a text on a cluster: the model's folder, then the text.

spark-submit --packages org.lm4j:lm4j-spark:0.1.0-SNAPSHOT score_lines.py models/java-source FILE
"""

import sys

from pyspark.sql import DataFrame, SparkSession

spark = SparkSession.builder.appName("score_lines").getOrCreate()
lm4j = spark.sparkContext._jvm.org.lm4j.spark
model = lm4j.SharedModel.of(spark._jsparkSession, sys.argv[1])

lines = spark.read.text(sys.argv[2])  # column value
scored = DataFrame(lm4j.Lm4jScore.of(model).text("value").apply(lines._jdf), spark)
scored.show(5, 60)

lm4j.Lm4jFunctions.register(spark._jsparkSession, model)
lines.createOrReplaceTempView("lines")
spark.sql("SELECT round(lm4j_surprisal(value), 2) AS bits, value FROM lines LIMIT 5").show()
spark.stop()
