package org.lm4j.nn;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lm4j.compute.Backend;
import org.lm4j.compute.RandomKey;
import org.lm4j.compute.RnnSpec;
import org.lm4j.tensor.Tensor;

/**
 * Recurrent layers over whole sequences of different lengths, in one direction or in both (Schuster
 * and Paliwal, "Bidirectional Recurrent Neural Networks", 1997): the encoder of taggers,
 * classifiers and translators. Equivalent to PyTorch's {@code nn.LSTM}, {@code nn.GRU} or {@code
 * nn.RNN} over a {@code PackedSequence} from a zero state, with the same names of weights.
 *
 * <p>Lengths are given with the input, and steps beyond them never count: their outputs are 0,
 * their output gradients are ignored, and their input gradients are 0. The reversed direction
 * begins at each sequence's end, and the final states are those at each sequence's ends. So a batch
 * with more padding gives the same outputs, states and gradients, bit for bit on the reference
 * backend. Input beyond an end only has to be finite, such as zeros or the row of any token; the
 * forward direction continues there, and its outputs are discarded (only a ReLU cell may overflow
 * there).
 *
 * <p>With two directions, each layer after the first reads the concatenated outputs of the two
 * below it, with dropout of single elements in training. The encoder consists of two runs of the
 * backend's operation over a whole window and of {@link Backend#copySequences}, which costs as much
 * as copying.
 */
public final class SequenceEncoder {
  private final Backend backend;
  private final Spec spec;
  private final List<List<Recurrent>> levels = new ArrayList<>(); // by level, by direction
  private final List<Dropout> dropouts = new ArrayList<>(); // between each level and the next

  /**
   * Creates an encoder over the parameters that {@link Spec#addTo} added under the same prefix.
   *
   * @param site the first of {@code L - 1} dropout sites
   */
  public SequenceEncoder(
      Backend backend, Spec spec, Parameters parameters, String prefix, int site) {
    this.backend = backend;
    this.spec = spec;
    for (int level = 0; level < spec.levels(); level++) {
      List<Recurrent> directions = new ArrayList<>();
      for (int direction = 0; direction < spec.directions(); direction++) {
        RnnNames names = Spec.names(prefix, level, direction);
        directions.add(new Recurrent(backend, spec.level(level), parameters, names, site));
      }
      levels.add(List.copyOf(directions));
      dropouts.add(new Dropout(backend, spec.stack().dropout(), site + level));
    }
  }

  /**
   * The shape of an encoder.
   *
   * @param stack cell, widths, layers and dropout, as of one direction
   * @param bidirectional whether each layer reads in both directions, {@code H} wide each
   */
  public record Spec(RnnSpec stack, boolean bidirectional) {
    /** Returns the width of outputs and final states: {@code H} or {@code 2H}. */
    public int outputSize() {
      return directions() * stack.hiddenSize();
    }

    /**
     * Adds the parameters, {@code prefix + "weight_ih_l0"}, {@code prefix + "weight_ih_l0_reverse"}
     * and so on.
     */
    public void addTo(Parameters.Builder builder, String prefix, Backend backend) {
      for (int level = 0; level < levels(); level++) {
        for (int direction = 0; direction < directions(); direction++) {
          builder.add(names(prefix, level, direction), backend, level(level));
        }
      }
    }

    int directions() {
      return bidirectional ? 2 : 1;
    }

    /**
     * Returns the number of stacks that run one after the other. In one direction a single one
     * takes all layers at once; in both, each layer waits for both below it.
     */
    int levels() {
      return bidirectional ? stack.layers() : 1;
    }

    /** Returns the stack of a level, in each of its directions. */
    RnnSpec level(int level) {
      int input = level == 0 ? stack.inputSize() : outputSize();
      return bidirectional ? new RnnSpec(stack.cell(), input, stack.hiddenSize(), 1, 0) : stack;
    }

    static RnnNames names(String prefix, int level, int direction) {
      return new RnnNames(prefix, level, direction == 0 ? "" : RnnNames.REVERSE);
    }
  }

  /** Returns the specification. */
  public Spec spec() {
    return spec;
  }

  /**
   * Returns the activations of batches of {@code batch} sequences, padded to {@code steps}. The
   * caller closes it.
   *
   * @param training whether there will be backward passes, and dropout
   */
  public Activations activations(int steps, int batch, boolean training) {
    return new Activations(this, steps, batch, training);
  }

