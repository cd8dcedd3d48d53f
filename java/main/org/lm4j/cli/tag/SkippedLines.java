package org.lm4j.cli.tag;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.lm4j.cli.frame.Visible;
import org.lm4j.task.tag.ConllFile;

/** Reports which lines of a file in CoNLL columns were skipped. */
final class SkippedLines {
  private SkippedLines() {}

  static void note(ConllFile.Contents contents, Path file, PrintWriter err) {
    List<String> parts = new ArrayList<>();
    add(parts, contents.comments(), "comment", "comments");
    add(parts, contents.ranges(), "word of several tokens", "words of several tokens");
    add(parts, contents.emptyNodes(), "empty node", "empty nodes");
    if (!parts.isEmpty()) {
      err.println("skipped  " + String.join(", ", parts) + " in " + Visible.name(file.toString()));
      err.flush();
    }
  }

  private static void add(List<String> parts, int count, String one, String many) {
    if (count > 0) {
      parts.add(String.format(Locale.ROOT, "%,d %s", count, count == 1 ? one : many));
    }
  }
}
