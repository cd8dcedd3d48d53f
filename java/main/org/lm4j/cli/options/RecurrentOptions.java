package org.lm4j.cli.options;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lm4j.compute.Cell;
import picocli.CommandLine.Option;

/**
 * The options of recurrent layers and their input. Unset options are null, so that a run that is
 * resumed keeps its own.
 */
public class RecurrentOptions implements HelpValues {
  private final Texts texts;

  /**
   * The help texts of a model.
   *
   * @param cell label of the default cell
   * @param embedding default width, in words or digits
   * @param hidden default width of a recurrent layer
   * @param dropout default probability
   * @param token what has an embedding, as {@code a word}
   * @param dropped what dropout is applied to, in words
   */
  public record Texts(
      String cell, String embedding, int hidden, double dropout, String token, String dropped) {}

  @Option(
      names = "--cell",
      paramLabel = "NAME",
      converter = Choices.Cells.class,
      completionCandidates = Choices.Cells.class,
      description = "Recurrent cell: ${COMPLETION-CANDIDATES} [{cell}]; rnn is that of tanh.")
  private @Nullable Cell cell;

  @Option(
      names = {"--embedding", "--word-embedding"},
      paramLabel = "N",
      description = "Width of the embedding of {token} [{embedding}].")
  private @Nullable Integer embedding;

  @Option(
      names = "--hidden",
      paramLabel = "N",
      description = "Width of each recurrent layer{directions} [{hidden}].")
  private @Nullable Integer hidden;

  @Option(
      names = "--dropout",
      paramLabel = "P",
      converter = Converters.Fraction.class,
      description = "Probability of dropout while training, applied to {dropped} [{dropout}].")
  private @Nullable Double dropout;

  /** Creates options with these texts in the help. */
  public RecurrentOptions(Texts texts) {
    this.texts = texts;
  }

  /** Returns the label of the cell asked for, or {@code otherwise}. */
  public final String cell(String otherwise) {
    return cell == null ? otherwise : cell.label();
  }

  /** Returns the width of an embedding asked for, or {@code otherwise}. */
  public final int embedding(int otherwise) {
    return embedding == null ? otherwise : embedding;
  }

  /** Returns the width of the layers asked for, or {@code otherwise}. */
  public final int hidden(int otherwise) {
    return hidden == null ? otherwise : hidden;
  }

  /** Returns the probability asked for, or {@code otherwise}. */
  public final double dropout(double otherwise) {
    return dropout == null ? otherwise : dropout;
  }

  @Override
  public Map<String, String> helpValues() {
    return new HashMap<>(
        Map.of(
            "cell", texts.cell(),
            "embedding", texts.embedding(),
            "token", texts.token(),
            "hidden", Integer.toString(texts.hidden()),
            "directions", "",
            "dropout", HelpValues.number(texts.dropout()),
            "dropped", texts.dropped()));
  }
}
