package org.lm4j.cli.compare;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.lm4j.cli.frame.Subcommand;
import org.lm4j.cli.options.Choices;
import org.lm4j.cli.options.DeviceOptions;
import org.lm4j.cli.options.ModelFolder;
import org.lm4j.cli.options.PathConverters;
import org.lm4j.cli.report.ProgressLine;
import org.lm4j.cli.report.Rows;
import org.lm4j.compute.Backend;
import org.lm4j.io.AtomicFile;
import org.lm4j.task.lm.ScoringModel;
import org.lm4j.task.lm.line.LineScoring;
import org.lm4j.task.lm.pairs.MinimalPair;
import org.lm4j.task.lm.pairs.PairFiles;
import org.lm4j.task.lm.pairs.PairScore;
import org.lm4j.task.lm.pairs.PairScorer;
import org.lm4j.task.lm.pairs.PairSummary;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code lm pairs}: accuracy on minimal pairs. */
@Command(
    name = "pairs",
    customSynopsis = "lm pairs --model DIR FILE... [OPTIONS]",
    description = {
      "Measure accuracy on minimal pairs of sentences.",
      "A pair is a hit if the acceptable sentence has the higher probability, the product over its"
          + " tokens; a tie, equal up to rounding, is counted apart and never a hit. Standard output"
          + " gets a row for each set of pairs, for each phenomenon, for all pairs, and the macro"
          + " mean, in which all sets weigh the same, with 95 % bootstrap intervals.",
      "FILE is JSON lines as BLiMP has them (sentence_good, sentence_bad, UID, linguistics_term); a"
          + " table with these columns, separated by tabs; NAME.text with NAME.gold beside it, as"
          + " Gulordava et al. (2018) have them, of which the word in question is scored after the"
          + " words before it; or a folder of such files. Words that the model lacks are scored as"
          + " <unk>, or skipped by a model without it, and counted (oov): a pair that differs in them"
          + " alone is a tie."
    },
    footer = {
      "Examples:",
      "  lm pairs --model models/babylm blimp/data",
      "  lm pairs --model models/babylm blimp/data --rows pairs.tsv > sets.tsv",
      "  lm pairs --model models/wiki generated.text linzen.text",
      "  lm pairs --model models/wiki items.tsv --good right --bad wrong"
    })
public final class PairsCommand extends Subcommand implements Runnable {
  private static final double LN2 = Math.log(2);
  private static final long SILENT_NANOS = 2_000_000_000L;
  private static final String NEWLINE = "newline";

  @Mixin private ModelFolder folder;

  @Parameters(
      paramLabel = "FILE",
      arity = "1..*",
      description = "Files of minimal pairs, plain or .gz, or folders of them.")
  private List<Path> files = new ArrayList<>();

  @Option(
      names = "--good",
      paramLabel = "FIELD",
      description = "Field or column of the acceptable sentence [sentence_good or good].")
  private @Nullable String good;

  @Option(
      names = "--bad",
      paramLabel = "FIELD",
      description = "Field or column of the other sentence [sentence_bad or bad].")
  private @Nullable String bad;

  @Option(
      names = "--uid",
      paramLabel = "FIELD",
      description = "Field or column that names a pair's set [UID; without it the file's name].")
  private @Nullable String uid;

  @Option(
      names = "--phenomenon",
      paramLabel = "FIELD",
      description =
          "Field or column that names the phenomenon of a set [linguistics_term or phenomenon].")
  private @Nullable String phenomenon;

  @Option(
      names = "--mean",
      description =
          "Compare the mean surprisal of a token in place of the sum, for pairs whose sentences"
              + " differ in length.")
  private boolean mean;

  @Option(
      names = "--begin",
      paramLabel = "NAME",
      converter = Choices.LineEnds.class,
      completionCandidates = Choices.LineEnds.class,
      description =
          "What the model reads before a sentence: newline (<eos> at word level), or none, so that"
              + " the first token has no score [newline, if its vocabulary has one].")
  private @Nullable String begin;

  @Option(
      names = "--end",
      paramLabel = "NAME",
      converter = Choices.LineEnds.class,
      completionCandidates = Choices.LineEnds.class,
      description =
          "Whether the end of a sentence is scored as its last token: newline or none [{default}].")
  private String end = "none";

