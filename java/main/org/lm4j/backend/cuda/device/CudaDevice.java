package org.lm4j.backend.cuda.device;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lm4j.backend.cuda.cublas.Cublas;
import org.lm4j.backend.cuda.cudnn.Cudnn;
import org.lm4j.backend.cuda.driver.CudaDriver;
import org.lm4j.backend.cuda.driver.CudaException;
import org.lm4j.backend.cuda.driver.KernelModule;
import org.lm4j.compute.BackendException;
import org.lm4j.compute.Precision;
import org.lm4j.tensor.Tensor;

/**
 * A GPU that was opened: its context, the one stream all work goes to, the handles of cuBLAS and
 * cuDNN, our kernels, and the queue in which work is recorded. Owns them all.
 */
public final class CudaDevice implements AutoCloseable {
  private static final long BLOCK_SHARE = 64;
  private static final long SMALLEST_BLOCK = 32L << 20; // bytes
  private static final long LARGEST_BLOCK = 1L << 30;
  private static final long WORKSPACE_BYTES = 4L << 20; // what NVIDIA advises for cuBLAS
  private static final long HOPPER_WORKSPACE_BYTES = 32L << 20; // and from Hopper on
  private static final int OLDEST = 75; // compute capability, times ten

  /** The compute capability from which a GPU has tf32 and bf16, times ten. */
  public static final int AMPERE = 80;

  private static final int HOPPER = 90;

  private final CudaDriver driver;
  private final Cublas cublas;
  private final Cudnn cudnn;
  private final Precision precision;
  private final int device;
  private final int capability; // times ten
  private final long context;
  private final long stream;
  private final long noDropout;
  private final KernelModule kernels;
  private final CommandQueue queue;
  private final Alternatives alternatives = new Alternatives();
  private final Closers closers = new Closers();
  private long workspace; // of cuBLAS
  private long cublasHandle; // 0 while there is none
  private long cudnnHandle; // 0 while there is none
  private long serials;
  private long user = Thread.currentThread().threadId();
  private boolean open = true;
  private @Nullable StreamWatch watch; // null if all work depends on this process alone

  /** The libraries it works with, bound. */
  public record Libraries(CudaDriver driver, Cublas cublas, Cudnn cudnn) {}

  /**
   * Opens a GPU.
   *
   * @param wanted null for tf32 where the GPU has it, else fp32
   * @param graphs what becomes of repeated steps
   * @param ordinal of the GPU, from 0; modulo their number
   * @throws BackendException if a call fails, or the GPU has not what is wanted
   */
  public CudaDevice(Libraries libraries, @Nullable Precision wanted, GraphUse graphs, int ordinal) {
    this.driver = libraries.driver();
    this.cublas = libraries.cublas();
    this.cudnn = libraries.cudnn();
    try {
      driver.initialize();
      device = driver.device(ordinal == 0 ? 0 : ordinal % Math.max(1, driver.deviceCount()));
      capability =
          10 * driver.attribute(CudaDriver.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR, device)
              + driver.attribute(CudaDriver.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR, device);
      precision = precision(wanted);
      context = driver.retainPrimaryContext(device);
      closers.add(() -> driver.releasePrimaryContext(device));
      driver.setCurrentContext(context);
      stream = driver.streams().create();
      closers.add(() -> driver.streams().destroy(stream));
      int multiprocessors =
          driver.attribute(CudaDriver.CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT, device);
      kernels = new KernelModule(driver.modules(), capability, multiprocessors);
      closers.add(kernels::close);
      workspace = driver.memory().allocate(workspaceBytes());
      closers.add(() -> driver.memory().free(workspace));
      closers.add(this::closeCublas);
      openCublas();
      closers.add(this::closeCudnn);
      openCudnn();
      noDropout = cudnn.descriptors().createDropout();
      closers.add(() -> cudnn.descriptors().destroyDropout(noDropout));
      cudnn.descriptors().setNoDropout(noDropout, cudnnHandle);
      queue = openQueue(graphs);
    } catch (RuntimeException e) {
      closers.runAfter(e);
      throw e;
    }
  }

