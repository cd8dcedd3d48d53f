package org.lm4j.model;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.compute.Backend;
import org.lm4j.compute.composed.CountingBackend;
import org.lm4j.io.SafetensorsFile;
import org.lm4j.io.SafetensorsWriter;
import org.lm4j.nn.Parameter;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.MemoryBudget;
import org.lm4j.tensor.Tensor;

/** The file of a model's weights: written, and read into a new model. */
final class WeightFile {
  private static final String UNFINISHED = "lm4j.unfinished";

  private WeightFile() {}

  /**
   * Writes weights.
   *
   * @param dtype the type they are rounded to
   * @param unfinished how far the run has come if it has not validated yet, or null
   */
  static void write(Path file, Model model, DType dtype, @Nullable String unfinished) {
    try (HostCopies copies = new HostCopies(model.backend())) {
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      for (Parameter parameter : model.parameters().all()) {
        tensors.put(parameter.name(), copies.of(parameter.value(), dtype));
      }
      Map<String, String> metadata = new LinkedHashMap<>(Map.of("format", ModelFiles.FORMAT));
      if (unfinished != null) {
        metadata.put(UNFINISHED, unfinished);
      }
      SafetensorsWriter.write(file, tensors, metadata);
    }
  }

  /** Creates a model with the weights in {@code file}, see {@link ModelFiles#fill}. */
  static <M extends Model> M fill(
      ModelFiles files, SafetensorsFile file, Backend backend, Function<Backend, M> maker) {
    CountingBackend counting = new CountingBackend(backend);
    requireShapes(files, file, maker.apply(counting));
    MemoryBudget.require(
        counting.bytes(), backend.availableBytes(), "the model in " + files.path(), List.of());
    M model = maker.apply(backend);
    try {
      StateDict.load(file, files.weights(), files.config(), model);
      String unfinished = file.metadata().get(UNFINISHED);
      if (unfinished != null) {
        System.getLogger(ModelFiles.class.getName())
            .log(
                System.Logger.Level.WARNING,
                "{0} has the weights of a run that is not finished and has validated nothing yet"
                    + " ({1}); resume the run",
                files.path(),
                unfinished);
      }
      return model;
    } catch (RuntimeException | Error e) {
      model.close();
      throw e;
    }
  }

  private static void requireShapes(ModelFiles files, SafetensorsFile file, Model model) {
    try {
      StateDict.requireShapes(file, files.weights(), files.config(), model.parameters());
    } catch (InputException e) {
      throw new InputException(
          "%s; %s is not that of these weights: undo changes to it, or restore the whole folder from a copy"
              .formatted(e.getMessage(), files.config()),
          e);
    }
  }
}
