package org.lm4j.task.lm;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.lm4j.InputException;
import org.lm4j.compute.Cell;
import org.lm4j.decode.GenerationDefaults;
import org.lm4j.io.FileGroup;
import org.lm4j.io.NamedTensors;
import org.lm4j.io.SafetensorsFile;
import org.lm4j.io.SafetensorsWriter;
import org.lm4j.model.ModelFiles;
import org.lm4j.model.ModelKind;
import org.lm4j.model.StateDict;
import org.lm4j.nn.Parameter;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.HostStorage;
import org.lm4j.tensor.Shape;
import org.lm4j.tensor.Tensor;
import org.lm4j.train.StagedFolder;

/**
 * The weights of a language model as a {@code state_dict} of PyTorch's word_language_model, and as
 * a compact copy.
 */
public final class LanguageModelWeights {
  private LanguageModelWeights() {}

  /**
   * Infers the shape of a model from its weights.
   *
   * @throws InputException if they are not those of a language model with this cell
   */
  public static LanguageModelConfig infer(
      NamedTensors file, Path place, Cell cell, double dropout) {
    requirePyTorch(cell, "imported");
    Shape table = shape(file, place, LanguageModelNetwork.ENCODER_WEIGHT, 2);
    shape(file, place, LanguageModelNetwork.DECODER_BIAS, 1);
    int layers = 0;
    while (file.contains(LanguageModelNetwork.RNN + "weight_hh_l" + layers)) {
      layers++;
    }
    if (layers == 0) {
      throw new InputException(
          "%s has no tensor %s; it has %s"
              .formatted(
                  place,
                  file.label(LanguageModelNetwork.RNN + "weight_hh_l0"),
                  ImportedWeights.some(file.names().stream().map(file::label).toList())));
    }
    Shape recurrent = shape(file, place, LanguageModelNetwork.RNN + "weight_hh_l0", 2);
    if (recurrent.dim(0) != cell.gates() * recurrent.dim(1)) {
      throw InputException.naming(
          "%s: %s has shape %s, which is not that of a %s layer; choose {cell}"
              .formatted(
                  place,
                  file.label(LanguageModelNetwork.RNN + "weight_hh_l0"),
                  recurrent,
                  cell.label()));
    }
    boolean decoder = file.contains(LanguageModelNetwork.DECODER_WEIGHT);
    if (!decoder && table.dim(1) != recurrent.dim(1)) {
      throw new InputException(
          "%s has no tensor decoder.weight, which may be left out only where it is encoder.weight; but embedding %d is not hidden %d"
              .formatted(place, table.dim(1), recurrent.dim(1)));
    }
    boolean tied =
        table.dim(1) == recurrent.dim(1)
            && (!decoder
                || StateDict.sameTensors(
                    file,
                    LanguageModelNetwork.ENCODER_WEIGHT,
                    LanguageModelNetwork.DECODER_WEIGHT));
    return new LanguageModelConfig(
        cell, table.dim(0), table.dim(1), recurrent.dim(1), layers, dropout, tied);
  }

  private static Shape shape(NamedTensors file, Path place, String name, int rank) {
    if (!file.contains(name)) {
      throw new InputException(
          "%s has no tensor %s; the names must be those of PyTorch's word_language_model"
              .formatted(place, file.label(name)));
    }
    Shape shape = file.shape(name);
    if (shape.rank() != rank || shape.size() == 0) {
      throw new InputException("%s: %s has shape %s".formatted(place, file.label(name), shape));
    }
    return shape;
  }

  private static void requirePyTorch(Cell cell, String what) {
    if (cell.pytorchLayer() == null) {
      throw new InputException(
          "PyTorch has no layer for the cell %s, so its weights cannot be %s."
              .formatted(cell.label(), what));
    }
  }

  /**
   * Writes a model's weights as a {@code state_dict}: F32, a tied matrix under both its names.
   *
   * @throws InputException if PyTorch has no layer for the cell
   */
  public static void export(LanguageModelNetwork model, Path target) {
    requirePyTorch(model.config().cell(), "exported");
    List<HostStorage> owned = new ArrayList<>();
    try {
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      for (Parameter parameter : model.parameters().all()) {
        Tensor value = parameter.value();
        HostStorage storage = new HostStorage(value.size() * DType.F32.bytes());
        owned.add(storage);
        Tensor host = new Tensor(storage, 0, value.shape(), DType.F32);
        model.backend().download(value, host);
        tensors.put(parameter.name(), host);
      }
      if (model.config().tied()) {
        tensors.put(
            LanguageModelNetwork.DECODER_WEIGHT, tensors.get(LanguageModelNetwork.ENCODER_WEIGHT));
      }
      SafetensorsWriter.write(target, tensors, Map.of("format", "pt"));
    } finally {
      owned.forEach(HostStorage::close);
    }
  }

  /**
   * Makes a copy of a model to pass on: half the size, because its weights are rounded to bfloat16,
   * and without checkpoint, log and text. Whatever opens a model opens the copy, and computes with
   * the rounded weights; its training cannot be resumed, but another run can start from it. The
   * sampling options of its folder are copied too; those of a model that it replaces are removed.
   *
   * @param from a folder of a language model
   * @param to another folder, made if needed
   * @return the number of weights
   * @throws InputException if {@code from} holds no language model or a file in it is damaged, or
   *     {@code to} holds a model that is not to be replaced
   * @throws UncheckedIOException if {@code to} cannot be written
   */
  public static long copyCompact(Path from, Path to, StagedFolder.Existing existing) {
    ModelFiles source = new ModelFiles(from, ModelKind.LANGUAGE_MODEL);
    LanguageModelConfig.vocabulary(source); // checks what is copied
    if (to.toAbsolutePath().normalize().equals(from.toAbsolutePath().normalize())) {
      throw new InputException("a copy needs a folder other than that of the model, " + from);
    }
    FileGroup group = ModelFiles.group(from);
    try (StagedFolder staged = new StagedFolder(to, existing);
        SafetensorsFile file = group.open(ModelFiles.WEIGHTS)) {
      for (String name : ModelFiles.description()) {
        if (group.exists(name)) {
          Files.write(staged.path().resolve(name), group.read(name));
        }
      }
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      file.names().forEach(name -> tensors.put(name, file.tensor(name)));
      SafetensorsWriter.writeBfloat16(
          staged.path().resolve(ModelFiles.WEIGHTS), tensors, file.metadata());
      staged.install();
      Path sampling = from.resolve(GenerationDefaults.FILE);
      Path copied = to.resolve(GenerationDefaults.FILE);
      if (Files.exists(sampling)) {
        Files.copy(sampling, copied, StandardCopyOption.REPLACE_EXISTING);
      } else if (staged.replaces()) {
        Files.deleteIfExists(copied); // suited the model that was replaced
      }
      return tensors.values().stream().mapToLong(Tensor::size).sum();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write to " + to, e);
    }
  }
}
