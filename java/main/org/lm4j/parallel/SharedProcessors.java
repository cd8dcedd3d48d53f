package org.lm4j.parallel;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.CRC32C;

/** The processors of a machine that several ranks run on. */
public final class SharedProcessors {
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final Path HOST = Path.of("/proc/sys/kernel/hostname");
  private static final Path BOOT = Path.of("/proc/sys/kernel/random/boot_id");

  private SharedProcessors() {}

  /**
   * Returns how many threads each rank should compute with: the processors that it may use, divided
   * by the ranks that may use the same ones. Where ranks differ it is the least of all, since sums
   * over threads have the same bits with the same number of them only. Every rank calls this.
   */
  public static int threads(Communicator ranks) {
    return threads(ranks, place(), Runtime.getRuntime().availableProcessors());
  }

  /**
   * Returns the number of threads.
   *
   * @param place the same for ranks that share their processors
   */
  static int threads(Communicator ranks, String place, int processors) {
    double mine = number(place);
    int sharers = 0;
    for (double[] other : ranks.gather(mine)) {
      sharers += other[0] == mine ? 1 : 0;
    }
    int least = Math.max(1, processors / sharers);
    for (double[] other : ranks.gather(least)) {
      least = Math.min(least, (int) other[0]);
    }
    return least;
  }

  /** Returns the machine, and which of its processors this process may use. */
  private static String place() {
    String allowed =
        read(STATUS)
            .lines()
            .filter(line -> line.startsWith("Cpus_allowed_list"))
            .findFirst()
            .orElse("");
    return machine() + allowed;
  }

  /** Returns a name of this machine, which no other has. */
  static String machine() {
    return read(HOST) + read(BOOT);
  }

  /** Returns a number by which ranks compare a text. */
  public static double number(String text) {
    CRC32C sum = new CRC32C();
    sum.update(text.getBytes(StandardCharsets.UTF_8));
    return sum.getValue();
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return ""; // another system; all ranks are taken to be on one machine
    }
  }
}
