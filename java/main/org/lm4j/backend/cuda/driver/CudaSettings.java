package org.lm4j.backend.cuda.driver;

import java.util.Map;
import java.util.Properties;
import org.lm4j.InputException;

/** User settings that are not command-line options. */
public final class CudaSettings {
  /** Environment variable: {@code off} has every step issued command by command. */
  public static final String GRAPHS = "LM4J_CUDA_GRAPHS";

  private static final String GRAPHS_PROPERTY = "lm4j.cuda.graphs"; // has precedence

  /** Environment variable: {@code standard} has cuDNN use its standard algorithm for every RNN. */
  public static final String RNN = "LM4J_CUDA_RNN";

  private static final String RNN_PROPERTY = "lm4j.cuda.rnn"; // has precedence

  /** The environment variables that make cuDNN write to standard error why it refuses a call. */
  public static final String CUDNN_LOGS = "CUDNN_LOGLEVEL_DBG=2 CUDNN_LOGDEST_DBG=stderr";

  private CudaSettings() {}

  /** Returns whether cuDNN writes somewhere why it refuses a call. */
  public static boolean cudnnLogs(Map<String, String> environment) {
    String level = environment.getOrDefault("CUDNN_LOGLEVEL_DBG", "0");
    return environment.containsKey("CUDNN_LOGDEST_DBG") && level.matches("[1-3]");
  }

  /**
   * Returns whether cuDNN may run small RNNs by persistent kernels.
   *
   * @throws InputException if the setting is neither {@code auto} nor {@code standard}
   */
  public static boolean persistent(Properties properties, Map<String, String> environment) {
    String value = properties.getProperty(RNN_PROPERTY, environment.getOrDefault(RNN, "auto"));
    return switch (value) {
      case "auto" -> true;
      case "standard" -> false;
      default -> throw new InputException(RNN + " must be auto or standard, not '" + value + "'.");
    };
  }

  /**
   * Returns whether repeated steps may become CUDA graphs.
   *
   * @throws InputException if the setting is neither {@code on} nor {@code off}
   */
  public static boolean graphs(Properties properties, Map<String, String> environment) {
    String value = properties.getProperty(GRAPHS_PROPERTY, environment.getOrDefault(GRAPHS, "on"));
    return switch (value) {
      case "on" -> true;
      case "off" -> false;
      default -> throw new InputException(GRAPHS + " must be on or off, not '" + value + "'.");
    };
  }
}
