package org.lm4j.compute.composed;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lm4j.compute.Backend;
import org.lm4j.compute.Checks;
import org.lm4j.compute.DecoderChecks;
import org.lm4j.compute.IncrementalDecoder;
import org.lm4j.compute.RnnInOut;
import org.lm4j.compute.RnnSpec;
import org.lm4j.compute.RnnState;
import org.lm4j.compute.RnnTape;
import org.lm4j.compute.TokenModel;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.HostStorage;
import org.lm4j.tensor.Tensor;

/** A decoder made of operations that every backend has: windows of one step of one sequence. */
public final class ComposedDecoder implements IncrementalDecoder {
  private final Backend backend;
  private final TokenModel model;
  private final RnnTape tape;
  private final List<Tensor> owned = new ArrayList<>();
  private final int[] read = new int[1];
  private final Tensor id; // I32 (1)
  private final Tensor embedded; // (1, D)
  private final Tensor hidden; // (1, H)
  private final Tensor logits; // (1, V)
  private final Tensor host; // F64 (1, V)
  private final RnnInOut[] steps = new RnnInOut[2]; // from one state to the other, and back
  private int side;
  private boolean computed; // whether the host has the logits after the last token

  /**
   * Creates a decoder on {@code backend}; the caller closes it.
   *
   * @throws IllegalArgumentException if shapes or types do not fit
   */
  public ComposedDecoder(Backend backend, TokenModel model) {
    this.backend = backend;
    this.model = model;
    RnnSpec spec = model.spec();
    this.embedded = own(backend.allocate(1, spec.inputSize()));
    try {
      new Checks(backend.dtype(), embedded.storage().isHost()).tokenReader(model);
    } catch (IllegalArgumentException e) {
      embedded.storage().close();
      throw e;
    }
    this.tape = backend.tape(spec, 1, 1, false);
    this.id = own(backend.allocateIds(1));
    this.hidden = own(backend.allocate(1, spec.hiddenSize()));
    this.logits = own(backend.allocate(1, model.vocabulary()));
    HostStorage storage = new HostStorage((long) model.vocabulary() * DType.F64.bytes());
    this.host = own(new Tensor(storage, 0, logits.shape(), DType.F64));
    RnnState[] states = {state(), state()};
    for (int i = 0; i < steps.length; i++) {
      steps[i] =
          new RnnInOut(
              embedded.reshape(1, 1, spec.inputSize()),
              states[i],
              hidden.reshape(1, 1, spec.hiddenSize()),
              states[1 - i]);
    }
  }

  private RnnState state() {
    RnnSpec spec = model.spec();
    Tensor h = own(backend.allocate(spec.layers(), 1, spec.hiddenSize()));
    boolean cells = spec.cell().hasCellState();
    return new RnnState(
        h, cells ? own(backend.allocate(spec.layers(), 1, spec.hiddenSize())) : null);
  }

  private Tensor own(Tensor tensor) {
    owned.add(tensor);
    return tensor;
  }

  @Override
  public int vocabulary() {
    return model.vocabulary();
  }

  @Override
  public void reset() {
    clear(steps[side].initial().h());
    clear(steps[side].initial().c());
    backend.fill(hidden, 0);
    computed = false;
  }

  private void clear(@Nullable Tensor part) {
    if (part != null) {
      backend.fill(part, 0);
    }
  }

  @Override
  public void read(int token) {
    DecoderChecks.token(token, vocabulary());
    computed = false;
    read[0] = token;
    backend.upload(read, 0, 1, id);
    backend.embed(model.table(), id, embedded);
    backend.rnnForward(tape, model.weights(), steps[side], null, 0);
    side = 1 - side;
  }

  @Override
  public void logits(double[] target) {
    DecoderChecks.target(target, vocabulary());
    compute();
    MemorySegment.copy(host.segment(), JAVA_DOUBLE, 0, target, 0, vocabulary());
  }

  @Override
  public double logit(int token) {
    DecoderChecks.token(token, vocabulary());
    compute();
    return host.get(token);
  }

  private void compute() {
    if (!computed) {
      backend.affine(hidden, model.output(), model.bias(), logits);
      backend.download(logits, host);
      computed = true;
    }
  }

  @Override
  public void close() {
    tape.close();
    owned.forEach(tensor -> tensor.storage().close());
  }
}
