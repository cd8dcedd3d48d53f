package org.lm4j.task.lm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lm4j.InputException;
import org.lm4j.backend.BackendOptions;
import org.lm4j.backend.Backends;
import org.lm4j.backend.reference.ReferenceBackend;
import org.lm4j.compute.Backend;
import org.lm4j.compute.Cell;
import org.lm4j.io.NamedTensors;
import org.lm4j.io.SafetensorsFile;
import org.lm4j.io.SafetensorsWriter;
import org.lm4j.model.ModelFiles;
import org.lm4j.model.ModelKind;
import org.lm4j.model.StateDict;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.Shape;
import org.lm4j.tensor.Tensor;
import org.lm4j.text.Level;
import org.lm4j.text.Vocabulary;

/** Weights under PyTorch's names that make no model. */
class StateDictTest {
  private static final int V = 5;

  @TempDir private Path folder;

  /** Weights of an Elman layer, all zero, with a decoder of that width or none. */
  private static Map<String, Tensor> weights(
      Backend backend, int embedding, int hidden, int decoder) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    tensors.put("encoder.weight", backend.allocate(V, embedding));
    tensors.put("rnn.weight_ih_l0", backend.allocate(hidden, embedding));
    tensors.put("rnn.weight_hh_l0", backend.allocate(hidden, hidden));
    tensors.put("rnn.bias_ih_l0", backend.allocate(hidden));
    tensors.put("rnn.bias_hh_l0", backend.allocate(hidden));
    if (decoder > 0) {
      tensors.put("decoder.weight", backend.allocate(V, decoder));
    }
    tensors.put("decoder.bias", backend.allocate(V));
    return tensors;
  }

  /** Writes the tensors, frees them, and makes a model of the file. */
  private LanguageModelConfig imported(Backend backend, Map<String, Tensor> tensors) {
    write(tensors);
    return imported(backend).config;
  }

  private Path write(Map<String, Tensor> tensors) {
    Path path = folder.resolve("weights.safetensors");
    SafetensorsWriter.write(path, tensors, Map.of());
    tensors.values().forEach(tensor -> tensor.storage().close());
    return path;
  }

  private record Imported(
      LanguageModelConfig config, List<String> notes, Map<String, double[]> weights) {}

  private Imported imported(Backend backend) {
    Path path = folder.resolve("weights.safetensors");
    try (SafetensorsFile file = SafetensorsFile.open(path);
        ImportedWeights weights = new ImportedWeights(file, path)) {
      LanguageModelConfig config = LanguageModelWeights.infer(weights, path, Cell.RNN_TANH, 0);
      Map<String, double[]> values = new LinkedHashMap<>();
      try (LanguageModelNetwork model = new LanguageModelNetwork(backend, config, false)) {
        StateDict.load(weights, path, model, DType.F32);
        model.parameters().all().forEach(p -> values.put(p.name(), p.value().toArray()));
      }
      return new Imported(config, weights.notes(), values);
    }
  }

  private static Map<String, Tensor> renamed(Map<String, Tensor> tensors, String prefix) {
    Map<String, Tensor> renamed = new LinkedHashMap<>();
    tensors.forEach((name, tensor) -> renamed.put(prefix + name, tensor));
    return renamed;
  }

  private static Map<String, Tensor> filled(Map<String, Tensor> tensors) {
    double[] next = {0};
    tensors
        .values()
        .forEach(
            tensor -> {
              for (long i = 0; i < tensor.size(); i++) {
                tensor.set(i, next[0] += 0.25);
              }
            });
    return tensors;
  }

  @Test
  void aCommonPrefixIsTakenOff() {
    try (Backend backend = new ReferenceBackend()) {
      write(filled(weights(backend, 3, 4, 4)));
      Imported plain = imported(backend);
      assertThat(plain.notes).isEmpty();
      for (String prefix : List.of("module.", "_orig_mod.module.", "model.", "net.lm.")) {
        write(renamed(filled(weights(backend, 3, 4, 4)), prefix));
        Imported wrapped = imported(backend);
        assertThat(wrapped.config).isEqualTo(plain.config);
        assertThat(wrapped.weights).usingRecursiveComparison().isEqualTo(plain.weights);
        assertThat(wrapped.notes).singleElement().asString().contains(prefix);
      }
      Map<String, Tensor> more = renamed(weights(backend, 3, 4, 4), "module.");
      more.put("step", backend.allocate(1));
      assertRefused(backend, more, "holds step, which this model does not have");
      Map<String, Tensor> less = renamed(weights(backend, 3, 4, 4), "module.");
      Objects.requireNonNull(less.remove("module.rnn.weight_hh_l0")).storage().close();
      assertRefused(backend, less, "no tensor module.rnn.weight_hh_l0", "module.rnn.weight_ih_l0");
    }
  }

  /** A layer alone wrapped, as DataParallel and torch.compile do it. */
  @Test
  void aPrefixOfSomeNamesIsTakenOffToo() {
    try (Backend backend = new ReferenceBackend()) {
      write(filled(weights(backend, 3, 4, 4)));
      Imported plain = imported(backend);
      for (String[] wrapped :
          new String[][] {
            {"rnn.", "rnn.module."},
            {"rnn.", "module.rnn."},
            {"rnn.", "rnn._orig_mod."},
            {"encoder.", "module.encoder."},
            {"encoder.", "encoder.module."}
          }) {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        filled(weights(backend, 3, 4, 4))
            .forEach((name, tensor) -> tensors.put(name.replace(wrapped[0], wrapped[1]), tensor));
        write(tensors);
        Imported read = imported(backend);
        assertThat(read.config).isEqualTo(plain.config);
        assertThat(read.weights).usingRecursiveComparison().isEqualTo(plain.weights);
        assertThat(read.notes).singleElement().asString().contains(wrapped[1], " of the 7 names");
      }
      Map<String, Tensor> twice = weights(backend, 3, 4, 4);
      twice.put("module.encoder.weight", backend.allocate(V, 3));
      assertRefused(backend, twice, "holds both encoder.weight and module.encoder.weight");
    }
  }

  /** A file whose tensors may only be read into memory that is there. */
  private record WithoutCopies(SafetensorsFile file) implements NamedTensors {
    @Override
    public List<String> names() {
      return file.names();
    }

    @Override
    public boolean contains(String name) {
      return file.contains(name);
    }

    @Override
    public Shape shape(String name) {
      return file.shape(name);
    }

    @Override
    public boolean read(String name, Tensor into) {
      return file.read(name, into);
    }

    @Override
    public Tensor tensor(String name) {
      throw new AssertionError("a copy of " + name);
    }
  }

  @Test
  void weightsOfTheTypeThatTheCpuComputesInAreNotCopied() {
    try (Backend backend = Backends.open("cpu", new BackendOptions(1))) {
      for (double last : new double[] {0.5, Double.NaN}) {
        Map<String, Tensor> tensors = filled(weights(backend, 3, 4, 4));
        Tensor bias = Objects.requireNonNull(tensors.get("decoder.bias"));
        bias.set(V - 1, last);
        double[] given = bias.toArray();
        Path path = write(tensors);
        LanguageModelConfig config = new LanguageModelConfig(Cell.RNN_TANH, V, 3, 4, 1, 0, false);
        try (SafetensorsFile file = SafetensorsFile.open(path);
            LanguageModelNetwork model = new LanguageModelNetwork(backend, config, false)) {
          ThrowingCallable load =
              () -> StateDict.load(new WithoutCopies(file), path, model, DType.F32);
          if (Double.isNaN(last)) {
            assertThatThrownBy(load)
                .isInstanceOf(InputException.class)
                .hasMessageContaining("decoder.bias holds 1 numbers that are NaN or infinite");
          } else {
            assertThatCode(load).doesNotThrowAnyException();
          }
          model.parameters().all().stream()
              .filter(parameter -> parameter.name().equals("decoder.bias"))
              .forEach(parameter -> assertThat(parameter.value().toArray()).isEqualTo(given));
        }
      }
    }
  }

  @Test
  void aFolderWhoseFilesDisagreeNamesBoth() {
    try (Backend backend = new ReferenceBackend()) {
      ModelFiles model = ModelFiles.aside(folder, ModelKind.LANGUAGE_MODEL);
      for (int[] layers : new int[][] {{2, 1}, {1, 2}}) {
        LanguageModelConfig saved =
            new LanguageModelConfig(Cell.RNN_TANH, 3, 4, 4, layers[0], 0, false);
        try (LanguageModelNetwork weights = new LanguageModelNetwork(backend, saved, false)) {
          model.saveWeights(weights);
        }
        new LanguageModelConfig(Cell.RNN_TANH, 3, 4, 4, layers[1], 0, false)
            .save(model, Vocabulary.of(Level.CHAR, List.of("a", "b", "c")));
        assertThatThrownBy(
                () ->
                    LanguageModelNetwork.open(
                            new ModelFiles(folder, ModelKind.LANGUAGE_MODEL), backend, false)
                        .close())
            .isInstanceOf(InputException.class)
            .hasMessageContainingAll("_l1, which the model that", "config.json", "safetensors");
      }
    }
  }

  @Test
  void biasesThatNoLayerHasAreZeros() {
    try (Backend backend = new ReferenceBackend()) {
      Map<String, Tensor> tensors = filled(weights(backend, 3, 4, 4));
      for (String name : List.of("rnn.bias_ih_l0", "rnn.bias_hh_l0", "decoder.bias")) {
        Objects.requireNonNull(tensors.remove(name)).storage().close();
      }
      write(tensors);
      Imported read = imported(backend);
      assertThat(read.weights.get("rnn.bias_ih_l0")).containsExactly(0, 0, 0, 0);
      assertThat(read.weights.get("rnn.bias_hh_l0")).containsExactly(0, 0, 0, 0);
      assertThat(read.weights.get("decoder.bias")).containsExactly(0, 0, 0, 0, 0);
      assertThat(read.weights.get("encoder.weight")).startsWith(0.25, 0.5);
      assertThat(read.notes).hasSize(2);
    }
  }

  @Test
  void whatCannotBeImportedIsNamed() {
    try (Backend backend = new ReferenceBackend()) {
      for (String[] each :
          new String[][] {
            {"rnn.weight_ih_l0_reverse", "bidirectional"},
            {"rnn.weight_hr_l0", "proj_size"},
            {"rnn.peephole_i", "peephole"},
            {"rnn.weight_ci", "peephole"}
          }) {
        Map<String, Tensor> tensors = weights(backend, 3, 4, 4);
        tensors.put(each[0], backend.allocate(4));
        assertRefused(backend, tensors, each[0], each[1]);
      }
      assertRefused(
          backend,
          new LinkedHashMap<>(Map.of("h.0.attn.c_attn.weight", backend.allocate(2, 2))),
          "h.0.attn.c_attn.weight",
          "a transformer");
    }
  }

  /** Tests a number that is finite in float64 but not in float32. */
  @Test
  void weightsBeyondFloat32AreRefused() {
    try (Backend backend = new ReferenceBackend()) {
      Map<String, Tensor> tensors = weights(backend, 3, 4, 4);
      Objects.requireNonNull(tensors.get("decoder.bias")).set(2, 1e300);
      assertRefused(backend, tensors, "decoder.bias holds 1 numbers", "range of float32");
    }
  }

  private void assertRefused(Backend backend, Map<String, Tensor> tensors, String... words) {
    assertThatThrownBy(() -> imported(backend, tensors))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("weights.safetensors")
        .hasMessageContainingAll(words)
        .message()
        .hasLineCount(1);
  }

  @Test
  void wholeNumbersAreNotWeights() {
    try (Backend backend = new ReferenceBackend()) {
      Map<String, Tensor> tensors = weights(backend, 3, 4, 4);
      Tensor floats = tensors.put("decoder.bias", backend.allocateIds(V));
      Objects.requireNonNull(floats).storage().close();
      assertRefused(backend, tensors, "decoder.bias", "I32", "store it as F32");
    }
  }

  @Test
  void aDecoderMayBeMissingOnlyWhereItCanBeTied() {
    try (Backend backend = new ReferenceBackend()) {
      assertThat(imported(backend, weights(backend, 4, 4, 0)).tied()).isTrue();
      assertThat(imported(backend, weights(backend, 3, 4, 4)).tied()).isFalse();
      assertRefused(backend, weights(backend, 3, 4, 0), "no tensor decoder.weight", "3", "4");
      assertRefused(backend, weights(backend, 3, 4, 3), "decoder.weight", "(5, 3)", "(5, 4)");
    }
  }
}
