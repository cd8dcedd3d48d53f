package org.lm4j.backend.cuda;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import org.lm4j.backend.cuda.cublas.Cublas;
import org.lm4j.backend.cuda.cudnn.Cudnn;
import org.lm4j.backend.cuda.device.CudaDevice;
import org.lm4j.backend.cuda.device.CudaLibraries;
import org.lm4j.backend.cuda.device.GraphUse;
import org.lm4j.backend.cuda.driver.CudaDriver;
import org.lm4j.backend.cuda.driver.CudaGraphs;
import org.lm4j.backend.cuda.driver.CudaStreams;
import org.lm4j.backend.cuda.driver.Kernel;
import org.lm4j.backend.cuda.driver.KernelModule;
import org.lm4j.backend.cuda.driver.LaunchArguments;
import org.lm4j.backend.cuda.nccl.Nccl;
import org.lm4j.compute.BackendException;
import org.lm4j.compute.Cell;
import org.lm4j.compute.Precision;
import org.lm4j.compute.RnnSpec;
import org.lm4j.foreign.NativeException;

/**
 * Tests the parts that computing on a GPU depends on, from the driver upwards. Each test opens what
 * it needs, so that it can run in a separate process, and describes what it found.
 */
public final class CudaTrials {
  private static final int SIZE = 96; // of square matrices
  private static final int ELEMENTS = 10_000;
  private static final double SLACK = 8; // times the rounding of a factor
  private static final long SEED = 5;

  private static final Map<String, Supplier<String>> TRIALS = new LinkedHashMap<>();

  static {
    TRIALS.put("driver", CudaTrials::driver);
    TRIALS.put("device", CudaTrials::device);
    TRIALS.put("context", () -> onGpu(gpu -> "made current"));
    TRIALS.put("stream", () -> onGpu(CudaTrials::stream));
    TRIALS.put("memory", () -> onGpu(CudaTrials::memory));
    TRIALS.put("kernels", () -> onGpu(CudaTrials::kernels));
    TRIALS.put("cuBLAS fp32", () -> onGpu(gpu -> product(gpu, Precision.FP32)));
    TRIALS.put("cuBLAS tf32", () -> onGpu(gpu -> product(gpu, Precision.TF32)));
    TRIALS.put("cuBLAS bf16", () -> onGpu(gpu -> product(gpu, Precision.BF16)));
    TRIALS.put("cuBLAS graph", () -> onGpu(CudaTrials::graph));
    TRIALS.put("cuDNN", CudaTrials::cudnn);
    TRIALS.put("cuDNN weights", CudaTrials::weights);
    TRIALS.put("NCCL", () -> onGpu(CudaTrials::nccl));
  }

  /** The work of a trial on an open GPU. */
  private interface Use {
    String with(TrialGpu gpu);
  }

  private CudaTrials() {}

  /** Returns the names of the trials, each after those it depends on. */
  public static List<String> names() {
    return List.copyOf(TRIALS.keySet());
  }

  /**
   * Runs a trial.
   *
   * @return what was found
   * @throws NativeException if a library is missing
   * @throws BackendException if a call fails, or a result is wrong
   * @throws UnsupportedOperationException if this GPU does not offer it
   */
  public static String run(String name) {
    Supplier<String> trial = TRIALS.get(name);
    if (trial == null) {
      throw new IllegalArgumentException("no trial " + name + " among " + TRIALS.keySet());
    }
    return trial.get();
  }

  private static String onGpu(Use use) {
    try (TrialGpu gpu = new TrialGpu()) {
      return use.with(gpu);
    }
  }

  private static String driver() {
    CudaLibraries libraries = CudaLibraries.find();
    int version = libraries.driver().version();
    libraries.driver().initialize();
    return "for CUDA up to %d.%d, %s"
        .formatted(version / 1000, version % 1000 / 10, libraries.driverName());
  }

  private static String device() {
    CudaDriver driver = CudaLibraries.find().driver();
    driver.initialize();
    int device = driver.device(0);
    return "%s, compute capability %.1f, %,d MiB"
        .formatted(
            driver.deviceName(device),
            TrialGpu.capability(driver, device) / 10.0,
            driver.totalMemory(device) >> 20);
  }

