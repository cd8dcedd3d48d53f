package org.lm4j.cli.report;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.lm4j.metric.ConfusionMatrix;

/**
 * The scores of each class, as a table and as JSON.
 *
 * @param names of the classes
 * @param examples what they are, in the plural
 */
public record ClassTable(ConfusionMatrix matrix, List<String> names, String examples) {
  /** Copies the list. */
  public ClassTable {
    names = List.copyOf(names);
  }

  /** Prints the classes with most examples, and the number of others. */
  public void print(PrintWriter out) {
    List<Integer> shown =
        IntStream.range(0, names.size())
            .boxed()
            .sorted(Comparator.comparingLong(c -> -matrix.actual(c)))
            .limit(Tables.MOST_ROWS)
            .toList();
    if (shown.size() == names.size()) {
      shown = IntStream.range(0, names.size()).boxed().toList();
    }
    int width = Tables.width(shown.stream().map(names::get).toList(), 16);
    out.printf("%s %9s %9s %9s%n", Tables.cell("class", width), "precision", "recall", examples);
    for (int c : shown) {
      out.printf(Locale.ROOT, "%s %,9d%n", row(c, width), matrix.actual(c));
    }
    if (shown.size() < names.size()) {
      out.println(Tables.more(names.size() - shown.size(), "classes", "--json has all"));
    }
  }

  /** Returns a class, its precision and its recall. */
  public String row(int c, int width) {
    return "%s %s %s"
        .formatted(
            Tables.cell(names.get(c), width),
            percent(matrix.precision(c)),
            percent(matrix.recall(c)));
  }

  /** Returns all classes. */
  public List<Object> values() {
    List<Object> classes = new ArrayList<>();
    for (int c = 0; c < names.size(); c++) {
      Map<String, @Nullable Object> each = new LinkedHashMap<>();
      each.put("class", names.get(c));
      each.put("precision", orNull(matrix.precision(c)));
      each.put("recall", orNull(matrix.recall(c)));
      each.put(examples, matrix.actual(c));
      each.put("right", matrix.count(c, c));
      classes.add(each);
    }
    return classes;
  }

  private static @Nullable Double orNull(double part) {
    return Double.isNaN(part) ? null : part;
  }

  /** Returns a percentage, or "none" if there are no examples. */
  private static String percent(double part) {
    return Double.isNaN(part) ? "     none" : String.format(Locale.ROOT, "%7.2f %%", 100 * part);
  }
}
