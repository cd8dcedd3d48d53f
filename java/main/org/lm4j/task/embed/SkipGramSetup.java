package org.lm4j.task.embed;

import java.util.Objects;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.compute.Backend;
import org.lm4j.model.ModelFiles;
import org.lm4j.model.ModelKind;
import org.lm4j.text.Corpus;
import org.lm4j.text.CorpusBuilder;
import org.lm4j.text.CorpusSpec;
import org.lm4j.text.Sources;
import org.lm4j.text.TokenFile;
import org.lm4j.text.Vocabulary;
import org.lm4j.train.Examples;
import org.lm4j.train.RunSetup;

/**
 * Vectors that are to be learned from a text. The words are counted in {@code train.tokens}, which
 * stays in the model folder.
 *
 * @param text of a new run; null for one that is continued
 */
public record SkipGramSetup(@Nullable Text text) implements RunSetup<SkipGram> {
  /**
   * What a new run learns from, and how.
   *
   * @param spec how text becomes words
   * @param validation the held-out text; null: the specification's fraction is held back
   * @param shape gives the configuration, told the size of the vocabulary
   */
  public record Text(
      CorpusSpec spec,
      Sources training,
      @Nullable Sources validation,
      IntFunction<SkipGramConfig> shape,
      CorpusBuilder.Progress progress) {}

  @Override
  public ModelKind kind() {
    return ModelKind.EMBEDDINGS;
  }

  @Override
  public void describe(ModelFiles files) {
    Text given = Objects.requireNonNull(text);
    Corpus corpus =
        CorpusBuilder.build(
            given.spec, given.training, given.validation, files.path(), given.progress);
    try {
      files.saveConfig(given.shape.apply(corpus.vocabulary().size()));
    } catch (IllegalArgumentException e) {
      throw new InputException(e.getMessage() + ".", e);
    }
    files.saveVocabulary(ModelFiles.VOCABULARY, corpus.vocabulary());
  }

  @Override
  public SkipGram create(ModelFiles files, Backend backend) {
    return new SkipGram(backend, files.config(SkipGramConfig.class), true);
  }

  @Override
  public void initialize(SkipGram model, long seed) {
    model.initialize(seed);
  }

  @Override
  public Examples examples(SkipGram model, ModelFiles files) {
    int size = model.config().vocabulary();
    Vocabulary vocabulary = files.vocabulary(ModelFiles.VOCABULARY, size);
    TokenFile training = open(files, CorpusBuilder.TRAIN, size);
    TokenFile validation = null;
    try {
      validation =
          files.hasTokens(CorpusBuilder.VALID) ? open(files, CorpusBuilder.VALID, size) : null;
      return new SkipGramExamples(model, vocabulary, training, validation);
    } catch (RuntimeException e) {
      training.close();
      if (validation != null) {
        validation.close();
      }
      throw e;
    }
  }

  private static TokenFile open(ModelFiles files, String name, int vocabulary) {
    TokenFile tokens = files.tokens(name);
    if (tokens.vocabularySize() != vocabulary) {
      tokens.close();
      throw new InputException(
          "%s was written with a vocabulary of %d, but the model has %d words"
              .formatted(tokens.path(), tokens.vocabularySize(), vocabulary));
    }
    return tokens;
  }
}
