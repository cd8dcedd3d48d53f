package org.lm4j.cli.ngram;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.cli.frame.Subcommand;
import org.lm4j.cli.options.Asked;
import org.lm4j.cli.options.Choices;
import org.lm4j.cli.options.Converters;
import org.lm4j.cli.options.HelpValues;
import org.lm4j.cli.options.PathConverters;
import org.lm4j.cli.report.ProgressLine;
import org.lm4j.cli.report.ReadingProgress;
import org.lm4j.ngram.Discounts;
import org.lm4j.task.lm.ScoringModel;
import org.lm4j.task.lm.ngram.NgramOptions;
import org.lm4j.task.lm.ngram.NgramTraining;
import org.lm4j.text.CorpusBuilder;
import org.lm4j.text.CorpusSpec;
import org.lm4j.text.Level;
import org.lm4j.text.Sources;
import org.lm4j.train.StagedFolder;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code lm ngram train}: trains an n-gram model. */
@Command(
    name = "train",
    customSynopsis = "lm ngram train --corpus PATH... --model DIR [OPTIONS]",
    description = {
      "Train an n-gram model by interpolated modified Kneser-Ney smoothing.",
      "Each line is a sentence: it begins after <s>, which is a context and never predicted, and its"
          + " end is predicted, as in SRILM and KenLM. Counting takes seconds for a million words, and"
          + " as much memory as --memory allows, whatever the length of the text."
    },
    footer = {
      "Examples:",
      "  lm ngram train --corpus ptb.train.txt --model models/kn5",
      "  lm ngram eval --corpus ptb.test.txt --model models/kn5",
      "  lm ngram train --corpus texts/ --order 3 --prune 0,0,1 --model models/kn3",
      "  lm ngram train --corpus book.txt --level char --order 6 --model models/ngrams",
      "  lm ngram train --corpus ptb.train.txt --vocab-from models/ptb \\",
      "                 --model models/kn5"
    })
public final class NgramTrainCommand extends Subcommand implements Runnable, HelpValues {
  @Option(
      names = "--corpus",
      paramLabel = "PATH",
      converter = PathConverters.Source.class,
      arity = "1..*",
      required = true,
      description =
          "Training text: files, folders (all text files inside), .gz, .zip, - for standard input.")
  private List<String> corpus = new ArrayList<>();

  @Mixin private MadeFolder made;

  @Option(
      names = "--order",
      paramLabel = "N",
      description = "Length of the longest n-grams, from 1 to 16 [{order}].")
  private int order = NgramOptions.USUAL_ORDER;

  @Option(
      names = "--level",
      paramLabel = "NAME",
      converter = Choices.Levels.class,
      completionCandidates = Choices.Levels.class,
      description = "What one token is: ${COMPLETION-CANDIDATES} [word].")
  private @Nullable Level level;

  @Option(
      names = "--unit",
      paramLabel = "NAME",
      converter = Choices.NgramUnits.class,
      completionCandidates = Choices.NgramUnits.class,
      description =
          "line: each line is a sentence; stream: the text is one stream, and n-grams reach over line"
              + " ends [{default}].")
  private String unit = "line";

  @Option(
      names = "--vocab-from",
      paramLabel = "DIR",
      description =
          "Use level and vocabulary of this model, as mixing with it demands; it may be of any kind"
              + " that predicts text.")
  private @Nullable Path vocabularyFrom;

  @Option(
      names = "--min-count",
      paramLabel = "N",
      description = "Tokens rarer than this become <unk> [1].")
  private @Nullable Integer minCount;

  @Option(
      names = "--vocab-size",
      paramLabel = "N",
      description =
          "At most this many tokens, <unk> and <eos> included; the rest becomes <unk> [all].")
  private @Nullable Integer vocabularySize;

  @Option(
      names = "--prune",
      paramLabel = "N",
      split = ",",
      converter = Converters.NonNegativeInt.class,
      description =
          "Leave out n-grams that occur no more often than this, by length from 1: 0,0,1 leaves out"
              + " what occurs once, from length 3 on [0].")
  private List<Integer> pruned = new ArrayList<>();

  @Override
  public Map<String, String> helpValues() {
    return Map.of("order", Integer.toString(NgramOptions.USUAL_ORDER));
  }

  @Override
  public void run() {
    NgramOptions options =
        Asked.valid(() -> new NgramOptions(order, unit.equals("line"), pruned, made.memory()));
    StagedFolder.Existing existing = made.existing();
    CorpusSpec spec = specification();
    Sources text = Sources.of(corpus, System.in, made.path());
    PrintWriter err = err();
    ReadingProgress reading = new ReadingProgress(err, terminal());
    NgramTraining.Summary summary;
    try (ProgressLine line = new ProgressLine(err, terminal())) {
      long begun = System.nanoTime();
      summary =
          Asked.valid(
              () ->
                  NgramTraining.train(
                      new CorpusBuilder.Input(spec, text, null, reading),
                      options,
                      made.path(),
                      existing,
                      (done, total) -> {
                        if (System.nanoTime() - begun > 2_000_000_000L) {
                          line.update(
                              () ->
                                  done < total
                                      ? "counted %d %%".formatted(100 * done / total)
                                      : "estimating probabilities");
                        }
                      }));
    }
    print(summary);
  }

  private CorpusSpec specification() {
    if (vocabularyFrom != null) {
      if (level != null || minCount != null || vocabularySize != null) {
        throw new InputException(
            "--vocab-from takes level and vocabulary from a model; leave out --level, --min-count and"
                + " --vocab-size.");
      }
      return CorpusSpec.of(ScoringModel.vocabulary(vocabularyFrom));
    }
    return new CorpusSpec(
        level == null ? Level.WORD : level,
        null,
        minCount == null ? 1 : minCount,
        vocabularySize == null ? 0 : vocabularySize,
        0);
  }

  private void print(NgramTraining.Summary summary) {
    PrintWriter out = out();
    out.printf(
        Locale.ROOT,
        "%s: %,d tokens counted, %,d in the vocabulary%n",
        shown(made.path()),
        summary.tokens(),
        summary.vocabulary());
    out.println("length      n-grams  discounts of counts 1, 2, 3 and more");
    for (int i = 0; i < summary.ngrams().size(); i++) {
      Discounts discounts = summary.discounts().get(i);
      out.printf(
          Locale.ROOT,
          "%6d %,12d  %.4f %.4f %.4f%s%n",
          i + 1,
          summary.ngrams().get(i),
          discounts.one(),
          discounts.two(),
          discounts.three(),
          discounts.estimated() ? "" : "  not estimated: no n-gram has some of these counts");
    }
    out.flush();
  }
}
