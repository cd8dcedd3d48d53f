package org.lm4j.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lm4j.backend.cuda.device.CudaDevice;
import org.lm4j.backend.cuda.device.CudaLibraries;
import org.lm4j.backend.cuda.driver.CudaFolders;
import org.lm4j.compute.BackendException;
import org.lm4j.compute.Precision;
import org.lm4j.foreign.NativeException;

class CudaLibrariesTest {
  @TempDir Path temporary;
  private Path root;

  @BeforeEach
  void realFolder() throws IOException {
    root = temporary.toRealPath();
  }

  @Test
  void foldersAreLookedThroughInTheirOrder() throws IOException {
    Path python = file("opt/python/bin/python3");
    Files.setPosixFilePermissions(python, PosixFilePermissions.fromString("rwxr-xr-x"));
    List<Path> files =
        List.of(
            file("mine/libx.so"),
            file("also/mine/libx.so"),
            file("loader/libx.so"),
            file("cuda/lib64/libx.so"),
            file("venv/lib/python3.12/site-packages/nvidia/cu13/lib/libx.so"),
            file("conda/lib/python3.11/site-packages/nvidia/cudnn/lib/libx.so"),
            file("conda/lib/libx.so"),
            file("home/.local/lib/python3.12/site-packages/nvidia/cudnn/lib/libx.so"),
            file("usr/local/lib/python3.12/dist-packages/nvidia/cudnn/lib/libx.so"),
            file("usr/lib/python3/dist-packages/nvidia/cudnn/lib/libx.so"),
            file("usr/local/cuda/lib64/libx.so"),
            file("usr/lib/x86_64-linux-gnu/libx.so"),
            file("usr/lib/wsl/lib/libx.so"),
            file("usr/local/nvidia/lib64/libx.so"),
            file("usr/local/nvidia/lib/libx.so"),
            file("opt/python/lib/python3.13/site-packages/nvidia/cudnn/lib/libx.so"));
    Files.createDirectories(root.resolve("conda/conda-meta"));
    Map<String, String> environment =
        Map.of(
            "LM4J_CUDA_LIBS", root.resolve("mine") + ":" + root.resolve("also/mine"),
            "LD_LIBRARY_PATH", root.resolve("none") + "::" + root.resolve("loader"),
            "CUDA_HOME", root.resolve("cuda").toString(),
            "VIRTUAL_ENV", root.resolve("venv").toString(),
            "CONDA_PREFIX", root.resolve("conda").toString(),
            "HOME", root.resolve("home").toString(),
            "PATH", root.resolve("none") + ":" + python.getParent());
    for (Path file : files) {
      assertThat(new CudaFolders(new Properties(), environment, root).find("libx.so"))
          .contains(file);
      Files.delete(file);
    }
    assertThat(new CudaFolders(new Properties(), environment, root).find("libx.so")).isEmpty();
  }

  @Test
  void aPythonThatIsALinkHasPackagesBesideEachLink() throws IOException {
    Path real = file("usr/bin/python3.12");
    Files.setPosixFilePermissions(real, PosixFilePermissions.fromString("rwxr-xr-x"));
    Path bin = Files.createDirectories(root.resolve("project/.venv/bin"));
    Files.createSymbolicLink(bin.resolve("python"), real);
    Files.createSymbolicLink(bin.resolve("python3"), Path.of("python"));
    Path shortcut = Files.createSymbolicLink(root.resolve("bin"), bin);
    Path home = Files.createDirectories(root.resolve("home/bin"));
    Files.createSymbolicLink(home.resolve("python3"), bin.resolve("python3"));
    String packages = "lib/python3.12/site-packages/nvidia/cudnn/lib/libx.so";
    for (Path folder : List.of(bin, shortcut, home)) {
      Path ofVenv = file("project/.venv/" + packages);
      Path ofProgram = file("usr/" + packages);
      Map<String, String> path = Map.of("PATH", folder.toString());
      Path elsewhere = root.resolve("elsewhere"); // no folders of the system
      assertThat(new CudaFolders(new Properties(), path, elsewhere).find("libx.so"))
          .as(folder.toString())
          .contains(ofVenv);
      Files.delete(ofVenv);
      assertThat(new CudaFolders(new Properties(), path, elsewhere).find("libx.so"))
          .as(folder.toString())
          .contains(ofProgram);
    }
  }

  @Test
  void aDriverIsSoughtWhereSystemsKeepOne() throws IOException {
    file("usr/lib/python3/dist-packages/nvidia/driver/lib/libx.so");
    CudaFolders folders = new CudaFolders(new Properties(), Map.of(), root);
    assertThat(folders.findOfSystem("libx.so")).isEmpty();
    Path driver = file("usr/lib/wsl/lib/libx.so");
    assertThat(folders.findOfSystem("libx.so")).contains(driver);
  }

