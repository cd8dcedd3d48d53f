package org.lm4j.backend.cpu.code;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.lm4j.Need;

class ProcessorTest {
  private static final int XSAVE_AVX_FMA = 1 << 27 | 1 << 28 | 1 << 12;
  private static final int AVX2 = 1 << 5;
  private static final int AVX512 = AVX2 | 1 << 16 | 1 << 17 | 1 << 30 | 1 << 31;
  private static final int VNNI = 1 << 11;
  private static final int BF16 = 1 << 5;
  private static final long ALL_STATES = 0xe7;

  /** A processor that says what it is asked to. */
  private record Given(int leaves, int first, int subleaves, int b, int c, int more, long states)
      implements Processor.Identification {
    @Override
    public int[] cpuid(int leaf, int subleaf) {
      return switch (leaf * 10 + subleaf) {
        case 0 -> new int[] {leaves, 0, 0, 0};
        case 10 -> new int[] {0, 0, first, 0};
        case 70 -> new int[] {subleaves, b, c, 0};
        case 71 -> new int[] {more, 0, 0, 0};
        default -> throw new AssertionError("leaf " + leaf);
      };
    }

    @Override
    public long xgetbv() {
      assertThat(first >> 27 & 1).as("xgetbv is allowed").isEqualTo(1);
      return states;
    }
  }

  private static Processor of(int leaves, int first, int b, int c, int more, long states) {
    return Processor.of(new Given(leaves, first, 1, b, c, more, states));
  }

  @Test
  void allThereIs() {
    assertThat(of(7, XSAVE_AVX_FMA, AVX512, VNNI, BF16, ALL_STATES))
        .isEqualTo(new Processor(true, true, true, true));
    assertThat(of(7, XSAVE_AVX_FMA, AVX512, 0, 0, ALL_STATES))
        .isEqualTo(new Processor(true, true, false, false));
    assertThat(of(7, XSAVE_AVX_FMA, AVX2, 0, 0, 7))
        .isEqualTo(new Processor(true, false, false, false));
  }

  @Test
  void registersThatTheSystemDoesNotSaveAreNotUsed() {
    assertThat(of(7, XSAVE_AVX_FMA, AVX512, VNNI, BF16, 7))
        .isEqualTo(new Processor(true, false, false, false));
    assertThat(of(7, XSAVE_AVX_FMA, AVX512, VNNI, BF16, 0xe7 & ~0x40))
        .isEqualTo(new Processor(true, false, false, false));
    assertThat(of(7, XSAVE_AVX_FMA, AVX512, VNNI, BF16, 3))
        .isEqualTo(new Processor(false, false, false, false));
    assertThat(of(7, XSAVE_AVX_FMA & ~(1 << 27), AVX512, VNNI, BF16, ALL_STATES))
        .isEqualTo(new Processor(false, false, false, false));
  }

  @Test
  void eachPartIsNeeded() {
    assertThat(of(7, 1 << 27 | 1 << 28, AVX512, VNNI, BF16, ALL_STATES).avx2()).isFalse(); // FMA
    for (int bit : List.of(16, 17, 30, 31)) {
      assertThat(of(7, XSAVE_AVX_FMA, AVX512 & ~(1 << bit), VNNI, BF16, ALL_STATES))
          .isEqualTo(new Processor(true, false, false, false));
    }
    assertThat(of(6, XSAVE_AVX_FMA, AVX512, VNNI, BF16, ALL_STATES))
        .isEqualTo(new Processor(false, false, false, false));
    Given noSubleaf = new Given(7, XSAVE_AVX_FMA, 0, AVX512, VNNI, BF16, ALL_STATES);
    assertThat(Processor.of(noSubleaf)).isEqualTo(new Processor(true, true, false, true));
  }

  /** The kernel lists what it lets processes use. */
  @Test
  @EnabledOnOs(OS.LINUX)
  void thisProcessorIsWhatLinuxSays() throws Exception {
    MachineCode here = MachineCode.here();
    Need.VECTORS.check(here.processor() != null, here.missing());
    List<String> flags =
        Files.readAllLines(Path.of("/proc/cpuinfo")).stream()
            .filter(line -> line.startsWith("flags"))
            .findFirst()
            .map(line -> List.of(line.split("[ \t]+")))
            .orElseThrow();
    boolean avx2 = flags.contains("avx2") && flags.contains("fma");
    boolean avx512 =
        avx2 && flags.containsAll(List.of("avx512f", "avx512bw", "avx512dq", "avx512vl"));
    assertThat(here.processor())
        .isEqualTo(
            new Processor(
                avx2,
                avx512,
                avx512 && flags.contains("avx512_bf16"),
                avx512 && flags.contains("avx512_vnni")));
  }
}
