package org.lm4j.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lm4j.InputException;
import org.lm4j.backend.reference.ReferenceBackend;
import org.lm4j.compute.Backend;
import org.lm4j.compute.Cell;
import org.lm4j.io.SafetensorsFile;
import org.lm4j.io.SafetensorsWriter;
import org.lm4j.tensor.Tensor;

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
  private ModelConfig imported(Backend backend, Map<String, Tensor> tensors) {
    Path path = folder.resolve("weights.safetensors");
    SafetensorsWriter.write(path, tensors, Map.of());
    tensors.values().forEach(tensor -> tensor.storage().close());
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      ModelConfig config = StateDict.infer(file, path, Cell.RNN_TANH, 0);
      try (LanguageModel model = new LanguageModel(backend, config, false)) {
        StateDict.load(file, path, model);
      }
      return config;
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
  void wholeNumbersAreNoWeights() {
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
