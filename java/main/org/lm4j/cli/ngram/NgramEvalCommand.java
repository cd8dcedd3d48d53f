package org.lm4j.cli.ngram;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lm4j.cli.frame.Subcommand;
import org.lm4j.cli.options.ModelFolder;
import org.lm4j.cli.options.PathConverters;
import org.lm4j.cli.report.ReadingProgress;
import org.lm4j.io.Json;
import org.lm4j.task.lm.ngram.NgramEvaluation;
import org.lm4j.task.lm.ngram.NgramModel;
import org.lm4j.text.CorpusBuilder;
import org.lm4j.text.Sources;
import org.lm4j.text.token.TokenFile;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code lm ngram eval}: evaluates an n-gram model as SRILM and KenLM do. */
@Command(
    name = "eval",
    customSynopsis = "lm ngram eval --model DIR --corpus PATH... [--json]",
    description = {
      "Evaluate an n-gram model as SRILM and KenLM do.",
      "Every token and every line end is a target, the first one too, where lm eval begins with the"
          + " second. Text that the vocabulary lacks is scored as <unk>, and the perplexity without it"
          + " is printed too. The last table shows for how many targets the longest n-gram that the"
          + " model lists has a length."
    },
    footer = {"Example:", "  lm ngram eval --model models/kn5 --corpus ptb.test.txt"})
public final class NgramEvalCommand extends Subcommand implements Runnable {
  @Mixin private ModelFolder folder;

  @Option(
      names = "--corpus",
      paramLabel = "PATH",
      converter = PathConverters.Source.class,
      arity = "1..*",
      required = true,
      description =
          "Text to score: files, folders (all text files inside), .gz, .zip, - for standard input.")
  private List<String> corpus = new ArrayList<>();

  @Option(names = "--json", description = "Print one JSON object in place of the text.")
  private boolean json;

  @Override
  public void run() {
    Sources text = Sources.of(corpus, System.in, folder.path());
    try (NgramModel model = NgramModel.load(folder.path());
        TokenFile tokens =
            CorpusBuilder.encode(
                model.vocabulary(), text, new ReadingProgress(err(), terminal()))) {
      NgramEvaluation found = NgramEvaluation.of(model, tokens);
      PrintWriter out = out();
      if (json) {
        out.println(Json.line(values(found)));
      } else {
        print(found, out);
      }
      out.flush();
    }
  }

  private Map<String, @Nullable Object> values(NgramEvaluation found) {
    Map<String, @Nullable Object> values = new LinkedHashMap<>();
    values.put("model", folder.path().toString());
    values.put("corpus", corpus);
    values.put("targets", found.targets());
    values.put("line_ends", found.lineEnds());
    values.put("oov", found.unknown());
    values.put("loss", found.nats() / found.targets());
    values.put("perplexity", found.perplexity());
    values.put("perplexity_excluding_oov", finite(found.perplexityOfKnown()));
    values.put("log10_probability", found.log10());
    values.put("matched", found.matched());
    return values;
  }

  private static @Nullable Double finite(double value) {
    return Double.isFinite(value) ? value : null;
  }

  private static void print(NgramEvaluation found, PrintWriter out) {
    line(out, "targets", String.format(Locale.ROOT, "%,d", found.targets()));
    line(out, "of these line ends", String.format(Locale.ROOT, "%,d", found.lineEnds()));
    line(
        out,
        "out of vocabulary",
        String.format(
            Locale.ROOT,
            "%,d (%.2f %%)",
            found.unknown(),
            100.0 * found.unknown() / found.targets()));
    line(out, "loss (nats per target)", number(found.nats() / found.targets(), 6));
    line(out, "perplexity", number(found.perplexity(), 4));
    line(
        out,
        "perplexity without OOV",
        found.unknown() == found.targets() ? "none" : number(found.perplexityOfKnown(), 4));
    line(out, "log10 of the probability", number(found.log10(), 4));
    out.println();
    out.println("length of n-gram  targets");
    for (int i = 0; i < found.matched().size(); i++) {
      long count = found.matched().get(i);
      out.printf(
          Locale.ROOT, "%16d  %,d (%.1f %%)%n", i + 1, count, 100.0 * count / found.targets());
    }
  }

  private static String number(double value, int digits) {
    return Double.isFinite(value)
        ? String.format(Locale.ROOT, "%." + digits + "f", value)
        : "too large for a number";
  }

  private static void line(PrintWriter out, String name, String value) {
    out.println(String.format(Locale.ROOT, "%-26s%s", name, value));
  }
}
