package org.lm4j.cli.lm;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lm4j.cli.options.RecipeOptions;
import org.lm4j.train.TrainingDefaults;
import picocli.CommandLine.Option;

/** The options of training a language model on windows of text. */
final class WindowRecipeOptions extends RecipeOptions {
  @Option(
      names = "--bptt",
      paramLabel = "N",
      description = "Steps of a window of truncated backpropagation [{bptt}].")
  private @Nullable Integer bptt;

  WindowRecipeOptions() {
    super(TrainingDefaults.LANGUAGE_MODEL);
  }

  @Override
  protected @Nullable Integer bptt() {
    return bptt;
  }

  @Override
  public Map<String, String> helpValues() {
    Map<String, String> values = super.helpValues();
    values.put("bptt", Integer.toString(TrainingDefaults.BPTT));
    values.put("mean", "all targets, as in PyTorch");
    return values;
  }
}
