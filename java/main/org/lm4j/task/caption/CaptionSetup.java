package org.lm4j.task.caption;

import org.jspecify.annotations.Nullable;
import org.lm4j.compute.Backend;
import org.lm4j.model.ModelFiles;
import org.lm4j.model.ModelKind;
import org.lm4j.text.SentenceVocabulary;
import org.lm4j.train.Examples;
import org.lm4j.train.RunSetup;

/**
 * A captioner that is to learn.
 *
 * @param config of a new run; one that is continued has its own
 * @param vocabulary of the captions; the run's own where it is continued
 * @param training what to learn from
 * @param validation what to choose the best weights by, or null
 */
public record CaptionSetup(
    CaptionConfig config,
    SentenceVocabulary vocabulary,
    CaptionData training,
    @Nullable CaptionData validation)
    implements RunSetup<CaptionerNetwork> {
  @Override
  public ModelKind kind() {
    return ModelKind.CAPTION;
  }

  @Override
  public void describe(ModelFiles files) {
    files.saveVocabulary(ModelFiles.VOCABULARY, vocabulary.vocabulary());
    files.saveConfig(config);
  }

  @Override
  public CaptionerNetwork create(ModelFiles files, Backend backend) {
    return new CaptionerNetwork(backend, files.config(CaptionConfig.class), true);
  }

  @Override
  public void initialize(CaptionerNetwork model, long seed) {
    model.initialize(seed);
  }

  @Override
  public Examples examples(CaptionerNetwork model, ModelFiles files) {
    return new CaptionExamples(model, training, validation);
  }
}
