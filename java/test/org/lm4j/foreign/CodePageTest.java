package org.lm4j.foreign;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.lm4j.tensor.HostStorage;

class CodePageTest {
  private static final byte[] SUM = bytes(0x48, 0x8d, 0x04, 0x37, 0xc3); // lea rax,[rdi+rsi]; ret

  @Test
  @EnabledOnOs(OS.LINUX)
  @EnabledIfSystemProperty(named = "os.arch", matches = "amd64")
  void codeRunsAndItsPageIsNotWritable() throws Throwable {
    CodePage page = CodePage.of(SUM);
    MemorySegment at = page.at(0);
    long sum = (long) CodePage.call().invokeExact(at, 40L, 2L, 0L, 0L, 0L, 0L, 0L, 0L, 0L, 0L);
    assertThat(sum).isEqualTo(42);
    List<String> mapping =
        Files.readAllLines(Path.of("/proc/self/maps")).stream()
            .filter(line -> contains(line, at.address()))
            .toList();
    assertThat(mapping).hasSize(1).allMatch(line -> line.contains(" r-xp "));
  }

  private static boolean contains(String line, long address) {
    int dash = line.indexOf('-');
    return Long.parseUnsignedLong(line, 0, dash, 16) <= address
        && address < Long.parseUnsignedLong(line, dash + 1, line.indexOf(' '), 16);
  }

  /** A system that refuses one of the calls, and records them. */
  private record Refusing(HostStorage memory, boolean map, List<String> calls)
      implements CodePage.Pages {
    @Override
    public long map(long bytes) {
      calls.add("map " + bytes);
      return map ? -1 : memory.address();
    }

    @Override
    public long protect(long address, long bytes, int protection) {
      calls.add("protect " + (address == memory.address()) + " " + bytes + " " + protection);
      return -1;
    }

    @Override
    public void unmap(long address, long bytes) {
      calls.add("unmap " + (address == memory.address()) + " " + bytes);
    }
  }

  @Test
  void aSystemThatRefusesIsReportedInOneLine() {
    try (HostStorage memory = new HostStorage(8192)) {
      List<String> calls = new java.util.ArrayList<>();
      assertThatThrownBy(() -> CodePage.of(new byte[5000], new Refusing(memory, true, calls)))
          .isInstanceOf(NativeException.class)
          .hasMessage("the system refused 8192 bytes of memory for machine code");
      assertThat(calls).containsExactly("map 8192");
      calls.clear();
      assertThatThrownBy(() -> CodePage.of(SUM, new Refusing(memory, false, calls)))
          .isInstanceOf(NativeException.class)
          .hasMessage("the system refused to make memory executable");
      assertThat(calls).containsExactly("map 4096", "protect true 4096 5", "unmap true 4096");
    }
  }

  private static byte[] bytes(int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return bytes;
  }
}
