package org.lm4j.backend.cuda.device;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import org.lm4j.backend.cuda.cublas.Cublas;
import org.lm4j.backend.cuda.cudnn.Cudnn;
import org.lm4j.backend.cuda.driver.CudaDriver;
import org.lm4j.backend.cuda.driver.CudaException;
import org.lm4j.backend.cuda.driver.CudaFolders;
import org.lm4j.backend.cuda.nccl.Nccl;
import org.lm4j.foreign.NativeException;
import org.lm4j.foreign.NativeLibrary;

/**
 * Finds and opens NVIDIA's libraries where the user has them: the driver, cuDNN 9 with the cuBLAS
 * of the CUDA it was built for, 13 or 12, and NCCL 2. {@link CudaFolders} says where they are
 * sought.
 *
 * <p>The driver is opened by its bare name, since it belongs to the system, unless a folder the
 * user names holds one. cuDNN is a small library that loads its parts when they are needed; asked
 * for its CUDA it loads none that need cuBLASLt. It finds cuBLASLt by its bare name, which works
 * anywhere once that has been opened by its path. So {@link #cudnn} opens it before anyone can use
 * cuDNN.
 *
 * <p>An instance opens each library once, when it is first asked for, and is for one thread.
 */
public final class CudaLibraries {
  private static final String DRIVER = "libcuda.so.1";
  private static final String CUDNN = "libcudnn.so.9";
  private static final String NCCL = "libnccl.so.2";
  private static final int OLDEST_NCCL = 21_400; // 2.14, whose ncclCommDestroy waits for its work
  private static final int NEWEST_CUDA = 13;
  private static final int OLDEST_CUDA = 12;
  private static final String ELSEWHERE =
      " in the Python that is active, or set LM4J_CUDA_LIBS to the folders that hold it";

  private final CudaFolders folders;
  private final boolean asksLoader;
  private @Nullable CudaDriver driver;
  private @Nullable Cublas cublas;
  private @Nullable Cudnn cudnn;
  private @Nullable Nccl nccl;
  private String driverName = DRIVER;
  private String cublasName = "";
  private String cudnnName = "";
  private String ncclName = "";

  private CudaLibraries(CudaFolders folders, boolean asksLoader) {
    this.folders = folders;
    this.asksLoader = asksLoader;
  }

  /**
   * Finds the libraries by the settings of this process.
   *
   * @throws NativeException if a folder that the user names does not exist
   */
  public static CudaLibraries find() {
    return find(System.getProperties(), System.getenv(), Path.of("/"));
  }

  /**
   * Finds the libraries by the given settings, with the system's folders below {@code root}. The
   * system's loader, which knows no other root than its own, is asked for the driver there alone.
   */
  public static CudaLibraries find(
      Properties properties, Map<String, String> environment, Path root) {
    return new CudaLibraries(
        new CudaFolders(properties, environment, root), root.equals(Path.of("/")));
  }

  /**
   * Returns the driver.
   *
   * @throws NativeException if there is none, with what installs it
   */
  public CudaDriver driver() {
    if (driver == null) {
      NativeLibrary library = openDriver();
      driverName = library.name();
      driver = CudaDriver.of(library);
    }
    return driver;
  }

  /**
   * Returns the cuBLAS that fits to cuDNN.
   *
   * @throws NativeException if it or cuDNN is missing, with what installs it
   */
  public Cublas cublas() {
    if (cublas == null) {
      open();
    }
    return Objects.requireNonNull(cublas);
  }

  /**
   * Returns cuDNN, ready to use.
   *
   * @throws NativeException if it or the cuBLAS it needs is missing, with what installs it
   */
  public Cudnn cudnn() {
    if (cudnn == null) {
      open();
    }
    return Objects.requireNonNull(cudnn);
  }

  /**
   * Returns NCCL, which only GPUs of several processes need.
   *
   * @throws NativeException if it is missing or too old, with what installs it
   */
  public Nccl nccl() {
    if (nccl == null) {
      Path file =
          folders
              .find(NCCL)
              .orElseThrow(
                  () ->
                      new NativeException(
                          "there is no NCCL 2 (%s): pip install nvidia-nccl-cu%d%s"
                              .formatted(NCCL, cudaOf(driverVersion()), ELSEWHERE)));
      Nccl found = Nccl.of(NativeLibrary.open(file));
      if (found.version() < OLDEST_NCCL) {
        throw new NativeException(
            "%s is NCCL %s, but lm4j works with %s and newer: pip install --upgrade nvidia-nccl-cu%d"
                .formatted(
                    file, found.versionText(), Nccl.text(OLDEST_NCCL), cudaOf(driverVersion())));
      }
      ncclName = file.toAbsolutePath().normalize().toString();
      nccl = found;
    }
    return nccl;
  }