  /**
   * The activations of batches of one shape; allocated once and reused for any number of batches.
   */
  public static final class Activations implements AutoCloseable {
    private final SequenceScratch scratch;
    private final List<SequenceLevel> levels = new ArrayList<>();
    private final List<Tensor> dOuts = new ArrayList<>(); // two, (T, B, W): of levels but the last
    private final Tensor last; // (B, W)
    private final boolean training;

    // Of the last forward pass.
    private @Nullable Tensor lengths;
    private @Nullable RandomKey key;

    private Activations(SequenceEncoder encoder, int steps, int batch, boolean training) {
      Spec spec = encoder.spec;
      this.training = training;
      this.scratch = new SequenceScratch(encoder.backend, spec, steps, batch, training);
      for (List<Recurrent> directions : encoder.levels) {
        levels.add(new SequenceLevel(encoder.backend, directions, scratch, training));
      }
      this.last = scratch.own(batch, spec.outputSize());
      for (int i = 0; training && i < Math.min(2, spec.levels() - 1); i++) {
        dOuts.add(scratch.own(steps, batch, spec.outputSize()));
      }
    }

    /**
     * Returns the outputs of the last layer, {@code (T, B, W)}, {@code W} of {@link
     * Spec#outputSize}: first the forward direction, then the reverse one; 0 beyond a sequence's
     * end.
     */
    public Tensor outputs() {
      return levels.getLast().out();
    }

    /**
     * Returns the final hidden states of the last layer, {@code (B, W)}: those of the forward
     * direction at each sequence's last step, then those of the reversed direction at its first; 0
     * for a sequence of length 0. An LSTM's final cell states are not available, since no backend
     * provides them at different ends.
     */
    public Tensor last() {
      return last;
    }

    @Override
    public void close() {
      levels.forEach(SequenceLevel::close);
      scratch.close();
    }
  }

  /**
   * Computes outputs and final states.
   *
   * @param x {@code (T, B, D)}; must stay unchanged until the backward pass is done
   * @param lengths {@code I32 (B)}, each in [0, T]; likewise
   * @param key the key of dropout; may be null if there is no dropout
   */
  public void forward(Activations into, Tensor x, Tensor lengths, @Nullable RandomKey key) {
    into.lengths = lengths;
    into.key = key;
    Tensor input = x;
    for (int level = 0; level < levels.size(); level++) {
      if (level > 0 && drops(into)) {
        dropouts.get(level - 1).forward(input, input, key(key));
      }
      into.levels.get(level).forward(input, lengths, key);
      input = into.levels.get(level).out();
    }
    into.levels.getLast().last(lengths, into.last);
  }

  /**
   * Computes the gradients of the last forward pass; those of the weights accumulate.
   *
   * @param dy gradient of the outputs, {@code (T, B, W)}, or null for zero
   * @param dLast gradient of the final states, {@code (B, W)}, or null for zero
   * @param dx gradient of the input, {@code (T, B, D)}, or null if not needed; overwritten
   * @throws IllegalStateException if the activations were made for evaluation, or there was no
   *     forward pass
   */
  public void backward(
      Activations of, @Nullable Tensor dy, @Nullable Tensor dLast, @Nullable Tensor dx) {
    if (!of.training) {
      throw new IllegalStateException("these activations were made for evaluation");
    }
    Tensor lengths = of.lengths;
    if (lengths == null) {
      throw new IllegalStateException("a backward pass needs a forward pass before it");
    }
    Tensor dOut = dy;
    for (int level = levels.size() - 1; level >= 0; level--) {
      Tensor dInput = level == 0 ? dx : of.dOuts.get((level - 1) % 2);
      boolean top = level == levels.size() - 1;
      of.levels.get(level).backward(lengths, dOut, top ? dLast : null, dInput);
      if (level > 0 && dInput != null && drops(of)) {
        dropouts.get(level - 1).backward(dInput, dInput, key(of.key));
      }
      dOut = dInput;
    }
  }

  private boolean drops(Activations activations) {
    return activations.training && spec.stack().dropout() > 0;
  }

  private static RandomKey key(@Nullable RandomKey key) {
    if (key == null) {
      throw new IllegalArgumentException("dropout needs a random key");
    }
    return key;
  }
}
