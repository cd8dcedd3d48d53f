package org.lm4j.task.vqa;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.lm4j.nn.Workspaces;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.HostStorage;
import org.lm4j.tensor.Shape;
import org.lm4j.tensor.Tensor;

/** Loads questions and their images into batches. Owns the host memory for the transfer. */
final class VqaLoader implements AutoCloseable {
  private final VqaData set;
  private final Workspaces<Integer, Tensor> hosts; // by number of questions

  VqaLoader(VqaData set) {
    this.set = set;
    this.hosts = new Workspaces<>(this::host, host -> host.storage().close());
  }

  private Tensor host(int questions) {
    Shape shape = Shape.of(questions, set.numbersOfImage());
    return new Tensor(new HostStorage(4 * shape.size()), 0, shape, DType.F32);
  }

  /** Returns the number of words of the longest of some questions. */
  int longest(int[] questions) {
    return Arrays.stream(questions).map(i -> set.words(i).length).max().orElseThrow();
  }

  /** Loads as many questions as {@code batch} holds, for whose words it is prepared. */
  void load(int[] questions, VqaBatch batch) {
    Tensor host = hosts.of(questions.length);
    int[][] words = new int[questions.length][];
    int[] answers = new int[questions.length];
    for (int i = 0; i < questions.length; i++) {
      words[i] = set.words(questions[i]);
      answers[i] = set.answer(questions[i]);
      MemorySegment.copy(
          set.image(questions[i]).segment(),
          0,
          host.slice(i, 1).segment(),
          0,
          4L * set.numbersOfImage());
    }
    batch.load(words, host, answers);
  }

  @Override
  public void close() {
    hosts.close();
  }
}
