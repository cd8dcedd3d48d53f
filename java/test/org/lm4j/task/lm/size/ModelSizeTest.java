package org.lm4j.task.lm.size;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lm4j.backend.reference.ReferenceBackend;
import org.lm4j.compute.Cell;
import org.lm4j.compute.composed.CountingBackend;
import org.lm4j.model.DropoutRates;
import org.lm4j.task.lm.LanguageModelConfig;
import org.lm4j.task.lm.LanguageModelNetwork;
import org.lm4j.text.Level;
import org.lm4j.train.Recipe;
import org.lm4j.train.TrainingDefaults;

/** Sizes by name: their published numbers. */
class ModelSizeTest {
  /**
   * The numbers of weights: 4,653,200, and 20 and 66 million of Zaremba et al. with 10,000 words;
   * with 65 characters, and an embedding where char-rnn has none, those of its networks.
   */
  @ParameterizedTest
  @CsvSource({
    "small, word, 10000, 4653200",
    "medium, word, 10000, 19780400",
    "large, word, 10000, 66034000",
    "small, char, 65, 280897",
    "medium, char, 65, 4269121",
    "large, char, 65, 6370369"
  })
  void shapesHaveThePublishedNumbersOfWeights(
      String name, String level, int vocabulary, long weights) {
    ModelSize.Preset preset = size(name).at(Level.of(level));
    LanguageModelConfig config =
        new LanguageModelConfig(
            Cell.LSTM,
            vocabulary,
            preset.hidden(),
            preset.hidden(),
            preset.layers(),
            preset.rates(),
            false);
    try (ReferenceBackend backend = new ReferenceBackend();
        LanguageModelNetwork model =
            new LanguageModelNetwork(new CountingBackend(backend), config, false)) {
      assertThat(model.parameters().count()).isEqualTo(weights);
    }
  }

  /** Zaremba et al., sections 4.1; their loss is summed over the steps of a window. */
  @Test
  void wordsAreTrainedAsZarembaDid() {
    ModelSize.Preset medium = ModelSize.MEDIUM.at(Level.WORD);
    assertThat(medium.rates()).isEqualTo(DropoutRates.of(0.5));
    assertThat(medium.initialization().range()).isEqualTo(0.05);
    assertThat(medium.length().epochs()).isEqualTo(39.0);
    Recipe recipe = medium.recipe();
    assertThat(recipe.batch()).isEqualTo(20);
    assertThat(recipe.bptt()).isEqualTo(35);
    assertThat(recipe.optimizer().name()).isEqualTo("sgd");
    assertThat(recipe.optimizer().learningRate() / 35).isEqualTo(1.0);
    assertThat(recipe.clip().norm() * 35).isCloseTo(5, within(1e-12));
    assertThat(recipe.schedule().name()).isEqualTo("step");
    assertThat(recipe.schedule().after()).isEqualTo(6);
    assertThat(1 / recipe.schedule().decay()).isCloseTo(1.2, within(1e-12));
    ModelSize.Preset large = ModelSize.LARGE.at(Level.SUBWORD);
    assertThat(large.rates()).isEqualTo(DropoutRates.of(0.65));
    assertThat(large.recipe().clip().norm() * 35).isCloseTo(10, within(1e-12));
    assertThat(large.recipe().schedule().after()).isEqualTo(14);
    assertThat(large.length().epochs()).isEqualTo(55.0);
  }

  @Test
  void theSmallModelOfCharactersIsTheDefault() {
    ModelSize.Preset small = ModelSize.SMALL.at(Level.BYTE);
    assertThat(small.recipe()).isEqualTo(TrainingDefaults.LANGUAGE_MODEL.recipe());
    assertThat(small.length()).isEqualTo(TrainingDefaults.LANGUAGE_MODEL.length());
  }

  /** A rate of 35 is for SGD alone. */
  @Test
  void anotherOptimizerHasItsOwnRateAndLimit() {
    ModelSize.Preset medium = ModelSize.MEDIUM.at(Level.WORD);
    Recipe adam = medium.recipe("adam", null);
    assertThat(adam.optimizer().learningRate()).isEqualTo(0.002);
    assertThat(adam.clip().norm()).isEqualTo(5);
    assertThat(adam.bptt()).isEqualTo(35);
    assertThat(adam.schedule()).isEqualTo(medium.recipe().schedule());
    Recipe plateau = medium.recipe("sgd", "plateau");
    assertThat(plateau.optimizer()).isEqualTo(medium.recipe().optimizer());
    assertThat(plateau.schedule().decay()).isEqualTo(0.25);
  }

  private static ModelSize size(String label) {
    for (ModelSize size : ModelSize.values()) {
      if (size.label().equals(label)) {
        return size;
      }
    }
    throw new IllegalArgumentException(label);
  }
}
