package org.lm4j.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.cli.frame.Visible;
import org.lm4j.cli.options.PathConverters;
import org.lm4j.io.AtomicFile;
import org.lm4j.io.IoErrors;
import org.lm4j.io.Json;
import org.lm4j.task.card.CardOptions;
import org.lm4j.task.card.ModelCard;
import picocli.CommandLine.Option;

/** The options of {@code lm info} that write a model card. */
final class CardRequest {
  private static final Path STANDARD_OUTPUT = Path.of("-");

  @Option(
      names = "--card",
      description =
          "Write a model card with the metadata that the Hugging Face Hub reads: README.md in the"
              + " model folder. What is not known is called unknown.")
  private boolean card;

  @Option(
      names = "--output",
      paramLabel = "FILE",
      converter = PathConverters.OutputOrStandard.class,
      description = "Write the card to this file, - for standard output.")
  private @Nullable Path output;

  @Option(names = "--force", description = "Replace a README.md that is there.")
  private boolean force;

  @Option(names = "--title", paramLabel = "TEXT", description = "Name of the model [its folder's].")
  private @Nullable String title;

  @Option(
      names = "--license",
      paramLabel = "ID",
      description = "Licence of the model, as apache-2.0 or cc0-1.0 [unknown].")
  private @Nullable String license;

  @Option(
      names = "--language",
      paramLabel = "CODE",
      split = ",",
      description = "Languages of the text, as en or de,fr [not named].")
  private List<String> languages = new ArrayList<>();

  @Option(
      names = "--dataset",
      paramLabel = "ID",
      split = ",",
      description = "Data sets on the Hub that the model was trained on, as owner/name [none].")
  private List<String> datasets = new ArrayList<>();

  @Option(
      names = "--results",
      paramLabel = "FILE",
      description = "Add the figures on a test text, as lm eval --json prints them.")
  private @Nullable Path results;

  /**
   * Returns whether a card is asked for.
   *
   * @param json whether a JSON object is asked for
   * @throws InputException if options of a card are given without it, or both are asked for
   */
  boolean asked(boolean json) {
    if (card && json) {
      throw new InputException("give --card or --json, not both.");
    }
    boolean more = output != null || force || title != null || license != null || results != null;
    if (!card && (more || !languages.isEmpty() || !datasets.isEmpty())) {
      throw new InputException(
          "--output, --force, --title, --license, --language, --dataset and --results are for a"
              + " model card: add --card.");
    }
    return card;
  }

  /** Writes the card of the model in a folder; says where on {@code out}, or prints it there. */
  void write(Path folder, PrintWriter out) {
    Path file = output == null ? folder.resolve("README.md") : output;
    String text =
        ModelCard.of(folder, new CardOptions(title, license, languages, datasets, figures()));
    if (file.equals(STANDARD_OUTPUT)) {
      out.print(text);
      out.flush();
      return;
    }
    if (output == null && !force && Files.exists(file)) {
      throw new InputException(
          file
              + " exists already; replace it with --force, or write elsewhere with --output FILE.");
    }
    AtomicFile.writeBytes(file, text.getBytes(StandardCharsets.UTF_8));
    out.println(Visible.name(file.toString()));
    out.flush();
  }

  private @Nullable Map<String, @Nullable Object> figures() {
    if (results == null) {
      return null;
    }
    try {
      return Json.object(Files.readAllBytes(results), results.toString());
    } catch (IOException e) {
      throw IoErrors.cannotRead(results, e);
    }
  }
}
