package org.lm4j.backend.cuda;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.lm4j.backend.cuda.device.CudaDevice;
import org.lm4j.backend.cuda.device.CudaLibraries;
import org.lm4j.backend.cuda.device.DeviceRanks;
import org.lm4j.backend.cuda.device.GraphUse;
import org.lm4j.backend.cuda.driver.CudaSettings;
import org.lm4j.backend.cuda.nccl.Nccl;
import org.lm4j.compute.Precision;
import org.lm4j.compute.queue.QueuedBackend;
import org.lm4j.foreign.NativeException;

/**
 * An NVIDIA GPU, with float32 tensors. The same GPU, driver and libraries give the same bits from
 * run to run.
 */
public final class CudaBackend extends QueuedBackend {
  private final CudaDevice device;
  private final CudaOperations own;

  private CudaBackend(CudaDevice device, CudaOperations operations) {
    super(operations, operations.lock());
    this.device = device;
    this.own = operations;
  }

  /**
   * Returns how many kinds of passes of RNNs cuDNN refused to run by the persistent kernels that
   * suit them, and that its standard algorithm runs.
   */
  public int refusedRnns() {
    return own.refusals();
  }

  /** Returns what identifies the GPU on its machine. */
  public String busId() {
    return device.busId();
  }

  /**
   * Joins the GPU to those of other processes; returns once all have joined.
   *
   * @param nccl the same version in all processes
   * @param size number of processes
   * @param id what one process has created for all
   * @throws org.lm4j.compute.BackendException if a GPU or the connection cannot be used
   */
  public DeviceRanks join(Nccl nccl, int size, MemorySegment id, int rank) {
    return new DeviceRanks(device, own.lock(), nccl, size, id, rank);
  }

  /**
   * Opens a GPU, with the libraries found on this machine.
   *
   * @param precision in which it multiplies; null for tf32 where it has that, else fp32
   * @param ordinal of the GPU, from 0; modulo their number
   * @throws NativeException if a library is missing, with what installs it
   * @throws org.lm4j.compute.BackendException if there is no GPU, or it cannot be used
   * @throws org.lm4j.InputException if a setting has no meaning
   */
  public static CudaBackend open(@Nullable Precision precision, int ordinal) {
    boolean graphs = CudaSettings.graphs(System.getProperties(), System.getenv());
    return open(found(), precision, graphs ? GraphUse.ON : GraphUse.OFF, persistent(), ordinal);
  }

  /** Opens the first GPU with this use of graphs, regardless of the user's setting. */
  public static CudaBackend open(@Nullable Precision precision, GraphUse graphs) {
    return open(precision, graphs, persistent());
  }

  /**
   * Opens the first GPU, regardless of the user's settings.
   *
   * @param persistent whether small RNNs run by persistent kernels, as far as cuDNN has them
   */
  public static CudaBackend open(
      @Nullable Precision precision, GraphUse graphs, boolean persistent) {
    return open(found(), precision, graphs, persistent, 0);
  }

  private static CudaDevice.Libraries found() {
    CudaLibraries found = CudaLibraries.find();
    return new CudaDevice.Libraries(found.driver(), found.cublas(), found.cudnn());
  }

  private static boolean persistent() {
    return CudaSettings.persistent(System.getProperties(), System.getenv());
  }

  /** Opens a GPU with these libraries. */
  static CudaBackend open(
      CudaDevice.Libraries libraries, @Nullable Precision precision, boolean graphs) {
    return open(libraries, precision, graphs ? GraphUse.ON : GraphUse.OFF);
  }

  /** Opens a GPU with these libraries and this use of graphs. */
  static CudaBackend open(
      CudaDevice.Libraries libraries, @Nullable Precision precision, GraphUse graphs) {
    return open(libraries, precision, graphs, persistent(), 0);
  }

  private static CudaBackend open(
      CudaDevice.Libraries libraries,
      @Nullable Precision precision,
      GraphUse graphs,
      boolean persistent,
      int ordinal) {
    CudaDevice device = new CudaDevice(libraries, precision, graphs, ordinal);
    try {
      return new CudaBackend(device, new CudaOperations(device, persistent));
    } catch (RuntimeException e) {
      device.close();
      throw e;
    }
  }

  /**
   * Returns whether anybody would expect a GPU to work here: there is a driver, or settings name
   * one.
   */
  public static boolean isExpected() {
    CudaLibraries found;
    try {
      found = CudaLibraries.find();
    } catch (NativeException e) {
      return true; // a setting that is wrong: open says so
    }
    return found.hasDriver();
  }
}
