package org.lm4j.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * What columns a kind of table has, and the names that headers give them.
 *
 * @param columns in the order in which a line without a header has them
 * @param needed so many, from the first, are needed
 * @param rest whether the last column takes what follows it, tabs included
 * @param what a message calls what stands in a line
 */
public record TableColumns(List<Column> columns, int needed, boolean rest, String what) {
  /** {@code label<TAB>text}. */
  public static final TableColumns LABELLED =
      new TableColumns(
          List.of(
              new Column(
                  "label",
                  "label labels class classes category categories target sentiment polarity tag"
                      + " gold goldlabel topic intent rating stars score classlabel labelid"),
              new Column(
                  "text",
                  "text texts sentence sentences review reviews comment comments document content"
                      + " message title utterance phrase tweet body headline question description"
                      + " reviewtext commenttext")),
          2,
          true,
          "a text");

  /** {@code source<TAB>target}. */
  public static final TableColumns PAIRS =
      new TableColumns(
          List.of(
              new Column(
                  "source",
                  "source sources src input inputs sourcetext inputtext original sentence1"
                      + " question prompt"),
              new Column(
                  "target",
                  "target targets tgt trg output outputs targettext translation translations"
                      + " translated sentence2 answer response reference")),
          2,
          false,
          "a pair");

  /** {@code image<TAB>question<TAB>answer}, and the kind of the question if one likes. */
  public static final TableColumns QUESTIONS =
      new TableColumns(
          List.of(
              new Column("image", "image images imageid img imgid imagename filename file picture"),
              new Column("question", "question questions questiontext query text"),
              new Column("answer", "answer answers label target answertext"),
              new Column("kind", "kind type questiontype category kinds types")),
          3,
          false,
          "a question");

  /** {@code image<TAB>caption}. */
  public static final TableColumns CAPTIONS =
      new TableColumns(
          List.of(
              new Column("image", "image images imageid img imgid imagename filename file picture"),
              new Column(
                  "caption", "caption captions text sentence description comment captiontext")),
          2,
          true,
          "a caption");

  /** Copies the list. */
  public TableColumns {
    columns = List.copyOf(columns);
  }

  /**
   * A column.
   *
   * @param name what messages call it
   * @param headers what headers call it, in letters and digits of lower case
   */
  public record Column(String name, Set<String> headers) {
    Column(String name, String headers) {
      this(name, Set.copyOf(Arrays.asList(headers.split(" ", -1))));
    }

    /** Whether a cell of a header means this column. */
    public boolean isMeantBy(String cell) {
      return headers.contains(cell.toLowerCase(Locale.ROOT).replaceAll("[^\\p{L}\\p{N}]", ""));
    }
  }

  /** What a line is to be, as messages say it. */
  String form() {
    List<String> names = new ArrayList<>();
    columns.stream().limit(needed).forEach(column -> names.add(column.name()));
    return String.join("<TAB>", names);
  }

  /** Whether white space at the ends of a cell belongs to it: a character model reads it. */
  boolean keepsSpace() {
    return what.equals(PAIRS.what);
  }

  /** How many columns there are at most, where the last does not take the rest. */
  int most() {
    return columns.size();
  }

  /** What stands between the columns in which something may be missing: "a label and its text". */
  String between() {
    return switch (what) {
      case "a text" -> "a label and its text";
      case "a caption" -> "an image and its caption";
      case "a pair" -> "source and target";
      default -> "image, question and answer";
    };
  }
}
