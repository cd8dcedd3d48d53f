package org.lm4j.task.lm;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lm4j.compute.Cell;
import org.lm4j.model.DropoutRates;
import org.lm4j.text.CorpusBuilder;
import org.lm4j.text.CorpusSpec;
import org.lm4j.text.Level;
import org.lm4j.text.Sources;
import org.lm4j.text.Vocabulary;
import org.lm4j.text.subword.SubwordTokenizer;
import org.lm4j.text.token.Segmentation;
import org.lm4j.train.Origin;

/**
 * The options of a new language model: its tokens and the shape of its network. Immutable; every
 * method with an argument returns a changed copy.
 *
 * <pre>
 *   LanguageModelOptions.defaults().level(Level.WORD).hidden(200).dropout(0.3)
 * </pre>
 *
 * @param level what a token is: a character, a byte, a word or a subword
 * @param shape of the network
 * @param minCount tokens rarer than this in the training text become {@code <unk>}; 1 keeps all
 * @param validFraction the part of the text at its end that is held out to choose the best weights
 *     by, in [0, 1); 0 for none
 * @param output the output layer, tied or not as {@code shape} has it
 * @param tokens what is known of the vocabulary before the text is read
 * @param segmentation how the text is divided into sequences
 */
public record LanguageModelOptions(
    Level level,
    Shape shape,
    int minCount,
    double validFraction,
    OutputConfig output,
    Tokens tokens,
    Segmentation segmentation) {
  private static final LanguageModelOptions DEFAULTS =
      new LanguageModelOptions(
          Level.CHAR,
          new Shape(Cell.LSTM, 0, 128, 2, 0, false),
          1,
          0.05,
          OutputConfig.full(false),
          new Tokens(0, null),
          Segmentation.STREAM);

  /**
   * The shape of the network.
   *
   * @param cell of the recurrent layers
   * @param embedding width {@code D} of the embedding; 0 for that of the recurrent layers
   * @param hidden width {@code H} of the recurrent layers
   * @param layers their number {@code L}
   * @param dropout probability of dropping a unit in training, in [0, 1)
   * @param tied whether the output layer uses the table of the embedding; needs {@code D = H}
   */
  public record Shape(
      Cell cell, int embedding, int hidden, int layers, double dropout, boolean tied) {}

  /**
   * What is known of the vocabulary before the text is read.
   *
   * @param size the largest number of tokens, {@code <unk>} and {@code <eos>} included; 0 for no
   *     limit, of subwords {@value CorpusSpec#SUBWORDS}
   * @param tokenizer the tokenizer of subwords; null for one that is learned from the text
   */
  public record Tokens(int size, @Nullable SubwordTokenizer tokenizer) {}

  /** Returns the defaults, the same as those of the command line. */
  public static LanguageModelOptions defaults() {
    return DEFAULTS;
  }

  /** Sets what a token is. */
  public LanguageModelOptions level(Level value) {
    return new LanguageModelOptions(
        value, shape, minCount, validFraction, output, tokens, segmentation);
  }

  /** Sets the cell of the recurrent layers. */
  public LanguageModelOptions cell(Cell value) {
    return with(
        new Shape(value, shape.embedding, shape.hidden, shape.layers, shape.dropout, shape.tied));
  }

  /** Sets the width of the embedding; 0 for that of the recurrent layers. */
  public LanguageModelOptions embedding(int width) {
    return with(
        new Shape(shape.cell, width, shape.hidden, shape.layers, shape.dropout, shape.tied));
  }

  /** Sets the width of the recurrent layers. */
  public LanguageModelOptions hidden(int width) {
    return with(
        new Shape(shape.cell, shape.embedding, width, shape.layers, shape.dropout, shape.tied));
  }

  /** Sets the number of recurrent layers. */
  public LanguageModelOptions layers(int number) {
    return with(
        new Shape(shape.cell, shape.embedding, shape.hidden, number, shape.dropout, shape.tied));
  }

  /** Sets the probability of dropping a unit in training. */
  public LanguageModelOptions dropout(double probability) {
    return with(
        new Shape(
            shape.cell, shape.embedding, shape.hidden, shape.layers, probability, shape.tied));
  }

  /** Sets whether the output layer uses the table of the embedding. */
  public LanguageModelOptions tied(boolean value) {
    return with(
        new Shape(shape.cell, shape.embedding, shape.hidden, shape.layers, shape.dropout, value));
  }

  /** Sets how often a token must occur in the training text not to become {@code <unk>}. */
  public LanguageModelOptions minCount(int count) {
    return new LanguageModelOptions(
        level, shape, count, validFraction, output, tokens, segmentation);
  }

  /** Sets the part of the text at its end that is held out. */
  public LanguageModelOptions validFraction(double fraction) {
    return new LanguageModelOptions(level, shape, minCount, fraction, output, tokens, segmentation);
  }

  /** Sets the output layer, for large vocabularies; {@link #tied(boolean)} remains as it is. */
  public LanguageModelOptions output(OutputConfig value) {
    return new LanguageModelOptions(
        level, shape, minCount, validFraction, value, tokens, segmentation);
  }

  private LanguageModelOptions with(Shape other) {
    return new LanguageModelOptions(
        level, other, minCount, validFraction, output, tokens, segmentation);
  }

  /**
   * Sets the largest number of tokens, {@code <unk>} and {@code <eos>} included; 0 for no limit.
   */
  public LanguageModelOptions vocabularySize(int size) {
    return new LanguageModelOptions(
        level, shape, minCount, validFraction, output, new Tokens(size, null), segmentation);
  }

  /** Sets the tokenizer of subwords, and with it the level. */
  public LanguageModelOptions tokenizer(SubwordTokenizer value) {
    return new LanguageModelOptions(
        Level.SUBWORD, shape, minCount, validFraction, output, new Tokens(0, value), segmentation);
  }

  /**
   * Sets how the text is divided into sequences: {@link Segmentation#LINES} trains on independent
   * lines, shuffled in every epoch.
   */
  public LanguageModelOptions segmentation(Segmentation value) {
    return new LanguageModelOptions(level, shape, minCount, validFraction, output, tokens, value);
  }

  /** Returns the task of a new run on a text. */
  LanguageModelTask task(Sources text) {
    return LanguageModelTask.begin(
        new CorpusBuilder.Input(corpus(), text, null, (read, total) -> {}),
        config(),
        LanguageModelTask.InitialWeights.DRAWN,
        segmentation);
  }

  private CorpusSpec corpus() {
    SubwordTokenizer given = tokens.tokenizer;
    return new CorpusSpec(
            level,
            given == null ? null : Vocabulary.of(given),
            minCount,
            tokens.size,
            validFraction)
        .withUnit(segmentation.unit());
  }

  /** Returns the configuration without the size of the vocabulary, which depends on the text. */
  private LanguageModelConfig config() {
    int width = shape.embedding == 0 ? shape.hidden : shape.embedding;
    DropoutRates rates = new DropoutRates(shape.dropout, shape.dropout, 0);
    return new LanguageModelConfig(
        shape.cell,
        1,
        width,
        shape.hidden,
        shape.layers,
        rates,
        new OutputConfig(
            output.softmax(),
            shape.tied || output.tied(),
            output.cutoffs(),
            output.divisor(),
            output.samples()));
  }

  Origin origin() {
    return new Origin(
        new Origin.Corpus(minCount, tokens.size, validFraction, List.of()), null, 0, null, null);
  }
}
