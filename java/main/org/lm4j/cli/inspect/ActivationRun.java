package org.lm4j.cli.inspect;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.lm4j.cli.frame.Visible;
import org.lm4j.compute.Backend;
import org.lm4j.io.AtomicFile;
import org.lm4j.model.ModelFiles;
import org.lm4j.model.ModelKind;
import org.lm4j.task.inspect.Activations;
import org.lm4j.task.inspect.TextBeginning;
import org.lm4j.task.inspect.UnitRanking;
import org.lm4j.task.lm.LanguageModelConfig;
import org.lm4j.task.lm.LanguageModelNetwork;
import org.lm4j.text.EncodedText;
import org.lm4j.text.Sources;
import org.lm4j.text.Vocabulary;

/** Runs {@code lm inspect --activations}. */
final class ActivationRun {
  private final ActivationOptions options;
  private final Path folder;
  private final List<String> corpus;
  private final @Nullable Path page;
  private final PrintWriter out;
  private final Consumer<String> notes;

  /**
   * Creates a run.
   *
   * @param corpus files with the text; none if the options have it
   * @param page the page to draw, if any
   * @param notes receives sentences for the user
   */
  ActivationRun(
      ActivationOptions options,
      Path folder,
      List<String> corpus,
      @Nullable Path page,
      PrintWriter out,
      Consumer<String> notes) {
    this.options = options;
    this.folder = folder;
    this.corpus = corpus;
    this.page = page;
    this.out = out;
    this.notes = notes;
  }

  void run(Backend backend) {
    ModelFiles files = new ModelFiles(folder, ModelKind.LANGUAGE_MODEL);
    Vocabulary vocabulary = LanguageModelConfig.vocabulary(files);
    String given = options.text();
    String text =
        given != null
            ? given
            : TextBeginning.read(
                Sources.of(corpus, System.in, folder), vocabulary.level(), options.tokens());
    EncodedText encoded = EncodedText.of(vocabulary, text);
    try (LanguageModelNetwork model = LanguageModelNetwork.open(files, backend, false);
        Activations activations = Activations.of(model, encoded, options.tokens())) {
      if (activations.steps() == options.tokens()) {
        notes.accept(
            String.format(
                Locale.ROOT, "the first %,d tokens are shown; see --tokens", options.tokens()));
      }
      write(activations, model.config().cell().label());
    }
  }

  private void write(Activations activations, String cell) {
    ActivationReport report = new ActivationReport(activations);
    UnitRanking ranking = UnitRanking.of(activations);
    String tsv = options.tsv();
    List<String> values = report.values(options.values());
    if (tsv != null && tsv.equals("-")) {
      try {
        report.write(out, values);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      out.flush();
    } else {
      report.print(ranking, out);
    }
    if (tsv != null && !tsv.equals("-")) {
      report.write(Path.of(tsv), values);
      written("table", tsv);
    }
    Path npz = options.npz();
    if (npz != null) {
      activations.writeNpz(npz);
      written("archive", npz.toString());
    }
    if (page != null) {
      String name = corpus.isEmpty() ? "a text" : String.join(", ", corpus);
      String html = new ActivationPage(activations, ranking).html(folder, cell, name);
      AtomicFile.writeBytes(page, html.getBytes(StandardCharsets.UTF_8));
      written("page", page.toString());
    }
  }

  private void written(String what, String file) {
    notes.accept("the %s is in %s".formatted(what, Visible.name(file)));
  }
}
