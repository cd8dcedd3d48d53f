package org.lm4j.spark;

import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.lm4j.InputException;

/** Checks the columns of a table. */
final class TextColumn {
  private TextColumn() {}

  /**
   * Returns the index of a column of texts.
   *
   * @throws InputException if there is none of that name, or it does not hold strings
   */
  static int index(StructType schema, String name) {
    int at = Arrays.asList(schema.fieldNames()).indexOf(name);
    if (at < 0) {
      throw new InputException(
          "there is no column '%s'; the table has %s"
              .formatted(name, String.join(", ", schema.fieldNames())));
    }
    StructField field = schema.fields()[at];
    if (!field.dataType().equals(DataTypes.StringType)) {
      throw new InputException(
          "column '%s' holds %s, not strings".formatted(name, field.dataType().simpleString()));
    }
    return at;
  }

  /**
   * Returns a schema with more columns.
   *
   * @throws InputException if it has one of that name already
   */
  static StructType with(StructType schema, List<StructField> added) {
    StructType all = schema;
    for (StructField field : added) {
      if (Arrays.asList(all.fieldNames()).contains(field.name())) {
        throw new InputException(
            "the table has a column '%s' already; set a prefix for the new ones"
                .formatted(field.name()));
      }
      all = all.add(field);
    }
    return all;
  }
}
