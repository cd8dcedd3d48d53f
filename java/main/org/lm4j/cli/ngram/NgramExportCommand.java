package org.lm4j.cli.ngram;

import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.lm4j.InputException;
import org.lm4j.cli.frame.Subcommand;
import org.lm4j.cli.options.ModelFolder;
import org.lm4j.cli.options.PathConverters;
import org.lm4j.task.lm.ngram.NgramModel;
import org.lm4j.task.lm.ngram.NgramTraining;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code lm ngram export}: writes an n-gram model as an ARPA file. */
@Command(
    name = "export",
    description = {
      "Write an n-gram model as an ARPA file.",
      "SRILM, KenLM and others read it. The end of a line is </s>."
    },
    footer = {"Example:", "  lm ngram export --model models/kn5 --output kn5.arpa.gz"})
public final class NgramExportCommand extends Subcommand implements Runnable {
  @Mixin private ModelFolder folder;

  @Option(
      names = "--output",
      paramLabel = "FILE",
      required = true,
      converter = PathConverters.Output.class,
      description = "The file to write; compressed if its name ends in .gz.")
  private Path target;

  @Option(names = "--force", description = "Replace the file if it exists.")
  private boolean force;

  @Override
  public void run() {
    if (Files.exists(target) && !force) {
      throw new InputException(target + " exists already; give --force to replace it.");
    }
    try (NgramModel model = NgramModel.load(folder.path())) {
      NgramTraining.exportArpa(model, target);
      long count = 0;
      for (int length = 1; length <= model.table().order(); length++) {
        count += model.table().count(length);
      }
      PrintWriter out = out();
      out.printf(Locale.ROOT, "%s: %,d n-grams%n", shown(target), count);
      out.flush();
    }
  }
}
