package org.lm4j.cli.tag;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.lm4j.cli.frame.Subcommand;
import org.lm4j.cli.options.BatchTraining;
import org.lm4j.cli.options.EmbeddingsOptions;
import org.lm4j.cli.options.ExampleFiles;
import org.lm4j.model.ModelFiles;
import org.lm4j.model.ModelKind;
import org.lm4j.task.tag.ConllColumns;
import org.lm4j.task.tag.ConllFile;
import org.lm4j.task.tag.ConllSentence;
import org.lm4j.task.tag.Tagger;
import org.lm4j.task.tag.TaggerConfig;
import org.lm4j.task.tag.TaggerData;
import org.lm4j.task.tag.TaggerNetwork;
import org.lm4j.task.tag.TaggerTask;
import org.lm4j.train.Run;
import org.lm4j.train.RunPlan;
import org.lm4j.train.batch.Overlap;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code lm tag train}: trains a tagger on tagged sentences. */
@Command(
    name = "train",
    customSynopsis = "lm tag train --corpus FILE --model DIR [OPTIONS]",
    description = {
      "Train a tagger on sentences in CoNLL columns: a token a line, a blank line after each"
          + " sentence.",
      "Columns are separated by tabs, where the file has any, or by spaces. Comments ('# ' before a"
          + " sentence) and, of CoNLL-U, words of several tokens and empty nodes are skipped.",
      "Words are read as such and by their characters; words seen once are read as <unk> half of "
          + "the time, so that the model learns to tag unknown words. Validates each epoch; the"
          + " model folder holds the weights with the lowest validation loss, a log (log.jsonl) and"
          + " a checkpoint."
    },
    footer = {
      "Examples:",
      "  lm tag train --corpus train.txt --model models/chunks",
      "  lm tag train --corpus train.txt --tag-column 2 --model models/pos",
      "  lm tag train --corpus train.txt --feature-columns 2 --valid dev.txt \\",
      "               --model models/chunks",
      "  lm tag train --corpus train.txt --embeddings vectors.txt \\",
      "               --model models/chunks"
    })
public final class TagTrainCommand extends Subcommand implements Runnable {
  /** Returns the options that must be repeated to resume a run. */
  private static final List<String> DATA = List.of("--corpus", "--valid", "--valid-fraction");

  @Mixin
  private ExampleFiles examples =
      new ExampleFiles(
          Tagger.HELD_OUT,
          "Sentences to learn from, in CoNLL columns.",
          "Sentences to validate on, in the same columns.",
          "Part of --corpus held out, its last sentences, where there is no --valid");

  @Mixin private TagOptions options;
  @Mixin private EmbeddingsOptions vectors;
  @Mixin private BatchTraining training = new BatchTraining(TaggerConfig.TRAINING);

  @Override
  public void run() {
    Map<String, Object> begins = new HashMap<>(vectors.begins());
    begins.put("--min-count", options.minCount());
    RunPlan plan = training.plan(spec, begins);
    ModelFiles files = new ModelFiles(training.folder(), ModelKind.TAGGER);
    TaggerConfig saved = training.resumes() ? files.config(TaggerConfig.class) : null;
    vectors.requireSense(plan.recipe());
    if (saved != null && !options.isAsked(saved)) {
      throw training.otherRun("columns, vocabulary, word vectors and shape");
    }
    TaggerData data = data(saved == null ? options.columns() : saved.columns());
    TaggerTask task =
        saved == null
            ? TaggerTask.begin(
                data, options.config(vectors), options.minCount(), vectors.source(err()))
            : TaggerTask.resume(files, data);
    training.run(spec, DATA, plan, task, run -> lines(run, data), (run, finished) -> {});
  }

  private TaggerData data(ConllColumns columns) {
    Path corpus = examples.corpus();
    Path valid = examples.valid();
    List<ConllSentence> sentences = read(corpus, columns);
    columns.requireLearnable(sentences);
    if (valid == null) {
      return TaggerData.holdOut(sentences, examples.fraction(), columns, corpus.toString());
    }
    List<ConllSentence> heldOut = read(valid, columns);
    Overlap.warn("sentences", sentences, heldOut, ConllSentence::rows);
    return new TaggerData(sentences, heldOut, columns, corpus.toString());
  }

  private List<ConllSentence> read(Path file, ConllColumns columns) {
    ConllFile.Contents contents = ConllFile.readAll(file);
    columns.require(contents);
    SkippedLines.note(contents, file, err());
    return contents.sentences();
  }

  private static List<String> lines(Run<TaggerNetwork> run, TaggerData data) {
    TaggerConfig config = run.model().config();
    String sentences =
        String.format(
            Locale.ROOT,
            "corpus   %,d sentences, %,d tokens, %,d different words, %d tags; %,d sentences held"
                + " out",
            data.training().size(),
            data.training().stream().mapToLong(ConllSentence::size).sum(),
            config.sizes().words() - 1,
            config.sizes().tags(),
            data.validation().size());
    String model =
        String.format(
            Locale.ROOT,
            "model    %s %d × %d%s, words %d, characters %s%s%s: %,d weights",
            config.encoder().cell(),
            config.encoder().layers(),
            config.encoder().hidden(),
            config.encoder().bidirectional() ? " in both directions" : "",
            config.encoder().embedding(),
            config.readsCharacters() ? "2 × " + config.widths().characterHidden() : "not read",
            config.numbers().featureColumns().isEmpty()
                ? ""
                : ", columns " + config.numbers().featureColumns(),
            config.encoder().dropout() > 0 ? ", dropout " + config.encoder().dropout() : "",
            run.model().parameters().count());
    return List.of(sentences, model);
  }
}
