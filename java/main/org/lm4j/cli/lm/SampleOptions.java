package org.lm4j.cli.lm;

import java.io.PrintWriter;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.cli.options.Converters;
import org.lm4j.cli.options.HelpValues;
import org.lm4j.compute.Backend;
import org.lm4j.task.lm.GenerationUnit;
import org.lm4j.task.lm.LanguageModelConfig;
import org.lm4j.task.lm.LanguageModelNetwork;
import org.lm4j.task.lm.SampleTexts;
import org.lm4j.train.Run;
import org.lm4j.train.SamplePlan;
import picocli.CommandLine.Option;

/** The options of the texts that a training run generates. */
final class SampleOptions implements HelpValues {
  private static final double LAST_TEMPERATURE = 0.8;

  @Option(
      names = "--sample",
      paramLabel = "N",
      converter = Converters.NonNegativeInt.class,
      description =
          "Tokens of the sample at the end, or of each of some sample lines, 0 for none [{characters}"
              + " characters or {words} words or subwords].")
  private @Nullable Integer sample;

  @Option(
      names = "--sample-every",
      paramLabel = "N",
      converter = Converters.NonNegativeInt.class,
      description = {
        "Print and log samples every N steps, at temperatures 0.5, 0.8 and 1 and with the same seed"
            + " each time; they are also lines of samples.jsonl. 0 for none [0]."
      })
  private @Nullable Integer every;

  @Option(
      names = "--sample-length",
      paramLabel = "N",
      description = "Tokens of each of these samples [as for --sample].")
  private @Nullable Integer length;

  @Option(
      names = "--sample-prompt",
      paramLabel = "TEXT",
      description = "Text that these samples continue [none].")
  private @Nullable String prompt;

  @Override
  public Map<String, String> helpValues() {
    return Map.of(
        "characters",
        Integer.toString(SampleTexts.CHARACTERS),
        "words",
        Integer.toString(SampleTexts.WORDS));
  }

  /**
   * Returns the samples of a run.
   *
   * @param saved of a run that is resumed, which hold where no option says otherwise; null for none
   * @throws InputException if an option would have no effect
   */
  @Nullable SamplePlan plan(@Nullable SamplePlan saved) {
    if (every != null ? every == 0 : saved == null) {
      if (length != null || prompt != null) {
        throw new InputException(
            "--%s needs --sample-every."
                .formatted(length != null ? "sample-length" : "sample-prompt"));
      }
      return null;
    }
    SamplePlan base = saved != null ? saved : new SamplePlan(1, null, "");
    return new SamplePlan(
        every != null ? every : base.every(),
        length != null ? length : base.length(),
        prompt != null ? prompt : base.prompt());
  }

  /** Prints what the best weights of a finished run generate. */
  void print(Run<LanguageModelNetwork> run, Backend backend, PrintWriter out) {
    GenerationUnit unit =
        new GenerationUnit(
            LanguageModelConfig.segmentation(run.files()),
            LanguageModelConfig.vocabulary(run.files()));
    if (!unit.canBegin() || (sample != null && sample == 0)) {
      return; // there is nothing to read first, or no text is wanted
    }
    SampleTexts texts = new SampleTexts(unit, "", sample, run.plan().recipe().seed());
    try (LanguageModelNetwork best = LanguageModelNetwork.open(run.files(), backend, false)) {
      out.println();
      out.print(texts.texts(best, List.of(LAST_TEMPERATURE)).getFirst() + "\n");
      out.flush();
    }
  }
}
