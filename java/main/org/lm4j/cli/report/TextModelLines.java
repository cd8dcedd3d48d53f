package org.lm4j.cli.report;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.lm4j.model.ModelFiles;
import org.lm4j.task.lm.LanguageModelConfig;
import org.lm4j.task.lm.LanguageModelNetwork;
import org.lm4j.task.lm.size.SizeAdvice;
import org.lm4j.text.CorpusBuilder;
import org.lm4j.text.Vocabulary;
import org.lm4j.text.token.TokenFile;
import org.lm4j.train.Run;

/** What is said of a language model and its text before it is trained. */
final class TextModelLines {
  private TextModelLines() {}

  /** Returns the lines, with advice if the model has many or few weights for the text. */
  static List<String> of(Run<LanguageModelNetwork> run) {
    LanguageModelConfig config = run.model().config();
    List<String> lines = new ArrayList<>(corpus(run.files()));
    lines.add(
        String.format(
            Locale.ROOT,
            "model    %s %d × %d, embedding %d%s%s%s: %,d weights",
            config.cell().label(),
            config.layers(),
            config.hidden(),
            config.embedding(),
            config.tied() ? ", tied" : "",
            config.output().words(),
            config.rates().words(),
            run.model().parameters().count()));
    advice(run).ifPresent(advice -> lines.add("advice   " + advice));
    return lines;
  }

  private static Optional<String> advice(Run<LanguageModelNetwork> run) {
    Path text = run.files().path().resolve(CorpusBuilder.TRAIN);
    try (TokenFile training = TokenFile.open(text)) {
      return Optional.ofNullable(
          SizeAdvice.before(
              run.model().parameters().count(),
              training.stats().text().characters(),
              run.model().config().rates().units()));
    }
  }

  private static List<String> corpus(ModelFiles files) {
    Vocabulary vocabulary = LanguageModelConfig.vocabulary(files);
    long all;
    long held = 0;
    long oov;
    boolean validates = files.hasTokens(CorpusBuilder.VALID);
    try (TokenFile training = TokenFile.open(files.path().resolve(CorpusBuilder.TRAIN))) {
      all = training.size();
      oov = training.stats().text().oov();
    }
    if (validates) {
      try (TokenFile validation = TokenFile.open(files.path().resolve(CorpusBuilder.VALID))) {
        held = validation.size();
        oov += validation.stats().text().oov();
      }
    }
    String corpus =
        String.format(
            Locale.ROOT,
            "corpus   %,d %s tokens, %,d different%s",
            all,
            vocabulary.level().label(),
            vocabulary.size(),
            validates ? ", %,d held out".formatted(held) : ", no validation text");
    if (oov == 0) {
      return List.of(corpus);
    }
    String unknown =
        String.format(
            Locale.ROOT,
            "unknown  %,d tokens (%.2f %%) are <unk>: perplexities compare only with those of the"
                + " same vocabulary",
            oov,
            100.0 * oov / (all + held));
    return List.of(corpus, unknown);
  }
}
