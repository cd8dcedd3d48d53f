package org.lm4j.compute;

import org.jspecify.annotations.Nullable;
import org.lm4j.compute.update.OptimizerOperations;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.MemoryBudget;
import org.lm4j.tensor.Shape;
import org.lm4j.tensor.Storage;
import org.lm4j.tensor.Tensor;

/**
 * A device that can train recurrent models. It has fine-grained operations on tensors and one
 * coarse-grained pair, {@link #rnnForward} and {@link #rnnBackward}, over a whole window of a whole
 * stack.
 *
 * <p>Contract of every operation: tensors are this backend's own, of {@link #dtype()} unless said
 * otherwise; shape, type and bounds are checked once before anything is computed and a broken one
 * throws {@link IllegalArgumentException} naming the operation, as does a number outside the given
 * range; memory that is closed throws {@link IllegalStateException}; if no shapes are given,
 * tensors have the same number of elements; outputs must not overlap inputs unless the operation
 * says it works in place; nothing is allocated. A native call that fails throws {@link
 * BackendException} naming function, status and the library's own text.
 *
 * <p>Threads: any number of them may share a backend, and the weights of a model on it as long as
 * they do not change, each with its own windows, tapes, decoders and generators. Operations of one
 * backend run one at a time; threads wait in the order of arrival. A tape or a {@link
 * IncrementalDecoder} that two threads use at once throws {@link
 * java.util.ConcurrentModificationException}. Whatever is closed while others compute is freed
 * after the operation that is under way; what the others do afterwards throws {@link
 * IllegalStateException}, whose message says what "is closed".
 *
 * <p>A new backend extends {@code org.lm4j.compute.composed.ComposedBackend}, which has the
 * operations that can be made of a few others. It is complete when {@code ParityTest} passes for
 * it.
 */
public interface Backend extends AutoCloseable, OptimizerOperations {

  /** Returns the name of the backend: {@code reference}, {@code cpu}, {@code cuda}. */
  String name();

  /** Returns the element type of the tensors that this backend computes with. */
  DType dtype();

  /** Describes the backend in one line for logs: libraries, kernels, threads or device. */
  String description();

  /**
   * Frees what the backend itself holds, after the operation that is under way. Storage it
   * allocated has to be closed too, before or afterwards. Closing twice does nothing.
   */
  @Override
  void close();

  // --- Work that is repeated --------------------------------------------------------------------

  /**
   * Runs a unit of work that is repeated many times with the same shapes, a step of training say. A
   * backend may note what the work asks for and begin with it when all is known; where the same was
   * asked for before, it may run what it prepared then. Results can be downloaded as ever.
   *
   * @param work calls operations of this backend; must not call this method
   */
  default void step(Runnable work) {
    work.run();
  }

  /**
   * Returns after how many steps a caller should read results back: several where the host runs
   * ahead of the device, because a download makes the host wait.
   */
  default int stepsPerReading() {
    return 1;
  }

  /**
   * Returns the machine epsilon of the factors in matrix products and the recurrent stack: that of
   * {@link #dtype()} unless the backend rounds them further.
   */
  default double productEpsilon() {
    return dtype() == DType.F64 ? Math.ulp(1.0) : Math.ulp(1.0f);
  }

  /**
   * Returns how many bytes of logits an output layer should compute at a time: as many as caches
   * hold on a processor; on a GPU, where each block costs another pass over the weights' gradients,
   * a share of its memory.
   */
  default long outputBlockBytes() {
    return 32L << 20;
  }

  // --- Memory -----------------------------------------------------------------------------------

  /** Allocates {@code byteSize} zeroed bytes where this backend computes. The caller closes it. */
  Storage allocateStorage(long byteSize);

  /** Returns the bytes that can be allocated where this backend computes, as far as is known. */
  default long availableBytes() {
    return MemoryBudget.available();
  }

  /**
   * Returns the bytes that {@link #tape} allocates for such windows, including what passes may add;
   * a lower bound where only the libraries of a device know. Throws as {@link #tape}.
   */
  long tapeBytes(RnnSpec spec, int steps, int batch, boolean training);

