package org.lm4j.cli;

import java.nio.file.Path;
import java.util.List;
import org.lm4j.compute.Backend;
import org.lm4j.model.ModelFiles;
import org.lm4j.model.ModelKind;
import org.lm4j.model.QuestionAnswerer;
import org.lm4j.model.QuestionConfig;
import org.lm4j.text.Vocabulary;
import org.lm4j.train.QuestionSet;
import org.lm4j.train.QuestionSource;

/**
 * What a folder says of a model that answers questions.
 *
 * @param vocabulary the words it knows
 * @param labels the answers it can give, in the order of its scores
 */
record VqaModel(
    ModelFiles files, QuestionConfig config, Vocabulary vocabulary, List<String> labels) {
  /**
   * Reads all but the weights.
   *
   * @throws org.lm4j.InputException if it is no such folder, or damaged
   */
  static VqaModel read(Path folder) {
    ModelFiles files = new ModelFiles(folder, ModelKind.VQA);
    QuestionConfig config = files.config(QuestionConfig.class);
    return new VqaModel(
        files,
        config,
        files.vocabulary(ModelFiles.VOCABULARY, config.vocabulary()),
        files.labels(config.answers()));
  }

  /** Questions in the model's numbers. */
  QuestionSet set(QuestionSource source) {
    return QuestionSet.of(source, config, vocabulary, labels);
  }

  /** With its weights; the caller closes it. */
  QuestionAnswerer open(Backend backend) {
    return QuestionAnswerer.open(files, backend);
  }
}
