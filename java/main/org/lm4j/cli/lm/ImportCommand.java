package org.lm4j.cli.lm;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import org.lm4j.InputException;
import org.lm4j.backend.reference.ReferenceBackend;
import org.lm4j.cli.frame.Subcommand;
import org.lm4j.cli.options.Choices;
import org.lm4j.cli.options.Converters;
import org.lm4j.cli.options.ModelFolder;
import org.lm4j.compute.Backend;
import org.lm4j.compute.Cell;
import org.lm4j.io.SafetensorsFile;
import org.lm4j.model.ModelFiles;
import org.lm4j.model.ModelKind;
import org.lm4j.model.StateDict;
import org.lm4j.task.lm.ImportedWeights;
import org.lm4j.task.lm.LanguageModelConfig;
import org.lm4j.task.lm.LanguageModelNetwork;
import org.lm4j.task.lm.LanguageModelWeights;
import org.lm4j.task.lm.VocabularyList;
import org.lm4j.tensor.DType;
import org.lm4j.text.Level;
import org.lm4j.text.Vocabulary;
import org.lm4j.text.VocabularyChecks;
import org.lm4j.train.StagedFolder;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code lm import}: makes a model folder from weights trained elsewhere. */
@Command(
    name = "import",
    customSynopsis = "lm import --weights FILE --vocab FILE --level NAME --cell NAME --model DIR",
    description = {
      "Make a model folder from weights trained in PyTorch.",
      "The weights are a state_dict saved as safetensors, with the names of PyTorch's"
          + " word_language_model: encoder.weight, rnn.weight_ih_l0 and so on,"
          + " decoder.weight, decoder.bias. What wraps a model or a layer, such as module., is taken"
          + " off the names; missing biases are zeros. Sizes, layers and tied weights follow from the"
          + " tensors. Weights are stored as float32; those of float64 that float32 would round stay"
          + " float64. At word level </s> and the like are renamed <eos>, the end of a line; UNK, [UNK]"
          + " and the like are renamed <unk>."
    },
    footer = {
      "Example, in Python:",
      "  safetensors.torch.save_file(model.state_dict(), 'weights.safetensors')",
      "  json.dump(list_of_tokens, open('vocab.json', 'w'))",
      "and then:",
      "  lm import --weights weights.safetensors --vocab vocab.json \\",
      "            --level word --cell lstm \\",
      "            --model models/imported"
    })
public final class ImportCommand extends Subcommand implements Runnable {
  @Option(
      names = "--weights",
      paramLabel = "FILE",
      required = true,
      description = "The state_dict as safetensors.")
  private Path weights;

  @Option(
      names = "--vocab",
      paramLabel = "FILE",
      required = true,
      description =
          "The tokens in the order of their ids: a JSON array, a text file with one token a line, or"
              + " the vocab.json of a model folder; or a JSON object of tokens and their ids. With"
              + " --level bpe, a tokenizer.json.")
  private Path vocab;

  @Option(
      names = "--level",
      paramLabel = "NAME",
      required = true,
      converter = Choices.Levels.class,
      completionCandidates = Choices.Levels.class,
      description = "What one token is: ${COMPLETION-CANDIDATES}.")
  private Level level;

  @Option(
      names = "--cell",
      paramLabel = "NAME",
      required = true,
      converter = Choices.Cells.class,
      completionCandidates = Choices.Cells.class,
      description = "Recurrent cell: ${COMPLETION-CANDIDATES}; rnn is that of tanh.")
  private Cell cell;

  @Option(
      names = "--dropout",
      paramLabel = "P",
      converter = Converters.Fraction.class,
      description = "Dropout to note for training on [{default}].")
  private double dropout;

  @Mixin private ModelFolder made = new ModelFolder("Folder to make.");

  @Option(names = "--force", description = "Replace what the model folder holds.")
  private boolean force;

  @Override
  public void run() {
    if (StagedFolder.isOccupied(made.path()) && !force) {
      throw new InputException(
          made.path() + " already holds a model; give --force to replace it, or another --model.");
    }
    // computes in float64, and so keeps whatever precision the file has
    try (SafetensorsFile file = SafetensorsFile.open(weights);
        ImportedWeights tensors = new ImportedWeights(file, weights);
        Backend backend = new ReferenceBackend()) {
      LanguageModelConfig config = LanguageModelWeights.infer(tensors, weights, cell, dropout);
      VocabularyList.Read read = VocabularyList.read(vocab, level);
      Vocabulary vocabulary = read.vocabulary();
      if (config.vocabulary() != vocabulary.size()) {
        throw new InputException(
            "%s has %d tokens, but %s has %d rows of %s"
                .formatted(
                    vocab,
                    vocabulary.size(),
                    weights,
                    config.vocabulary(),
                    tensors.label(LanguageModelNetwork.ENCODER_WEIGHT)));
      }
      try (LanguageModelNetwork model = new LanguageModelNetwork(backend, config, false)) {
        StateDict.load(tensors, weights, model, DType.F32);
        boolean exact = StateDict.isExactInFloats(tensors);
        write(vocabulary, config, model, exact ? DType.F32 : DType.F64);
      }
      note(tensors.notes(), read);
      PrintWriter out = out();
      out.printf(
          "%s: %s, %d layer%s of %d, embedding %d%s, %,d tokens%n",
          shown(made.path()),
          cell.label(),
          config.layers(),
          config.layers() == 1 ? "" : "s",
          config.hidden(),
          config.embedding(),
          config.tied() ? ", tied" : "",
          config.vocabulary());
      out.flush();
    }
  }

  private void note(List<String> ofWeights, VocabularyList.Read read) {
    PrintWriter err = err();
    ofWeights.forEach(note -> err.println("lm: " + weights + ": " + note));
    read.notes().forEach(note -> err.println("lm: " + vocab + ": " + note));
    VocabularyChecks.findings(read.vocabulary()).forEach(found -> err.println("lm: " + found));
    err.flush();
  }

  private void write(
      Vocabulary vocabulary, LanguageModelConfig config, LanguageModelNetwork model, DType stored) {
    StagedFolder.Existing existing =
        force ? StagedFolder.Existing.REPLACE : StagedFolder.Existing.REFUSE;
    try (StagedFolder staged = new StagedFolder(made.path(), existing)) {
      ModelFiles target = ModelFiles.aside(staged.path(), ModelKind.LANGUAGE_MODEL);
      target.saveWeights(model, stored);
      config.save(target, vocabulary);
      staged.install();
    }
  }
}
