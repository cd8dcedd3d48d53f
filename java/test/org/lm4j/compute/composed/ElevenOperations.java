package org.lm4j.compute.composed;

import org.lm4j.compute.Activation;
import org.lm4j.compute.Backend;
import org.lm4j.compute.GemmOp;
import org.lm4j.tensor.Storage;
import org.lm4j.tensor.Tensor;

/** A backend that has only what every backend must have, borrowed from another on the host. */
public final class ElevenOperations extends ComposedBackend {
  private final Backend lender;

  /** Closes {@code lender} with itself. */
  public ElevenOperations(Backend lender) {
    super(lender.dtype(), true);
    this.lender = lender;
  }

  @Override
  public String name() {
    return "eleven";
  }

  @Override
  public void close() {
    lender.close();
  }

  @Override
  public Storage allocateStorage(long byteSize) {
    return lender.allocateStorage(byteSize);
  }

  @Override
  public void upload(Tensor host, Tensor target) {
    lender.upload(host, target);
  }

  @Override
  public void upload(int[] ids, int from, int count, Tensor target) {
    lender.upload(ids, from, count, target);
  }

  @Override
  public void download(Tensor source, Tensor host) {
    lender.download(source, host);
  }

  @Override
  protected int[] downloadIds(Tensor ids) {
    int[] values = new int[(int) ids.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (int) ids.get(i);
    }
    return values;
  }

  @Override
  public void copy(Tensor source, Tensor target) {
    lender.copy(source, target);
  }

  @Override
  public void gemm(GemmOp op, double alpha, Tensor a, Tensor b, double beta, Tensor c) {
    lender.gemm(op, alpha, a, b, beta, c);
  }

  @Override
  public void axpy(double alpha, Tensor x, Tensor y) {
    lender.axpy(alpha, x, y);
  }

  @Override
  public void multiply(Tensor x, Tensor y, Tensor z) {
    lender.multiply(x, y, z);
  }

  @Override
  public void activate(Activation f, Tensor x, Tensor y) {
    lender.activate(f, x, y);
  }
}
