package org.lm4j.cli.options;

import java.util.List;

/** A command that needs options depending on others, so that they are not marked as required. */
public interface AlsoNeeded {
  /** Returns the names of the missing options, once the command line has been read. */
  List<String> missing();
}