  private long workspaceBytes() {
    return capability >= HOPPER ? HOPPER_WORKSPACE_BYTES : WORKSPACE_BYTES;
  }

  private void openCublas() {
    cublasHandle = cublas.create();
    cublas.setStream(cublasHandle, stream); // before the workspace, which it would reset
    cublas.setWorkspace(cublasHandle, workspace, workspaceBytes());
  }

  private void closeCublas() {
    long handle = cublasHandle;
    cublasHandle = 0; // also where it cannot be given back
    if (handle != 0) {
      cublas.destroy(handle);
    }
  }

  private void openCudnn() {
    cudnnHandle = cudnn.create();
    cudnn.setStream(cudnnHandle, stream);
  }

  private void closeCudnn() {
    long handle = cudnnHandle;
    cudnnHandle = 0; // also where it cannot be given back
    if (handle != 0) {
      cudnn.destroy(handle);
    }
  }

  /**
   * Waits for all work and creates new handles of cuBLAS and cuDNN. Their streams and events may be
   * left in a capture that was broken, in which no later call would work.
   *
   * @param cause what broke it; gets what fails meanwhile as suppressed
   * @throws BackendException if work failed, or there are no new handles to be had
   */
  void renewHandles(RuntimeException cause) {
    driver.streams().synchronize(stream);
    for (Runnable close : List.<Runnable>of(this::closeCudnn, this::closeCublas)) {
      try {
        close.run();
      } catch (CudaException e) {
        cause.addSuppressed(e); // it is lost; a new one serves all the same
      }
    }
    openCublas();
    openCudnn();
  }

  private CommandQueue openQueue(GraphUse graphs) {
    ParameterRing ring = new ParameterRing(driver, stream);
    closers.add(ring::close);
    CommandPlayer player = new CommandPlayer(this);
    GraphCache cache = new GraphCache(driver, stream, player, graphs, this::renewHandles);
    closers.add(cache::close);
    return new CommandQueue(ring, cache);
  }

  private Precision precision(@Nullable Precision wanted) {
    if (capability < OLDEST) {
      throw new BackendException(
          "%s has compute capability %.1f; lm4j needs 7.5 or more: use the cpu backend"
              .formatted(driver.deviceName(device), capability / 10.0));
    }
    if (wanted == null) {
      return capability >= AMPERE ? Precision.TF32 : Precision.FP32;
    }
    if (wanted == Precision.INT8) {
      throw new IllegalArgumentException("int8 is for a CPU");
    }
    if (wanted != Precision.FP32 && capability < AMPERE) {
      throw new BackendException(
          "precision %s needs a GPU of compute capability 8.0 or more; %s has %.1f: use fp32"
              .formatted(wanted, driver.deviceName(device), capability / 10.0));
    }
    if (wanted == Precision.BF16) {
      requireBf16();
    }
    return wanted;
  }

  private void requireBf16() {
    if (!cudnn.hasBf16()) {
      throw new BackendException(
          "precision bf16 needs cuDNN 9.13 or newer, and this is %s: %s, or use tf32"
              .formatted(
                  cudnn.versionText(), CudaLibraries.cudnnUpgrade((int) cudnn.cudaVersion())));
    }
  }

  /** Allocates device memory, aligned to 256 bytes; its contents are undefined. */
  public long allocate(long bytes) {
    enter();
    return driver.memory().allocate(bytes);
  }

  /** Allocates device memory that is zero when work recorded from now on begins. */
  public long allocateZeroed(long bytes) {
    long address = allocate(bytes);
    driver.memory().fillBytesAsync(address, (byte) 0, bytes, stream);
    return address;
  }

  /** Returns the bytes of free device memory. */
  public long freeBytes() {
    enter();
    return driver.memory().freeBytes();
  }

  /**
   * Returns the bytes of a block of logits: a 64th of the GPU's memory within bounds, not of what
   * is free, which varies.
   */
  public long blockBytes() {
    return Math.clamp(totalBytes() / BLOCK_SHARE, SMALLEST_BLOCK, LARGEST_BLOCK);
  }

