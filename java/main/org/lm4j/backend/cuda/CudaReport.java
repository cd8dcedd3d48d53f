package org.lm4j.backend.cuda;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.function.Supplier;
import org.lm4j.backend.cuda.cudnn.Cudnn;
import org.lm4j.backend.cuda.device.CudaLibraries;
import org.lm4j.backend.cuda.driver.CudaDriver;
import org.lm4j.compute.BackendException;
import org.lm4j.foreign.NativeException;

/** A readable report of what this machine has for {@code --device cuda}. */
public final class CudaReport {
  /**
   * One thing that is needed.
   *
   * @param subject what it is
   * @param found whether it is there and usable
   * @param text what was found, or what is missing and the command that installs it
   */
  public record Line(String subject, boolean found, String text) {}

  private CudaReport() {}

  /** Looks for driver, GPU, cuBLAS, cuDNN and NCCL. Never throws for what is missing or broken. */
  public static List<Line> examine() {
    return examine(System.getProperties(), System.getenv(), Path.of("/"));
  }

  /** Examines this machine with the settings of {@link CudaLibraries#find}. */
  static List<Line> examine(Properties properties, Map<String, String> environment, Path root) {
    CudaLibraries libraries;
    try {
      libraries = CudaLibraries.find(properties, environment, root);
    } catch (NativeException e) {
      return List.of(new Line("CUDA", false, String.valueOf(e.getMessage())));
    }
    List<Line> lines = new ArrayList<>();
    lines.add(line("CUDA driver", () -> driver(libraries)));
    if (lines.getFirst().found()) {
      lines.add(line("GPU", () -> device(libraries.driver())));
    }
    Line cudnn = line("cuDNN", () -> cudnn(libraries));
    Line cublas = line("cuBLAS", () -> cublas(libraries));
    if (!cublas.text().equals(cudnn.text())) { // the same is missing for both
      lines.add(cublas);
    }
    lines.add(cudnn);
    Line nccl = line("NCCL", () -> nccl(libraries));
    lines.add(
        nccl.found() ? nccl : new Line("NCCL", false, nccl.text() + "; only for several GPUs"));
    return lines;
  }

  private static Line line(String subject, Supplier<String> examine) {
    try {
      return new Line(subject, true, examine.get());
    } catch (NativeException | BackendException e) {
      return new Line(subject, false, String.valueOf(e.getMessage()));
    }
  }

  private static String driver(CudaLibraries libraries) {
    int version = libraries.driver().version();
    return "for CUDA up to %s, %s".formatted(cuda(version), libraries.driverName());
  }

  private static String device(CudaDriver driver) {
    driver.initialize();
    int device = driver.device(0);
    int others = driver.deviceCount() - 1;
    return "%s, compute capability %d.%d, %,d MiB%s"
        .formatted(
            driver.deviceName(device),
            driver.attribute(CudaDriver.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR, device),
            driver.attribute(CudaDriver.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR, device),
            driver.totalMemory(device) >> 20,
            others > 0 ? ", and " + others + " more, for further processes of lm train" : "");
  }

  private static String cublas(CudaLibraries libraries) {
    int version = libraries.cublas().version();
    return "%d.%d.%d, %s"
        .formatted(version / 10_000, version / 100 % 100, version % 100, libraries.cublasName());
  }

  private static String cudnn(CudaLibraries libraries) {
    Cudnn cudnn = libraries.cudnn();
    cudnn.checkRnnPart();
    int cuda = (int) cudnn.cudaVersion();
    return "%s, built for CUDA %s, %s%s"
        .formatted(
            cudnn.versionText(),
            cuda(cuda),
            libraries.cudnnName(),
            cudnn.hasBf16()
                ? ""
                : "; precision bf16 needs 9.13: " + CudaLibraries.cudnnUpgrade(cuda));
  }

  private static String nccl(CudaLibraries libraries) {
    return "%s, %s".formatted(libraries.nccl().versionText(), libraries.ncclName());
  }

  private static String cuda(int version) {
    return version / 1000 + "." + version % 1000 / 10;
  }
}
