package org.lm4j.tensor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Reads Linux's memory limits: {@code /proc/meminfo}, and the control groups of this process,
 * version 1 and 2, with their ancestors. A value that cannot be read imposes no limit.
 *
 * @param proc the folder of procfs, usually {@code /proc}
 * @param groups the folder of cgroups, usually {@code /sys/fs/cgroup}
 */
record SystemMemory(Path proc, Path groups) {
  static final SystemMemory HERE = new SystemMemory(Path.of("/proc"), Path.of("/sys/fs/cgroup"));

  private static final long KIB = 1024;

  /** Returns the bytes that can be allocated; {@link MemoryBudget#UNKNOWN} if unknown. */
  long available() {
    long least = field(proc.resolve("meminfo"), "MemAvailable:", KIB);
    for (String line : lines(proc.resolve("self/cgroup"))) {
      String[] parts = line.split(":", 3);
      if (parts.length == 3 && parts[1].isEmpty()) {
        least = Math.min(least, leastOf(groups, parts[2], true));
      } else if (parts.length == 3 && List.of(parts[1].split(",")).contains("memory")) {
        least = Math.min(least, leastOf(groups.resolve("memory"), parts[2], false));
      }
    }
    return least;
  }

  /** Returns the least limit of a group and all its ancestors up to the mount. */
  private static long leastOf(Path mount, String path, boolean second) {
    long least = MemoryBudget.UNKNOWN;
    Path group = mount.resolve(path.substring(Math.min(1, path.length()))).normalize();
    while (group != null && group.startsWith(mount)) {
      least = Math.min(least, second ? second(group) : first(group));
      group = group.getParent();
    }
    return least;
  }

  private static long second(Path group) {
    return free(
        number(group.resolve("memory.max")),
        number(group.resolve("memory.current")),
        field(group.resolve("memory.stat"), "inactive_file", 1));
  }

  private static long first(Path group) {
    return free(
        number(group.resolve("memory.limit_in_bytes")),
        number(group.resolve("memory.usage_in_bytes")),
        field(group.resolve("memory.stat"), "total_inactive_file", 1));
  }

  /** Returns the free bytes; inactive file cache can be reclaimed. */
  private static long free(long limit, long used, long files) {
    if (limit == MemoryBudget.UNKNOWN || used == MemoryBudget.UNKNOWN) {
      return MemoryBudget.UNKNOWN;
    }
    return Math.max(0, limit - used + (files == MemoryBudget.UNKNOWN ? 0 : Math.min(files, used)));
  }

  /** Returns the number in a file; unknown if there is none, or it is the word "max". */
  private static long number(Path file) {
    for (String line : lines(file)) {
      return parsed(line.strip(), 1);
    }
    return MemoryBudget.UNKNOWN;
  }

  /** Returns the number after {@code name} on its line. */
  private static long field(Path file, String name, long unit) {
    for (String line : lines(file)) {
      String text = line.strip();
      String rest = text.startsWith(name) ? text.substring(name.length()) : "";
      String number = rest.strip();
      if (number.length() < rest.length()) { // the name is a whole word
        return parsed(firstWord(number), unit);
      }
    }
    return MemoryBudget.UNKNOWN;
  }

  private static String firstWord(String text) {
    int end = 0;
    while (end < text.length() && !Character.isWhitespace(text.charAt(end))) {
      end++;
    }
    return text.substring(0, end);
  }

  private static long parsed(String digits, long unit) {
    try {
      return Math.multiplyExact(Long.parseLong(digits), unit);
    } catch (NumberFormatException | ArithmeticException e) {
      return MemoryBudget.UNKNOWN;
    }
  }

  private static List<String> lines(Path file) {
    try {
      return Files.exists(file) ? Files.readAllLines(file) : List.of();
    } catch (IOException | SecurityException e) { // not Linux, or not readable
      return List.of();
    }
  }
}
