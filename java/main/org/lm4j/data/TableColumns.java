package org.lm4j.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * The columns of a kind of table, and the names that headers give them.
 *
 * @param columns the columns in the order of a file without a header
 * @param needed the number of required columns, from the first
 * @param rest whether the last column takes the rest of the line, tabs included
 * @param what the content of a line, for messages
 */
public record TableColumns(List<Column> columns, int needed, boolean rest, String what) {
  /** Labelled texts: {@code label<TAB>text}. */
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

  /** Pairs of lines: {@code source<TAB>target}. */
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

  /**
   * Questions about images: {@code image<TAB>question<TAB>answer}, optionally followed by the kind
   * of the question.
   */
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

  /** Captions of images: {@code image<TAB>caption}. */
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
   * @param name its name in messages
   * @param headers its names in headers, in lower-case letters and digits
   */
  public record Column(String name, Set<String> headers) {
    Column(String name, String headers) {
      this(name, Set.copyOf(Arrays.asList(headers.split(" ", -1))));
    }

    /** Returns whether a header cell names this column. */
    public boolean isMeantBy(String cell) {
      return headers.contains(cell.toLowerCase(Locale.ROOT).replaceAll("[^\\p{L}\\p{N}]", ""));
    }
  }

  /** Returns the form of a line, for messages. */
  String form() {
    List<String> names = new ArrayList<>();
    columns.stream().limit(needed).forEach(column -> names.add(column.name()));
    return String.join("<TAB>", names);
  }

  /**
   * Returns whether white space at the ends of a cell belongs to it, because a character model
   * reads it.
   */
  boolean keepsSpace() {
    return what.equals(PAIRS.what);
  }

  /** Returns the largest number of columns if the last does not take the rest. */
  int most() {
    return columns.size();
  }

  /** Lists the required columns: "image, question and answer". */
  String names() {
    List<String> names = columns.stream().limit(needed).map(Column::name).toList();
    int last = needed - 1;
    return String.join(", ", names.subList(0, last)) + " and " + names.get(last);
  }

  /** Describes the columns between which a tab may be missing: "a label and its text". */
  String between() {
    return switch (what) {
      case "a text" -> "a label and its text";
      case "a caption" -> "an image and its caption";
      default -> names();
    };
  }
}
