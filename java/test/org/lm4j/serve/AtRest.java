package org.lm4j.serve;

import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.UnixOperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** What a process holds at rest; the heap in KiB. */
record AtRest(long threads, long virtual, long descriptors, long heap) {
  static AtRest now() throws IOException {
    for (int i = 0; i < 3; i++) {
      System.gc();
    }
    UnixOperatingSystemMXBean system =
        (UnixOperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    return new AtRest(
        ManagementFactory.getThreadMXBean().getThreadCount(),
        virtualThreads(),
        system.getOpenFileDescriptorCount(),
        ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed() >> 10);
  }

  /** Returns whether there is more than before. */
  boolean leaks(AtRest before) {
    return threads > before.threads + 4
        || virtual > before.virtual
        || descriptors > before.descriptors + 5
        || heap > before.heap + (16 << 10);
  }

  /** Returns the number of threads that answer requests. */
  private static long virtualThreads() throws IOException {
    Path folder = Files.createTempDirectory("lm4j-threads-");
    Path file = folder.resolve("threads.txt");
    try {
      ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
          .dumpThreads(file.toString(), HotSpotDiagnosticMXBean.ThreadDumpFormat.TEXT_PLAIN);
      try (Stream<String> lines = Files.lines(file)) {
        return lines.filter(line -> line.contains("\"lm4j-http-")).count();
      }
    } finally {
      Files.deleteIfExists(file);
      Files.delete(folder);
    }
  }

  /** Waits until the process is at rest, as it was before but for some objects. */
  static AtRest await(AtRest before, double seconds) throws IOException, InterruptedException {
    long deadline = System.nanoTime() + (long) (seconds * 1e9);
    AtRest after = now();
    while (after.leaks(before) && System.nanoTime() < deadline) {
      Thread.sleep(500);
      after = now();
    }
    return after;
  }
}