  /** Allocates a zeroed tensor of {@link #dtype()} with new storage. */
  default Tensor allocate(int... dims) {
    Shape shape = Shape.of(dims);
    return new Tensor(allocateStorage(shape.size() * dtype().bytes()), 0, shape, dtype());
  }

  /** Allocates a zeroed tensor for token ids. */
  default Tensor allocateIds(int... dims) {
    Shape shape = Shape.of(dims);
    return new Tensor(allocateStorage(shape.size() * DType.I32.bytes()), 0, shape, DType.I32);
  }

  /** Returns the layout of a stack's weights inside a flat buffer that this backend prefers. */
  default RnnLayout layout(RnnSpec spec) {
    return RnnLayout.contiguous(spec);
  }

  /**
   * Copies host values to this backend, rounded to the target's type.
   *
   * @param host any float tensor on the host
   */
  void upload(Tensor host, Tensor target);

  /**
   * Copies {@code count} ids from {@code ids[from]} on into {@code target}, from its start on.
   *
   * @param target {@code I32}, of at least {@code count} elements
   */
  void upload(int[] ids, int from, int count, Tensor target);

  /**
   * Copies values of this backend to the host, rounded to the target's type. Waits for them.
   *
   * @param host any float tensor on the host
   */
  void download(Tensor source, Tensor host);

  /** Copies a tensor, {@code target = source}, to one of the same type. */
  void copy(Tensor source, Tensor target);

  /** Sets every element. */
  void fill(Tensor target, double value);

  // --- Arithmetic -------------------------------------------------------------------------------

  /**
   * Multiplies matrices, {@code c = alpha · op(a) · op(b) + beta · c}.
   *
   * @param a {@code (M, K)}, or {@code (K, M)} transposed; rank 2, as are {@code b} and {@code c}
   * @param b {@code (K, N)}, or {@code (N, K)} transposed
   * @param alpha with 0 it is up to the backend whether what is not finite in a and b shows
   * @param c {@code (M, N)}; with {@code beta} 0 its content is ignored
   */
  void gemm(GemmOp op, double alpha, Tensor a, Tensor b, double beta, Tensor c);

  /**
   * Applies {@link #gemm} to each of {@code N} pairs of matrices.
   *
   * @param a {@code (N, M, K)}, or {@code (N, K, M)} transposed
   * @param b {@code (N, K, P)}, or {@code (N, P, K)} transposed
   * @param c {@code (N, M, P)}
   */
  void batchedGemm(GemmOp op, double alpha, Tensor a, Tensor b, double beta, Tensor c);

  /**
   * Copies {@code width} columns, {@code target[:, to + j] = source[:, from + j]}; the rest of the
   * target stays.
   *
   * @param source {@code (N, ·)}, as is the target
   */
  void copyColumns(Tensor source, int from, Tensor target, int to, int width);

  /**
   * Copies each sequence of a batch as far as it goes: {@code target[t, b] = source[t, b]}, or
   * {@code source[lengths[b] - 1 - t, b]} if {@code reversed}, for {@code t < lengths[b]}; zero
   * beyond its end and where the source has no such step. Its own adjoint: the gradient of the
   * source is that of the target, copied with the same lengths in the same order. A target of one
   * step takes the last step of each sequence, reversed.
   *
   * @param source {@code (S, B, D)}
   * @param lengths {@code I32 (B)}, each in [0, max(S, T)]; checked
   * @param target {@code (T, B, D)}; overwritten
   */
  void copySequences(Tensor source, Tensor lengths, boolean reversed, Tensor target);

  /** Adds a multiple: {@code y += alpha · x}. */
  void axpy(double alpha, Tensor x, Tensor y);

  /** Scales a tensor: {@code x = alpha · x}. */
  void scale(double alpha, Tensor x);

  /** Multiplies elementwise, {@code z = x ⊙ y}; may work in place on either. */
  void multiply(Tensor x, Tensor y, Tensor z);

  /** Adds {@code bias (N)} to each row of {@code y (M, N)}. */
  void addBias(Tensor bias, Tensor y);

  /** Accumulates a bias gradient: {@code db (N) += } the column sums of {@code dy (M, N)}. */
  void biasGradient(Tensor dy, Tensor db);

