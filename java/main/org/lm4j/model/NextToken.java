package org.lm4j.model;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;

import java.lang.foreign.MemorySegment;
import org.lm4j.compute.Backend;
import org.lm4j.compute.RnnInOut;
import org.lm4j.compute.RnnTape;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.HostStorage;
import org.lm4j.tensor.Tensor;

/** Reads one token of one sequence at a time and says what it expects next: for generation. */
public final class NextToken implements AutoCloseable {
  private final LanguageModel model;
  private final Backend backend;
  private final CarriedState state;
  private final RnnTape tape;
  private final int[] read = new int[1];
  private final Tensor id; // I32 (1)
  private final Tensor embedded; // (1, D)
  private final Tensor hidden; // (1, H)
  private final Tensor logits; // (1, V)
  private final Tensor host; // F64 (V)
  private final Tensor embeddedWindow; // (1, 1, D)
  private final Tensor hiddenWindow; // (1, 1, H)

  /** From a zero state. */
  public NextToken(LanguageModel model) {
    this.model = model;
    this.backend = model.backend();
    ModelConfig config = model.config();
    this.state = model.newState(1);
    this.tape = model.recurrent().tape(1, 1, false);
    this.id = backend.allocateIds(1);
    this.embedded = backend.allocate(1, config.embedding());
    this.hidden = backend.allocate(1, config.hidden());
    this.logits = backend.allocate(1, config.vocabulary());
    this.embeddedWindow = embedded.reshape(1, 1, config.embedding());
    this.hiddenWindow = hidden.reshape(1, 1, config.hidden());
    HostStorage storage = new HostStorage((long) config.vocabulary() * DType.F64.bytes());
    this.host = new Tensor(storage, 0, logits.shape(), DType.F64);
  }

  /** Forgets everything read. */
  public void reset() {
    state.reset();
  }

  /** The state after the tokens read. */
  public CarriedState state() {
    return state;
  }

  /** Reads one token without asking what comes next. */
  public void read(int token) {
    read[0] = token;
    backend.upload(read, 0, 1, id);
    model.encoder().forward(id, embedded);
    model
        .recurrent()
        .forward(
            tape, new RnnInOut(embeddedWindow, state.before(), hiddenWindow, state.after()), null);
    state.advance();
  }

  /**
   * Writes the logits of the token that follows the ones read.
   *
   * @param target {@code V} numbers; overwritten
   */
  public void logits(double[] target) {
    model.decoder().forward(hidden, logits);
    backend.download(logits, host);
    MemorySegment.copy(host.segment(), JAVA_DOUBLE, 0, target, 0, target.length);
  }

  @Override
  public void close() {
    state.close();
    tape.close();
    for (Tensor tensor : new Tensor[] {id, embedded, hidden, logits, host}) {
      tensor.storage().close();
    }
  }
}
