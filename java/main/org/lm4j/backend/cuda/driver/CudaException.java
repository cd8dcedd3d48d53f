package org.lm4j.backend.cuda.driver;

import java.util.Map;
import java.util.Set;
import org.lm4j.compute.BackendException;

/** A call of the CUDA driver, cuBLAS, cuDNN or NCCL returned a status other than success. */
public final class CudaException extends BackendException {
  private static final long serialVersionUID = 1;

  private static final String NO_GRAPHS =
      "put LM4J_CUDA_GRAPHS=off in front of the command: steps are then issued call by call, which"
          + " needs no capture";
  private static final String MEMORY =
      "the GPU's memory is full: end other programs on it (nvidia-smi lists them), or use a"
          + " smaller batch, shorter windows or a smaller model";
  private static final String NO_PERSISTENT_KERNELS =
      "LM4J_CUDA_RNN=standard in front of the command does without persistent kernels, and "
          + "LM4J_CUDA_GRAPHS=off without graphs";
  private static final String NCCL_SAYS =
      "NCCL_DEBUG=WARN in front of the command shows what NCCL says of it";

  /** The driver's statuses that stay for as long as the context does, below a range of others. */
  private static final Set<Integer> LASTING =
      Set.of(
          CudaStatus.CUDA_ERROR_ECC_UNCORRECTABLE,
          CudaStatus.CUDA_ERROR_NVLINK_UNCORRECTABLE,
          CudaStatus.CUDA_ERROR_ILLEGAL_ADDRESS,
          CudaStatus.CUDA_ERROR_LAUNCH_TIMEOUT,
          CudaStatus.CUDA_ERROR_ASSERT);

  /** Advice for the statuses that a user can do something about, by name. */
  private static final Map<String, String> REMEDIES =
      Map.ofEntries(
          Map.entry("CUDA_ERROR_OUT_OF_MEMORY", MEMORY),
          Map.entry("CUBLAS_STATUS_ALLOC_FAILED", MEMORY),
          Map.entry("CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED", MEMORY),
          Map.entry("CUDA_ERROR_NO_DEVICE", "nvidia-smi lists the GPUs the driver sees"),
          Map.entry(
              "CUDA_ERROR_STUB_LIBRARY",
              "a folder named stubs holds a libcuda.so.1 for compilers alone: take it out of"
                  + " LD_LIBRARY_PATH"),
          Map.entry(
              "CUDA_ERROR_DEVICE_UNAVAILABLE",
              "another process uses the GPU alone (nvidia-smi shows it and the compute mode)"),
          Map.entry(
              "CUDA_ERROR_SYSTEM_NOT_READY",
              "GPUs joined by NVSwitch need the service nvidia-fabricmanager of the driver's"
                  + " version to run"),
          Map.entry(
              "CUDA_ERROR_COMPAT_NOT_SUPPORTED_ON_DEVICE",
              "a libcuda.so.1 of a newer driver (cuda-compat) hides this machine's: take its folder"
                  + " out of LD_LIBRARY_PATH"),
          Map.entry(
              "CUDA_ERROR_UNKNOWN",
              "nvidia-modprobe -u -c=0, as root, makes the driver's devices; a container needs them"
                  + " too (--gpus all)"),
          Map.entry("CUDA_ERROR_UNSUPPORTED_PTX_VERSION", "update the NVIDIA driver"),
          Map.entry(
              "CUDA_ERROR_NO_BINARY_FOR_GPU",
              "GPUs below compute capability 7.5 are not supported; use the cpu backend"),
          Map.entry(
              "CUDA_ERROR_JIT_COMPILER_NOT_FOUND",
              "the driver's libnvidia-ptxjitcompiler.so.1 is missing: install the driver whole, or"
                  + " start the container with NVIDIA_DRIVER_CAPABILITIES=compute,utility"),
          Map.entry("CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED", NO_GRAPHS),
          Map.entry("CUDA_ERROR_STREAM_CAPTURE_INVALIDATED", NO_GRAPHS),
          Map.entry("CUDA_ERROR_STREAM_CAPTURE_MERGE", NO_GRAPHS),
          Map.entry("CUDA_ERROR_STREAM_CAPTURE_UNMATCHED", NO_GRAPHS),
          Map.entry("CUDA_ERROR_STREAM_CAPTURE_UNJOINED", NO_GRAPHS),
          Map.entry("CUDA_ERROR_STREAM_CAPTURE_ISOLATION", NO_GRAPHS),
          Map.entry("CUDA_ERROR_STREAM_CAPTURE_IMPLICIT", NO_GRAPHS),
          Map.entry("CUDA_ERROR_STREAM_CAPTURE_WRONG_THREAD", NO_GRAPHS),
          Map.entry("CUDA_ERROR_CAPTURED_EVENT", NO_GRAPHS),
          Map.entry(
              "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH",
              "the driver was updated while it ran: restart the machine"),
          Map.entry(
              "CUDNN_STATUS_NOT_SUPPORTED_INCOMPATIBLE_CUDA_DRIVER", "update the NVIDIA driver"),
          Map.entry(
              "CUDNN_STATUS_NOT_SUPPORTED_SUBLIBRARY_UNAVAILABLE",
              "parts of cuDNN are missing beside libcudnn.so.9: install it anew"),
          Map.entry(
              "CUDNN_STATUS_SUBLIBRARY_LOADING_FAILED",
              "parts of cuDNN beside libcudnn.so.9 cannot be loaded: install it anew"),
          Map.entry(
              "CUDNN_STATUS_SUBLIBRARY_VERSION_MISMATCH",
              "parts of different versions of cuDNN lie in one folder: install it anew"),
          Map.entry(
              "ncclUnhandledCudaError",
              "where the driver is older than 580, NCCL has to be the one for CUDA 12 (pip install"
                  + " nvidia-nccl-cu12); "
                  + NCCL_SAYS),
          Map.entry(
              "ncclSystemError",
              NCCL_SAYS
                  + "; NCCL_SOCKET_IFNAME names the network interface to use, and a container needs"
                  + " a large /dev/shm"),
          Map.entry("ncclInternalError", NCCL_SAYS),
          Map.entry("ncclInvalidArgument", NCCL_SAYS),
          Map.entry("ncclInvalidUsage", "NCCL needs a GPU for each process; " + NCCL_SAYS),
          Map.entry("ncclRemoteError", "the message of the process that ended gives the reason"));

