package org.lm4j.cli.adapt;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.cli.frame.Terminal;
import org.lm4j.cli.report.ProgressLine;
import org.lm4j.cli.report.ReadingProgress;
import org.lm4j.compute.Backend;
import org.lm4j.model.ModelFiles;
import org.lm4j.model.ModelKind;
import org.lm4j.task.lm.ScoringModel;
import org.lm4j.task.lm.adapt.Adaptation;
import org.lm4j.task.lm.adapt.AdaptedModel;
import org.lm4j.task.lm.adapt.Tuning;
import org.lm4j.text.CorpusBuilder;
import org.lm4j.text.Sources;
import org.lm4j.text.Vocabulary;
import org.lm4j.text.token.TokenFile;

/** Opens models that are mixed and adapt as the options say. */
public final class AdaptedModels {
  private final AdaptationOptions options;
  private final Backend backend;
  private final PrintWriter err;
  private final Terminal terminal;

  /**
   * Prepares to open models.
   *
   * @param err receives progress, and the settings that were chosen
   */
  public AdaptedModels(
      AdaptationOptions options, Backend backend, PrintWriter err, Terminal terminal) {
    this.options = options;
    this.backend = backend;
    this.err = err;
    this.terminal = terminal;
  }

  /**
   * Opens the model in a folder, mixed and adapting as asked; settings are chosen first where that
   * is asked for.
   *
   * @return a model that the caller closes
   * @throws InputException if a folder holds no model that predicts text, or models and settings do
   *     not go together
   */
  public ScoringModel open(Path folder) {
    options.requireSense();
    if (!options.asked()) {
      return ScoringModel.open(folder, backend);
    }
    Path file = options.with();
    Adaptation given = file == null ? options.wanted().defaults() : Adaptation.read(file);
    List<ScoringModel> opened = new ArrayList<>();
    try {
      opened.add(ScoringModel.open(folder, backend));
      for (Adaptation.Part part : given.mix()) {
        opened.add(ScoringModel.open(Path.of(part.model()), backend));
      }
      ScoringModel main = opened.getFirst();
      List<ScoringModel> others = opened.subList(1, opened.size());
      Supplier<TokenFile> training = () -> training(folder, main.vocabulary());
      Adaptation adaptation = given;
      String validation = options.tune();
      if (validation != null) {
        adaptation = tuned(folder, validation, main, others, training);
      }
      AdaptedModel model = new AdaptedModel(main, others, adaptation, training);
      Path save = options.save();
      if (save != null) {
        adaptation.save(save);
      }
      return model;
    } catch (RuntimeException | Error e) {
      opened.forEach(ScoringModel::close);
      throw e;
    }
  }

  private TokenFile training(Path folder, Vocabulary vocabulary) {
    String text = options.dynamicText();
    if (text != null) {
      return encode(text, folder, vocabulary);
    }
    ModelFiles files = new ModelFiles(folder, ModelKind.LANGUAGE_MODEL);
    if (!files.hasTokens(CorpusBuilder.TRAIN)) {
      throw new InputException(
          ("%s has no training text, whose gradients --dynamic rms measures; name a text with"
                  + " --dynamic-text, or use --dynamic sgd.")
              .formatted(folder));
    }
    return files.tokens(CorpusBuilder.TRAIN);
  }

  private TokenFile encode(String text, Path folder, Vocabulary vocabulary) {
    Sources sources = Sources.of(List.of(text), System.in, folder);
    return CorpusBuilder.encode(vocabulary, sources, new ReadingProgress(err, terminal));
  }

  private Adaptation tuned(
      Path folder,
      String validation,
      ScoringModel main,
      List<ScoringModel> others,
      Supplier<TokenFile> training) {
    Tuning.Result result;
    try (TokenFile text = encode(validation, folder, main.vocabulary());
        ProgressLine line = new ProgressLine(err, terminal)) {
      result = Tuning.choose(main, others, options.wanted(), training, text, new Progress(line));
    }
    print(validation, result);
    return result.adaptation();
  }

  /** Shows the passes over the validation text. */
  private record Progress(ProgressLine line) implements Tuning.Listener {
    @Override
    public void progress(String pass, long done, long total) {
      line.update(() -> "%s: %d %%".formatted(pass, 100 * done / total));
    }

    @Override
    public void measured(String settings, double loss) {
      line.print(
          String.format(Locale.ROOT, "tried  %s: perplexity %.2f", settings, Math.exp(loss)));
    }
  }

  private void print(String validation, Tuning.Result result) {
    err.printf(
        Locale.ROOT,
        "chosen on %s, %,d tokens: perplexity %.2f, without adaptation %.2f%n",
        validation,
        result.tokens(),
        Math.exp(result.loss()),
        Math.exp(result.before()));
    describe(result.adaptation()).forEach(line -> err.println("  " + line));
    err.flush();
  }

  /** Describes settings in one line for each part. */
  static List<String> describe(Adaptation adaptation) {
    List<String> lines = new ArrayList<>();
    Adaptation.Dynamic dynamic = adaptation.dynamic();
    if (dynamic != null) {
      lines.add(
          String.format(
              Locale.ROOT,
              "dynamic evaluation  %s, learning rate %.4g, decay %.4g, epsilon %.4g, segments of %d",
              dynamic.rule().name().toLowerCase(Locale.ROOT),
              dynamic.learningRate(),
              dynamic.decay(),
              dynamic.epsilon(),
              dynamic.segment()));
    }
    if (adaptation.temperature() != 1) {
      lines.add(String.format(Locale.ROOT, "temperature         %.4g", adaptation.temperature()));
    }
    double rest = 1;
    Adaptation.UnigramCacheSettings unigram = adaptation.unigramCache();
    Adaptation.NeuralCacheSettings neural = adaptation.neuralCache();
    List<String> parts = new ArrayList<>();
    if (unigram != null) {
      rest -= unigram.weight();
      parts.add(
          String.format(
              Locale.ROOT,
              "unigram cache       weight %.4f, window %d",
              unigram.weight(),
              unigram.window()));
    }
    if (neural != null) {
      rest -= neural.weight();
      parts.add(
          String.format(
              Locale.ROOT,
              "neural cache        weight %.4f, window %d, theta %.4g",
              neural.weight(),
              neural.window(),
              neural.theta()));
    }
    for (Adaptation.Part part : adaptation.mix()) {
      rest -= part.weight();
      parts.add(String.format(Locale.ROOT, "%-19s weight %.4f", part.model(), part.weight()));
    }
    if (!parts.isEmpty()) {
      lines.add(String.format(Locale.ROOT, "model               weight %.4f", rest));
      lines.addAll(parts);
    }
    return lines.isEmpty() ? List.of("nothing: no setting makes it more likely") : lines;
  }

  /** Returns whether the text that is scored is also what settings are chosen on. */
  public static @Nullable String warning(AdaptationOptions options, List<String> corpus) {
    String validation = options.tune();
    return validation != null && corpus.contains(validation)
        ? "the settings are chosen on the text that is scored, so its perplexity is too low"
        : null;
  }
}
