package org.lm4j.task;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.lm4j.io.Json;
import org.lm4j.nn.EncoderConfig;
import org.lm4j.task.caption.CaptionConfig;
import org.lm4j.task.classify.TextClassifierConfig;
import org.lm4j.task.embed.SkipGramConfig;
import org.lm4j.task.net.ImageFormat;
import org.lm4j.task.net.NetConfig;
import org.lm4j.task.seq2seq.Seq2SeqConfig;
import org.lm4j.task.tag.ConllColumns;
import org.lm4j.task.tag.TaggerConfig;
import org.lm4j.task.vqa.VqaConfig;

/** Files of configurations as they were written before the records were nested. */
class OldConfigTest {
  private static final String TAGGER =
      """
      {"kind": "tagger", "cell": "gru", "words": 11, "characters": 12, "tags": 13,
       "features": "7,8", "wordColumn": 2, "tagColumn": 0, "featureColumns": "3,4",
       "wordEmbedding": 21, "characterEmbedding": 22, "characterHidden": 23,
       "featureEmbedding": 24, "hidden": 25, "layers": 2, "bidirectional": false,
       "dropout": 0.25, "frozenWords": true}
      """;
  private static final String CLASSIFIER =
      """
      {"kind": "classifier", "cell": "rnn", "words": 11, "classes": 3, "embedding": 21,
       "hidden": 22, "layers": 2, "bidirectional": true, "pooling": "mean", "dropout": 0.5,
       "frozenWords": false}
      """;
  private static final String TRANSLATOR =
      """
      {"kind": "seq2seq", "cell": "lstm", "sourceLevel": "char", "targetLevel": "word",
       "sourceVocabulary": 11, "targetVocabulary": 12, "embedding": 21, "hidden": 22,
       "layers": 3, "bidirectional": true, "attention": 23, "dropout": 0}
      """;
  private static final String CAPTIONER =
      """
      {"kind": "caption", "cell": "lstm", "vocabulary": 11, "embedding": 21, "hidden": 22,
       "cells": 49, "features": 64, "attention": 23, "dropout": 0.1, "words": 30}
      """;
  private static final String VQA =
      """
      {"kind": "vqa", "cell": "lstm", "rows": 2, "columns": 3, "features": 64,
       "vocabulary": 11, "answers": 12, "embedding": 21, "hidden": 22, "seen": 23,
       "attention": 24, "hops": 2, "decision": 25, "dropout": 0.2}
      """;
  private static final String NET =
      """
      {"kind": "net", "channels": 3, "height": 32, "width": 31, "hidden": 21, "classes": 10,
       "loss": "svm", "dropout": 0.1, "reg": 0.001}
      """;
  private static final String EMBEDDINGS =
      """
      {"kind": "embeddings", "vocabulary": 11, "dimension": 21, "objective": "softmax",
       "negatives": 5, "window": 6, "subsample": 0.001, "subsampling": "paper"}
      """;

  static Stream<Arguments> files() {
    return Stream.of(
        Arguments.of(
            TAGGER,
            new TaggerConfig(
                "tagger",
                new TaggerConfig.Sizes(11, 12, 13, "7,8"),
                new TaggerConfig.ColumnNumbers(2, ConllColumns.LAST, "3,4"),
                new EncoderConfig("gru", 21, 25, 2, false, 0.25),
                new TaggerConfig.Widths(22, 23, 24),
                true)),
        Arguments.of(
            CLASSIFIER,
            new TextClassifierConfig(
                "classifier",
                11,
                3,
                new EncoderConfig("rnn", 21, 22, 2, true, 0.5),
                "mean",
                false,
                null)),
        Arguments.of(
            TRANSLATOR,
            new Seq2SeqConfig(
                "seq2seq",
                new Seq2SeqConfig.Sides("char", "word", 11, 12),
                new EncoderConfig("lstm", 21, 22, 3, true, 0),
                23)),
        Arguments.of(
            CAPTIONER,
            new CaptionConfig(
                "caption",
                11,
                new CaptionConfig.Image(49, 64),
                new CaptionConfig.WordGenerator("lstm", 21, 22, 23, 0.1),
                30)),
        Arguments.of(
            VQA,
            new VqaConfig(
                "vqa",
                new VqaConfig.Image(2, 3, 64),
                11,
                12,
                new VqaConfig.Shape(new VqaConfig.Reader("lstm", 21, 22), 23, 24, 2, 25, 0.2))),
        Arguments.of(
            NET, new NetConfig("net", new ImageFormat(3, 32, 31), 21, 10, "svm", 0.1, 0.001)),
        Arguments.of(
            EMBEDDINGS,
            new SkipGramConfig(
                "embeddings",
                11,
                21,
                "softmax",
                5,
                6,
                new SkipGramConfig.Frequent(0.001, "paper"))));
  }

  @ParameterizedTest
  @MethodSource("files")
  void aFileOfBeforeIsReadAsItWasMeant(String file, Record config) {
    assertThat((Object) Json.parse(file, "config.json", config.getClass())).isEqualTo(config);
  }

  @ParameterizedTest
  @MethodSource("files")
  void aFileOfTodayHasTheSameFields(String file, Record config) {
    assertThat(fields(Json.line(config))).containsExactlyInAnyOrderElementsOf(fields(file));
  }

  private static List<String> fields(String json) {
    return java.util.regex.Pattern.compile("\"\\w+\": *[^,}]*(?:,\\d+\")?")
        .matcher(json)
        .results()
        .map(match -> match.group().replace(" ", "").replace(":0.0", ":0").strip())
        .toList();
  }
}
