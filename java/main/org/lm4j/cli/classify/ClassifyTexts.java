package org.lm4j.cli.classify;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.cli.frame.Notes;
import org.lm4j.task.classify.LabelledPairs;
import org.lm4j.task.classify.LabelledTexts;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** The options that name labelled texts. */
final class ClassifyTexts {
  @Option(
      names = "--corpus",
      paramLabel = "FILE",
      description =
          "Texts and their classes: label<TAB>text on each line; a header may name the columns. Pairs"
              + " of texts: label<TAB>first<TAB>second, or a JSON object on each line.")
  private @Nullable Path corpus;

  @Option(
      names = "--files",
      paramLabel = "LABEL=FILE",
      arity = "1..*",
      description = "In place of it: files of texts of one class, a text on each line.")
  private List<String> files = new ArrayList<>();

  /**
   * Reads the texts.
   *
   * @param pairs whether they are pairs of texts
   * @throws InputException if none are named, or they cannot be used
   */
  LabelledTexts read(CommandSpec spec, boolean pairs) {
    if (pairs && !files.isEmpty()) {
      throw new InputException("--files holds single texts; give pairs of texts with --corpus.");
    }
    if ((corpus == null) == files.isEmpty()) {
      throw new InputException("give texts with --corpus, or with --files LABEL=FILE.");
    }
    if (corpus != null) {
      return pairs
          ? LabelledPairs.read(corpus, Notes.to(spec))
          : LabelledTexts.table(corpus, Notes.to(spec));
    }
    List<LabelledTexts.ClassFile> named = new ArrayList<>();
    for (String file : files) {
      int equals = file.indexOf('=');
      if (equals < 1 || equals == file.length() - 1) {
        throw new InputException("'" + file + "' after --files is not LABEL=FILE.");
      }
      named.add(
          new LabelledTexts.ClassFile(
              file.substring(0, equals), Path.of(file.substring(equals + 1))));
    }
    return LabelledTexts.files(named);
  }
}
