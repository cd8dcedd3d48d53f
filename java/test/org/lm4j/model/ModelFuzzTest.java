package org.lm4j.model;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.lm4j.InputException;
import org.lm4j.compute.Cell;
import org.lm4j.io.SafetensorsFile;
import org.lm4j.task.lm.ImportedWeights;
import org.lm4j.task.lm.LanguageModelConfig;
import org.lm4j.task.lm.LanguageModelWeights;
import org.lm4j.task.lm.VocabularyList;
import org.lm4j.task.tag.TaggerConfig;
import org.lm4j.text.Level;
import org.lm4j.text.Vocabulary;
import org.lm4j.text.VocabularyChecks;

/**
 * Any bytes in place of a vocabulary, a configuration or weights give a value or an {@link
 * InputException} in one sentence. An ordinary test run tries the seeds in {@code
 * ModelFuzzTestInputs}; {@code scripts/fuzz} searches for more.
 */
class ModelFuzzTest {
  private static final Path FOLDER = folder();

  @FuzzTest(maxDuration = "60s")
  void vocabulary(byte[] bytes) throws IOException {
    for (String name : new String[] {"tokens.json", "tokens.txt"}) {
      Path file = Files.write(FOLDER.resolve(name), bytes);
      for (Level level : Level.values()) {
        try {
          Vocabulary vocabulary = VocabularyList.read(file, level).vocabulary();
          require(vocabulary.size() > 0, "a vocabulary has tokens");
          for (int id = 0; id < vocabulary.size(); id++) {
            require(vocabulary.id(vocabulary.token(id)) == id, "each token has its id");
          }
          VocabularyChecks.findings(vocabulary);
        } catch (InputException expected) {
          requireSentence(expected, file);
        }
      }
    }
  }

  @FuzzTest(maxDuration = "60s")
  void config(byte[] bytes) throws IOException {
    Files.write(FOLDER.resolve(ModelFiles.CONFIG), bytes);
    try {
      ModelKind.of(FOLDER);
    } catch (InputException expected) {
      requireSentence(expected, FOLDER);
    }
    try {
      LanguageModelConfig.read(new ModelFiles(FOLDER, ModelKind.LANGUAGE_MODEL));
    } catch (InputException expected) {
      requireSentence(expected, FOLDER);
    }
    try {
      new ModelFiles(FOLDER, ModelKind.TAGGER).config(TaggerConfig.class);
    } catch (InputException expected) {
      requireSentence(expected, FOLDER);
    }
  }

  /** The bytes are those of the header: a file whose data are missing is refused before. */
  @FuzzTest(maxDuration = "60s")
  void weights(byte[] bytes) throws IOException {
    Path file = Files.write(FOLDER.resolve("weights"), bytes);
    for (Cell cell : new Cell[] {Cell.RNN_TANH, Cell.LSTM}) {
      try (SafetensorsFile tensors = SafetensorsFile.open(file);
          ImportedWeights weights = new ImportedWeights(tensors, file)) {
        LanguageModelWeights.infer(weights, file, cell, 0);
      } catch (InputException expected) {
        requireSentence(expected, file);
      }
    }
  }

  private static void requireSentence(InputException e, Path file) {
    String message = String.valueOf(e.getMessage());
    require(
        message.contains(file.toString()) && message.lines().count() == 1,
        "one sentence with the file's name: " + message);
  }

  private static void require(boolean holds, String what) {
    if (!holds) {
      throw new AssertionError(what);
    }
  }

  private static Path folder() {
    try {
      Path folder = Files.createTempDirectory("lm4j-model-fuzz");
      folder.toFile().deleteOnExit();
      return folder;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
