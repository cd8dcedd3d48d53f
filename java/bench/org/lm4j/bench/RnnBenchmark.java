package org.lm4j.bench;

import java.util.function.UnaryOperator;
import org.lm4j.compute.RnnGradients;
import org.lm4j.compute.RnnInOut;
import org.lm4j.compute.RnnSpec;
import org.lm4j.compute.RnnState;
import org.lm4j.compute.RnnTape;
import org.lm4j.compute.RnnWeights;
import org.lm4j.nn.Parameters;
import org.lm4j.tensor.Tensor;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;

/**
 * The recurrent stack over one window. A backward pass needs its forward pass and comes with it.
 */
public class RnnBenchmark extends CpuState {
  private static final String PREFIX = "rnn.";

  /** LSTM, GRU and tanh, small and large. */
  @Param({"char-rnn", "char-512", "gru-char", "simple-rnnlm", "ptb-small", "ptb-medium"})
  public String configuration = "";

  private RnnWeights weights;
  private RnnInOut inOut;
  private RnnGradients gradients;
  private RnnTape evaluation;
  private RnnTape training;

  @Override
  void prepare() {
    Configuration c = Configuration.of(configuration);
    RnnSpec spec = c.rnn();
    Parameters.Builder plan = new Parameters.Builder();
    plan.add(PREFIX, backend(), spec);
    Parameters parameters = own(plan.allocate(backend(), true));
    Tensor values = parameters.values();
    backend().copy(numbers(Math.toIntExact(values.size())), values);
    backend().scale(1 / Math.sqrt(c.hidden()), values);
    weights = parameters.rnnWeights(PREFIX, spec.layers());
    Tensor x = numbers(c.window(), c.batch(), c.embedding());
    Tensor y = zeros(c.window(), c.batch(), c.hidden());
    inOut = new RnnInOut(x, state(c), y, state(c));
    gradients =
        new RnnGradients(
            numbers(c.window(), c.batch(), c.hidden()),
            null,
            zeros(c.window(), c.batch(), c.embedding()),
            null,
            parameters.rnnGradients(PREFIX, spec.layers()));
    evaluation = own(backend().tape(spec, c.window(), c.batch(), false));
    training = own(backend().tape(spec, c.window(), c.batch(), true));
  }

  private RnnState state(Configuration c) {
    Tensor h = zeros(c.layers(), c.batch(), c.hidden());
    return new RnnState(
        h, c.cell().hasCellState() ? zeros(c.layers(), c.batch(), c.hidden()) : null);
  }

  /** Forward, keeping nothing. */
  @Benchmark
  public void evaluate() {
    backend().rnnForward(evaluation, weights, inOut, null, 0);
  }

  /** Forward, keeping what a backward pass needs. */
  @Benchmark
  public void forward() {
    backend().rnnForward(training, weights, inOut, null, 0);
  }

  /** Forward, then backward. */
  @Benchmark
  public void forwardAndBackward() {
    backend().rnnForward(training, weights, inOut, null, 0);
    backend().rnnBackward(training, weights, gradients);
  }

  static Work work(String method, UnaryOperator<String> parameter) {
    Configuration c = Configuration.of(parameter.apply("configuration"));
    double weights = c.recurrentWeights();
    double forward = 2 * weights * c.tokens();
    double windows = (double) c.tokens() * (c.embedding() + c.hidden()); // x and y, or dx and dy
    return method.equals("forwardAndBackward")
        ? Work.ofFloats(3 * forward, 3 * weights + 2 * windows)
        : Work.ofFloats(forward, weights + windows);
  }
}
