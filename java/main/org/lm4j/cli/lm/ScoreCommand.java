package org.lm4j.cli.lm;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.lm4j.cli.frame.ExitCodes;
import org.lm4j.cli.frame.Subcommand;
import org.lm4j.cli.options.DeviceOptions;
import org.lm4j.cli.options.ModelFolder;
import org.lm4j.cli.options.PageOption;
import org.lm4j.cli.options.PathConverters;
import org.lm4j.compute.Backend;
import org.lm4j.model.ModelFiles;
import org.lm4j.model.ModelKind;
import org.lm4j.task.lm.LanguageModelConfig;
import org.lm4j.task.lm.LanguageModelNetwork;
import org.lm4j.task.lm.LineScore;
import org.lm4j.task.lm.LineScorer;
import org.lm4j.text.Vocabulary;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code lm score}: scores each line of a text. */
@Command(
    name = "score",
    customSynopsis = "lm score --model DIR [FILE...] [OPTIONS]",
    description = {
      "Score lines: the surprisal of each token, word or line.",
      "Each line is scored independently, as if it began a text; standard output gets a table, row by"
          + " row as the lines come. Surprisal is the negative log-likelihood given the line before"
          + " it. A value that does not exist is an empty cell. A line that is not"
          + " UTF-8 is reported and skipped, and the exit code is 1."
    },
    footer = {
      "Examples:",
      "  echo 'The old man the boat .' | lm score --model models/ptb",
      "  lm score --model models/ptb items.tsv --id-column item --text-column sentence",
      "  lm score --model models/book poem.txt --per token --columns text,rank",
      "  lm score --model models/book poem.txt --page poem.html",
      "  lm score --model models/ptb hypotheses.txt --per line --end newline --in nats"
    })
public final class ScoreCommand extends Subcommand implements Callable<Integer> {
  @Mixin private ModelFolder folder;

  @Parameters(
      paramLabel = "FILE",
      arity = "0..*",
      converter = PathConverters.Source.class,
      description = "Files of lines, plain or .gz; - is the standard input [-].")
  private List<String> files = new ArrayList<>();

  @Mixin private ScoreOptions options;

  @Option(
      names = "--id-column",
      paramLabel = "COLUMN",
      description =
          "The files are tables with a header, separated by tabs; carry this column through.")
  private @Nullable String idColumn;

  @Option(
      names = "--text-column",
      paramLabel = "COLUMN",
      description = "The column of the table with the text [with --id-column, the only other one].")
  private @Nullable String textColumn;

  @Mixin
  private final PageOption page =
      new PageOption("Draw a page: the lines, their words coloured by surprisal.");

  @Mixin private DeviceOptions device;

  @Override
  public Integer call() {
    options.requireSense();
    ModelFiles source = new ModelFiles(folder.path(), ModelKind.LANGUAGE_MODEL);
    Vocabulary vocabulary = LanguageModelConfig.vocabulary(source);
    List<ScoreColumn> columns = options.columns(idColumn != null);
    options.requirePredictable(columns, vocabulary.level());
    ScoreTable table =
        new ScoreTable(options.format(), columns, options.bits(), options.top(), vocabulary);
    PrintWriter err = err();
    try (Backend backend = device.open(err);
        LanguageModelNetwork model = LanguageModelNetwork.open(source, backend, false);
        LineScorer scorer = new LineScorer(model, vocabulary, options.scoring(columns))) {
      if (!scorer.scoresFirst()) {
        err.println(
            "note: nothing is read before a line, so its first token has no score; see --begin and"
                + " --context");
        err.flush();
      }
      Path file = page.file();
      ScorePage drawing =
          file == null
              ? null
              : new ScorePage(
                  file, folder.path().toString(), options.per(), options.bits(), vocabulary);
      PrintWriter out = results();
      out.print(table.header());
      out.flush();
      LineInput input =
          new LineInput(
              idColumn,
              textColumn,
              sentence -> {
                err.println("lm: " + sentence);
                err.flush();
              },
              lines -> print(lines, scorer, table, drawing, out));
      List<String> sources = files.isEmpty() ? List.of(LineInput.STANDARD_INPUT) : files;
      long skipped = input.read(sources);
      if (drawing != null) {
        drawing.write();
      }
      return skipped == 0 ? ExitCodes.OK : ExitCodes.FAILURE;
    }
  }

  private void print(
      List<LineInput.Line> lines,
      LineScorer scorer,
      ScoreTable table,
      @Nullable ScorePage drawing,
      PrintWriter out) {
    List<LineScore> scores = scorer.score(lines.stream().map(LineInput.Line::text).toList());
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < lines.size(); i++) {
      List<ScoreRow> rows =
          ScoreRow.of(lines.get(i), scores.get(i), options.per(), options.space());
      rows.forEach(row -> table.append(text, row));
      if (drawing != null) {
        drawing.add(scores.get(i), rows);
      }
    }
    out.print(text);
    out.flush();
  }
}
