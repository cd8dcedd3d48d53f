package org.lm4j.bench;

import java.util.function.UnaryOperator;
import org.lm4j.tensor.Tensor;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;

/** Looking up and accumulating rows of a table, ids by Zipf's law. */
public class EmbeddingBenchmark extends CpuState {
  /** {@code T·B x V x D}: char-rnn, simple-rnnlm, ptb-small, ptb-medium, wikitext-2. */
  @Param({"2500x65x65", "50x418x100", "400x10000x200", "700x10000x650", "700x33278x200"})
  public String size = "1x1x1";

  private Tensor table;
  private Tensor ids;
  private Tensor rows;
  private Tensor gradient;

  @Override
  void prepare() {
    int[] dims = Sizes.parse(size, 3);
    table = numbers(dims[1], dims[2]);
    ids = ids(dims[0], dims[1]);
    rows = numbers(dims[0], dims[2]);
    gradient = zeros(dims[1], dims[2]);
  }

  /** Reads rows. */
  @Benchmark
  public void embed() {
    backend().embed(table, ids, rows);
  }

  /** Adds to rows. */
  @Benchmark
  public void embedBackward() {
    backend().embedBackward(rows, ids, gradient);
  }

  static Work work(String method, UnaryOperator<String> parameter) {
    int[] dims = Sizes.parse(parameter.apply("size"), 3);
    double elements = (double) dims[0] * dims[2];
    return method.equals("embed")
        ? Work.ofFloats(0, 2 * elements + dims[0])
        : Work.ofFloats(elements, 3 * elements + dims[0]);
  }
}
