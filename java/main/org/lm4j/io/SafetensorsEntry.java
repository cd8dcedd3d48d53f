package org.lm4j.io;

import java.util.List;
import java.util.stream.Collectors;

/**
 * One tensor as a safetensors header describes it, checked against its file.
 *
 * @param dtype the type as in the file, such as {@code BF16}
 * @param shape extents, outermost first; none for a scalar
 * @param begin first byte, counted from the start of the data
 * @param end one past the last byte
 */
record SafetensorsEntry(String name, String dtype, List<Long> shape, long begin, long end) {
  /** Returns the number of elements. Cannot overflow, since the header was checked for it. */
  long count() {
    return shape.stream().reduce(1L, (a, b) -> a * b);
  }

  /** Returns type and shape, as {@code BF16 (2, 3)}. */
  String describe() {
    return dtype + shape.stream().map(String::valueOf).collect(Collectors.joining(", ", " (", ")"));
  }

  /** Returns the size of one element in bytes, or 0 for a type this version does not know. */
  static int elementBytes(String dtype) {
    return switch (dtype) {
      case "BOOL", "U8", "I8", "F8_E5M2", "F8_E4M3" -> 1;
      case "I16", "U16", "F16", "BF16" -> 2;
      case "I32", "U32", "F32" -> 4;
      case "I64", "U64", "F64", "C64" -> 8;
      default -> 0;
    };
  }
}
