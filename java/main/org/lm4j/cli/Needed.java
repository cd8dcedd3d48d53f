package org.lm4j.cli;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The commands that a call needs. Reading the options of all of them takes a tenth of a second, so
 * the others are left out, or only listed with their descriptions.
 *
 * @param words those of the call: a command that is among them is needed with its options
 * @param only the command that the call begins with, where no other is needed; else null
 * @param whole whether every command is needed with its options
 */
record Needed(Set<String> words, @Nullable String only, boolean whole) {
  /** The commands that describe all others, and but for help their options. */
  private static final Set<String> ABOUT_ALL = Set.of("completion", "man", "help");

  /** Returns what every call could need. */
  static Needed everything() {
    return new Needed(Set.of(), null, true);
  }

  /** Returns what a call with these arguments needs. */
  static Needed by(String... arguments) {
    Set<String> words = Set.copyOf(List.of(arguments));
    String first = arguments.length == 0 ? "" : arguments[0];
    boolean alone = CommandTable.NAMES.contains(first) && !ABOUT_ALL.contains(first);
    boolean whole = !alone && (words.contains("completion") || words.contains("man"));
    return new Needed(words, alone ? first : null, whole);
  }

  /** Returns whether a command is needed, if only in a list. */
  boolean atAll(String name) {
    return only == null || only.equals(name);
  }

  /** Returns whether the options of a command are needed. */
  boolean withOptions(String name) {
    return whole || words.contains(name);
  }
}
