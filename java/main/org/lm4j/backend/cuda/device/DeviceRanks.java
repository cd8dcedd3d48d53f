package org.lm4j.backend.cuda.device;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.locks.Lock;
import org.lm4j.backend.cuda.driver.CudaException;
import org.lm4j.backend.cuda.nccl.Nccl;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.Tensor;

/**
 * The connection of a GPU with those of other processes, by NCCL. Any thread may use it, one at a
 * time.
 *
 * <p>If another process is lost, work in the stream is never done. While the device waits for its
 * stream it therefore asks NCCL, and abandons everything on the GPU if that reports a failure: a
 * process that aborts NCCL alone may wait for the others without end.
 */
public final class DeviceRanks {
  private final CudaDevice device;
  private final Lock users;
  private final Nccl nccl;
  private final long communicator;
  private final StreamWatch watch;

  /**
   * Joins the other processes; returns once all have joined.
   *
   * @param users held by the thread that uses the device
   * @param size number of processes
   * @param id what one process has created for all
   * @throws CudaException if a GPU or the connection cannot be used
   */
  public DeviceRanks(
      CudaDevice device, Lock users, Nccl nccl, int size, MemorySegment id, int rank) {
    this.device = device;
    this.users = users;
    this.nccl = nccl;
    users.lock();
    try {
      device.queue().flush();
      device.enter();
      communicator = nccl.join(size, id, rank);
      watch = device.watch(this::check);
    } finally {
      users.unlock();
    }
  }

  /**
   * Replaces a tensor of the device by its sum over all processes, after all that was recorded
   * before; waits for sums of earlier steps only. Every process calls this in the same order, with
   * tensors of the same size.
   *
   * @throws CudaException if the connection is broken
   */
  public void sum(Tensor x) {
    if (x.dtype() != DType.F32) {
      throw new IllegalArgumentException("sum: " + x);
    }
    users.lock();
    try {
      device.own("sum", x);
      device.queue().flush();
      device.enter();
      nccl.sum(x.address(), x.size(), communicator, device.stream());
      watch.mark(); // waits where several are under way, so that a broken one is noticed
    } finally {
      users.unlock();
    }
  }

  private void check() {
    try {
      nccl.checkWork(communicator);
    } catch (CudaException e) {
      device.abandon();
      throw e;
    }
  }

  /**
   * Ends the connection once all processes call this; nothing is left to do if the device is
   * closed.
   */
  public void leave() {
    users.lock();
    try {
      if (device.isOpen()) {
        device.synchronize();
        device.endWatch();
        nccl.leave(communicator);
      }
    } finally {
      users.unlock();
    }
  }
}
