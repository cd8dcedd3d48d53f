package org.lm4j.cli.vqa;

import java.nio.file.Path;
import java.util.List;
import org.lm4j.compute.Backend;
import org.lm4j.model.ModelFiles;
import org.lm4j.model.ModelKind;
import org.lm4j.task.vqa.VqaConfig;
import org.lm4j.task.vqa.VqaData;
import org.lm4j.task.vqa.VqaNetwork;
import org.lm4j.text.Vocabulary;

/**
 * The files, configuration and vocabularies of a model that answers questions.
 *
 * @param vocabulary the words it knows
 * @param labels the answers it can give, in the order of its scores
 */
record VqaModel(ModelFiles files, VqaConfig config, Vocabulary vocabulary, List<String> labels) {
  /**
   * Reads all but the weights.
   *
   * @throws org.lm4j.InputException if it is not such a folder, or damaged
   */
  static VqaModel read(Path folder) {
    ModelFiles files = new ModelFiles(folder, ModelKind.VQA);
    VqaConfig config = files.config(VqaConfig.class);
    return new VqaModel(
        files,
        config,
        files.vocabulary(ModelFiles.VOCABULARY, config.vocabulary()),
        files.labels(config.answers()));
  }

  /** Returns questions as the model reads them. */
  VqaData set(VqaData.Source source) {
    return VqaData.of(source, config, vocabulary, labels);
  }

  /** Opens the network with its weights; the caller closes it. */
  VqaNetwork open(Backend backend) {
    return VqaNetwork.open(files, backend);
  }
}
