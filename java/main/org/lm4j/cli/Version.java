package org.lm4j.cli;

import java.util.List;
import picocli.CommandLine.IVersionProvider;

/** The lines of {@code lm --version}: lm4j's own version and the Java it runs on. */
final class Version implements IVersionProvider {
  @Override
  public String[] getVersion() {
    return lines().toArray(String[]::new);
  }

  static List<String> lines() {
    return List.of("lm4j " + number(), java());
  }

  /** Returns the version in the jar's manifest; {@code development} when run from class files. */
  static String number() {
    String version = Lm.class.getPackage().getImplementationVersion();
    return version == null ? "development" : version;
  }

  static String java() {
    return "Java %s (%s), %s %s"
        .formatted(
            Runtime.version(),
            System.getProperty("java.vendor"),
            System.getProperty("os.name"),
            System.getProperty("os.arch"));
  }
}
