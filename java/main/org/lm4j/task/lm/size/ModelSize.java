package org.lm4j.task.lm.size;

import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.lm4j.model.DropoutRates;
import org.lm4j.task.lm.Initialization;
import org.lm4j.task.lm.LanguageModelOptions;
import org.lm4j.text.Level;
import org.lm4j.train.Recipe;
import org.lm4j.train.RunLength;
import org.lm4j.train.TrainingDefaults;

/**
 * A size of a language model by name: its shape with the training that suits it.
 *
 * <p>At character and byte level these are the networks of Karpathy's char-rnn: its default, and
 * the two of "The Unreasonable Effectiveness of Recurrent Neural Networks", 2015, with dropout 0.5
 * (there, as here, none of the input) and char-rnn's decay of the rate. They are trained with Adam
 * in place of RMSprop.
 *
 * <p>At word and subword level they are those of Zaremba, Sutskever and Vinyals, "Recurrent Neural
 * Network Regularization", 2014. They sum the loss over the {@code T} steps of a window, of which
 * the mean is taken here, so their rate is multiplied by {@code T} and their limit of the norm
 * divided by it.
 */
public enum ModelSize {
  /** Characters: LSTM 2 × 128. Words: 2 × 200. */
  SMALL,
  /** Characters: LSTM 2 × 512. Words: 2 × 650. */
  MEDIUM,
  /** Characters: LSTM 3 × 512. Words: 2 × 1500. */
  LARGE;

  /**
   * The shape and the training of a size at a level.
   *
   * @param layers recurrent layers {@code L}
   * @param hidden width {@code H} of a layer, and of the embedding
   * @param rates of dropout
   * @param initialization of the weights
   * @param recipe of the training
   * @param length of the training
   */
  public record Preset(
      int layers,
      int hidden,
      DropoutRates rates,
      Initialization initialization,
      Recipe recipe,
      RunLength length) {

    /** Returns options with this shape; of the rates, the dropout of units alone. */
    public LanguageModelOptions applyTo(LanguageModelOptions options) {
      return options.layers(layers).hidden(hidden).embedding(hidden).dropout(rates.units());
    }

    /**
     * Returns the recipe for an optimizer and a schedule, with their own defaults where they are
     * not those of the size: a rate for SGD would ruin a training by Adam.
     *
     * @param optimizer its name; null for that of the size
     * @param schedule its name; null for that of the size
     * @throws IllegalArgumentException for an unknown name
     */
    public Recipe recipe(@Nullable String optimizer, @Nullable String schedule) {
      String rule = Objects.requireNonNullElse(optimizer, recipe.optimizer().name());
      String course = Objects.requireNonNullElse(schedule, recipe.schedule().name());
      Recipe usual = TrainingDefaults.LANGUAGE_MODEL.recipe(rule, course);
      boolean otherRule = !rule.equals(recipe.optimizer().name());
      boolean otherCourse = !course.equals(recipe.schedule().name());
      return new Recipe(
          recipe.batch(),
          recipe.bptt(),
          otherRule ? usual.optimizer() : recipe.optimizer(),
          otherCourse ? usual.schedule() : recipe.schedule(),
          otherRule ? usual.clip() : recipe.clip(),
          recipe.seed());
    }
  }

  /** Returns the name users write. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Returns the shape and the training at a level. */
  public Preset at(Level level) {
    return switch (level) {
      case CHAR, BYTE -> ofCharacters();
      case WORD, SUBWORD -> ofWords();
    };
  }

  private Preset ofCharacters() {
    TrainingDefaults usual = TrainingDefaults.LANGUAGE_MODEL;
    if (this == SMALL) {
      return new Preset(
          2, 128, DropoutRates.NONE, Initialization.DEFAULT, usual.recipe(), usual.length());
    }
    Recipe adam = usual.recipe();
    Recipe recipe =
        new Recipe(
            50,
            100,
            adam.optimizer(),
            new Recipe.ScheduleChoice("step", 0.97, 1, 10, 0, 0),
            adam.clip(),
            adam.seed());
    return new Preset(
        this == MEDIUM ? 2 : 3,
        512,
        new DropoutRates(0.5, 0, 0),
        Initialization.DEFAULT,
        recipe,
        new RunLength(50.0, null, null));
  }

  private Preset ofWords() {
    return switch (this) {
      case SMALL -> words(200, 0, new Zaremba(20, 5, 0.1, 0.5, 4, 13));
      case MEDIUM -> words(650, 0.5, new Zaremba(35, 5, 0.05, 1 / 1.2, 6, 39));
      case LARGE -> words(1500, 0.65, new Zaremba(35, 10, 0.04, 1 / 1.15, 14, 55));
    };
  }

  /**
   * Their numbers.
   *
   * @param steps of a window
   * @param norm limit of the gradient of a loss that is summed over a window
   * @param range of the initial weights
   * @param decay factor of the rate after each epoch
   * @param after epoch, from 0, at which it begins to decay
   * @param epochs in all
   */
  private record Zaremba(
      int steps, double norm, double range, double decay, int after, double epochs) {}

  private static Preset words(int hidden, double dropout, Zaremba numbers) {
    Recipe recipe =
        new Recipe(
            20,
            numbers.steps,
            new Recipe.OptimizerChoice("sgd", numbers.steps, TrainingDefaults.MOMENTUM, 0),
            new Recipe.ScheduleChoice("step", numbers.decay, 1, numbers.after, 0, 0),
            new Recipe.ClipChoice(numbers.norm / numbers.steps, 0),
            TrainingDefaults.SEED);
    return new Preset(
        2,
        hidden,
        DropoutRates.of(dropout),
        new Initialization(numbers.range, 0),
        recipe,
        new RunLength(numbers.epochs, null, null));
  }
}
