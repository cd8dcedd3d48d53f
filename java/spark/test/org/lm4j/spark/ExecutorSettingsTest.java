package org.lm4j.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.apache.spark.SparkConf;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What an executor computes with, by its configuration. */
class ExecutorSettingsTest {
  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '"',
      value = {
        "\"local-cluster[2,3,1024]\", 3",
        "\"local[4]\", 4",
        "\"local[5,2]\", 5",
        "\"local[*]\", 16",
        "local, 1",
        "\"spark://host:7077\", 16"
      })
  void theBackendHasAsManyThreadsAsTheExecutorHasCores(String master, int threads) {
    SparkConf conf = new SparkConf(false).setMaster(master);
    assertThat(ExecutorSettings.of(conf, 16).threads()).isEqualTo(threads);
    conf.set("spark.executor.cores", "7");
    assertThat(ExecutorSettings.of(conf, 16).threads()).isEqualTo(7);
    conf.set("spark.lm4j.threads", "2");
    assertThat(ExecutorSettings.of(conf, 16).threads()).isEqualTo(2);
  }

  @Test
  void valuesThatDoNotExistAreNamed() {
    SparkConf conf = new SparkConf(false).set("spark.lm4j.threads", "two");
    assertThatThrownBy(() -> ExecutorSettings.of(conf, 1))
        .hasMessage("spark.lm4j.threads is two, not a number");
    conf.set("spark.lm4j.threads", "0");
    assertThatThrownBy(() -> ExecutorSettings.of(conf, 1))
        .hasMessage("spark.lm4j.threads is 0; at least 1 is needed");
    conf.remove("spark.lm4j.threads").set("spark.lm4j.precision", "fp64");
    assertThatThrownBy(() -> ExecutorSettings.of(conf, 1))
        .hasMessage("spark.lm4j.precision is fp64; there are [fp32, tf32, bf16, int8]");
    conf.remove("spark.lm4j.precision").set("spark.lm4j.device", "tpu");
    assertThatThrownBy(() -> ExecutorSettings.of(conf, 1))
        .hasMessage("spark.lm4j.device is tpu; there are auto, cpu, cuda, reference");
  }
}
