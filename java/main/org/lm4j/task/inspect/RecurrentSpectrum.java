package org.lm4j.task.inspect;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.lm4j.compute.Cell;
import org.lm4j.model.HostCopies;
import org.lm4j.task.lm.LanguageModelConfig;
import org.lm4j.task.lm.LanguageModelNetwork;
import org.lm4j.tensor.Tensor;

/**
 * Largest singular values of a layer's recurrent weights {@code U (G·H, H)}: how much one step can
 * lengthen a vector. In a tanh RNN a value below 1 makes gradients vanish for certain, and one
 * above 1 is needed for them to explode, but not enough (Pascanu, Mikolov and Bengio, 2013, section
 * 2.1). In LSTM and GRU gates come between, and a second path past the weights.
 *
 * @param whole of the whole matrix
 * @param gates of the block {@code (H, H)} of each gate, in the order of {@link #gateNames}; one
 *     block is the whole matrix
 */
public record RecurrentSpectrum(SingularValue whole, List<SingularValue> gates) {
  /** Copies the list. */
  public RecurrentSpectrum {
    gates = List.copyOf(gates);
  }

  /**
   * Computes the spectrum of each layer, from the input upwards; empty where the cell has no
   * recurrent weights.
   */
  public static List<RecurrentSpectrum> of(LanguageModelNetwork model) {
    LanguageModelConfig config = model.config();
    List<RecurrentSpectrum> spectra = new ArrayList<>();
    boolean recurs = config.cell().hasRecurrentWeights();
    try (HostCopies copies = new HostCopies(model.backend())) {
      for (int layer = 0; layer < config.layers() && recurs; layer++) {
        String name = LanguageModelNetwork.RNN + "weight_hh_l" + layer;
        Tensor weights = copies.of(model.parameters().get(name).value());
        spectra.add(of(weights.toArray(), config.hidden()));
      }
    }
    return spectra;
  }

  private static RecurrentSpectrum of(double[] weights, int hidden) {
    int block = hidden * hidden;
    SingularValue whole = SingularValue.largest(weights, hidden);
    if (weights.length == block) {
      return new RecurrentSpectrum(whole, List.of(whole));
    }
    List<SingularValue> gates = new ArrayList<>();
    for (int from = 0; from < weights.length; from += block) {
      double[] gate = Arrays.copyOfRange(weights, from, from + block);
      gates.add(SingularValue.largest(gate, hidden));
    }
    return new RecurrentSpectrum(whole, gates);
  }

  /** Returns the names of the blocks of a cell's weights, in their order. */
  public static List<String> gateNames(Cell cell) {
    return cell.gateNames();
  }
}
