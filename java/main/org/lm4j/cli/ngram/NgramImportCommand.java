package org.lm4j.cli.ngram;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.cli.frame.Subcommand;
import org.lm4j.cli.options.Choices;
import org.lm4j.task.lm.ScoringModel;
import org.lm4j.task.lm.ngram.NgramTraining;
import org.lm4j.text.Level;
import org.lm4j.text.source.TextSource;
import org.lm4j.text.source.TextStream;
import org.lm4j.train.StagedFolder;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code lm ngram import}: makes a model folder from an ARPA file. */
@Command(
    name = "import",
    customSynopsis = "lm ngram import FILE --model DIR [OPTIONS]",
    description = {
      "Make a model folder from an ARPA file.",
      "Such files are written by SRILM, KenLM and others. </s> becomes <eos>, the end of a line, and"
          + " <UNK> becomes <unk>."
    },
    footer = {
      "Examples:",
      "  lm ngram import kn5.arpa.gz --model models/kn5",
      "  lm ngram import kn5.arpa.gz --vocab-from models/ptb --model models/kn5"
    })
public final class NgramImportCommand extends Subcommand implements Runnable {
  @Parameters(paramLabel = "FILE", description = "The ARPA file, plain or .gz.")
  private Path file;

  @Mixin private MadeFolder made;

  @Option(
      names = "--level",
      paramLabel = "NAME",
      converter = Choices.Levels.class,
      completionCandidates = Choices.Levels.class,
      description = {
        "What one token is: ${COMPLETION-CANDIDATES} [word]. White space among characters is written"
            + " <U+0020>, and a byte <0x41>, as lm ngram export does."
      })
  private @Nullable Level level;

  @Option(
      names = "--vocab-from",
      paramLabel = "DIR",
      description =
          "Use level and vocabulary of this model, as mixing with it demands; a token that the file"
              + " lacks becomes impossible.")
  private @Nullable Path vocabularyFrom;

  @Override
  public void run() {
    StagedFolder.Existing existing = made.existing();
    if (vocabularyFrom != null && level != null) {
      throw new InputException("--vocab-from takes the level from a model; leave out --level.");
    }
    if (level == Level.SUBWORD) {
      throw new InputException(
          "an ARPA file does not say how text is cut into subwords; name the model that does by"
              + " --vocab-from, in place of --level.");
    }
    NgramTraining.Summary summary;
    try (TextStream in = TextSource.open(file)) {
      summary =
          vocabularyFrom == null
              ? NgramTraining.importArpa(
                  in, level == null ? Level.WORD : level, made.memory(), made.path(), existing)
              : NgramTraining.importArpa(
                  in,
                  ScoringModel.vocabulary(vocabularyFrom),
                  made.memory(),
                  made.path(),
                  existing);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file + ": " + e.getMessage(), e);
    }
    PrintWriter out = out();
    out.printf(
        Locale.ROOT,
        "%s: %,d tokens, n-grams by length: %s%n",
        shown(made.path()),
        summary.vocabulary(),
        summary.ngrams().stream()
            .map(count -> String.format(Locale.ROOT, "%,d", count))
            .collect(Collectors.joining(" + ")));
    out.flush();
  }
}
