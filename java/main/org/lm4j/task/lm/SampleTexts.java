package org.lm4j.task.lm;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.decode.SamplingOptions;
import org.lm4j.text.Level;
import org.lm4j.text.Vocabulary;

/**
 * Samples of a language model: a stretch of text, or a few lines where the model was trained on
 * lines. The same seed gives the same texts with the same weights.
 */
public final class SampleTexts {
  /** The usual length at the levels of characters and bytes. */
  public static final int CHARACTERS = 300;

  /** The usual length at the levels of words and subwords. */
  public static final int WORDS = 60;

  private static final int SEQUENCES = 5;

  private final GenerationUnit unit;
  private final String given;
  private final int[] prompt;
  private final int length;
  private final long seed;

  /**
   * Prepares samples.
   *
   * @param prompt text to continue; empty for texts from their beginning
   * @param length most tokens of a text; null for the usual length
   * @throws InputException if the vocabulary lacks something of the prompt and has no {@code
   *     <unk>}, or there is no prompt where the model needs one, see {@link
   *     GenerationUnit#canBegin}
   */
  public SampleTexts(GenerationUnit unit, String prompt, @Nullable Integer length, long seed) {
    if (prompt.isEmpty() && !unit.canBegin()) {
      throw InputException.naming(
          "the model reads nothing before the first token of a %s: give the beginning of samples by {samplePrompt}."
              .formatted(unit.segmentation().unit().label()));
    }
    this.unit = unit;
    this.given = prompt;
    this.prompt = unit.prompt(prompt);
    this.length = length != null ? length : usualLength(unit.vocabulary());
    this.seed = seed;
  }

  /** Returns the usual number of tokens. */
  public static int usualLength(Vocabulary vocabulary) {
    Level level = vocabulary.level();
    return level == Level.WORD || level == Level.SUBWORD ? WORDS : CHARACTERS;
  }

  /**
   * Returns a sample for each temperature, without the prompt; of several texts each begins a line,
   * and all but the first with the prompt. Bytes that are not UTF-8 are U+FFFD.
   */
  public List<String> texts(LanguageModelNetwork model, List<Double> temperatures) {
    try (Generator generator = new Generator(model, unit.vocabulary())) {
      return temperatures.stream().map(each -> text(generator, each)).toList();
    }
  }

  private String text(Generator generator, double temperature) {
    Generator.Request request =
        new Generator.Request(
                length, new SamplingOptions(temperature, 0, 1, false), seed, 0, List.of())
            .ending(unit);
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < (unit.hasEnd() ? SEQUENCES : 1); i++) {
      StringBuilder text = new StringBuilder();
      TextPieces pieces = new TextPieces(text::append);
      generator.generate(prompt, request.another(i), pieces);
      pieces.finish();
      texts.add(text.toString());
    }
    return String.join("\n" + given, texts);
  }
}
