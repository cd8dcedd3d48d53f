package org.lm4j.train;

import org.lm4j.backend.reference.ReferenceBackend;
import org.lm4j.compute.Backend;
import org.lm4j.model.Model;
import org.lm4j.nn.Parameters;
import org.lm4j.tensor.Tensor;

/** A model of one weight "w", small enough to compute by hand. */
public class OneWeight implements Model {
  private final ReferenceBackend backend = new ReferenceBackend();
  private final Parameters parameters;

  /** Creates the weight, which is 0. */
  public OneWeight() {
    this(1);
  }

  /** Creates so many weights under the one name. */
  public OneWeight(int size) {
    this.parameters = new Parameters.Builder().add("w", size).allocate(backend, true);
  }

  /** Returns the weight. */
  protected final Tensor weights() {
    return parameters.get("w").value();
  }

  /** Returns the gradient of the weight. */
  protected final Tensor gradient() {
    return parameters.viewIn(parameters.gradients(), parameters.get("w"));
  }

  @Override
  public Backend backend() {
    return backend;
  }

  @Override
  public Parameters parameters() {
    return parameters;
  }

  @Override
  public void close() {
    parameters.close();
    backend.close();
  }
}
