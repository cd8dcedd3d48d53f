package org.lm4j.cli.seq2seq;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import org.lm4j.cli.frame.Subcommand;
import org.lm4j.cli.frame.Terminal;
import org.lm4j.cli.frame.Visible;
import org.lm4j.cli.options.Converters;
import org.lm4j.cli.options.DeviceOptions;
import org.lm4j.cli.options.ModelFolder;
import org.lm4j.cli.options.PageOption;
import org.lm4j.cli.report.ScoringProgress;
import org.lm4j.compute.Backend;
import org.lm4j.decode.BeamSearch;
import org.lm4j.io.Json;
import org.lm4j.model.ModelFiles;
import org.lm4j.model.ModelKind;
import org.lm4j.task.caption.Bleu;
import org.lm4j.task.caption.ScoredCaption;
import org.lm4j.task.seq2seq.Pair;
import org.lm4j.task.seq2seq.PairFile;
import org.lm4j.task.seq2seq.Seq2SeqData;
import org.lm4j.task.seq2seq.Seq2SeqGenerator;
import org.lm4j.task.seq2seq.Seq2SeqNetwork;
import org.lm4j.task.seq2seq.Seq2SeqScorer;
import org.lm4j.task.seq2seq.Seq2SeqTokens;
import org.lm4j.text.Level;
import org.lm4j.train.TrainingTask;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code lm seq2seq eval}: evaluates a translator on known pairs. */
@Command(
    name = "eval",
    customSynopsis = "lm seq2seq eval --model DIR --corpus FILE.tsv [OPTIONS]",
    description = {
      "Evaluate a translator on pairs of source and target.",
      "Prints how many lines come out exactly as the target (white space between words does not"
          + " matter); then, given the right tokens before each, how often the next one is the "
          + "most likely, the loss and the perplexity; at word level also BLEU."
    },
    footer = {
      "Example:",
      "  lm seq2seq eval --model models/dates --corpus dates/test.tsv --errors 10"
    })
public final class Seq2SeqEvalCommand extends Subcommand implements Runnable {
  @Mixin private ModelFolder folder;

  @Option(
      names = "--corpus",
      paramLabel = "FILE",
      required = true,
      description = "Pairs, source<TAB>target in each line.")
  private Path corpus;

  @Mixin private TranslationOptions search;

  @Option(
      names = "--errors",
      paramLabel = "N",
      converter = Converters.NonNegativeInt.class,
      description = "Show the first N lines that are wrong: source, target, output [{default}].")
  private int errors;

  @Mixin
  private PageOption page =
      new PageOption("Draw how many lines are exact, by their length, and errors, as a page.");

  @Option(names = "--json", description = "Print one JSON object in place of the table.")
  private boolean json;

  @Mixin private DeviceOptions device;

  @Override
  public void run() {
    ModelFiles files = new ModelFiles(folder.path(), ModelKind.TRANSLATOR);
    Seq2SeqTokens tokens = Seq2SeqTokens.read(files);
    List<Pair> pairs = PairFile.read(corpus, notes());
    Seq2SeqData set = new Seq2SeqData(corpus.toString(), pairs, tokens);
    PrintWriter err = err();
    Terminal terminal = terminal();
    try (Backend backend = device.open(err);
        Seq2SeqNetwork translator = Seq2SeqNetwork.open(files, backend);
        Seq2SeqGenerator writer = new Seq2SeqGenerator(translator, search.request())) {
      int[][] sources = IntStream.range(0, set.count()).mapToObj(set::source).toArray(int[][]::new);
      ScoringProgress progress = new ScoringProgress(err, terminal);
      List<List<BeamSearch.Found>> found =
          writer.translate(sources, done -> progress.windows(done, sources.length));
      TrainingTask.Validation validation = Seq2SeqScorer.score(translator, set).checked();
      print(pairs, found, validation, tokens.target());
    }
  }

  private void print(
      List<Pair> pairs,
      List<List<BeamSearch.Found>> found,
      TrainingTask.Validation validation,
      Seq2SeqTokens.Side target) {
    List<ScoredCaption> captions = new ArrayList<>();
    List<String> wrong = new ArrayList<>();
    Seq2SeqEvalPage drawn = new Seq2SeqEvalPage();
    int exact = 0;
    for (int i = 0; i < pairs.size(); i++) {
      int[] written = found.get(i).getFirst().ids();
      List<String> wanted = target.split(pairs.get(i).target());
      List<String> own = target.vocabulary().decode(written);
      Pair pair = pairs.get(i);
      drawn.add(
          pair.source(), pair.target(), target.line(written), wanted.size(), own.equals(wanted));
      captions.add(new ScoredCaption(own, List.of(wanted)));
      if (own.equals(wanted)) {
        exact++;
      } else if (wrong.size() < errors) {
        wrong.add(
            String.join(
                "\t",
                Visible.name(pairs.get(i).source()),
                Visible.name(pairs.get(i).target()),
                Visible.name(target.line(written))));
      }
    }
    if (page.file() != null) {
      double bleu =
          target.level() == Level.WORD ? Bleu.score(captions)[Bleu.ORDERS - 1] : Double.NaN;
      drawn.write(page.file(), folder.path(), corpus, validation, bleu);
    }
    PrintWriter out = out();
    double accuracy = validation.accuracy() == null ? 0 : validation.accuracy();
    if (json) {
      Map<String, Object> values = new LinkedHashMap<>();
      values.put("pairs", pairs.size());
      values.put("exact", exact);
      values.put("accuracy", accuracy);
      values.put("targets", validation.targets());
      values.put("loss", validation.loss());
      values.put("perplexity", Math.exp(validation.loss()));
      if (target.level() == Level.WORD) {
        values.put("bleu", Bleu.score(captions));
      }
      values.put("errors", wrong.stream().map(line -> line.split("\t", -1)).toList());
      out.println(Json.line(values));
      out.flush();
      return;
    }
    out.printf(Locale.ROOT, "pairs           %,d%n", pairs.size());
    out.printf(Locale.ROOT, "exact           %.2f %% (%,d)%n", 100.0 * exact / pairs.size(), exact);
    out.printf(
        Locale.ROOT,
        "next tokens     %.2f %% of %,d, ends included%n",
        100 * accuracy,
        validation.targets());
    out.printf(Locale.ROOT, "loss            %.6f nats per token%n", validation.loss());
    out.printf(Locale.ROOT, "perplexity      %.4f%n", Math.exp(validation.loss()));
    if (target.level() == Level.WORD) {
      String scores =
          String.join(
              "  ",
              Arrays.stream(Bleu.score(captions))
                  .mapToObj(score -> String.format(Locale.ROOT, "%.2f", 100 * score))
                  .toList());
      out.printf("BLEU-1 to -4    %s%n", scores);
    }
    wrong.forEach(out::println);
    out.flush();
  }
}
