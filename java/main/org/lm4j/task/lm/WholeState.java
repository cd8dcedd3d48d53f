package org.lm4j.task.lm;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.lm4j.compute.Backend;
import org.lm4j.compute.RandomKey;
import org.lm4j.parallel.Communicator;
import org.lm4j.parallel.Share;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.HostStorage;
import org.lm4j.tensor.Shape;
import org.lm4j.tensor.Tensor;

/**
 * The carried state of a whole batch, of which each of several processes carries some rows. It is
 * what a checkpoint holds, so that a run may be resumed by any number of processes.
 */
final class WholeState implements AutoCloseable {
  private final Backend backend;
  private final CarriedState mine;
  private final RandomKey.Rows rows;
  private final List<Tensor> parts; // (L, B, H)

  /** Allocates a zero state. */
  WholeState(Backend backend, CarriedState mine, RandomKey.Rows rows) {
    this.backend = backend;
    this.mine = mine;
    this.rows = rows;
    this.parts =
        mine.parts().stream()
            .map(part -> backend.allocate(part.shape().dim(0), rows.of(), part.shape().dim(2)))
            .toList();
  }

  /** Returns the tensors {@code (L, B, H)}, in the order of {@link CarriedState#parts}. */
  List<Tensor> parts() {
    return parts;
  }

  /** Collects the rows of all processes; every process calls it. */
  void collect(Communicator ranks) {
    for (int i = 0; i < parts.size(); i++) {
      collect(ranks, mine.parts().get(i), parts.get(i));
    }
  }

  private void collect(Communicator ranks, Tensor some, Tensor whole) {
    int layers = whole.shape().dim(0);
    int width = whole.shape().dim(2);
    int most = Math.ceilDiv(rows.of(), ranks.size()); // rows of a process
    long piece = (long) layers * most * width * DType.F64.bytes();
    try (Arena arena = Arena.ofConfined();
        HostStorage storage = new HostStorage(whole.size() * DType.F64.bytes())) {
      MemorySegment send = arena.allocate(piece, DType.F64.bytes());
      MemorySegment all = arena.allocate(piece * ranks.size(), DType.F64.bytes());
      Tensor host = new Tensor(storage, 0, whole.shape(), DType.F64);
      download(some, send);
      ranks.allGather(send, all);
      for (int rank = 0; rank < ranks.size(); rank++) {
        RandomKey.Rows theirs = new Share(rank, ranks.size()).rows(rows.of());
        long block = (long) theirs.count() * width;
        for (int layer = 0; layer < layers; layer++) {
          long from = piece * rank + layer * block * DType.F64.bytes();
          long to = ((long) layer * rows.of() + theirs.first()) * width;
          MemorySegment.copy(
              all, from, storage.segment(), to * DType.F64.bytes(), block * DType.F64.bytes());
        }
      }
      backend.upload(host, whole);
    }
  }

  private void download(Tensor some, MemorySegment into) {
    try (HostStorage storage = new HostStorage(some.size() * DType.F64.bytes())) {
      Tensor host = new Tensor(storage, 0, Shape.of((int) some.size()), DType.F64);
      backend.download(some.reshape((int) some.size()), host);
      MemorySegment.copy(
          storage.segment(),
          ValueLayout.JAVA_DOUBLE,
          0,
          into,
          ValueLayout.JAVA_DOUBLE,
          0,
          some.size());
    }
  }

  /** Copies the rows of this process from the whole to where they are carried on. */
  void distribute() {
    for (int i = 0; i < parts.size(); i++) {
      Tensor whole = parts.get(i);
      Tensor some = mine.parts().get(i);
      int width = whole.shape().dim(2);
      int block = rows.count() * width;
      for (int layer = 0; layer < whole.shape().dim(0); layer++) {
        long from = ((long) layer * rows.of() + rows.first()) * width;
        backend.copy(whole.view(from, block), some.view((long) layer * block, block));
      }
    }
  }

  @Override
  public void close() {
    parts.forEach(part -> part.storage().close());
  }
}
