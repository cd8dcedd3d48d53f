package org.lm4j.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.lm4j.compute.Backend;
import org.lm4j.data.ConllColumns;
import org.lm4j.data.ConllFile;
import org.lm4j.data.ConllSentence;
import org.lm4j.io.AtomicFile;
import org.lm4j.metric.SpanScore;
import org.lm4j.model.ModelFiles;
import org.lm4j.model.ModelKind;
import org.lm4j.model.Tagger;
import org.lm4j.model.TaggerConfig;
import org.lm4j.model.TaggerText;
import org.lm4j.model.TaggerVocabulary;
import org.lm4j.train.TagScorer;
import org.lm4j.train.TrainingTask;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code lm tag eval}: how well a tagger knows the tags of sentences. */
@Command(
    name = "eval",
    sortOptions = false,
    customSynopsis = "lm tag eval --model DIR --corpus FILE [OPTIONS]",
    description = {
      "Tell how well a tagger knows the tags of sentences in CoNLL columns.",
      "Where the tags mark spans (B-NP, I-NP, O), precision, recall and F1 of whole spans are"
          + " counted as conlleval does.",
      ""
    },
    footer = {
      "",
      "Examples:",
      "  lm tag eval --model models/pos --corpus test.txt",
      "  lm tag eval --model models/chunks --corpus test.txt --answers answers.txt"
    })
final class TagEvalCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(names = "--model", paramLabel = "DIR", required = true, description = "Model folder.")
  private Path folder;

  @Option(
      names = "--corpus",
      paramLabel = "FILE",
      required = true,
      description = "Sentences with tags, in the columns the model was taught.")
  private Path corpus;

  @Option(
      names = "--tag-column",
      paramLabel = "N",
      converter = Converters.PositiveInt.class,
      description = "Column of the tags [as the model was taught].")
  private @Nullable Integer tagColumn;

  @Option(
      names = "--answers",
      paramLabel = "FILE",
      converter = PathConverters.Output.class,
      description = "Write word, tag and answer of each token, as conlleval reads them.")
  private @Nullable Path answersFile;

  @Mixin private DeviceOptions device;

  @Override
  public Integer call() {
    ModelFiles files = new ModelFiles(folder, ModelKind.TAGGER);
    TaggerConfig config = files.config(TaggerConfig.class);
    TaggerVocabulary vocabulary = TaggerVocabulary.read(files, config);
    ConllColumns own = config.columns();
    ConllColumns columns =
        tagColumn == null ? own : new ConllColumns(own.word(), tagColumn, own.features());
    List<ConllSentence> sentences = ConllFile.read(corpus);
    TaggerText text = new TaggerText(vocabulary);
    sentences.forEach(sentence -> text.add(sentence, columns, true));
    int[][] answers = new int[text.size()][];
    TrainingTask.Validation score;
    try (Backend backend = device.open(spec.commandLine().getErr());
        Tagger tagger = Tagger.open(files, backend);
        TagScorer scorer = new TagScorer(tagger)) {
      score = scorer.score(text, answers);
    }
    SpanScore spans = new SpanScore();
    for (int i = 0; i < answers.length; i++) {
      spans.add(columns.tags(sentences.get(i)), names(answers[i], vocabulary));
    }
    print(score, spans, vocabulary.tags().stream().allMatch(SpanScore::isSpanTag));
    if (answersFile != null) {
      write(answersFile, sentences, columns, answers, vocabulary);
    }
    return ExitCodes.OK;
  }

  private static List<String> names(int[] ids, TaggerVocabulary vocabulary) {
    return IntStream.of(ids).mapToObj(vocabulary.tags()::get).toList();
  }

  private void print(TrainingTask.Validation score, SpanScore spans, boolean areSpans) {
    PrintWriter out = spec.commandLine().getOut();
    out.printf(Locale.ROOT, "tokens    %,d%n", spans.tokens());
    long unknown = spans.tokens() - score.targets();
    if (unknown > 0) {
      out.printf(Locale.ROOT, "unknown   %,d with tags never learned: counted as wrong%n", unknown);
    }
    out.printf(Locale.ROOT, "loss      %.4f%n", score.loss());
    out.printf(Locale.ROOT, "accuracy  %.2f %%%n", 100 * spans.accuracy());
    if (areSpans) {
      out.printf(
          "%n%-10s %9s %9s %9s %8s %8s %8s%n",
          "spans", "precision", "recall", "F1", "there", "answered", "found");
      row(out, "all", spans.all());
      spans.types().forEach((type, counts) -> row(out, type, counts));
    }
    out.flush();
  }

  private static void row(PrintWriter out, String name, SpanScore.Counts counts) {
    out.printf(
        Locale.ROOT,
        "%-10s %7.2f %% %7.2f %% %9.2f %,8d %,8d %,8d%n",
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
        lines.append(words.get(t)).append(' ').append(tags.get(t)).append(' ');
        lines.append(vocabulary.tags().get(answers[i][t])).append('\n');
      }
      lines.append('\n');
    }
    AtomicFile.writeBytes(file, lines.toString().getBytes(java.nio.charset.StandardCharsets.UTF_8));
  }
}
