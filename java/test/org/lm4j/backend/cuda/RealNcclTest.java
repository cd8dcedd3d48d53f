package org.lm4j.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.lm4j.Need;
import org.lm4j.backend.cuda.driver.CudaException;
import org.lm4j.backend.cuda.driver.CudaFolders;
import org.lm4j.backend.cuda.nccl.Nccl;
import org.lm4j.foreign.NativeLibrary;

/** Tests what NVIDIA's NCCL does without a driver; skipped where it is not installed. */
class RealNcclTest {
  @Test
  void loadsAndSaysWhatIsMissingWithoutAGpu() {
    CudaFolders folders = new CudaFolders(System.getProperties(), System.getenv(), Path.of("/"));
    Need.CUDA_LIBRARIES.check(
        folders.find("libnccl.so.2").isPresent(),
        "no libnccl.so.2: pip install nvidia-nccl-cu13, or set LM4J_CUDA_LIBS");
    Nccl nccl = Nccl.of(NativeLibrary.open(folders.find("libnccl.so.2").get()));
    assertThat(nccl.version()).isBetween(21_400, 29_999);
    assertThat(nccl.versionText()).startsWith("2.");
    Need.NO_GPU.check(!Files.exists(Path.of("/dev/nvidiactl")), "there is a GPU");
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment id = arena.allocate(Nccl.ID_BYTES);
      assertThatThrownBy(
              () -> {
                nccl.createId(id);
                nccl.join(1, id, 0);
              })
          .isInstanceOf(CudaException.class)
          .hasMessageMatching(
              "nccl(GetUniqueId|CommInitRank)\\(\\) failed with status 1, ncclUnhandledCudaError:"
                  + " [^\\n]*nvidia-nccl-cu12[^\\n]*");
    }
  }
}
