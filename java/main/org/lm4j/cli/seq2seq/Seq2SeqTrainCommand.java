package org.lm4j.cli.seq2seq;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.lm4j.cli.frame.Subcommand;
import org.lm4j.cli.options.BatchTraining;
import org.lm4j.cli.options.ExampleFiles;
import org.lm4j.decode.BeamSearch;
import org.lm4j.model.ModelFiles;
import org.lm4j.model.ModelKind;
import org.lm4j.task.seq2seq.Pair;
import org.lm4j.task.seq2seq.PairFile;
import org.lm4j.task.seq2seq.Seq2Seq;
import org.lm4j.task.seq2seq.Seq2SeqConfig;
import org.lm4j.task.seq2seq.Seq2SeqData;
import org.lm4j.task.seq2seq.Seq2SeqGenerator;
import org.lm4j.task.seq2seq.Seq2SeqNetwork;
import org.lm4j.task.seq2seq.Seq2SeqTask;
import org.lm4j.task.seq2seq.Seq2SeqTokens;
import org.lm4j.text.Level;
import org.lm4j.train.Run;
import org.lm4j.train.RunPlan;
import org.lm4j.train.batch.Overlap;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code lm seq2seq train}: trains a translator on pairs of lines. */
@Command(
    name = "train",
    customSynopsis = "lm seq2seq train --corpus FILE.tsv --model DIR [OPTIONS]",
    description = {
      "Train a translator on pairs of source and target.",
      "A line of the corpus is source<TAB>target. Validates each epoch; the model folder holds the"
          + " weights with the lowest validation loss, a log (log.jsonl) and a checkpoint. The "
          + "accuracy shown is that of the next token, given the right ones before it; "
          + "'lm seq2seq eval' reports"
          + " how many lines are exactly right."
    },
    footer = {
      "Examples:",
      "  lm seq2seq tasks --task dates --output dates",
      "  lm seq2seq train --corpus dates/train.tsv --valid dates/valid.tsv \\",
      "                   --model models/dates",
      "  lm seq2seq train --corpus pairs.tsv --level word --hidden 256 --dropout 0.3 \\",
      "                   --min-count 2 --model models/words"
    })
public final class Seq2SeqTrainCommand extends Subcommand implements Runnable {
  /** Returns the options that must be repeated to resume a run. */
  private static final List<String> DATA =
      List.of("--corpus", "--valid", "--valid-fraction", "--max-length");

  private static final int SAMPLES = 3;

  @Mixin
  private ExampleFiles examples =
      new ExampleFiles(
          Seq2Seq.HELD_OUT,
          "Pairs to learn from, source<TAB>target in each line.",
          "Pairs to choose the best weights by [a part of the corpus].",
          "Part of the corpus' sources held out, drawn by the seed");

  @Option(
      names = "--min-count",
      paramLabel = "N",
      description = "Tokens that occur less often are unknown [{default}].")
  private int minCount = 1;

  @Option(
      names = "--max-length",
      paramLabel = "N",
      description = "Leave out pairs that are longer, in tokens of either side [{default}].")
  private int maxLength = Seq2Seq.MAX_LENGTH;

  @Mixin private Seq2SeqOptions model;
  @Mixin private BatchTraining training = new BatchTraining(Seq2SeqConfig.TRAINING);

  @Override
  public void run() {
    Path corpus = examples.corpus();
    Path valid = examples.valid();
    RunPlan plan = training.plan(spec, Map.of("--min-count", minCount));
    Path folder = training.folder();
    ModelFiles files = new ModelFiles(folder, ModelKind.TRANSLATOR);
    Seq2SeqConfig saved = training.resumes() ? files.config(Seq2SeqConfig.class) : null;
    if (saved != null && !model.config(saved).equals(saved)) {
      throw training.otherRun("levels, cell, widths, layers, attention and dropout");
    }
    Level level = saved == null ? model.level() : Level.of(saved.sides().sourceLevel());
    Level targetLevel = saved == null ? model.targetLevel() : Level.of(saved.sides().targetLevel());
    Read learned = read(corpus, level, targetLevel);
    Seq2SeqData.Split pairs =
        valid == null
            ? Seq2SeqData.split(
                corpus.toString(), learned.pairs, examples.fraction(), plan.recipe().seed())
            : new Seq2SeqData.Split(
                corpus.toString(), learned.pairs, read(valid, level, targetLevel).pairs);
    if (valid != null) {
      Overlap.warn("pairs", pairs.training(), pairs.validation(), pair -> pair);
    }
    Seq2SeqTask task =
        saved == null
            ? Seq2SeqTask.begin(pairs, model.config(), minCount)
            : Seq2SeqTask.resume(files, pairs);
    training.run(
        spec,
        DATA,
        plan,
        task,
        run -> lines(run, task, pairs.validation().size(), learned.leftOut),
        (run, finished) ->
            sample(
                run.model(),
                task.tokens(),
                pairs.validation().isEmpty() ? pairs.training() : pairs.validation()));
  }

  /** The pairs of a file that are kept, and how many were too long. */
  private record Read(List<Pair> pairs, int leftOut) {}

  private Read read(Path file, Level level, Level targetLevel) {
    List<Pair> all = PairFile.read(file, notes());
    List<Pair> kept = Seq2SeqData.withoutLong(file.toString(), all, level, targetLevel, maxLength);
    return new Read(kept, all.size() - kept.size());
  }

  private static List<String> lines(
      Run<Seq2SeqNetwork> run, Seq2SeqTask task, int heldOut, int leftOut) {
    String pairs =
        String.format(
            Locale.ROOT,
            "pairs    %,d, %,d held out%s; up to %d %ss to up to %d %ss",
            task.training().count(),
            heldOut,
            leftOut > 0 ? ", %,d too long left out".formatted(leftOut) : "",
            task.training().longestSource(),
            task.tokens().source().level().label(),
            task.training().longestTarget(),
            task.tokens().target().level().label());
    Seq2SeqConfig config = run.model().config();
    String model =
        String.format(
            Locale.ROOT,
            "model    %s, encoder %d × %d%s, %s, vocabularies %,d and %,d%s: %,d weights",
            config.encoder().cell(),
            config.encoder().layers(),
            config.encoder().hidden(),
            config.encoder().bidirectional() ? " both ways" : "",
            config.attends() ? "attention " + config.attention() : "no attention",
            config.sides().sourceVocabulary(),
            config.sides().targetVocabulary(),
            config.encoder().dropout() > 0 ? ", dropout " + config.encoder().dropout() : "",
            run.model().parameters().count());
    return List.of(pairs, model);
  }

  /** Shows what the translator writes by now. */
  private void sample(Seq2SeqNetwork translator, Seq2SeqTokens tokens, List<Pair> pairs) {
    PrintWriter err = err();
    List<Pair> shown = pairs.subList(0, Math.min(SAMPLES, pairs.size()));
    int[][] sources =
        shown.stream().map(p -> tokens.source().encode(p.source())).toArray(int[][]::new);
    try (Seq2SeqGenerator writer =
        new Seq2SeqGenerator(translator, Seq2SeqGenerator.Request.GREEDY)) {
      List<List<BeamSearch.Found>> found = writer.translate(sources, done -> {});
      for (int i = 0; i < sources.length; i++) {
        err.println(
            "  %s  →  %s"
                .formatted(
                    shown.get(i).source(), tokens.target().line(found.get(i).getFirst().ids())));
      }
    }
    err.flush();
  }
}
