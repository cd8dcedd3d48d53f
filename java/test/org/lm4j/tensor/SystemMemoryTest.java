package org.lm4j.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lm4j.MemoryShortage;

/** Tests the available memory, from files such as those of Linux. */
class SystemMemoryTest {
  private static final long MIB = 1L << 20;

  @TempDir private Path folder;
  private SystemMemory memory = SystemMemory.HERE;

  @BeforeEach
  void machine() throws IOException {
    memory = new SystemMemory(folder.resolve("proc"), folder.resolve("groups"));
    write("proc/meminfo", "MemTotal:  9000000 kB\nMemFree:  100 kB\nMemAvailable:  1048576 kB\n");
  }

  private void write(String name, String text) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  @Test
  void findsTheMemoryOfThisMachine() {
    assertThat(memory.available()).isEqualTo(1024 * MIB);
  }

  @Test
  void unknownMemoryIsNotLimited() {
    assertThat(new SystemMemory(folder.resolve("no"), folder.resolve("no")).available())
        .isEqualTo(MemoryBudget.UNKNOWN);
  }

  /** The limit of the group above counts too, and files that can go are no use of memory. */
  @Test
  void groupsOfVersionTwo() throws IOException {
    write("proc/self/cgroup", "0::/user/app\n");
    write("groups/user/app/memory.max", "max\n");
    write("groups/user/app/memory.current", 300 * MIB + "\n");
    assertThat(memory.available()).isEqualTo(1024 * MIB);
    write("groups/user/memory.max", 700 * MIB + "\n");
    write("groups/user/memory.current", 400 * MIB + "\n");
    write("groups/user/memory.stat", "anon 1\ninactive_file " + 50 * MIB + "\nactive_file 7\n");
    assertThat(memory.available()).isEqualTo(350 * MIB);
    write("groups/user/app/memory.max", 310 * MIB + "\n");
    assertThat(memory.available()).isEqualTo(10 * MIB);
  }

  /** Tests a container, whose own group is the one that is mounted. */
  @Test
  void groupsOfVersionOne() throws IOException {
    write("proc/self/cgroup", "5:cpu:/x\n4:memory:/docker/1234\n");
    write("groups/memory/memory.limit_in_bytes", 700 * MIB + "\n");
    write("groups/memory/memory.usage_in_bytes", 650 * MIB + "\n");
    write("groups/memory/memory.stat", "inactive_file 5\ntotal_inactive_file " + 20 * MIB + "\n");
    assertThat(memory.available()).isEqualTo(70 * MIB);
  }

  @Test
  void aPieceThatIsTooLargeIsRefused() {
    long before = MemoryBudget.allocated();
    assertThatThrownBy(() -> new HostStorage(1L << 50))
        .isInstanceOf(MemoryShortage.class)
        .hasMessageMatching(
            "one more buffer needs 1048576 GiB of memory, but \\S+ [GM]iB can be taken");
    assertThat(MemoryBudget.allocated()).isEqualTo(before);
  }

  @Test
  void theHeapIsAskedToo() {
    MemoryBudget.requireHeap(1000, "a little", List.of());
    assertThatThrownBy(() -> MemoryBudget.requireHeap(1L << 45, "a beam", List.of("beam")))
        .isInstanceOfSatisfying(
            MemoryShortage.class,
            e -> {
              assertThat(e).hasMessageStartingWith("a beam needs 32768 GiB of Java's heap, but ");
              assertThat(e.blamed()).containsExactly("beam");
              assertThat(e.heap()).isTrue();
            });
  }
}
