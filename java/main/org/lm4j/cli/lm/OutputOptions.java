package org.lm4j.cli.lm;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.cli.options.Asked;
import org.lm4j.cli.options.Choices;
import org.lm4j.cli.options.HelpValues;
import org.lm4j.task.lm.OutputConfig;
import picocli.CommandLine.Option;

/** The options of a language model's output layer. */
final class OutputOptions {
  @Option(
      names = "--tied",
      description = "Use the embedding's table as output layer; needs --embedding = --hidden.")
  private boolean tied;

  @Option(
      names = "--softmax",
      paramLabel = "NAME",
      converter = Choices.Softmaxes.class,
      completionCandidates = Choices.Softmaxes.class,
      description =
          "Output layer: ${COMPLETION-CANDIDATES} [{softmax}]. For vocabularies of 100,000 words and"
              + " more adaptive trains many times as fast, with exact probabilities; sampled draws"
              + " words in training and evaluates over all.")
  private OutputConfig.@Nullable Softmax softmax;

  @Option(
      names = "--cutoffs",
      paramLabel = "N,N",
      split = ",",
      description =
          "Where the clusters of adaptive softmax begin, in words by falling frequency [chosen from"
              + " the text by the time a step takes].")
  private @Nullable List<Integer> cutoffs;

  @Option(
      names = "--div-value",
      paramLabel = "X",
      description =
          "Each cluster of adaptive softmax has an input narrower by this factor than the one before"
              + " [{div-value}].")
  private @Nullable Double divisor;

  @Option(
      names = "--softmax-samples",
      paramLabel = "N",
      description =
          "Words drawn in each step for sampled softmax [{samples}, or an eighth of the vocabulary].")
  private @Nullable Integer samples;

  OutputOptions() {}

  void addHelpValues(Map<String, String> values) {
    values.put("softmax", OutputConfig.Softmax.FULL.label());
    values.put("div-value", HelpValues.number(OutputConfig.DIVISOR));
    values.put("samples", Integer.toString(OutputConfig.SAMPLES));
  }

  /** Returns whether the embedding's table is the output layer too. */
  boolean tied() {
    return tied;
  }

  /**
   * Returns the output layer, with missing options taken from {@code base}.
   *
   * @throws InputException if an option goes with another softmax
   */
  OutputConfig config(OutputConfig base) {
    OutputConfig.Softmax chosen = softmax == null ? base.softmax() : softmax;
    boolean isAdaptive = chosen == OutputConfig.Softmax.ADAPTIVE;
    if (!isAdaptive && (cutoffs != null || divisor != null)) {
      throw new InputException("--cutoffs and --div-value go with --softmax adaptive.");
    }
    if (chosen != OutputConfig.Softmax.SAMPLED && samples != null) {
      throw new InputException("--softmax-samples goes with --softmax sampled.");
    }
    return Asked.valid(
        () ->
            new OutputConfig(
                chosen,
                tied || base.tied(),
                cutoffs == null ? base.cutoffs() : cutoffs,
                divisor == null ? base.divisor() : divisor,
                samples == null ? base.samples() : samples));
  }
}
