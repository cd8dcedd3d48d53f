package org.lm4j.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.lm4j.io.SafetensorsFile;
import org.lm4j.model.ModelConfig;
import org.lm4j.model.ModelFolder;
import org.lm4j.text.Vocabulary;
import org.lm4j.train.TrainingRun;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code lm info}: what a model folder holds. */
@Command(
    name = "info",
    description = "Tell what a model folder holds.",
    footer = {"", "Example:", "  lm info models/book"})
final class InfoCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "DIR", description = "Model folder.")
  private Path folder;

  @Override
  public Integer call() {
    ModelFolder source = new ModelFolder(folder);
    ModelConfig config = source.config();
    Vocabulary vocabulary = source.vocabulary();
    PrintWriter out = spec.commandLine().getOut();
    out.printf(
        "model        %s, %d layer%s of %d, embedding %d%s%s%n",
        config.cell().label(),
        config.layers(),
        config.layers() == 1 ? "" : "s",
        config.hidden(),
        config.embedding(),
        config.tied() ? ", tied" : "",
        config.dropout() > 0 ? ", dropout " + config.dropout() : "");
    out.printf(
        "vocabulary   %,d tokens at level %s%s%n",
        vocabulary.size(),
        vocabulary.level().label(),
        vocabulary.unknown() >= 0 ? ", with <unk>" : "");
    long count = 0;
    StringBuilder tensors = new StringBuilder();
    try (SafetensorsFile weights = SafetensorsFile.open(source.weightsFile())) {
      for (String name : weights.names()) {
        count += weights.shape(name).size();
        tensors.append(
            "  %-22s %s %s%n".formatted(name, weights.storedType(name), weights.shape(name)));
      }
    }
    out.printf("weights      %,d in %s%n%s", count, source.weightsFile().getFileName(), tensors);
    if (TrainingRun.canResume(folder)) {
      out.printf("trained with %s%n", TrainReporter.describe(TrainingRun.planOf(folder).recipe()));
      TrainingRun.progressOf(folder).validationLosses().stream()
          .min(Double::compare)
          .ifPresent(
              best ->
                  out.printf(
                      "validation   best loss %.4f, perplexity %.3f%n", best, Math.exp(best)));
      out.printf("checkpoint   step %,d%n", TrainingRun.progressOf(folder).step());
    }
    out.flush();
    return ExitCodes.OK;
  }
}