  /** Returns whether there is a driver that can be opened. */
  public boolean hasDriver() {
    try {
      openDriver();
      return true;
    } catch (NativeException e) {
      return false;
    }
  }

  /** Returns the path or name of the driver. */
  public String driverName() {
    return driverName;
  }

  /** Returns the path of the cuBLAS opened; empty before. */
  public String cublasName() {
    return cublasName;
  }

  /** Returns the path of the cuDNN opened; empty before. */
  public String cudnnName() {
    return cudnnName;
  }

  /** Returns the path of the NCCL opened; empty before. */
  public String ncclName() {
    return ncclName;
  }

  private NativeLibrary openDriver() {
    Optional<Path> named = folders.findNamed(DRIVER);
    if (named.isPresent()) {
      return NativeLibrary.open(named.get());
    }
    if (asksLoader) {
      try {
        return NativeLibrary.open(DRIVER);
      } catch (NativeException e) {
        return openDriverFile(e);
      }
    }
    return openDriverFile(null);
  }

  private NativeLibrary openDriverFile(@Nullable NativeException cause) {
    Optional<Path> file = folders.findOfSystem(DRIVER);
    if (file.isPresent()) {
      return NativeLibrary.open(file.get());
    }
    NativeException missing =
        new NativeException(
            "there is no NVIDIA driver ("
                + DRIVER
                + "): install the one of this GPU (Debian: apt install nvidia-driver, Ubuntu:"
                + " ubuntu-drivers install)");
    if (cause != null) {
      missing.initCause(cause);
    }
    throw missing;
  }

  private void open() {
    Path file =
        folders
            .find(CUDNN)
            .orElseThrow(
                () ->
                    new NativeException(
                        "there is no cuDNN 9 (" + CUDNN + "): " + cudnnCommand() + ELSEWHERE));
    Cudnn found = Cudnn.of(NativeLibrary.open(file));
    int cuda = (int) (found.cudaVersion() / 1000);
    checkCuda(file, cuda);
    List<String> names = List.of("libcublasLt.so." + cuda, "libcublas.so." + cuda);
    Path folder =
        folders
            .findFolder(names)
            .orElseThrow(
                () ->
                    new NativeException(
                        "there is no cuBLAS for CUDA %d (%s), which %s needs: pip install %s%s"
                            .formatted(
                                cuda,
                                String.join(" and ", names),
                                file,
                                cuda == NEWEST_CUDA ? "nvidia-cublas" : "nvidia-cublas-cu" + cuda,
                                ELSEWHERE)));
    NativeLibrary.open(folder.resolve(names.getFirst()));
    NativeLibrary library = NativeLibrary.open(folder.resolve(names.getLast()));
    cublas = Cublas.of(library);
    cublasName = library.name();
    cudnnName = file.toAbsolutePath().normalize().toString();
    cudnn = found;
  }

  /** Checks that lm4j and the driver, if there is one, work with cuDNN's CUDA. */
  private void checkCuda(Path file, int cuda) {
    if (cuda < OLDEST_CUDA || cuda > NEWEST_CUDA) {
      throw new NativeException(
          "%s is built for CUDA %d, but lm4j works with %d and %d: %s"
              .formatted(file, cuda, OLDEST_CUDA, NEWEST_CUDA, cudnnCommand()));
    }
    int version = driverVersion();
    if (cuda > version / 1000) {
      throw new NativeException(
          "%s is built for CUDA %d, but the driver works with CUDA up to %d.%d: update the driver,"
                  .formatted(file, cuda, version / 1000, version % 1000 / 10)
              + " or "
              + cudnnCommand());
    }
  }

  private String cudnnCommand() {
    return cudnnCommand(driverVersion());
  }

  /** Returns the command that replaces an outdated cuDNN by a newer one for the same CUDA. */
  public static String cudnnUpgrade(int cudaVersion) {
    return "pip install --upgrade nvidia-cudnn-cu" + cudaVersion / 1000;
  }

  /** Returns the command that installs cuDNN for the newest CUDA a driver supports. */
  public static String cudnnCommand(int driverVersion) {
    return "pip install nvidia-cudnn-cu" + cudaOf(driverVersion);
  }

  /** Returns the newest CUDA that both a driver and lm4j work with. */
  private static int cudaOf(int driverVersion) {
    return Math.clamp(driverVersion / 1000, OLDEST_CUDA, NEWEST_CUDA);
  }

  /** Returns the CUDA version of the driver; a current one where there is no driver yet. */
  private int driverVersion() {
    try {
      return driver().version();
    } catch (NativeException | CudaException e) {
      return NEWEST_CUDA * 1000;
    }
  }
}
