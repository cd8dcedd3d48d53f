package org.lm4j.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lm4j.Need;
import org.lm4j.backend.cuda.cublas.Cublas;
import org.lm4j.backend.cuda.cudnn.Cudnn;
import org.lm4j.backend.cuda.cudnn.CudnnDescriptors;
import org.lm4j.backend.cuda.cudnn.CudnnRnn;
import org.lm4j.backend.cuda.cudnn.CudnnStatus;
import org.lm4j.backend.cuda.driver.CudaDriver;
import org.lm4j.backend.cuda.driver.CudaFolders;
import org.lm4j.backend.cuda.driver.CudaGraphs;
import org.lm4j.backend.cuda.driver.CudaModules;
import org.lm4j.backend.cuda.driver.CudaStatus;
import org.lm4j.backend.cuda.driver.CudaStreams;
import org.lm4j.backend.cuda.driver.Functions;
import org.lm4j.backend.cuda.nccl.Nccl;
import org.lm4j.foreign.Prototype;

/**
 * Has a C compiler compare every prototype, constant and type that is bound with NVIDIA's headers,
 * where both are: a function declared twice with different types does not compile.
 *
 * <p>The headers are those beside nvcc, of CUDA_HOME, and in the include folders beside pip's
 * libraries, as {@link CudaFolders} finds them; cuDNN's and cuBLAS's come with {@code pip install
 * nvidia-cudnn-cu13}, NCCL's with {@code pip install nvidia-nccl-cu13 nvidia-cuda-runtime
 * nvidia-cuda-nvrtc}.
 */
@Tag("slow")
class HeadersTest {
  @TempDir Path folder;

  @Test
  void driver() throws Exception {
    check(
        "cuda.h",
        bound(CudaDriver::new),
        List.of(
            CudaDriver.class,
            CudaStatus.class,
            CudaStreams.class,
            CudaModules.class,
            CudaGraphs.class),
        43);
  }

  @Test
  void cublas() throws Exception {
    check("cublas_v2.h", bound(Cublas::new), List.of(Cublas.class), 11);
  }

  @Test
  void cudnn() throws Exception {
    check(
        "cudnn.h",
        bound(Cudnn::new),
        List.of(CudnnStatus.class, CudnnDescriptors.class, CudnnRnn.class),
        25);
  }

  @Test
  void nccl() throws Exception {
    header("cuda_runtime.h"); // which it includes
    check("nccl.h", bound(Nccl::new), List.of(Nccl.class), 8);
  }

  @Test
  void aWrongPrototypeConstantOrTypeIsNoticed() throws Exception {
    String header = header("cuda.h");
    for (String wrong :
        List.of(
            "CUresult cuInit(size_t Flags);",
            "CUresult cuInit(unsigned int Flags, int more);",
            "void *used = (void *) &cuInitialise;",
            "_Static_assert(CU_EVENT_DISABLE_TIMING == 1, \"\");",
            "_Static_assert(sizeof(CUdevice) == 8, \"\");")) {
      assertThat(compile(header + wrong + "\n")).as(wrong).isNotEmpty();
    }
    assertThat(compile(header + "CUresult cuInit(unsigned int flags);\n")).isEmpty();
  }

  private static List<String> bound(java.util.function.Consumer<Functions> binding) {
    Bound bound = new Bound();
    binding.accept(bound);
    return bound.prototypes();
  }

  private void check(String file, List<String> prototypes, List<Class<?>> constants, int least)
      throws Exception {
    assertThat(prototypes).hasSizeGreaterThanOrEqualTo(least).doesNotHaveDuplicates();
    StringBuilder c = new StringBuilder(header(file));
    for (String text : prototypes) {
      String name = Prototype.parse(text, Functions.TYPES).name();
      c.append("void *use_%s(void) { return (void *) &%s; }\n".formatted(name, name));
      c.append(text).append(";\n");
    }
    for (Class<?> type : constants) {
      for (Field field : type.getDeclaredFields()) {
        if (Modifier.isStatic(field.getModifiers())
            && field.getName().matches("(CU|NCCL_|nccl).*")) {
          field.setAccessible(true); // constants of the bindings are theirs alone
          c.append(
              "_Static_assert((int) %s == %d, \"\");%n"
                  .formatted(field.getName(), field.getInt(null)));
        }
      }
    }
    Functions.TYPES.forEach(
        (name, layout) -> {
          if (prototypes.stream().anyMatch(text -> text.matches(".*\\b" + name + "\\b.*"))) {
            c.append(sizeCheck(name, layout));
          }
        });
    assertThat(compile(c.toString())).isEmpty();
  }

  private static String sizeCheck(String name, MemoryLayout layout) {
    if (!(layout instanceof StructLayout)) {
      assertThat(layout).isIn(ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG);
    }
    return "_Static_assert(sizeof(%s) == %d, \"\");%n".formatted(name, layout.byteSize());
  }

  /** Returns the compiler's messages; empty if there are none. */
  private String compile(String text) throws IOException, InterruptedException {
    Path file = Files.writeString(folder.resolve("check.c"), text);
    List<String> command =
        new ArrayList<>(List.of("gcc", "-fsyntax-only", "-Wno-deprecated-declarations"));
    includes().forEach(include -> command.addAll(List.of("-I", include.toString())));
    command.add(file.toString());
    Process gcc = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(gcc.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(gcc.waitFor() == 0).as(said).isEqualTo(said.isEmpty());
    return said;
  }

  private static String header(String name) {
    Need.GCC.program("gcc");
    Need.CUDA_HEADERS.check(
        includes().stream().anyMatch(include -> Files.exists(include.resolve(name))),
        "no "
            + name
            + ": install the CUDA toolkit, or pip install nvidia-cudnn-cu13 nvidia-nccl-cu13"
            + " nvidia-cuda-runtime");
    return "#include <" + name + ">\n";
  }

  private static List<Path> includes() {
    List<Path> found = new ArrayList<>();
    onPath("nvcc").ifPresent(nvcc -> found.add(nvcc.resolveSibling("../include").normalize()));
    Map<String, String> environment = System.getenv();
    Stream.of("CUDA_HOME", "CUDA_PATH")
        .map(name -> environment.getOrDefault(name, ""))
        .filter(home -> !home.isEmpty())
        .forEach(home -> found.add(Path.of(home, "include")));
    CudaFolders folders = new CudaFolders(System.getProperties(), environment, Path.of("/"));
    for (String library :
        List.of("libcublas.so.13", "libcublas.so.12", "libcudnn.so.9", "libnccl.so.2")) {
      folders.find(library).ifPresent(path -> found.add(path.resolveSibling("../include")));
    }
    found.add(Path.of("/usr/local/cuda/include"));
    return found.stream().map(Path::normalize).filter(Files::isDirectory).distinct().toList();
  }

  private static Optional<Path> onPath(String program) {
    return Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator, -1))
        .map(part -> Path.of(part, program))
        .filter(Files::isExecutable)
        .findFirst();
  }
}
