package org.lm4j.task.tag;

import java.util.function.BiConsumer;
import org.lm4j.compute.Backend;
import org.lm4j.model.ModelFiles;
import org.lm4j.model.ModelKind;
import org.lm4j.tensor.Tensor;
import org.lm4j.train.Examples;
import org.lm4j.train.RunSetup;

/**
 * A tagger that is to learn from sentences.
 *
 * @param config of a new run; one that is continued has its own
 * @param vocabulary likewise
 * @param firstWords fills the embeddings of words of a new run, or leaves them as they were drawn
 */
public record TaggerSetup(
    TaggerConfig config,
    TaggerVocabulary vocabulary,
    TaggerData data,
    BiConsumer<Backend, Tensor> firstWords)
    implements RunSetup<TaggerNetwork> {
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
  public TaggerNetwork create(ModelFiles files, Backend backend) {
    return new TaggerNetwork(backend, files.config(TaggerConfig.class), true);
  }

  @Override
  public void initialize(TaggerNetwork model, long seed) {
    model.initialize(seed);
    firstWords.accept(model.backend(), model.parameters().get(TaggerNetwork.WORDS).value());
  }

  @Override
  public Examples examples(TaggerNetwork model, ModelFiles files) {
    return new TaggerExamples(model, TaggerVocabulary.read(files, model.config()), data);
  }
}