  /**
   * Computes an affine layer, {@code y = x · wᵀ + b} for each row of {@code x}: {@link #gemm} and
   * {@link #addBias}, which also say what is refused, in one pass where a backend can.
   *
   * @param x {@code (N, K)}
   * @param w {@code (M, K)}
   * @param b {@code (M)}
   * @param y {@code (N, M)}; overwritten
   */
  void affine(Tensor x, Tensor w, Tensor b, Tensor y);

  /**
   * Accumulates the gradients of an affine layer's weights, {@code dw += dyᵀ · x} and {@code db +=
   * Σ dy}: {@link #gemm} and {@link #biasGradient}, in one pass where a backend can.
   *
   * @param x input of the layer, {@code (N, K)}
   * @param dy gradient of its output, {@code (N, M)}
   * @param dw {@code (M, K)}; accumulated
   * @param db {@code (M)}; accumulated
   */
  void affineGradients(Tensor x, Tensor dy, Tensor dw, Tensor db);

  /** Applies an activation function, {@code y = f(x)}; may work in place. */
  void activate(Activation f, Tensor x, Tensor y);

  /** Computes {@code dx = dy · f'(x)} from {@code y = f(x)}; may work in place on {@code dy}. */
  void activateBackward(Activation f, Tensor y, Tensor dy, Tensor dx);

  /** Sums a tensor, {@code out (1) = Σ x}, accumulated in double precision. */
  void sum(Tensor x, Tensor out);

  // --- Embedding and dropout --------------------------------------------------------------------

  /**
   * Looks up rows of a table, {@code out[i] = table[ids[i]]}.
   *
   * @param table {@code (V, D)}
   * @param ids {@code I32 (N)}, each in [0, V); checked
   * @param out {@code (N, D)}
   */
  void embed(Tensor table, Tensor ids, Tensor out);

  /**
   * Accumulates the gradient of a lookup, {@code dTable[ids[i]] += dOut[i]}, in ascending {@code
   * i}. Shapes as in {@link #embed}.
   */
  void embedBackward(Tensor dOut, Tensor ids, Tensor dTable);

  /**
   * Applies inverted dropout, {@code y = mask ⊙ x / (1 - p)}, the mask drawn by {@link Philox} from
   * key, site and flat index. Its own backward: apply it to {@code dy} with the same key and site.
   * May work in place.
   *
   * @param x with a key of some {@linkplain RandomKey#rows rows}, {@code (T·B, ·)} or {@code (T, B,
   *     ·)} of those
   * @param p probability of dropping, in [0, 1)
   * @param site in [0, 2^24)
   */
  void dropout(Tensor x, Tensor y, double p, RandomKey key, int site);

  // --- Loss -------------------------------------------------------------------------------------

  /**
   * Computes softmax, its cross-entropy and the gradient, in one pass and in place.
   *
   * @param logits {@code (N, V)}; overwritten with {@code (softmax - onehot) · gradientScale}, zero
   *     in ignored rows
   * @param targets {@code I32 (N)}, each in [0, V) or {@code ignore}; checked
   * @param ignore the target that is not scored
   * @param gradientScale usually one over the number of targets scored
   * @param loss {@code (N)}; overwritten with the negative log-likelihoods in nats, 0 where ignored
   */
  void softmaxCrossEntropy(
      Tensor logits, Tensor targets, int ignore, double gradientScale, Tensor loss);

  /** Computes only the losses of {@link #softmaxCrossEntropy}; {@code logits} stay as they are. */
  void crossEntropy(Tensor logits, Tensor targets, int ignore, Tensor loss);

  /**
   * Computes the losses of an affine layer's output: {@link #affine} and {@link #crossEntropy},
   * which also say what is refused, for some rows after the other; in one pass where a backend can.
   * Targets and losses are as in {@link #softmaxCrossEntropy}.
   *
   * @param x {@code (N, K)}
   * @param w {@code (V, K)}
   * @param b {@code (V)}, or null for none
   * @param logits {@code (R, V)}, memory for R rows at a time, at least one; undefined afterwards
   */
  void affineCrossEntropy( // a layer, a loss, and memory to work in
      Tensor x,
      Tensor w,
      @Nullable Tensor b,
      Tensor targets,
      int ignore,
      Tensor logits,
      Tensor loss);

