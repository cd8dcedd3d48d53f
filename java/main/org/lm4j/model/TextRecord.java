package org.lm4j.model;

import java.util.ArrayList;
import java.util.List;
import org.lm4j.text.Corpus;
import org.lm4j.text.CorpusBuilder;
import org.lm4j.text.Sources;
import org.lm4j.text.token.CorpusStats;

/** Makes the record of a training that begins with a text. */
public final class TextRecord {
  private TextRecord() {}

  /**
   * Returns the record of a training that begins now.
   *
   * @param input the text, which has been read
   * @param corpus made of it
   */
  public static TrainingRecord of(CorpusBuilder.Input input, Corpus corpus) {
    List<TrainingRecord.Data> data = new ArrayList<>();
    add(data, "training", input.training());
    Sources validation = input.validation();
    if (validation != null) {
      add(data, "validation", validation);
    }
    CorpusStats held = corpus.validStats();
    TrainingRecord.Text size =
        new TrainingRecord.Text(
            corpus.vocabulary().size(),
            TrainingRecord.Counts.of(corpus.trainStats().text()),
            held == null ? null : TrainingRecord.Counts.of(held.targets()));
    return TrainingRecord.begun().withData(data, size);
  }

  private static void add(List<TrainingRecord.Data> data, String use, Sources sources) {
    sources.prints().forEach(print -> data.add(TrainingRecord.Data.of(use, print)));
  }
}