  @Mixin private BootstrapOptions intervals;

  @Option(
      names = "--format",
      paramLabel = "NAME",
      converter = Choices.TableFormats.class,
      completionCandidates = Choices.TableFormats.class,
      description = "tsv, csv or jsonl, also of --rows [{default}].")
  private String format = "tsv";

  @Option(
      names = "--rows",
      paramLabel = "FILE",
      converter = PathConverters.Output.class,
      description =
          "Write a row for each pair: its sentences, their surprisal in bits, number of tokens and"
              + " of unknown ones, and the outcome: hit, miss or tie.")
  private @Nullable Path rows;

  @Mixin private DeviceOptions device;

  /** Receives the scores of some pairs. */
  @FunctionalInterface
  private interface Taker {
    void take(PairScore score, PairScore.Outcome outcome) throws IOException;
  }

  @Override
  public void run() {
    PairSummary summary = new PairSummary(mean);
    try (Backend backend = device.open(err());
        ScoringModel model = ScoringModel.open(folder.path(), backend);
        PairScorer scorer = new PairScorer(model, scoring())) {
      Path file = rows;
      if (file == null) {
        score(scorer, summary, (_, _) -> {});
      } else {
        AtomicFile.writeStream(
            file,
            stream -> {
              Writer out =
                  new BufferedWriter(new OutputStreamWriter(stream, StandardCharsets.UTF_8));
              Rows table = pairTable();
              out.write(table.header());
              score(scorer, summary, (score, is) -> out.write(row(table, score, is)));
              out.flush();
            });
      }
    }
    print(summary);
  }

  private LineScoring scoring() {
    LineScoring scoring = LineScoring.defaults();
    if (begin != null) {
      scoring = scoring.withBegin(begin.equals(NEWLINE));
    }
    return end.equals(NEWLINE) ? scoring.withEnd() : scoring;
  }

  private void score(PairScorer scorer, PairSummary summary, Taker taker) {
    PairFiles.Fields fields = new PairFiles.Fields(good, bad, uid, phenomenon);
    long begun = System.nanoTime();
    try (ProgressLine progress = new ProgressLine(err(), terminal())) {
      PairFiles.read(
          files,
          fields,
          pairs -> {
            try {
              for (PairScore score : scorer.score(pairs)) {
                taker.take(score, summary.add(score));
              }
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
            if (System.nanoTime() - begun > SILENT_NANOS) {
              progress.update(() -> "%,d pairs scored".formatted(summary.pairs()));
            }
          });
    }
  }

  private Rows pairTable() {
    return new Rows(
        Rows.Format.named(format),
        List.of(
            "uid",
            "phenomenon",
            "id",
            "outcome",
            "good",
            "bad",
            "good_bits",
            "bad_bits",
            "good_tokens",
            "bad_tokens",
            "good_oov",
            "bad_oov"));
  }

  private static String row(Rows table, PairScore score, PairScore.Outcome outcome) {
    MinimalPair pair = score.pair();
    return table.row(
        pair.uid(),
        pair.phenomenon(),
        pair.id(),
        label(outcome),
        pair.good(),
        pair.bad(),
        score.good().nats() / LN2,
        score.bad().nats() / LN2,
        score.good().tokens(),
        score.bad().tokens(),
        score.good().unknown(),
        score.bad().unknown());
  }

  private static String label(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }

  private void print(PairSummary summary) {
    Rows table =
        new Rows(
            Rows.Format.named(format),
            List.of(
                "of",
                "name",
                "phenomenon",
                "pairs",
                "hits",
                "ties",
                "accuracy",
                "low_95",
                "high_95",
                "oov_pairs",
                "oov"));
    PrintWriter out = results();
    out.print(table.header());
    for (PairSummary.Row row : summary.rows(intervals.bootstrap())) {
      out.print(
          table.row(
              label(row.of()),
              row.name(),
              row.phenomenon(),
              row.pairs(),
              row.hits(),
              row.ties(),
              row.accuracy(),
              row.interval().low(),
              row.interval().high(),
              row.withUnknown(),
              row.unknown()));
    }
    out.flush();
  }
}
