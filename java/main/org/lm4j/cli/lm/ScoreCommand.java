package org.lm4j.cli.lm;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.cli.adapt.AdaptationOptions;
import org.lm4j.cli.adapt.AdaptedModels;
import org.lm4j.cli.frame.ExitCodes;
import org.lm4j.cli.frame.Subcommand;
import org.lm4j.cli.options.DeviceOptions;
import org.lm4j.cli.options.ModelFolder;
import org.lm4j.cli.options.PageOption;
import org.lm4j.cli.options.PathConverters;
import org.lm4j.cli.score.Preset;
import org.lm4j.compute.Backend;
import org.lm4j.ngram.NgramTable;
import org.lm4j.task.lm.ScoringModel;
import org.lm4j.task.lm.line.LineScorer;
import org.lm4j.task.lm.line.LineScoring;
import org.lm4j.task.lm.ngram.NgramModel;
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
          + " it; with a cache or dynamic evaluation, the lines before it count too, in their order."
          + " A value that does not exist is an empty cell. A line that is not"
          + " UTF-8 is reported and skipped, and the exit code is 1."
    },
    footer = {
      "Examples:",
      "  echo 'The old man the boat .' | lm score --model models/ptb",
      "  lm score --model models/ptb items.tsv --id-column item --text-column sentence",
      "  lm score --model models/book poem.txt --per token --columns text,rank",
      "  lm score --model models/book poem.txt --page poem.html",
      "  lm score --model models/ptb hypotheses.txt --per line --end newline --in nats",
      "  lm score --model models/ptb items.csv --text-column Sentence --preset sap",
      "  lm score --model models/ptb example.txt --svg example.svg --svg-width 80",
      "  lm score --model models/ptb story.txt --state carry --cache neural \\",
      "           --dynamic sgd",
      "  lm score --model models/ptb items.txt --mix models/kn5 --mix-weight 0.3"
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
          "The files are tables with a header, separated by tabs, or by commas if the header has no"
              + " tab; carry this column through.")
  private @Nullable String idColumn;

  @Option(
      names = "--text-column",
      paramLabel = "COLUMN",
      description = "The column of the table with the text [with --id-column, the only other one].")
  private @Nullable String textColumn;

  @Mixin
  private final PageOption page =
      new PageOption("Draw a page: the lines, their words coloured by surprisal.");

  @Option(
      names = "--svg",
      paramLabel = "FILE.svg",
      converter = PathConverters.Output.class,
      description = "Draw a figure for a paper: a bar above each word, in one file of vectors.")
  private @Nullable Path figure;

  @Option(
      names = "--svg-width",
      paramLabel = "MM",
      description = "Width of the figure in millimetres, 30 to 2000 [{default}].")
  private double figureWidth = 160;

  @Mixin private AdaptationOptions adaptation;

  @Mixin private DeviceOptions device;

  @Override
  public Integer call() {
    requireSense();
    Vocabulary vocabulary = ScoringModel.vocabulary(folder.path());
    List<ScoreColumn> columns = options.columns(idColumn != null);
    LineScoring scoring =
        options.scoring(columns, ScoringModel.segmentation(folder.path()), vocabulary);
    PrintWriter err = err();
    try (Backend backend = device.open(err);
        ScoringModel model =
            new AdaptedModels(adaptation, backend, err, terminal()).open(folder.path());
        LineScorer scorer = model.lineScorer(scoring)) {
      ScoreOutput output = output(columns, vocabulary, model);
      note(
          scorer.scoresFirst()
              ? null
              : "nothing is read before %s line, so its first token has no score; see --begin and --context"
                  .formatted(scoring.carry() ? "the first" : "a"));
      note(options.undefined(columns, vocabulary.level()));
      PrintWriter out = results();
      out.print(output.begin());
      out.flush();
      LineInput input =
          new LineInput(
              idColumn,
              textColumn,
              sentence -> {
                err.println("lm: " + sentence);
                err.flush();
              },
              lines -> {
                List<String> texts = lines.stream().map(LineInput.Line::text).toList();
                out.print(output.rows(lines, scorer.score(texts)));
                out.flush();
              });
      List<String> sources = files.isEmpty() ? List.of(LineInput.STANDARD_INPUT) : files;
      long skipped = input.read(sources);
      out.print(output.end());
      out.flush();
      output.draw(this::note);
      return skipped == 0 ? ExitCodes.OK : ExitCodes.FAILURE;
    }
  }

  private void note(@Nullable String sentence) {
    if (sentence != null) {
      err().println("note: " + sentence);
      err().flush();
    }
  }

  private void requireSense() {
    options.requirePresetAlone(spec.commandLine().getParseResult()::hasMatchedOption);
    options.requireSense(idColumn != null);
    if (figure != null && options.per() == ScoreRow.Per.LINE) {
      throw new InputException("--svg draws words or tokens; leave out --per line.");
    }
    if (figure == null && spec.commandLine().getParseResult().hasMatchedOption("--svg-width")) {
      throw new InputException("--svg-width needs --svg.");
    }
    if (!(figureWidth >= 30 && figureWidth <= 2000)) {
      throw new InputException("--svg-width is not between 30 and 2000 millimetres.");
    }
  }

  private ScoreOutput output(List<ScoreColumn> columns, Vocabulary vocabulary, ScoringModel model) {
    Preset preset = options.preset();
    NgramTable ngrams =
        model instanceof NgramModel found && options.beginsSentences() ? found.table() : null;
    Path file = page.file();
    return new ScoreOutput(
        options,
        vocabulary,
        preset == null
            ? null
            : preset.writer(vocabulary, options.space(), options.separator(), ngrams),
        new ScoreTable(options.format(), columns, options.bits(), options.top(), vocabulary),
        file == null
            ? null
            : new ScorePage(
                file,
                folder.path(),
                files.isEmpty() ? "the standard input" : String.join(", ", files),
                options.per(),
                options.bits(),
                vocabulary),
        figure == null
            ? null
            : new ScoreFigure(figure, figureWidth, options.per(), options.bits()));
  }
}
