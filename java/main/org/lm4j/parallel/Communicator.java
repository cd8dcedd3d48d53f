package org.lm4j.parallel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.lm4j.compute.Backend;

/**
 * The connection between the ranks of a job, numbered from 0. It moves bytes between them and
 * computes nothing, so results do not depend on the algorithms of a library.
 *
 * <p>Every rank calls the same methods in the same order, with memory of the same size outside the
 * Java heap; each call returns once this rank has its part. Used by one thread at a time.
 */
public interface Communicator extends AutoCloseable {
  /** Returns the number of this rank, from 0. */
  int rank();

  /** Returns the number of ranks, at least 1. */
  int size();

  /** Describes the connection in a few words for logs. */
  String description();

  /**
   * Sends a piece to each rank and receives one from each: piece {@code r} of {@code send} goes to
   * rank {@code r}, and piece {@code r} of {@code receive} comes from there.
   *
   * @param send {@code N} pieces of equal size
   * @param receive as large as {@code send}, without overlap
   * @throws RanksException if the connection is broken
   */
  void allToAll(MemorySegment send, MemorySegment receive);

  /**
   * Collects a piece of each rank on all of them: piece {@code r} of {@code receive} comes from
   * rank {@code r}.
   *
   * @param send a piece
   * @param receive {@code N} pieces, without overlap with {@code send}
   * @throws RanksException if the connection is broken
   */
  void allGather(MemorySegment send, MemorySegment receive);

  /**
   * Copies the bytes of rank 0 to all others.
   *
   * @throws RanksException if the connection is broken
   */
  void broadcast(MemorySegment bytes);

  /**
   * Waits until every rank has called this.
   *
   * @throws RanksException if the connection is broken
   */
  void barrier();

  /**
   * Returns whether {@link #send} and {@link #receive} are there, and may be called by one thread
   * while another computes.
   */
  default boolean transfers() {
    return false;
  }

  /**
   * Begins to send memory to another rank, which receives it with the same tag. Unlike the other
   * methods this one and {@link #receive} may be called by several threads, one after the other.
   *
   * @param tag in [0, 2^15)
   * @throws UnsupportedOperationException unless {@link #transfers}
   */
  default Transfer send(MemorySegment bytes, int to, int tag) {
    throw new UnsupportedOperationException(description());
  }

  /**
   * Begins to receive memory of the same size that another rank sends.
   *
   * @throws UnsupportedOperationException unless {@link #transfers}
   */
  default Transfer receive(MemorySegment bytes, int from, int tag) {
    throw new UnsupportedOperationException(description());
  }

  /**
   * Announces that this rank has done its work, so that {@link #close} waits for the others and
   * ends the job in good order.
   */
  void finish();

  /**
   * Ends the connection. Without {@link #finish} before, the job has failed: the others do not wait
   * for this rank, but end with an error.
   */
  @Override
  void close();

  /**
   * Returns what sums tensors of a backend over all ranks, by default in the memory of the host.
   */
  default TensorSum sums(Backend backend) {
    return new RankedSum(this, backend);
  }

  /**
   * Returns numbers of all ranks: element {@code [r][i]} is number {@code i} of rank {@code r}.
   *
   * @param numbers equally many on each rank
   */
  default double[][] gather(double... numbers) {
    int count = numbers.length;
    double[][] all = new double[size()][count];
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment mine = arena.allocateFrom(ValueLayout.JAVA_DOUBLE, numbers);
      MemorySegment theirs = arena.allocate(ValueLayout.JAVA_DOUBLE, (long) count * size());
      allGather(mine, theirs);
      for (int rank = 0; rank < size(); rank++) {
        MemorySegment.copy(
            theirs,
            ValueLayout.JAVA_DOUBLE,
            (long) rank * count * Double.BYTES,
            all[rank],
            0,
            count);
      }
    }
    return all;
  }
}
