package org.lm4j.spark;

import java.nio.file.Path;
import org.lm4j.backend.BackendOptions;
import org.lm4j.compute.BlasChoice;
import org.lm4j.task.lm.LanguageModel;

/**
 * A small model of words, which all executors of the tests' cluster have.
 *
 * @param path its folder
 */
record WordModel(Path path, SharedModel shared) {
  /** Trains it in a folder and sends it. */
  static WordModel train(Path folder) {
    Path path = folder.resolve("words");
    Cluster.trainWords(path, 3);
    return new WordModel(path, SharedModel.send(Cluster.session(), path));
  }

  /** Loads it in this process, to compute with so many threads what the cluster should. */
  LanguageModel load(int threads) {
    return LanguageModel.load(path, new BackendOptions(threads).withBlas(BlasChoice.JAVA));
  }
}