  /**
   * Computes the multiclass hinge loss of Weston and Watkins ("Support vector machines for
   * multi-class pattern recognition", ESANN 1999), {@code Σ max(0, 1 + scores[j] - scores[target])}
   * over all classes but the target, and its gradient in place.
   *
   * @param scores {@code (N, C)}; overwritten with the gradient times {@code gradientScale}
   * @param targets {@code I32 (N)}, each in [0, C) or {@code ignore}; checked
   * @param loss {@code (N)}; overwritten, 0 where ignored
   */
  void hinge(Tensor scores, Tensor targets, int ignore, double gradientScale, Tensor loss);

  /**
   * Computes the softmax of each row; may work in place.
   *
   * @param x {@code (N, M)}
   * @param lengths {@code I32 (N)}, each in [0, M]: that many numbers of a row count, the rest of
   *     {@code y} becomes 0; null if all count
   * @param y {@code (N, M)}; overwritten
   */
  void softmax(Tensor x, @Nullable Tensor lengths, Tensor y);

  /**
   * Computes the gradient of {@link #softmax}, {@code dx = y ⊙ (dy - Σ y dy)} by row, from its
   * result; may work in place on {@code dy}. Where {@code y} is 0 since it did not count, so is
   * {@code dx}. All are {@code (N, M)}.
   */
  void softmaxBackward(Tensor y, Tensor dy, Tensor dx);

  /**
   * Computes the sum of the losses of {@link NegativeSamples} and its gradients: those of the
   * products, in {@code scores}, and {@code dx (N, D)}, overwritten.
   */
  default void negativeSampling(NegativeSamples samples, Tensor dx, Tensor lossSum) {
    samples.differentiate(this, dx, lossSum);
  }

  /** Adds {@code table[candidates[n, c]] += alpha · scores[n, c] · x[n]}, in ascending order. */
  default void negativeSamplingUpdate(NegativeSamples samples, double alpha, Tensor table) {
    samples.update(this, alpha, table);
  }

  // --- Recurrent stack --------------------------------------------------------------------------

  /**
   * Returns whether this backend has a fast form of such stacks. It runs the others too, from the
   * equations of their cell ({@link Cell#equations}).
   */
  boolean supports(RnnSpec spec);

  /**
   * Allocates a tape for windows of {@code steps} by {@code batch}, each at least 1; to be closed.
   *
   * @throws org.lm4j.InputException if the windows are longer than a device's libraries take
   */
  RnnTape tape(RnnSpec spec, int steps, int batch, boolean training);

  /**
   * Runs the stack over a window. With a training tape and {@code spec.dropout() > 0} the output of
   * each layer but the last is dropped at site {@code site + layer}, indexed by its flat place in
   * {@code (T, B, H)}.
   *
   * @param key source of dropout; may be null, and the site anything, only where nothing is dropped
   * @param site the first of {@code L - 1} dropout sites, all in [0, 2^24)
   */
  void rnnForward(
      RnnTape tape, RnnWeights weights, RnnInOut inOut, @Nullable RandomKey key, int site);

  /**
   * Computes the gradients of the last forward pass on this tape, which can be done once. What was
   * given to that pass, inputs and ids, must still be there and be the same.
   *
   * @throws IllegalArgumentException if the tape is not for training
   * @throws IllegalStateException if no forward pass has run since the last backward pass
   */
  void rnnBackward(RnnTape tape, RnnWeights weights, RnnGradients gradients);

  /**
   * Creates a decoder that reads tokens one by one, with weights that must not change. The caller
   * closes it.
   *
   * @throws IllegalArgumentException if shapes or types do not fit
   */
  IncrementalDecoder tokenReader(TokenModel model);

  /**
   * Creates a decoder of several sequences side by side, otherwise as {@link #tokenReader} does.
   *
   * @param rows most sequences, at least 1
   * @throws IllegalArgumentException if shapes or types do not fit, or there is no row
   */
  default BatchDecoder batchReader(TokenModel model, int rows) {
    return new ComposedBatchDecoder(this, model, rows);
  }
}
