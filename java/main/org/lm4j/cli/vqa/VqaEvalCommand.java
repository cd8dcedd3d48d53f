package org.lm4j.cli.vqa;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.lm4j.cli.frame.Subcommand;
import org.lm4j.cli.frame.Visible;
import org.lm4j.cli.options.DeviceOptions;
import org.lm4j.cli.options.FeatureOptions;
import org.lm4j.cli.options.ModelFolder;
import org.lm4j.cli.options.PageOption;
import org.lm4j.cli.options.PathConverters;
import org.lm4j.cli.report.Tables;
import org.lm4j.compute.Backend;
import org.lm4j.data.Features;
import org.lm4j.io.AtomicFile;
import org.lm4j.io.Json;
import org.lm4j.nn.SoftmaxOutput;
import org.lm4j.task.vqa.Question;
import org.lm4j.task.vqa.QuestionFile;
import org.lm4j.task.vqa.VqaData;
import org.lm4j.task.vqa.VqaNetwork;
import org.lm4j.task.vqa.VqaScorer;
import org.lm4j.train.TrainingTask;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code lm vqa eval}: evaluates a model's answers. */
@Command(
    name = "eval",
    customSynopsis = "lm vqa eval --model DIR --features FILE --questions FILE.tsv [OPTIONS]",
    description = {
      "Measure how many questions a model answers correctly, in total and by kind.",
      "A question whose answer did not occur in training counts as wrong; their number is "
          + "printed."
    },
    footer = {
      "Example:",
      "  lm vqa eval --model models/vqa --features test.npz \\",
      "              --questions test.questions.tsv"
    })
public final class VqaEvalCommand extends Subcommand implements Runnable {
  @Mixin private ModelFolder folder;

  @Mixin private FeatureOptions features;

  @Option(
      names = "--questions",
      paramLabel = "FILE",
      required = true,
      description = "Questions with their answers.")
  private Path questions;

  @Option(
      names = "--per-question",
      paramLabel = "FILE.tsv",
      converter = PathConverters.Output.class,
      description =
          "Write a line for each question: the question, the right answer and the " + "model's.")
  private @Nullable Path perQuestion;

  @Mixin
  private PageOption page =
      new PageOption(
          "Draw accuracy by kind, which answers are confused, and the errors of which the model was"
              + " most certain, as a page.");

  @Option(names = "--json", description = "Print one JSON object in place of the table.")
  private boolean json;

  @Mixin private DeviceOptions device;

  /** The counts of one kind of question. */
  private static final class Tally {
    private long all;
    private long right;

    private void count(boolean isRight) {
      all++;
      right += isRight ? 1 : 0;
    }

    private double share() {
      return (double) right / all;
    }

    private String percent() {
      return String.format(Locale.ROOT, "%6.2f %%", 100.0 * right / all);
    }
  }

  @Override
  public void run() {
    VqaModel model = VqaModel.read(folder.path());
    try (Features read = features.read()) {
      VqaData set =
          model.set(
              new VqaData.Source(
                  read, QuestionFile.read(questions, notes()), questions.toString()));
      Map<String, Tally> kinds = new TreeMap<>();
      String[] lines = new String[set.count()];
      VqaEvalPage drawn = new VqaEvalPage(model);
      TrainingTask.Validation score;
      try (Backend backend = device.open(err());
          VqaNetwork answerer = model.open(backend)) {
        score =
            VqaScorer.score(
                answerer,
                set,
                (i, answer, probability) -> {
                  Question question = set.question(i);
                  boolean right = answer == set.answer(i);
                  kinds.computeIfAbsent(question.kind(), kind -> new Tally()).count(right);
                  drawn.add(question, answer, probability);
                  lines[i] = line(question, model.labels().get(answer), probability, right);
                });
      }
      if (IntStream.range(0, set.count()).anyMatch(i -> set.answer(i) != SoftmaxOutput.IGNORE)) {
        score.checked(); // without a question whose answer the model knows there is no loss
      }
      if (perQuestion != null) {
        String table =
            "image\tquestion\tkind\tanswer\tsaid\tprobability\tright\n" + String.join("", lines);
        AtomicFile.writeBytes(perQuestion, table.getBytes(StandardCharsets.UTF_8));
      }
      print(set, score, kinds);
      if (page.file() != null) {
        drawn.write(page.file(), questions, score);
      }
    }
  }

  private static String line(Question question, String said, double probability, boolean right) {
    return String.join(
            "\t",
            Visible.name(question.image()),
            Visible.name(question.text()),
            Visible.name(question.kind()),
            Visible.name(question.answer()),
            Visible.name(said),
            String.format(Locale.ROOT, "%.4f", probability),
            right ? "1" : "0")
        + "\n";
  }

  private void print(VqaData set, TrainingTask.Validation score, Map<String, Tally> kinds) {
    Tally all = new Tally();
    kinds
        .values()
        .forEach(
            tally -> {
              all.all += tally.all;
              all.right += tally.right;
            });
    PrintWriter out = out();
    if (json) {
      out.println(Json.line(values(score, all, kinds)));
      out.flush();
      warnOfUnknownAnswers(set);
      return;
    }
    out.printf(Locale.ROOT, "questions  %,d%n", all.all);
    if (Double.isFinite(score.loss())) {
      out.printf(Locale.ROOT, "loss       %.4f%n", score.loss());
    }
    out.printf("accuracy   %s%n", all.percent().strip());
    if (kinds.size() > 1 || !kinds.containsKey("")) {
      printKinds(kinds, out);
    }
    out.flush();
    warnOfUnknownAnswers(set);
  }

  private static Map<String, @Nullable Object> values(
      TrainingTask.Validation score, Tally all, Map<String, Tally> kinds) {
    Map<String, @Nullable Object> values = new LinkedHashMap<>();
    values.put("questions", all.all);
    values.put("loss", score.loss());
    values.put("accuracy", all.share());
    Map<String, Object> each = new LinkedHashMap<>();
    kinds.forEach(
        (kind, tally) -> each.put(kind, Map.of("questions", tally.all, "accuracy", tally.share())));
    values.put("kinds", each);
    return values;
  }

  private static void printKinds(Map<String, Tally> kinds, PrintWriter out) {
    List<String> shown =
        kinds.keySet().stream()
            .sorted(Comparator.comparingLong(kind -> -tally(kinds, kind).all))
            .limit(Tables.MOST_ROWS)
            .sorted()
            .toList();
    int width = Tables.width(shown, 16);
    for (String kind : shown) {
      Tally tally = tally(kinds, kind);
      out.printf(
          Locale.ROOT,
          "  %s %s of %,d%n",
          Tables.cell(kind.isEmpty() ? "(no kind)" : kind, width),
          tally.percent(),
          tally.all);
    }
    if (kinds.size() > shown.size()) {
      out.println(Tables.more(kinds.size() - shown.size(), "kinds", "--per-question names all"));
    }
  }

  private static Tally tally(Map<String, Tally> kinds, String kind) {
    return Objects.requireNonNull(kinds.get(kind));
  }

  private void warnOfUnknownAnswers(VqaData set) {
    int unknown = 0;
    Question first = null;
    for (int i = 0; i < set.count(); i++) {
      if (set.answer(i) == SoftmaxOutput.IGNORE) {
        unknown++;
        first = first == null ? set.question(i) : first;
      }
    }
    if (first != null) {
      PrintWriter err = err();
      err.printf(
          Locale.ROOT,
          "note: %,d of these questions have answers the model does not know and count as wrong;"
              + " the first is '%s' in %s%n",
          unknown,
          first.answer(),
          first.place());
      err.flush();
    }
  }
}