  /** Returns the bytes of its memory. */
  public long totalBytes() {
    return driver.totalMemory(device);
  }

  /** Frees device memory; what was recorded and may use it is issued before. */
  public void free(long address) {
    if (open) { // else it went with the context
      queue.flush();
      enter();
      driver.memory().free(address);
    }
  }

  /** Issues what was recorded and waits until all of it is done. */
  void synchronize() {
    queue.flush();
    enter();
    if (watch != null) {
      watch.mark();
      watch.await();
    }
    driver.streams().synchronize(stream);
  }

  /** Has all that waits for the stream call {@code check}, which throws if work cannot be done. */
  StreamWatch watch(Runnable check) {
    StreamWatch created = new StreamWatch(driver.streams(), stream, check);
    watch = created;
    return created;
  }

  /** Ends the watch over the stream. */
  void endWatch() {
    if (watch != null) {
      watch.close();
      watch = null;
    }
  }

  /**
   * Gives up the device without another call to it: work of its stream is never done, and even
   * freeing memory would wait for that. The driver frees all when the process ends.
   */
  void abandon() {
    open = false;
    closers.clear();
  }

  /** Returns what identifies the GPU on its machine, {@code 0000:3B:00.0}. */
  public String busId() {
    return driver.busId(device);
  }

  /**
   * Makes the context current where another thread used the backend last. A virtual thread may have
   * been moved to another thread of the system meanwhile.
   */
  void enter() {
    Thread thread = Thread.currentThread();
    if (open && (user != thread.threadId() || thread.isVirtual())) {
      driver.setCurrentContext(context);
      user = thread.threadId();
    }
  }

  /**
   * Returns the storage of a tensor of this device's.
   *
   * @param operation what was asked to work with it
   * @throws IllegalArgumentException if it belongs to another backend
   */
  public CudaStorage own(String operation, Tensor x) {
    if (x.storage() instanceof CudaStorage storage && storage.belongsTo(this)) {
      return storage;
    }
    throw new IllegalArgumentException(operation + ": " + x + " belongs to another backend");
  }

  /** Returns whether it has not been closed or abandoned. */
  public boolean isOpen() {
    return open;
  }

  CudaDriver driver() {
    return driver;
  }

  Cublas cublas() {
    return cublas;
  }

  /** Returns cuDNN's functions. */
  public Cudnn cudnn() {
    return cudnn;
  }

  /** Returns the precision of matrix products. */
  public Precision precision() {
    return precision;
  }

  long stream() {
    return stream;
  }

  long cublasHandle() {
    return cublasHandle;
  }

  /** Returns cuDNN's handle for this device. */
  public long cudnnHandle() {
    return cudnnHandle;
  }

  /** Returns a descriptor of no dropout, as cuDNN's RNNs want one. */
  public long noDropout() {
    return noDropout;
  }

  /** Returns the alternatives for descriptors that cuDNN refuses. */
  public Alternatives alternatives() {
    return alternatives;
  }

  /** Returns a number that was not returned before. */
  public long nextSerial() {
    return ++serials;
  }

  KernelModule kernels() {
    return kernels;
  }

  /** Returns the queue of recorded commands. */
  public CommandQueue queue() {
    return queue;
  }

  /** Describes device, precision and versions, for logs. */
  public String description() {
    int cuda = driver.version();
    return "%s, %s, cuBLAS %s, cuDNN %s, driver for CUDA %d.%d"
        .formatted(
            driver.deviceName(device),
            precision == Precision.FP32 ? "float32" : precision + " products",
            version(cublas.version()),
            cudnn.versionText(),
            cuda / 1000,
            cuda % 1000 / 10);
  }

  private static String version(int packed) {
    return "%d.%d.%d".formatted(packed / 10_000, packed / 100 % 100, packed % 100);
  }

  /** Waits for all work and releases everything; allocated memory must be freed before. */
  @Override
  public void close() {
    if (!open) {
      return;
    }
    try {
      synchronize();
    } finally {
      open = false;
      closers.run();
    }
  }
}
