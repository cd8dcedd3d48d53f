package org.lm4j.cli.lm;

import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.lm4j.cli.options.RecipeOptions;
import org.lm4j.task.lm.size.ModelSize;
import org.lm4j.train.Recipe;
import org.lm4j.train.TrainingDefaults;
import picocli.CommandLine.Option;

/** The options of training a language model on windows of text. */
final class WindowRecipeOptions extends RecipeOptions {
  @Option(
      names = "--bptt",
      paramLabel = "N",
      description = "Steps of a window of truncated backpropagation [{bptt}].")
  private @Nullable Integer bptt;

  private final Supplier<ModelSize.@Nullable Preset> preset;

  /** Creates options whose defaults are those of a size, unless that is null. */
  WindowRecipeOptions(Supplier<ModelSize.@Nullable Preset> preset) {
    super(TrainingDefaults.LANGUAGE_MODEL);
    this.preset = preset;
  }

  @Override
  protected Recipe usual(@Nullable String asked, @Nullable String course) {
    ModelSize.Preset size = preset.get();
    return size == null ? super.usual(asked, course) : size.recipe(asked, course);
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
