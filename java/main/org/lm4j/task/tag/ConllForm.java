package org.lm4j.task.tag;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The form of a CoNLL file, determined from its first lines: the column separator, the number of
 * columns, whether tokens are numbered as in CoNLL-U, and which lines that begin with {@code #} are
 * comments. In CoNLL-2000 {@code # # B-NP} is a token, in MultiCoNER {@code # id 5f3a domain=en} is
 * a comment with as many fields; the last column decides: in tokens its values repeat, in comments
 * they do not.
 */
final class ConllForm {
  /** The kind of a line. */
  enum Kind {
    /** Ends a sentence. */
    BLANK,
    /** Ends a sentence and begins a document. */
    DOCUMENT,
    /** A comment of CoNLL-U or a similar format. */
    COMMENT,
    /** A multiword range, whose tokens follow: {@code 1-2}. */
    RANGE,
    /** An empty node, which is not in the text: {@code 1.1}. */
    EMPTY_NODE,
    /** A token. */
    TOKEN
  }

  private static final String DOCUMENT = "-DOCSTART-";
  private static final int MOST_VALUES = 100_000; // of the last column, kept in mind
  private static final int CONLL_U_COLUMNS = 10;
  private static final Pattern ID = Pattern.compile("[0-9]{1,9}");
  private static final Pattern RANGE_ID = Pattern.compile("[0-9]{1,9}-[0-9]{1,9}");
  private static final Pattern EMPTY_ID = Pattern.compile("[0-9]{1,9}\\.[0-9]{1,9}");
  private static final int MANY = 100; // lines that reveal another form
  private static final Pattern SLASHES =
      Pattern.compile("[^\\s/]+/[^\\s/]+( [^\\s/]+/[^\\s/]+)+ ?");
  private static final Pattern COMMAS = Pattern.compile("[^\\s,]+(,[^\\s,]+)+");
  private static final Pattern NAMED_COMMENT =
      Pattern.compile("#(begin|end) document\\b.*|#\\s*[\\p{L}\\w.:-]+\\s*=.*");

  private final boolean tabs;
  private final int columns;
  private final boolean numbered;
  private final Set<String> lastValues = new HashSet<>();

  /**
   * Finds the form.
   *
   * @param lines the first lines of the file, or all
   */
  ConllForm(List<String> lines) {
    List<String> tokens = lines.stream().filter(line -> !isBetween(line)).toList();
    List<String> plain = tokens.stream().filter(line -> !line.startsWith("#")).toList();
    List<String> telling = plain.isEmpty() ? tokens : plain;
    this.tabs = usesTabs(telling);
    this.columns = telling.isEmpty() ? 0 : cut(telling.getFirst()).size();
    this.numbered = isNumbered(lines);
    plain.forEach(line -> remember(cut(line)));
  }

  private static boolean isBetween(String line) {
    return line.isBlank() || isDocument(line);
  }

  private static boolean isDocument(String line) {
    String text = line.stripLeading();
    return text.startsWith(DOCUMENT)
        && (text.length() == DOCUMENT.length() || isSpace(text.charAt(DOCUMENT.length())));
  }

  private static boolean isSpace(char c) {
    return c == ' ' || c == '\t';
  }

  /**
   * Returns whether tabs alone separate columns. They do where any line has one, but in files that
   * mix tabs and spaces: there both must give as many columns on each line, and no cell between
   * tabs may have a space in it.
   */
  private static boolean usesTabs(List<String> lines) {
    boolean any = false;
    boolean evenTabs = true;
    boolean evenSpaces = true;
    boolean spaceInCell = false;
    int firstTabs = 0;
    int firstSpaces = 0;
    for (String line : lines) {
      boolean here = line.strip().indexOf('\t') >= 0;
      int byTabs = cutAtTabs(line).size();
      int bySpaces = cutAtSpaces(line).size();
      firstTabs = firstTabs == 0 ? byTabs : firstTabs;
      firstSpaces = firstSpaces == 0 ? bySpaces : firstSpaces;
      any |= here;
      evenTabs &= byTabs == firstTabs;
      evenSpaces &= bySpaces == firstSpaces;
      spaceInCell |= here && bySpaces > byTabs;
    }
    return any && (evenTabs || !evenSpaces || spaceInCell);
  }

  /** Returns whether the first column counts the tokens of each sentence, from 1. */
  private boolean isNumbered(List<String> lines) {
    int next = 1;
    boolean any = false;
    boolean counts = columns == CONLL_U_COLUMNS;
    for (String line : lines) {
      if (isBetween(line)) {
        next = 1;
      } else if (!line.startsWith("#")) {
        String id = cut(line).getFirst();
        any = true;
        if (ID.matcher(id).matches()) {
          if (Integer.parseInt(id) != next) {
            return false;
          }
          counts |= next == 2;
          next++;
        } else if (!RANGE_ID.matcher(id).matches() && !EMPTY_ID.matcher(id).matches()) {
          return false;
        }
      }
    }
    return any && counts && columns > 1;
  }

  private void remember(List<String> cells) {
    if (cells.size() == columns && lastValues.size() < MOST_VALUES) {
      lastValues.add(cells.getLast());
    }
  }

  /** Describes lines that are not in columns, for a message; empty if they are in columns. */
  static String otherForm(List<String> lines) {
    List<String> some = lines.stream().filter(line -> !isBetween(line)).limit(MANY).toList();
    if (some.isEmpty()) {
      return "";
    }
    if (some.stream().allMatch(line -> line.startsWith("{\"") || line.startsWith("[{"))) {
      return "this seems to be JSON";
    }
    if (some.stream().allMatch(line -> SLASHES.matcher(line).matches())) {
      return "words and tags seem to have slashes between them";
    }
    return some.stream().allMatch(line -> COMMAS.matcher(line).matches())
        ? "columns seem to be separated by commas"
        : "";
  }

  /** Returns whether tabs alone separate columns. */
  boolean tabs() {
    return tabs;
  }

  /** Returns the number of columns of the first token; 0 if there is none. */
  int columns() {
    return columns;
  }

  /** Returns whether the first column counts the tokens of each sentence. */
  boolean numbered() {
    return numbered;
  }

  /**
   * Returns the kind of a line.
   *
   * @param begins whether it stands where a sentence may begin
   */
  Kind kind(String line, boolean begins) {
    if (line.isBlank()) {
      return Kind.BLANK;
    }
    if (isDocument(line)) {
      return Kind.DOCUMENT;
    }
    List<String> cells = cut(line);
    if (line.startsWith("#") && isComment(line, cells, begins)) {
      return Kind.COMMENT;
    }
    if (numbered && RANGE_ID.matcher(cells.getFirst()).matches()) {
      return Kind.RANGE;
    }
    if (numbered && EMPTY_ID.matcher(cells.getFirst()).matches()) {
      return Kind.EMPTY_NODE;
    }
    if (!line.startsWith("#") || !begins) {
      remember(cells);
    }
    return Kind.TOKEN;
  }

  private boolean isComment(String line, List<String> cells, boolean begins) {
    if (numbered) {
      return true; // tokens begin with their number
    }
    boolean looks =
        (line.length() > 1 && line.charAt(1) == ' ') || NAMED_COMMENT.matcher(line).matches();
    if (cells.size() != columns) {
      return (looks || line.strip().equals("#")) && (begins || tabs);
    }
    return looks
        && begins
        && !cells.subList(1, columns).contains("#")
        && !lastValues.contains(cells.getLast());
  }

  /** Returns the columns of a line that is not blank. */
  List<String> cut(String line) {
    return tabs ? cutAtTabs(line) : cutAtSpaces(line);
  }

  private static List<String> cutAtTabs(String line) {
    List<String> cells = new ArrayList<>();
    for (String cell : line.stripTrailing().split("\t", -1)) {
      cells.add(withoutSpaces(cell));
    }
    return List.copyOf(cells);
  }

  private static String withoutSpaces(String cell) {
    int from = 0;
    int to = cell.length();
    while (from < to && cell.charAt(from) == ' ') {
      from++;
    }
    while (to > from && cell.charAt(to - 1) == ' ') {
      to--;
    }
    return cell.substring(from, to);
  }

  private static List<String> cutAtSpaces(String line) {
    List<String> cells = new ArrayList<>();
    int from = -1;
    for (int i = 0; i <= line.length(); i++) {
      boolean between = i == line.length() || isSpace(line.charAt(i));
      if (!between) {
        from = from < 0 ? i : from;
      } else if (from >= 0) {
        cells.add(line.substring(from, i));
        from = -1;
      }
    }
    return List.copyOf(cells);
  }
}
