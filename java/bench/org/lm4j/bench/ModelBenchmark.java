package org.lm4j.bench;

import java.util.function.UnaryOperator;
import org.lm4j.compute.IncrementalDecoder;
import org.lm4j.compute.RandomKey;
import org.lm4j.optim.Optimizer;
import org.lm4j.task.lm.CarriedState;
import org.lm4j.task.lm.Initialization;
import org.lm4j.task.lm.LanguageModelNetwork;
import org.lm4j.task.lm.Window;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.HostStorage;
import org.lm4j.tensor.Shape;
import org.lm4j.tensor.Tensor;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Warmup;

/** Whole steps of whole models, on the tensors and in the order of training. */
@Warmup(iterations = 6, time = 2) // kernels that the JIT has not finished allocate, and crawl
@Measurement(iterations = 5, time = 2)
public class ModelBenchmark extends CpuState {
  private static final int WINDOWS = 8;
  private static final double RATE = 1e-3; // small: weights stay like those of a young model

  /** What scripts/bench measures beside its peers. */
  @Param({
    "char-rnn",
    "char-512",
    "char-512x3",
    "gru-char",
    "simple-rnnlm",
    "rnnlm-ptb",
    "ptb-small",
    "ptb-medium",
    "homework",
    "wikitext-2"
  })
  public String configuration = "";

  private final int[][] inputs = new int[WINDOWS][];
  private final int[][] targets = new int[WINDOWS][];
  private double[] logits = {};
  private CarriedState state;
  private Window training;
  private Window evaluation;
  private IncrementalDecoder next;
  private Optimizer optimizer;
  private Tensor sum;
  private Tensor hostSum;
  private Tensor hostNorm;
  private int at;

  @Override
  void prepare() {
    Configuration c = Configuration.of(configuration);
    LanguageModelNetwork model = own(new LanguageModelNetwork(backend(), c.model(), true));
    model.initialize(Initialization.DEFAULT, 1);
    for (int i = 0; i < WINDOWS; i++) {
      inputs[i] = tokens(c.tokens(), c.vocabulary());
      targets[i] = tokens(c.tokens(), c.vocabulary());
    }
    state = own(model.newState(c.batch()));
    training = own(model.window(c.window(), c.batch(), true));
    evaluation = own(model.window(c.window(), c.batch(), false));
    next = own(model.tokenReader());
    logits = new double[c.vocabulary()];
    optimizer = own(new Optimizer(backend(), model.parameters(), c.rule(), c.clipping()));
    sum = zeros(1);
    HostStorage storage = own(new HostStorage(3L * DType.F64.bytes()));
    hostSum = new Tensor(storage, 0, Shape.of(1), DType.F64);
    hostNorm = new Tensor(storage, 1, Shape.of(2), DType.F64);
  }

  /** A step of training, as {@code train.Trainer} takes it. */
  @Benchmark
  public double train() {
    at = (at + 1) % WINDOWS;
    training.load(inputs[at], targets[at]);
    training.train(state, new RandomKey(1, optimizer.steps()), inputs[at].length);
    backend().sum(training.losses(), sum);
    optimizer.step(RATE);
    state.advance();
    backend().download(sum, hostSum);
    backend().download(optimizer.norm(), hostNorm);
    return hostSum.get(0) + hostNorm.get(0);
  }

  /** The losses of a window. */
  @Benchmark
  public double evaluate() {
    at = (at + 1) % WINDOWS;
    evaluation.load(inputs[at], targets[at]);
    evaluation.evaluate(state);
    backend().sum(evaluation.losses(), sum);
    state.advance();
    backend().download(sum, hostSum);
    return hostSum.get(0);
  }

  /** One token of one sequence and the logits of the next: generation without its sampler. */
  @Benchmark
  public double generate() {
    at = (at + 1) % WINDOWS;
    next.read(inputs[at][0]);
    next.logits(logits);
    return logits[0];
  }

  static Work work(String method, UnaryOperator<String> parameter) {
    Configuration c = Configuration.of(parameter.apply("configuration"));
    double products = c.recurrentWeights() + c.outputWeights();
    double forward = 2 * products * c.tokens();
    double rows = (double) c.tokens() * c.embedding();
    return switch (method) {
      // Weights, gradients and moments are read and written; ids weigh nothing.
      case "train" -> Work.ofFloats(3 * forward, c.weights() * (4 + 2 * c.rule().moments()));
      case "evaluate" -> Work.ofFloats(forward, products + rows + 2.0 * c.tokens());
      default -> Work.ofFloats(2 * products, products + c.embedding());
    };
  }
}
