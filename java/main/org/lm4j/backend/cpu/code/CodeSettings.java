package org.lm4j.backend.cpu.code;

import java.util.Map;
import java.util.Properties;
import org.lm4j.InputException;

/** The user's setting for machine code. */
public final class CodeSettings {
  /** Environment variable: {@code off} has the Vector API compute everything. */
  public static final String VARIABLE = "LM4J_CODE";

  private static final String PROPERTY = "lm4j.code"; // has precedence

  private CodeSettings() {}

  /**
   * Returns whether machine code may be written and run.
   *
   * @throws InputException if the setting is neither {@code on} nor {@code off}
   */
  public static boolean allowed(Properties properties, Map<String, String> environment) {
    String value = value(properties, environment);
    return switch (value) {
      case "on" -> true;
      case "off" -> false;
      default -> throw new InputException(VARIABLE + " must be on or off, not '" + value + "'.");
    };
  }

  /**
   * Checks the setting of this process.
   *
   * @throws InputException if it is neither {@code on} nor {@code off}
   */
  public static void check() {
    boolean ignored = allowed(System.getProperties(), System.getenv());
  }

  static String value(Properties properties, Map<String, String> environment) {
    String property = properties.getProperty(PROPERTY, "");
    String value = property.isEmpty() ? environment.getOrDefault(VARIABLE, "") : property;
    return value.isEmpty() ? "on" : value;
  }
}
