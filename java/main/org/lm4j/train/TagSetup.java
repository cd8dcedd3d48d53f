package org.lm4j.train;

import org.lm4j.compute.Backend;
import org.lm4j.model.ModelFiles;
import org.lm4j.model.ModelKind;
import org.lm4j.model.Tagger;
import org.lm4j.model.TaggerConfig;
import org.lm4j.model.TaggerVocabulary;

/**
 * A tagger that is to learn from sentences.
 *
 * @param config of a new run; one that is continued has its own
 * @param vocabulary likewise
 */
public record TagSetup(TaggerConfig config, TaggerVocabulary vocabulary, TagData data)
    implements RunSetup<Tagger> {
  @Override
  public ModelKind kind() {
    return ModelKind.TAGGER;
  }

  @Override
  public void describe(ModelFiles files) {
    files.saveConfig(config);
    vocabulary.save(files);
  }

  @Override
  public Tagger create(ModelFiles files, Backend backend) {
    return new Tagger(backend, files.config(TaggerConfig.class), true);
  }

  @Override
  public void initialize(Tagger model, long seed) {
    model.initialize(seed);
  }

  @Override
  public Examples examples(Tagger model, ModelFiles files) {
    return new TagExamples(model, TaggerVocabulary.read(files, model.config()), data);
  }
}
