package org.lm4j.cli.lm;

import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
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
import org.lm4j.train.StagedFolder;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code lm export}: writes a model's weights for use elsewhere. */
@Command(
    name = "export",
    customSynopsis = "lm export --model DIR (--output FILE | --compact DIR) [--force]",
    description = {
      "Write a model's weights for PyTorch, or a compact copy of the model.",
      "The safetensors file loads as a state_dict of PyTorch's word_language_model, 32 bits a number."
          + " The tokens are in vocab.json of the folder, subwords in tokenizer.json too."
    },
    footer = {
      "Examples:",
      "  lm export --model models/book --compact models/book-to-pass-on",
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
      converter = PathConverters.Output.class,
      description = "The file to write, FILE.safetensors.")
  private @Nullable Path target;

  @Option(
      names = "--compact",
      paramLabel = "DIR",
      description =
          "Make a model folder instead: half the size, with weights rounded to bfloat16, and without"
              + " checkpoint, log and text. Every command opens it; lm train --resume needs"
              + " the original.")
  private @Nullable Path compact;

  @Option(names = "--force", description = "Replace the file, or the model, that exists.")
  private boolean force;

  @Override
  public void run() {
    if ((target == null) == (compact == null)) {
      throw new InputException("give either --output, a file, or --compact, a folder.");
    }
    if (target != null) {
      writeFile(target);
    } else {
      writeFolder(Objects.requireNonNull(compact));
    }
  }

  private void writeFolder(Path made) {
    if (StagedFolder.isOccupied(made) && !force) {
      throw new InputException(
          made + " already holds a model; give --force to replace it, or another --compact.");
    }
    StagedFolder.Existing existing =
        force ? StagedFolder.Existing.REPLACE : StagedFolder.Existing.REFUSE;
    long weights = LanguageModelWeights.copyCompact(folder.path(), made, existing);
    PrintWriter out = out();
    out.printf("%s: %,d weights in bfloat16%n", shown(made), weights);
    out.flush();
  }

  private void writeFile(Path target) {
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
