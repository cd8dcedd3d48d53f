package org.lm4j.cli;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Interprets what a trial's process leaves behind if it ended without an answer. */
final class TrialEnds {
  private static final int SIGNALS = 128; // above it: what a shell and Java report of a signal
  private static final Pattern MAIN = Pattern.compile("(?ms)^\"main\".*?(?=^$|\\z)");
  private static final Pattern OWN =
      Pattern.compile("at org\\.lm4j\\.[a-z.]*\\.([A-Z]\\w*\\.\\w+)\\(");
  private static final Pattern SIGNAL = Pattern.compile("(?m)^#\\s+(SIG[A-Z]+)");
  private static final Pattern FRAME =
      Pattern.compile("(?m)^# Problematic frame:\\R# +C +(\\[[^\\]]+\\][^\\r\\n]*)");

  private static final Pattern REASON = Pattern.compile("Reason: ([^\r\n]+)");
  private static final int MOST_REASONS = 2;

  private TrialEnds() {}

  /** Returns where it hung, from the thread dump of its JVM; empty if unknown. */
  static String hung(String threads) {
    Matcher main = MAIN.matcher(threads);
    if (!main.find()) {
      return "";
    }
    Matcher own = OWN.matcher(main.group());
    return own.find() ? ", in " + own.group(1) : "";
  }

  /**
   * Returns the native function it crashed in, from the JVM's crash report; empty if it did not
   * crash.
   */
  static String crashed(String log) {
    Matcher signal = SIGNAL.matcher(log);
    Matcher frame = FRAME.matcher(log);
    if (!signal.find()) {
      return "";
    }
    return ": " + signal.group(1) + (frame.find() ? " in " + frame.group(1).strip() : "");
  }

  /** Returns the reasons that cuDNN only logs; empty if there are none. */
  static String reasons(String log) {
    return REASON
        .matcher(log)
        .results()
        .map(found -> found.group(1).strip())
        .distinct()
        .limit(MOST_REASONS)
        .map(reason -> "; " + reason)
        .collect(Collectors.joining());
  }

  /** Returns an exit code in words. */
  static String code(int code) {
    return code > SIGNALS
        ? "code %d (signal %d) and no answer".formatted(code, code - SIGNALS)
        : "code " + code + " and no answer";
  }
}
