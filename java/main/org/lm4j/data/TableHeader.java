package org.lm4j.data;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Decides whether the first line of a table names its columns. */
final class TableHeader {
  private static final int ENOUGH_ROWS = 3; // not counting the header
  private static final int ENOUGH_ROWS_FOR_DOUBT = 20;

  private TableHeader() {}

  /**
   * Finds the columns by the first line.
   *
   * @param rows the cells of all lines
   * @return the position of each column of the kind, −1 for a missing optional one; null if the
   *     first line is not a header
   */
  static int @Nullable [] columns(TableColumns kind, List<List<String>> rows) {
    List<String> first = rows.getFirst().stream().map(String::strip).toList();
    int[] places = new int[kind.columns().size()];
    Arrays.fill(places, -1);
    int named = 0;
    for (int c = 0; c < places.length; c++) {
      for (int i = 0; i < first.size(); i++) {
        if (places[c] < 0 && !isTaken(places, i) && kind.columns().get(c).isMeantBy(first.get(i))) {
          places[c] = i;
          named += c < kind.needed() ? 1 : 0;
        }
      }
    }
    if (named == kind.needed()) {
      return places;
    }
    boolean partly =
        isPartlyNamed(kind, first, places)
            && first.size() >= kind.needed()
            && first.size() <= kind.most()
            && rows.size() > ENOUGH_ROWS
            && isAlone(rows);
    boolean pairs =
        kind.equals(TableColumns.PAIRS)
            && first.size() == 2
            && (namesLanguages(first)
                || (namesPairs(first)
                    && isAlone(rows)
                    && rows.stream().filter(TableHeader::namesPairs).count() == 1));
    if (partly || pairs) {
      for (int c = 0; c < places.length; c++) {
        places[c] = c < first.size() ? c : -1;
      }
      return places;
    }
    return null;
  }

  /**
   * Returns whether enough columns are named to take the line for a header if it is unlike all
   * others.
   */
  private static boolean isPartlyNamed(TableColumns kind, List<String> first, int[] places) {
    if (kind.equals(TableColumns.PAIRS)) {
      return false; // synonyms
    }
    boolean begins = places[0] == 0 && first.getFirst().length() > 1;
    boolean ends =
        kind.equals(TableColumns.LABELLED) && places[1] == 1 && first.getLast().length() > 1;
    return begins || ends;
  }

  private static boolean isTaken(int[] places, int column) {
    return Arrays.stream(places).anyMatch(place -> place == column);
  }

  /** Returns whether no other line shares a cell with the first line in the same column. */
  private static boolean isAlone(List<List<String>> rows) {
    List<String> first = rows.getFirst();
    return rows.stream()
        .skip(1)
        .noneMatch(
            row -> {
              for (int i = 0; i < Math.min(first.size(), row.size()); i++) {
                if (row.get(i).strip().equals(first.get(i).strip())) {
                  return true;
                }
              }
              return false;
            });
  }

  /**
   * Returns whether the first line may be a header without known names: both its cells look like
   * identifiers, and hardly any other line has such cells.
   */
  static boolean mayBe(TableColumns kind, List<List<String>> rows) {
    if (!kind.equals(TableColumns.PAIRS) || rows.size() < ENOUGH_ROWS_FOR_DOUBT) {
      return false;
    }
    long alike = rows.stream().filter(row -> row.stream().allMatch(ColumnNames::isCode)).count();
    boolean first = rows.getFirst().stream().allMatch(ColumnNames::isCode);
    return first && isAlone(rows) && alike * 20 <= rows.size();
  }

  private static boolean namesPairs(List<String> row) {
    return row.size() == 2 && ColumnNames.ofPairs(row.getFirst(), row.getLast());
  }

  private static boolean namesLanguages(List<String> first) {
    String from = LanguageNames.code(first.get(0));
    String to = LanguageNames.code(first.get(1));
    return from != null && to != null && !from.equals(to);
  }
}