  private static String stream(TrialGpu gpu) {
    CudaStreams streams = gpu.driver().streams();
    long event = streams.createEvent(CudaStreams.CU_EVENT_DISABLE_TIMING);
    streams.record(event, gpu.stream());
    streams.synchronizeEvent(event);
    boolean happened = streams.happened(event);
    streams.destroyEvent(event);
    require(happened, "an event did not happen though it was waited for");
    return "an event happened";
  }

  private static String memory(TrialGpu gpu) {
    float[] numbers = random(ELEMENTS);
    require(
        Arrays.equals(numbers, gpu.download(gpu.upload(numbers), ELEMENTS)),
        "what was copied to the GPU and back is not the same");
    return "%,d MiB free".formatted(gpu.driver().memory().freeBytes() >> 20);
  }

  private static String kernels(TrialGpu gpu) {
    int multiprocessors =
        gpu.driver().attribute(CudaDriver.CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT, gpu.device());
    float[] x = random(ELEMENTS);
    try (KernelModule module =
        new KernelModule(gpu.driver().modules(), gpu.capability(), multiprocessors)) {
      long at = gpu.upload(x);
      LaunchArguments arguments = new LaunchArguments();
      arguments.set(0, at);
      arguments.set(1, at);
      arguments.set(2, at);
      arguments.set(3, ELEMENTS);
      gpu.driver()
          .modules()
          .launch(
              module.function(Kernel.MULTIPLY),
              (int) module.linear(ELEMENTS),
              1,
              KernelModule.BLOCK,
              1,
              0,
              gpu.stream(),
              arguments.address());
      float[] squares = gpu.download(at, ELEMENTS);
      for (int i = 0; i < ELEMENTS; i++) {
        require(squares[i] == x[i] * x[i], "a kernel computes wrongly, at element " + i);
      }
      return "%d loaded from %s, one is right".formatted(Kernel.values().length, module.image());
    }
  }

  // --- Matrix multiplications -------------------------------------------------------------------

  private static String product(TrialGpu gpu, Precision precision) {
    if (precision != Precision.FP32 && gpu.capability() < CudaDevice.AMPERE) {
      throw new UnsupportedOperationException("this GPU has no " + precision);
    }
    Product product = new Product(gpu, precision);
    product.issue();
    double error = product.error();
    double allowed = SLACK * precision.epsilon();
    require(
        error <= allowed, "a product has error %.1e, allowed are %.1e".formatted(error, allowed));
    return "error %.1e".formatted(error);
  }

  private static String graph(TrialGpu gpu) {
    Product product = new Product(gpu, Precision.FP32);
    product.issue();
    float[] direct = product.result();
    product.clear();
    CudaGraphs graphs = gpu.driver().graphs();
    graphs.beginCapture(gpu.stream());
    product.issue();
    long graph = graphs.endCapture(gpu.stream());
    long executable = graphs.instantiate(graph);
    graphs.launch(executable, gpu.stream());
    float[] replayed = product.result();
    graphs.destroyExecutable(executable);
    graphs.destroy(graph);
    require(Arrays.equals(direct, replayed), "a replayed product has other bits than a direct one");
    return "replayed to the same bits";
  }

  /** A product of square matrices with factors that every precision represents exactly. */
  private static final class Product {
    private final TrialGpu gpu;
    private final Precision precision;
    private final float[] a = random(SIZE * SIZE);
    private final float[] b = random(SIZE * SIZE);
    private final long handle;
    private final long onGpuA;
    private final long onGpuB;
    private final long onGpuC;

    Product(TrialGpu gpu, Precision precision) {
      this.gpu = gpu;
      this.precision = precision;
      this.handle = gpu.cublas();
      this.onGpuA = precision == Precision.BF16 ? gpu.uploadBf16(a) : gpu.upload(a);
      this.onGpuB = precision == Precision.BF16 ? gpu.uploadBf16(b) : gpu.upload(b);
      this.onGpuC = gpu.upload(new float[SIZE * SIZE]);
    }

