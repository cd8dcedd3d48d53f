package org.lm4j.train;

import org.jspecify.annotations.Nullable;
import org.lm4j.compute.Backend;
import org.lm4j.model.ModelFiles;
import org.lm4j.model.ModelKind;
import org.lm4j.model.Translator;
import org.lm4j.model.TranslatorConfig;
import org.lm4j.model.TranslatorTokens;

/**
 * A translator that is to learn.
 *
 * @param config of a new run; one that is continued has its own
 * @param tokens of both sides; the run's own where it is continued
 * @param training what to learn from
 * @param validation what to choose the best weights by, or null
 * @param rows pairs of a step
 */
public record TranslationSetup(
    TranslatorConfig config,
    TranslatorTokens tokens,
    TranslationSet training,
    @Nullable TranslationSet validation,
    int rows)
    implements RunSetup<Translator> {
  @Override
  public ModelKind kind() {
    return ModelKind.TRANSLATOR;
  }

  @Override
  public void describe(ModelFiles files) {
    tokens.save(files);
    files.saveConfig(config);
  }

  @Override
  public Translator create(ModelFiles files, Backend backend) {
    return new Translator(backend, files.config(TranslatorConfig.class), true);
  }

  @Override
  public void initialize(Translator model, long seed) {
    model.initialize(seed);
  }

  @Override
  public Examples examples(Translator model, ModelFiles files) {
    return new TranslationExamples(model, training, validation, rows);
  }
}
