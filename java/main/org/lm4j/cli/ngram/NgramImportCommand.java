package org.lm4j.cli.ngram;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.stream.Collectors;
import org.lm4j.cli.frame.Subcommand;
import org.lm4j.cli.options.Choices;
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
    footer = {"Example:", "  lm ngram import kn5.arpa.gz --model models/kn5"})
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
  private Level level = Level.WORD;

  @Override
  public void run() {
    StagedFolder.Existing existing = made.existing();
    NgramTraining.Summary summary;
    try (TextStream in = TextSource.open(file)) {
      summary = NgramTraining.importArpa(in, level, made.memory(), made.path(), existing);
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
