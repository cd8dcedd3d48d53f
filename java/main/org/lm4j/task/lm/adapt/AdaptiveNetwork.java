package org.lm4j.task.lm.adapt;

import java.util.List;
import org.lm4j.compute.Backend;
import org.lm4j.compute.update.UpdateRule;
import org.lm4j.model.DropoutRates;
import org.lm4j.nn.Parameter;
import org.lm4j.nn.Parameters;
import org.lm4j.task.lm.LanguageModelConfig;
import org.lm4j.task.lm.LanguageModelNetwork;
import org.lm4j.task.lm.OutputConfig;
import org.lm4j.tensor.Tensor;

/**
 * A copy of a network that learns from the text it reads, with the weights it began with: those of
 * the model never change.
 */
final class AdaptiveNetwork implements AutoCloseable {
  private final Backend backend;
  private final LanguageModelNetwork copy;
  private final Tensor trained; // the flat buffer of the copy's weights as they were
  private final Tensor roots; // r by weight
  private double meanRoot = 1;

  /** Copies a network; the roots are 1. */
  AdaptiveNetwork(LanguageModelNetwork model) {
    this.backend = model.backend();
    LanguageModelConfig config = model.config().withRates(DropoutRates.NONE);
    if (config.output().softmax() == OutputConfig.Softmax.SAMPLED) { // the losses are those of all
      config = config.withOutput(OutputConfig.full(config.tied()));
    }
    this.copy = new LanguageModelNetwork(backend, config, true);
    for (Parameter parameter : copy.parameters().all()) { // a layout may depend on dropout
      Tensor from = model.parameters().get(parameter.name()).value();
      backend.copy(from, parameter.value());
    }
    Parameters parameters = copy.parameters();
    int size = Math.toIntExact(parameters.values().size());
    this.trained = backend.allocate(size);
    this.roots = backend.allocate(size);
    backend.copy(parameters.values(), trained);
    backend.fill(roots, 1);
  }

  /** Returns the network that learns. */
  LanguageModelNetwork network() {
    return copy;
  }

  /** Returns the flat buffer of the roots of the mean squares of the gradients. */
  Tensor roots() {
    return roots;
  }

  /** Announces the mean of the roots, by which the decay is relative. */
  void setMeanRoot(double mean) {
    meanRoot = mean;
  }

  /** Makes one step with the gradients that are there, which are zero afterwards. */
  void learn(Adaptation.Dynamic by) {
    UpdateRule rule = new UpdateRule.Anchored(by.decay() / meanRoot, by.epsilon());
    Parameters parameters = copy.parameters();
    backend.update(
        rule,
        parameters.values(),
        parameters.gradients(),
        List.of(trained, roots),
        null,
        by.learningRate(),
        1);
  }

  /** Returns to the trained weights. */
  void restore() {
    backend.copy(trained, copy.parameters().values());
    backend.fill(copy.parameters().gradients(), 0);
  }

  @Override
  public void close() {
    copy.close();
    trained.storage().close();
    roots.storage().close();
  }
}
