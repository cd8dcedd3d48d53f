package org.lm4j.task.lm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lm4j.InputException;
import org.lm4j.backend.cpu.CpuBackend;
import org.lm4j.compute.Backend;
import org.lm4j.compute.Cell;
import org.lm4j.model.DropoutRates;
import org.lm4j.model.ModelFiles;
import org.lm4j.model.ModelKind;
import org.lm4j.tensor.Tensor;
import org.lm4j.text.Level;
import org.lm4j.text.Vocabulary;

class ModelFolderTest {
  @TempDir private Path folder;

  private static final Vocabulary BYTES = Vocabulary.bytes();

  private static LanguageModelConfig config(DropoutRates rates) {
    return new LanguageModelConfig(Cell.GRU, BYTES.size(), 20, 7, 2, rates, false);
  }

  @Test
  void theConfigurationComesBackAsItWas() {
    LanguageModelConfig saved = config(new DropoutRates(0.3, 0.2, 0.4));
    ModelFiles model = new ModelFiles(folder, ModelKind.LANGUAGE_MODEL);
    saved.save(model, BYTES);
    assertThat(LanguageModelConfig.read(model)).isEqualTo(saved);
    assertThat(LanguageModelConfig.vocabulary(model).level()).isEqualTo(Level.BYTE);
  }

  @Test
  void aFolderWithOneDropoutRateUsesItForAllThree() throws IOException {
    ModelFiles model = new ModelFiles(folder, ModelKind.LANGUAGE_MODEL);
    config(new DropoutRates(0.3, 0.2, 0.4)).save(model, BYTES);
    Path file = folder.resolve("config.json");
    String old =
        Files.readString(file).replaceAll("\"(embeddingDropout|weightDropout)\"[^\n]*\n", "");
    assertThat(old).doesNotContain("embeddingDropout", "weightDropout");
    Files.writeString(file, old);
    Files.delete(folder.resolve("manifest.json")); // as such a folder has none
    assertThat(LanguageModelConfig.read(model).rates()).isEqualTo(DropoutRates.of(0.3));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 4095, 4096, 5119})
  void aNanIsFoundAtAnyPosition(int place) {
    ModelFiles folderOfModel = new ModelFiles(folder, ModelKind.LANGUAGE_MODEL);
    try (Backend backend = new CpuBackend(null, 1);
        LanguageModelNetwork model =
            new LanguageModelNetwork(backend, config(DropoutRates.NONE), false)) {
      model.initialize(Initialization.DEFAULT, 1);
      Tensor table = model.parameters().get(LanguageModelNetwork.ENCODER_WEIGHT).value();
      assertThat(table.size()).isEqualTo(5120);
      model.config().save(folderOfModel, BYTES);
      folderOfModel.saveWeights(model);
      LanguageModelNetwork.open(folderOfModel, backend, false).close();
      table.set(place, Double.NaN);
      folderOfModel.saveWeights(model);
      assertThatThrownBy(() -> LanguageModelNetwork.open(folderOfModel, backend, false))
          .isInstanceOf(InputException.class)
          .hasMessageContaining("encoder.weight holds 1 numbers that are NaN");
    }
  }

  @Test
  void infinitiesAreFoundAndTheLargestNumbersAreNot() {
    ModelFiles folderOfModel = new ModelFiles(folder, ModelKind.LANGUAGE_MODEL);
    try (Backend backend = new CpuBackend(null, 1);
        LanguageModelNetwork model =
            new LanguageModelNetwork(backend, config(DropoutRates.NONE), false)) {
      Tensor table = model.parameters().get(LanguageModelNetwork.ENCODER_WEIGHT).value();
      double[] finite = {Float.MAX_VALUE, -Float.MAX_VALUE, Float.MIN_VALUE, -0.0, 0, -1};
      for (int i = 0; i < finite.length; i++) {
        table.set(i, finite[i]);
      }
      model.config().save(folderOfModel, BYTES);
      folderOfModel.saveWeights(model);
      LanguageModelNetwork.open(folderOfModel, backend, false).close();
      table.set(100, Double.POSITIVE_INFINITY);
      table.set(101, Double.NEGATIVE_INFINITY);
      folderOfModel.saveWeights(model);
      assertThatThrownBy(() -> LanguageModelNetwork.open(folderOfModel, backend, false))
          .isInstanceOf(InputException.class)
          .hasMessageContaining("encoder.weight holds 2 numbers that are NaN or infinite");
    }
  }
}