    void clear() {
      gpu.driver().memory().fillBytesAsync(onGpuC, (byte) 0, 4L * SIZE * SIZE, gpu.stream());
    }

    void issue() {
      int type = precision == Precision.BF16 ? Cublas.CUDA_R_16BF : Cublas.CUDA_R_32F;
      gpu.libraries()
          .cublas()
          .gemm(
              handle,
              Cublas.CUBLAS_OP_N,
              Cublas.CUBLAS_OP_N,
              SIZE,
              SIZE,
              SIZE,
              1,
              onGpuA,
              type,
              SIZE,
              onGpuB,
              type,
              SIZE,
              0,
              onGpuC,
              Cublas.CUDA_R_32F,
              SIZE,
              precision == Precision.TF32
                  ? Cublas.CUBLAS_COMPUTE_32F_FAST_TF32
                  : Cublas.CUBLAS_COMPUTE_32F);
    }

    float[] result() {
      return gpu.download(onGpuC, SIZE * SIZE);
    }

    /** Returns the largest, relative to the largest element. */
    double error() {
      float[] c = result();
      double largest = 0;
      double error = 0;
      for (int row = 0; row < SIZE; row++) {
        for (int column = 0; column < SIZE; column++) {
          double sum = 0;
          for (int i = 0; i < SIZE; i++) { // columns follow each other
            sum += (double) a[row + i * SIZE] * b[i + column * SIZE];
          }
          largest = Math.max(largest, Math.abs(sum));
          double difference = Math.abs(sum - c[row + column * SIZE]);
          error = Math.max(error, Double.isNaN(difference) ? Double.MAX_VALUE : difference);
        }
      }
      return error / largest;
    }
  }

  // --- cuDNN ------------------------------------------------------------------------------------

  private static String cudnn() {
    return onGpu(
        gpu -> {
          Cudnn cudnn = gpu.libraries().cudnn();
          cudnn.checkRnnPart();
          long handle = cudnn.create();
          try {
            cudnn.setStream(handle, gpu.stream());
          } finally {
            cudnn.destroy(handle);
          }
          return cudnn.versionText()
              + (cudnn.hasBf16() ? "" : ", which is too old for bf16: that needs 9.13");
        });
  }

  /** Asks for the layouts that models need, which have to be of a kind that is known. */
  private static String weights() {
    int cells = 0;
    try (CudaBackend backend = CudaBackend.open(Precision.FP32, GraphUse.OFF)) {
      for (Cell cell : Cell.values()) {
        RnnSpec spec = new RnnSpec(cell, 65, 128, 2, 0);
        if (backend.supports(spec)) {
          backend.layout(spec);
          backend.layout(new RnnSpec(cell, 20, 100, 2, 0.5));
          cells++;
        }
      }
    }
    return "laid out as expected for %d cells".formatted(cells);
  }

  // --- NCCL -------------------------------------------------------------------------------------

  /** Sums over this GPU alone: all that several do, but for what they send to each other. */
  private static String nccl(TrialGpu gpu) {
    Nccl nccl;
    try {
      nccl = gpu.libraries().nccl();
    } catch (NativeException e) {
      throw new UnsupportedOperationException(e.getMessage() + "; only for several GPUs", e);
    }
    float[] x = random(ELEMENTS);
    long at = gpu.upload(x);
    long communicator;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment id = arena.allocate(Nccl.ID_BYTES);
      nccl.createId(id);
      communicator = nccl.join(1, id, 0);
    }
    nccl.sum(at, ELEMENTS, communicator, gpu.stream());
    float[] sums = gpu.download(at, ELEMENTS);
    nccl.checkWork(communicator);
    nccl.leave(communicator);
    require(Arrays.equals(x, sums), "the sum over one GPU is not what it began with");
    return nccl.versionText() + ", summed over this GPU";
  }

  private static float[] random(int count) {
    SplittableRandom random = new SplittableRandom(SEED);
    float[] numbers = new float[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = (float) (random.nextDouble() * 1.5 - 0.5);
    }
    return numbers;
  }

  private static void require(boolean condition, String message) {
    if (!condition) {
      throw new BackendException(message);
    }
  }
}