  @Test
  void librariesThatBelongTogetherLieInOneFolder() throws IOException {
    file("usr/lib64/liba.so");
    file("usr/lib/libb.so");
    CudaFolders apart = new CudaFolders(new Properties(), Map.of(), root);
    assertThat(apart.findFolder(List.of("liba.so", "libb.so"))).isEmpty();
    file("usr/lib/liba.so");
    assertThat(apart.findFolder(List.of("liba.so", "libb.so"))).contains(root.resolve("usr/lib"));
  }

  @Test
  void thePropertyGoesBeforeTheVariable() throws IOException {
    Path one = file("one/libx.so");
    file("two/libx.so");
    Properties properties = named(root.resolve("one"));
    Map<String, String> environment = Map.of("LM4J_CUDA_LIBS", root.resolve("two").toString());
    CudaFolders folders = new CudaFolders(properties, environment, root);
    assertThat(folders.findNamed("libx.so")).contains(one);
    assertThat(folders.findNamed("liby.so")).isEqualTo(Optional.empty());
  }

  @Test
  void aNamedFolderMustExist() {
    Path none = root.resolve("none");
    assertThatThrownBy(() -> CudaLibraries.find(named(none), Map.of(), root))
        .isInstanceOf(NativeException.class)
        .hasMessage("lm4j.cuda.libs or LM4J_CUDA_LIBS names " + none + ", which is not a folder");
    assertThat(CudaReport.examine(named(none), Map.of(), root))
        .singleElement()
        .satisfies(line -> assertThat(line.found()).isFalse())
        .satisfies(line -> assertThat(line.text()).contains(none.toString()));
  }

  @Test
  void missingLibrariesAreReportedWithTheCommandThatInstallsThem() {
    CudaLibraries libraries = CudaLibraries.find(new Properties(), Map.of(), root);
    assertThatThrownBy(libraries::driver)
        .isInstanceOf(NativeException.class)
        .hasMessageContainingAll("no NVIDIA driver", "libcuda.so.1", "apt install nvidia-driver");
    assertThatThrownBy(libraries::cudnn)
        .isInstanceOf(NativeException.class)
        .hasMessageContainingAll(
            "no cuDNN 9", "libcudnn.so.9", "pip install nvidia-cudnn-cu13", "LM4J_CUDA_LIBS");
    assertThat(CudaReport.examine(new Properties(), Map.of(), root))
        .extracting(CudaReport.Line::subject, CudaReport.Line::found)
        .containsExactly(tuple("CUDA driver", false), tuple("cuDNN", false), tuple("NCCL", false));
  }

  @Test
  void theCommandIsForTheCudaOfTheDriver() {
    assertThat(CudaLibraries.cudnnCommand(12_040)).endsWith("-cu12");
    assertThat(CudaLibraries.cudnnCommand(13_020)).endsWith("-cu13");
    assertThat(CudaLibraries.cudnnCommand(14_000)).endsWith("-cu13");
    assertThat(CudaLibraries.cudnnCommand(11_080)).endsWith("-cu12");
  }

  @Test
  void aFileThatIsNotALibraryIsReported() throws IOException {
    Path file = file("usr/local/lib/python3.12/dist-packages/nvidia/cudnn/lib/libcudnn.so.9");
    CudaLibraries libraries = CudaLibraries.find(new Properties(), Map.of(), root);
    assertThatThrownBy(libraries::cudnn)
        .isInstanceOf(NativeException.class)
        .hasMessageContainingAll(file.toString(), "cannot be loaded");
  }

  @Test
  void cuBlasIsTheOneOfTheCudaThatCudnnIsBuiltFor() throws Exception {
    Path fakes = FakeLibraries.folder();
    Path cudnn = root.resolve("usr/local/lib/python3.12/dist-packages/nvidia/cudnn/lib");
    compileCudnn(cudnn, "CUDA=12090");
    CudaLibraries without = CudaLibraries.find(new Properties(), Map.of(), root);
    assertThatThrownBy(without::cublas)
        .isInstanceOf(NativeException.class)
        .hasMessageContainingAll(
            "no cuBLAS for CUDA 12", "libcublasLt.so.12", "pip install nvidia-cublas-cu12");
    Path folder = Files.createDirectories(root.resolve("usr/local/cuda/lib64"));
    for (String name : List.of("libcublas.so.", "libcublasLt.so.")) {
      Files.copy(fakes.resolve(name + 13), folder.resolve(name + 13));
      Files.copy(fakes.resolve(name + 13), folder.resolve(name + 12));
    }
    CudaLibraries libraries = CudaLibraries.find(new Properties(), Map.of(), root);
    assertThat(libraries.cudnn().cudaVersion()).isEqualTo(12_090);
    assertThat(libraries.cublas().version()).isPositive();
    assertThat(libraries.cublasName()).isEqualTo(folder.resolve("libcublas.so.12").toString());
    assertThat(libraries.cudnnName()).isEqualTo(cudnn.resolve("libcudnn.so.9").toString());
  }

