package org.lm4j.cli.tag;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.lm4j.cli.frame.Subcommand;
import org.lm4j.cli.frame.Visible;
import org.lm4j.cli.options.DeviceOptions;
import org.lm4j.cli.options.ModelFolder;
import org.lm4j.cli.options.PageOption;
import org.lm4j.cli.options.PathConverters;
import org.lm4j.cli.report.Tables;
import org.lm4j.compute.Backend;
import org.lm4j.io.AtomicFile;
import org.lm4j.io.Json;
import org.lm4j.model.ModelFiles;
import org.lm4j.model.ModelKind;
import org.lm4j.task.tag.ConllColumns;
import org.lm4j.task.tag.ConllFile;
import org.lm4j.task.tag.ConllSentence;
import org.lm4j.task.tag.SpanScore;
import org.lm4j.task.tag.SpanTags;
import org.lm4j.task.tag.TagConfusions;
import org.lm4j.task.tag.TaggerConfig;
import org.lm4j.task.tag.TaggerNetwork;
import org.lm4j.task.tag.TaggerScorer;
import org.lm4j.task.tag.TaggerText;
import org.lm4j.task.tag.TaggerVocabulary;
import org.lm4j.train.TrainingTask;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code lm tag eval}: evaluates a tagger on tagged sentences. */
@Command(
    name = "eval",
    customSynopsis = "lm tag eval --model DIR --corpus FILE [OPTIONS]",
    description = {
      "Evaluate a tagger on sentences in CoNLL columns.",
      "Where tags mark spans (B-NP, I-NP, O), precision, recall and F1 of whole spans are counted"
          + " as conlleval does. E- or L- end a span, S- or U- are one by themselves (BIOES, BILUO,"
          + " IOE); tags of any other form are named and count as outside."
    },
    footer = {
      "Examples:",
      "  lm tag eval --model models/pos --corpus test.txt",
      "  lm tag eval --model models/chunks --corpus test.txt --answers answers.txt",
      "  lm tag eval --model models/pos --corpus test.txt --page test.html"
    })
public final class TagEvalCommand extends Subcommand implements Runnable {
  private static final int SHOWN = 5; // tags named as examples

  @Mixin private ModelFolder folder;

  @Option(
      names = "--corpus",
      paramLabel = "FILE",
      required = true,
      description = "Sentences with tags, in the same columns as in training.")
  private Path corpus;

  @Option(
      names = "--tag-column",
      paramLabel = "N",
      description = "Column of the tags [as in training].")
  private @Nullable Integer tagColumn;

  @Option(
      names = "--answers",
      paramLabel = "FILE",
      converter = PathConverters.Output.class,
      description = "Write word, tag and answer of each token, as conlleval reads them.")
  private @Nullable Path answersFile;

  @Mixin
  private PageOption page =
      new PageOption(
          "Draw which tags are confused, how well each is recognized, and examples of errors, as a"
              + " page.");

  @Option(names = "--json", description = "Print one JSON object in place of the table.")
  private boolean json;

  @Mixin private DeviceOptions device;

  @Override
  public void run() {
    ModelFiles files = new ModelFiles(folder.path(), ModelKind.TAGGER);
    TaggerConfig config = files.config(TaggerConfig.class);
    TaggerVocabulary vocabulary = TaggerVocabulary.read(files, config);
    ConllColumns own = config.columns();
    ConllColumns columns =
        tagColumn == null ? own : new ConllColumns(own.word(), tagColumn, own.features());
    ConllFile.Contents contents = ConllFile.readAll(corpus);
    columns.require(contents);
    List<ConllSentence> sentences = contents.sentences();
    TaggerText text = new TaggerText(vocabulary);
    sentences.forEach(sentence -> text.add(sentence, columns, true));
    SkippedLines.note(contents, corpus, err());
    int[][] answers = new int[text.size()][];
    TrainingTask.Validation score;
    try (Backend backend = device.open(err());
        TaggerNetwork tagger = TaggerNetwork.open(files, backend);
        TaggerScorer scorer = new TaggerScorer(tagger)) {
      score = scorer.score(text, answers).checked();
    }
    Set<String> used = new HashSet<>(vocabulary.tags());
    sentences.forEach(sentence -> used.addAll(columns.tags(sentence)));
    SpanTags form = SpanTags.of(used);
    SpanScore spans = new SpanScore(form);
    List<TagConfusions.Sentence> tagged = new ArrayList<>();
    for (int i = 0; i < answers.length; i++) {
      ConllSentence sentence = sentences.get(i);
      tagged.add(
          new TagConfusions.Sentence(
              columns.words(sentence), columns.tags(sentence), names(answers[i], vocabulary)));
      spans.add(tagged.getLast().gold(), tagged.getLast().answer());
    }
    if (json) {
      out().println(Json.line(values(score, spans, form)));
      out().flush();
    } else {
      print(score, spans, form);
    }
    if (answersFile != null) {
      write(answersFile, sentences, columns, answers, vocabulary);
    }
    if (page.file() != null) {
      new TagPage(folder.path(), corpus)
          .write(page.file(), score, new TagConfusions(tagged), spans);
    }
  }

