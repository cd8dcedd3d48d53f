package org.lm4j.cli;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.lm4j.InputException;
import org.lm4j.compute.Backend;
import org.lm4j.data.ConllFile;
import org.lm4j.data.ConllSentence;
import org.lm4j.io.TextLines;
import org.lm4j.model.ModelFiles;
import org.lm4j.model.ModelKind;
import org.lm4j.model.Tagger;
import org.lm4j.model.TaggerConfig;
import org.lm4j.model.TaggerText;
import org.lm4j.model.TaggerVocabulary;
import org.lm4j.text.Words;
import org.lm4j.train.TagScorer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code lm tag tag}: puts tags to the words of a text. */
@Command(
    name = "tag",
    sortOptions = false,
    customSynopsis = "lm tag tag --model DIR [FILE] [OPTIONS]",
    description = {
      "Put a tag to each word of a text, a sentence a line, its words separated by white space.",
      "Prints CoNLL columns: the word and its tag, a blank line after each sentence. With --conll"
          + " the text is in columns itself, and the tag is printed behind them.",
      ""
    },
    footer = {
      "",
      "Examples:",
      "  echo 'He reckons the deficit will narrow .' | lm tag tag --model models/pos",
      "  lm tag tag --model models/chunks --conll test.txt > tagged.txt"
    })
final class TagTagCommand implements Callable<Integer> {
  private static final int SENTENCES = 1000; // tagged together

  @Spec private CommandSpec spec;

  @Option(names = "--model", paramLabel = "DIR", required = true, description = "Model folder.")
  private Path folder;

  @Parameters(
      paramLabel = "FILE",
      arity = "0..1",
      converter = PathConverters.Source.class,
      description = "The text; - is the standard input [-].")
  private String file = "-";

  @Option(
      names = "--conll",
      description = "Read CoNLL columns, words and features where the model was taught them.")
  private boolean conll;

  @Mixin private DeviceOptions device;

  @Override
  public Integer call() {
    ModelFiles files = new ModelFiles(folder, ModelKind.TAGGER);
    TaggerConfig config = files.config(TaggerConfig.class);
    TaggerVocabulary vocabulary = TaggerVocabulary.read(files, config);
    if (!conll && !config.featureColumns().isEmpty()) {
      throw new InputException(
          "%s reads column %s beside the words: give a text in columns, with --conll."
              .formatted(folder, config.featureColumns()));
    }
    try (Backend backend = device.open(spec.commandLine().getErr());
        Tagger tagger = Tagger.open(files, backend);
        TagScorer scorer = new TagScorer(tagger)) {
      Printer printer = new Printer(tagger, vocabulary, scorer, Lm.results(spec));
      if (conll) {
        readColumns(printer);
      } else {
        readLines(printer::words);
      }
      printer.print();
    }
    return ExitCodes.OK;
  }

  private boolean isStandardInput() {
    return file.equals("-");
  }

  /** What messages call the text. */
  private String name() {
    return isStandardInput() ? "the standard input" : file;
  }

  private void readColumns(Printer printer) {
    if (isStandardInput()) {
      ConllFile.read(System.in, name(), printer::columns);
    } else {
      ConllFile.read(Path.of(file), printer::columns);
    }
  }

  private void readLines(Consumer<List<String>> sentences) {
    TextLines.Reader reader =
        (line, number) -> {
          List<String> words = Words.in(line);
          if (words.size() > ConllFile.MOST_TOKENS) {
            throw new InputException(
                "%s: %,d words, more than the %,d a sentence may have; put each on a line of its own."
                    .formatted(
                        TextLines.place(name(), number), words.size(), ConllFile.MOST_TOKENS));
          }
          if (!words.isEmpty()) {
            sentences.accept(words);
          }
        };
    if (!isStandardInput()) {
      TextLines.read(Path.of(file), reader);
      return;
    }
    try {
      TextLines.read(new BufferedInputStream(System.in), name(), reader);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the standard input: " + e.getMessage(), e);
    }
  }

  /** Tags sentences, some at a time, and prints them. */
  private static final class Printer {
    private final Tagger tagger;
    private final TaggerVocabulary vocabulary;
    private final TagScorer scorer;
    private final PrintWriter out;
    private final List<List<List<String>>> rows = new ArrayList<>(); // by sentence, by token
    private TaggerText text;

    Printer(Tagger tagger, TaggerVocabulary vocabulary, TagScorer scorer, PrintWriter out) {
      this.tagger = tagger;
      this.vocabulary = vocabulary;
      this.scorer = scorer;
      this.out = out;
      this.text = new TaggerText(vocabulary);
    }

    void words(List<String> words) {
      text.add(words);
      rows.add(words.stream().map(List::of).toList());
      printIfMany();
    }

    void columns(ConllSentence sentence) {
      text.add(sentence, tagger.config().columns(), false);
      rows.add(sentence.rows());
      printIfMany();
    }

    private void printIfMany() {
      if (rows.size() == SENTENCES) {
        print();
      }
    }

    void print() {
      int[][] answers = scorer.answers(text);
      for (int i = 0; i < answers.length; i++) {
        for (int t = 0; t < answers[i].length; t++) {
          out.println(
              String.join(" ", rows.get(i).get(t)) + " " + vocabulary.tags().get(answers[i][t]));
        }
        out.println();
      }
      out.flush();
      rows.clear();
      text = new TaggerText(vocabulary);
    }
  }
}
