package org.lm4j.cli.lm;

import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.lm4j.InputException;
import org.lm4j.backend.reference.ReferenceBackend;
import org.lm4j.cli.frame.Subcommand;
import org.lm4j.cli.options.ModelFolder;
import org.lm4j.cli.options.PathConverters;
import org.lm4j.compute.Backend;
import org.lm4j.model.ModelFiles;
import org.lm4j.model.ModelKind;
import org.lm4j.task.lm.LanguageModelNetwork;
import org.lm4j.task.lm.LanguageModelWeights;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code lm export}: writes a model's weights for use elsewhere. */
@Command(
    name = "export",
    description = {
      "Write a model's weights for PyTorch.",
      "The safetensors file loads as a state_dict of PyTorch's word_language_model, 32 bits a number."
          + " The tokens are in vocab.json of the folder, subwords in tokenizer.json too."
    },
    footer = {
      "Example:",
      "  lm export --model models/book --output book.safetensors",
      "and then, in Python:",
      "  model.load_state_dict(safetensors.torch.load_file('book.safetensors'))"
    })
public final class ExportCommand extends Subcommand implements Runnable {
  /** The endings of file names that other programs reserve for other formats. */
  private static final List<String> OTHER_FORMATS =
      List.of(".pt", ".pth", ".bin", ".ckpt", ".pkl", ".npy", ".npz", ".h5", ".onnx", ".gguf");

  @Mixin private ModelFolder folder;

  @Option(
      names = {"--output", "--to"},
      paramLabel = "FILE",
      required = true,
      converter = PathConverters.Output.class,
      description = "The file to write, FILE.safetensors.")
  private Path target;

  @Option(names = "--force", description = "Replace the file if it exists.")
  private boolean force;

  @Override
  public void run() {
    String name = target.toString().toLowerCase(Locale.ROOT);
    if (OTHER_FORMATS.stream().anyMatch(name::endsWith)) {
      throw new InputException(
          "--output "
              + target
              + " would be a safetensors file; give it a name that ends in .safetensors.");
    }
    if (Files.exists(target) && !force) {
      throw new InputException(target + " exists already; give --force to replace it.");
    }
    try (Backend backend = new ReferenceBackend();
        LanguageModelNetwork model =
            LanguageModelNetwork.open(
                new ModelFiles(folder.path(), ModelKind.LANGUAGE_MODEL), backend, false)) {
      LanguageModelWeights.export(model, target);
      PrintWriter out = out();
      out.printf("%s: %,d weights%n", shown(target), model.parameters().count());
      out.flush();
    }
  }
}
