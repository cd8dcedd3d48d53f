package org.lm4j.cli.embed;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import org.lm4j.cli.frame.Subcommand;
import org.lm4j.cli.frame.Visible;
import org.lm4j.cli.options.PathConverters;
import org.lm4j.compute.Backend;
import org.lm4j.data.VectorFiles;
import org.lm4j.data.VectorTable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code lm embed export}: writes vectors for other programs. */
@Command(
    name = "export",
    customSynopsis =
        "lm embed export (--model DIR | --vectors FILE) --output FILE [--format text|binary]",
    description = {
      "Write vectors as word2vec does, for gensim and others, the most frequent words first.",
      "White space in words becomes _, since it ends a word there."
    },
    footer = {
      "Examples:",
      "  lm embed export --model models/words --output words.txt",
      "  lm embed export --model models/words --format binary --output words.bin"
    })
public final class EmbedExportCommand extends Subcommand implements Runnable {
  @Mixin private VectorSource source;

  @Option(
      names = "--format",
      paramLabel = "NAME",
      description = "${COMPLETION-CANDIDATES} [{default}].")
  private VectorFiles.Format format = VectorFiles.Format.TEXT;

  @Option(
      names = "--output",
      paramLabel = "FILE",
      converter = PathConverters.Output.class,
      required = true,
      description = "The file to write.")
  private Path output;

  @Override
  public void run() {
    PrintWriter err = err();
    try (Backend backend = source.device().open(err)) {
      VectorFiles.Writable given = VectorFiles.writable(source.read(backend));
      VectorTable table = given.table();
      VectorFiles.write(table, format, output);
      warn(given, err);
      err.printf(
          Locale.ROOT,
          "%,d words of %d dimensions in %s%n",
          table.words().size(),
          table.dimension(),
          shown(output));
      err.flush();
    }
  }

  private static void warn(VectorFiles.Writable given, PrintWriter err) {
    if (given.renamed() + given.leftOut() > 0) {
      err.printf(
          Locale.ROOT,
          "lm: warning: %,d words have white space, which the file cannot hold: %,d are written with"
              + " _ in its place, %,d left out; the first is '%s'%n",
          given.renamed() + given.leftOut(),
          given.renamed(),
          given.leftOut(),
          Visible.name(given.first()));
    }
  }
}