  private static List<String> names(int[] ids, TaggerVocabulary vocabulary) {
    return IntStream.of(ids).mapToObj(vocabulary.tags()::get).toList();
  }

  private static Map<String, @Nullable Object> values(
      TrainingTask.Validation score, SpanScore spans, SpanTags form) {
    Map<String, @Nullable Object> values = new LinkedHashMap<>();
    values.put("tokens", spans.tokens());
    values.put("unknown", spans.tokens() - score.targets());
    values.put("loss", score.loss());
    values.put("accuracy", spans.accuracy());
    Map<String, Object> types = new LinkedHashMap<>();
    spans.types().forEach((type, counts) -> types.put(type, values(counts)));
    values.put("spans", form.any() ? values(spans.all()) : null);
    values.put("types", form.any() ? types : null);
    values.put("tags_that_mark_no_span", spans.unknown());
    return values;
  }

  private static Map<String, Object> values(SpanScore.Counts counts) {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("precision", counts.precision());
    values.put("recall", counts.recall());
    values.put("f1", counts.f1());
    values.put("there", counts.gold());
    values.put("answered", counts.answered());
    values.put("found", counts.found());
    return values;
  }

  private void print(TrainingTask.Validation score, SpanScore spans, SpanTags form) {
    PrintWriter out = out();
    out.printf(Locale.ROOT, "tokens    %,d%n", spans.tokens());
    long unknown = spans.tokens() - score.targets();
    if (unknown > 0) {
      out.printf(Locale.ROOT, "unknown   %,d with tags never learned: counted as wrong%n", unknown);
    }
    out.printf(Locale.ROOT, "loss      %.4f%n", score.loss());
    out.printf(Locale.ROOT, "accuracy  %.2f %%%n", 100 * spans.accuracy());
    if (form.any()) {
      printSpans(spans, out);
    } else {
      out.printf(
          "spans     none: tags such as %s mark no spans, as B-X and I-X do%n",
          examples(spans.unknown()));
    }
    out.flush();
  }

  private static void printSpans(SpanScore spans, PrintWriter out) {
    long outside = spans.unknown().values().stream().mapToLong(Long::longValue).sum();
    if (outside > 0) {
      out.printf(
          Locale.ROOT,
          "outside   %,d tags, right or answered, that mark no span: %s%n",
          outside,
          examples(spans.unknown()));
    }
    List<String> types =
        spans.types().entrySet().stream()
            .sorted(Comparator.comparingLong(type -> -type.getValue().gold()))
            .limit(Tables.MOST_ROWS)
            .map(Map.Entry::getKey)
            .sorted()
            .toList();
    int width = Tables.width(types, 10);
    out.printf(
        "%n%s %9s %9s %9s %8s %8s %8s%n",
        Tables.cell("spans", width), "precision", "recall", "F1", "there", "answered", "found");
    row(out, Tables.cell("all", width), spans.all());
    for (String type : types) {
      row(out, Tables.cell(type.isEmpty() ? "(no type)" : type, width), spans.of(type));
    }
    int hidden = spans.types().size() - types.size();
    if (hidden > 0) {
      out.println(Tables.more(hidden, "types", "--json has all"));
    }
  }

  /** Returns the most frequent of some tags, with their numbers. */
  private static String examples(Map<String, Long> tags) {
    List<String> shown =
        tags.entrySet().stream()
            .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
            .limit(SHOWN)
            .map(tag -> "'%s' (%,d)".formatted(Tables.name(tag.getKey()), tag.getValue()))
            .toList();
    return String.join(", ", shown) + (tags.size() > SHOWN ? ", …" : "");
  }

  private static void row(PrintWriter out, String name, SpanScore.Counts counts) {
    out.printf(
        Locale.ROOT,
        "%s %7.2f %% %7.2f %% %9.2f %,8d %,8d %,8d%n",
        name,
        100 * counts.precision(),
        100 * counts.recall(),
        100 * counts.f1(),
        counts.gold(),
        counts.answered(),
        counts.found());
  }

  private static void write(
      Path file,
      List<ConllSentence> sentences,
      ConllColumns columns,
      int[][] answers,
      TaggerVocabulary vocabulary) {
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < answers.length; i++) {
      List<String> words = columns.words(sentences.get(i));
      List<String> tags = columns.tags(sentences.get(i));
      for (int t = 0; t < answers[i].length; t++) {
        lines.append(cell(words.get(t))).append(' ').append(cell(tags.get(t))).append(' ');
        lines.append(cell(vocabulary.tags().get(answers[i][t]))).append('\n');
      }
      lines.append('\n');
    }
    AtomicFile.writeBytes(file, lines.toString().getBytes(StandardCharsets.UTF_8));
  }

  /** Returns a text that conlleval reads as one field. */
  private static String cell(String text) {
    return Visible.name(text).replace(' ', '_');
  }
}