  private final String function;
  private final int status;
  private final String name;
  private final String text;

  /**
   * @param function the C function that failed
   * @param status what it returned
   * @param name the status's name in C
   * @param text what the library says about it
   */
  public CudaException(String function, int status, String name, String text) {
    super(message(function, status, name, text));
    this.function = function;
    this.status = status;
    this.name = name;
    this.text = text;
  }

  /** Returns the C function that failed. */
  public String function() {
    return function;
  }

  /** Returns the library's description of the error. */
  public String text() {
    return text;
  }

  /** Returns advice for the user; empty where there is none. */
  public String remedy() {
    return remedy(function, name);
  }

  /**
   * Returns the status returned: a {@code CUresult}, {@code cublasStatus_t}, {@code cudnnStatus_t}
   * or {@code ncclResult_t}.
   */
  public int status() {
    return status;
  }

  /** Returns whether cuDNN refused the call before it did anything: it may take another. */
  public boolean refusedByCudnn() {
    return name.startsWith("CUDNN_STATUS_BAD_PARAM")
        || name.startsWith("CUDNN_STATUS_NOT_SUPPORTED");
  }

  /** Returns whether it is a driver's status that stays for as long as the context does. */
  @Override
  public boolean deviceLost() {
    return LASTING.contains(status)
        || (status >= CudaStatus.CUDA_ERROR_HARDWARE_STACK_ERROR
            && status <= CudaStatus.CUDA_ERROR_LAUNCH_FAILED);
  }

  private static String remedy(String function, String name) {
    boolean broken =
        name.startsWith("CUDNN_STATUS_EXECUTION_FAILED")
            || name.startsWith("CUDNN_STATUS_INTERNAL_ERROR");
    String otherwise = broken && function.startsWith("cudnnRNN") ? NO_PERSISTENT_KERNELS : "";
    return REMEDIES.getOrDefault(name, otherwise);
  }

  private static String message(String function, int status, String name, String text) {
    String remedy = remedy(function, name);
    return "%s() failed with status %d, %s: %s%s"
        .formatted(function, status, name, text, remedy.isEmpty() ? "" : "; " + remedy);
  }
}
