package org.lm4j.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lm4j.Need;
import org.lm4j.backend.cuda.driver.Kernel;
import org.lm4j.backend.cuda.driver.KernelModule;
import org.lm4j.compute.BackendException;

/** Which image of the kernels is loaded: machine code where there is any, else PTX. */
class KernelImagesTest {
  private static final int MACHINE = 18; // where an ELF file has its kind of machine
  private static final short CUDA = 190;

  private FakeGpu gpu;

  @BeforeEach
  void open() throws Exception {
    FakeGpu.reset();
    gpu = new FakeGpu();
  }

  @AfterEach
  void close() {
    if (gpu != null) {
      gpu.close();
    }
  }

  /** Loads a module of which these images are there; what was asked for, in order. */
  private String load(int capability, Map<String, byte[]> images, List<String> asked) {
    try (KernelModule module =
        new KernelModule(
            gpu.driver.modules(),
            capability,
            2,
            name -> {
              asked.add(name);
              byte[] image = images.get(name);
              return image == null ? null : new ByteArrayInputStream(image);
            })) {
      assertThat(module.function(Kernel.MULTIPLY)).isNotZero();
      return module.image();
    }
  }

  private static byte[] ptx(int architecture) throws Exception {
    return FakeDriver.ptx(architecture).getBytes(StandardCharsets.UTF_8);
  }

  @ParameterizedTest
  @CsvSource({"80, kernels_80.cubin", "89, kernels_80.cubin", "90, kernels_90.cubin"})
  void withoutMachineCodeTheDriverCompilesText(int capability, String code) throws Exception {
    List<String> asked = new ArrayList<>();
    assertThat(load(capability, Map.of("kernels_80.ptx", ptx(80)), asked))
        .isEqualTo("kernels_80.ptx");
    assertThat(asked).containsExactly(code, "kernels_80.ptx");
  }

  @Test
  void machineCodeThatTheDriverDoesNotTakeGivesWayToText() throws Exception {
    byte[] elf = {0x7f, 'E', 'L', 'F', 2, 1};
    Map<String, byte[]> images = Map.of("kernels_80.cubin", elf, "kernels_80.ptx", ptx(80));
    assertThat(load(86, images, new ArrayList<>())).isEqualTo("kernels_80.ptx");
  }

  @Test
  void machineCodeThatTheDriverTakesIsUsed() throws Exception {
    Map<String, byte[]> images = Map.of("kernels_80.cubin", ptx(80)); // which the fake takes
    List<String> asked = new ArrayList<>();
    assertThat(load(80, images, asked)).isEqualTo("kernels_80.cubin");
    assertThat(asked).containsExactly("kernels_80.cubin");
  }

  @Test
  void aBuildWithoutKernelsSaysSo() {
    assertThatThrownBy(() -> load(75, Map.of(), new ArrayList<>()))
        .isInstanceOf(BackendException.class)
        .hasMessage("this build of lm4j lacks its CUDA kernels, kernels_75.ptx");
  }

  /** Tests that the text becomes machine code for each kind of GPU, with all kernels. */
  @Tag("slow")
  @ParameterizedTest
  @ValueSource(ints = {80, 90, 100})
  void textBecomesMachineCode(int architecture) throws Exception {
    Need.NVCC.program("ptxas");
    Path code = Path.of("target", "ptx", "kernels_" + architecture + ".cubin");
    Files.createDirectories(code.getParent());
    FakeLibraries.run(
        "ptxas", "-arch=sm_" + architecture, "-o", code.toString(), "native/cuda/kernels_80.ptx");
    byte[] bytes = Files.readAllBytes(code);
    assertThat(bytes).startsWith(0x7f, 'E', 'L', 'F');
    assertThat(ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getShort(MACHINE))
        .isEqualTo(CUDA);
    String names = new String(bytes, StandardCharsets.ISO_8859_1);
    for (Kernel kernel : Kernel.values()) {
      assertThat(names).contains("\0.text." + kernel.entry() + "\0");
    }
  }
}