  @Test
  void anUnsupportedCudaIsReported() throws Exception {
    Path old = compileCudnn(root.resolve("usr/lib"), "CUDA=11080");
    CudaLibraries libraries = CudaLibraries.find(new Properties(), Map.of(), root);
    assertThatThrownBy(libraries::cudnn)
        .isInstanceOf(NativeException.class)
        .hasMessage(
            old
                + " is built for CUDA 11, but lm4j works with 12 and 13: pip install"
                + " nvidia-cudnn-cu13");
  }

  @Test
  void whatIsThereIsReported() throws Exception {
    FakeGpu.reset();
    Path fakes = FakeLibraries.folder();
    List<CudaReport.Line> lines = CudaReport.examine(named(fakes), Map.of(), root);
    assertThat(lines).allMatch(CudaReport.Line::found);
    assertThat(lines)
        .extracting(CudaReport.Line::subject)
        .containsExactly("CUDA driver", "GPU", "cuBLAS", "cuDNN", "NCCL");
    assertThat(lines.get(0).text())
        .isEqualTo("for CUDA up to 13.0, " + fakes.resolve("libcuda.so.1"));
    assertThat(lines.get(1).text()).contains("compute capability 8.0", "MiB");
    assertThat(lines.get(2).text()).startsWith("13.0.0, ").endsWith("/libcublas.so.13");
    assertThat(lines.get(3).text())
        .startsWith("9.13.0, built for CUDA 13.0, ")
        .endsWith("/libcudnn.so.9");
    assertThat(lines.get(4).text()).isEqualTo("2.30.7, " + fakes.resolve("libnccl.so.2"));
  }

  @Test
  void anOldOrMissingNcclIsReportedWithTheCommandThatInstallsIt() throws Exception {
    CudaLibraries none = CudaLibraries.find(new Properties(), Map.of(), root);
    assertThatThrownBy(none::nccl)
        .isInstanceOf(NativeException.class)
        .hasMessage(
            "there is no NCCL 2 (libnccl.so.2): pip install nvidia-nccl-cu13 in the Python that is"
                + " active, or set LM4J_CUDA_LIBS to the folders that hold it");
    Path old = Files.createDirectories(root.resolve("usr/lib")).resolve("libnccl.so.2");
    FakeLibraries.run(
        "sh",
        "-c",
        "gcc -shared -fPIC -D_DEFAULT_SOURCE -DFAKE_VERSION=21301 -Inative/fakes -o %s native/fakes/nccl/nccl.c %s"
            .formatted(old, FakeLibraries.folder().resolve("libcuda.so.1")));
    assertThatThrownBy(none::nccl)
        .isInstanceOf(NativeException.class)
        .hasMessage(
            old
                + " is NCCL 2.13.1, but lm4j works with 2.14.0 and newer: pip install --upgrade"
                + " nvidia-nccl-cu13");
  }

  @Test
  void aCudnnWithoutBf16RnnsIsReportedWithTheCommandThatReplacesIt() throws Exception {
    FakeGpu.reset();
    Path cudnn = compileCudnn(root.resolve("old"), "VERSION=91002");
    Path fakes = FakeLibraries.folder();
    String folders = cudnn.getParent() + ":" + fakes;
    Properties properties = new Properties();
    properties.setProperty("lm4j.cuda.libs", folders);
    assertThat(CudaReport.examine(properties, Map.of(), root).get(3).text())
        .startsWith("9.10.2, built for CUDA 13.0, ")
        .endsWith("; precision bf16 needs 9.13: pip install --upgrade nvidia-cudnn-cu13");
    CudaLibraries found = CudaLibraries.find(properties, Map.of(), root);
    CudaDevice.Libraries libraries =
        new CudaDevice.Libraries(found.driver(), found.cublas(), found.cudnn());
    assertThatThrownBy(() -> CudaBackend.open(libraries, Precision.BF16, true))
        .isInstanceOf(BackendException.class)
        .hasMessage(
            "precision bf16 needs cuDNN 9.13 or newer, and this is 9.10.2: pip install --upgrade"
                + " nvidia-cudnn-cu13, or use tf32");
    CudaBackend.open(libraries, Precision.TF32, true).close();
    assertThat(CudaOnFakes.liveObjects()).isZero();
  }

  /**
   * A fake cuDNN that claims to be different: {@code CUDA=12090}, built for another; or a version.
   */
  private static Path compileCudnn(Path folder, String claim) throws Exception {
    Files.createDirectories(folder);
    Path library = folder.resolve("libcudnn.so.9");
    Path driver = FakeLibraries.folder().resolve("libcuda.so.1");
    FakeLibraries.run(
        "sh",
        "-c",
        "gcc -shared -fPIC -DFAKE_%s -Inative/fakes -o %s native/fakes/cudnn/*.c %s -lm"
            .formatted(claim, library, driver));
    return library;
  }

  private static Properties named(Path folder) {
    Properties properties = new Properties();
    properties.setProperty("lm4j.cuda.libs", folder.toString());
    return properties;
  }

  private Path file(String name) throws IOException {
    Path file = root.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, "no library");
  }
}
