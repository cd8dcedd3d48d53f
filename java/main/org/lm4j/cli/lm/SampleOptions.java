package org.lm4j.cli.lm;

import java.io.ByteArrayOutputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lm4j.cli.options.Converters;
import org.lm4j.cli.options.HelpValues;
import org.lm4j.compute.Backend;
import org.lm4j.decode.SamplingOptions;
import org.lm4j.task.lm.GenerationUnit;
import org.lm4j.task.lm.Generator;
import org.lm4j.task.lm.LanguageModelConfig;
import org.lm4j.task.lm.LanguageModelNetwork;
import org.lm4j.text.Level;
import org.lm4j.text.Vocabulary;
import org.lm4j.train.Run;
import picocli.CommandLine.Option;

/** The options of the texts that a training run generates. */
final class SampleOptions implements HelpValues {
  private static final int CHARACTERS = 300;
  private static final int WORDS = 60;
  private static final int SEQUENCES = 5;

  @Option(
      names = "--sample",
      paramLabel = "N",
      converter = Converters.NonNegativeInt.class,
      description =
          "Tokens of the sample at the end, or of each of some sample lines, 0 for none [{characters}"
              + " characters or {words} words or subwords].")
  private @Nullable Integer sample;

  @Override
  public Map<String, String> helpValues() {
    return Map.of("characters", Integer.toString(CHARACTERS), "words", Integer.toString(WORDS));
  }

  /** Prints what the best weights of a finished run generate. */
  void print(Run<LanguageModelNetwork> run, Backend backend, PrintWriter out) {
    Vocabulary vocabulary = LanguageModelConfig.vocabulary(run.files());
    int length =
        sample != null
            ? sample
            : vocabulary.level() == Level.WORD || vocabulary.level() == Level.SUBWORD
                ? WORDS
                : CHARACTERS;
    if (length == 0) {
      return;
    }
    try (LanguageModelNetwork best = LanguageModelNetwork.open(run.files(), backend, false);
        Generator generator = new Generator(best, vocabulary)) {
      ByteArrayOutputStream written = new ByteArrayOutputStream();
      GenerationUnit unit =
          new GenerationUnit(LanguageModelConfig.segmentation(run.files()), vocabulary);
      Generator.Request request =
          new Generator.Request(
                  length,
                  new SamplingOptions(0.8, 0, 1, false),
                  run.plan().recipe().seed(),
                  0,
                  List.of())
              .ending(unit);
      if (!unit.canBegin()) {
        return; // there is nothing to read first
      }
      int[] prompt = unit.prompt("");
      for (int i = 0; i < (unit.hasEnd() ? SEQUENCES : 1); i++) {
        generator.generate(prompt, request.another(i), written);
        written.write('\n');
      }
      out.println();
      out.print(written.toString(StandardCharsets.UTF_8));
      out.flush();
    }
  }
}
