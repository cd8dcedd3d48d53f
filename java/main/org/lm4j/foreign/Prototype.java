package org.lm4j.foreign;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemoryLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A C function's name and type, parsed from its prototype in the library's header, so that the text
 * that people and compilers can compare with the header is what is bound.
 *
 * <p>Every pointer is a 64-bit integer on the Java side: the same registers, and no segment per
 * call. The caller must keep the memory of an address alive during the call.
 *
 * @param text {@code int f(const char *name, size_t bytes)}, without a semicolon
 * @param name the function's name
 * @param type the layouts of its result and parameters
 */
public record Prototype(String text, String name, FunctionDescriptor type) {
  private static final Map<String, MemoryLayout> BASIC =
      Map.ofEntries(
          Map.entry("char", JAVA_BYTE),
          Map.entry("unsigned char", JAVA_BYTE),
          Map.entry("int", JAVA_INT),
          Map.entry("unsigned int", JAVA_INT),
          Map.entry("int32_t", JAVA_INT),
          Map.entry("uint32_t", JAVA_INT),
          Map.entry("size_t", JAVA_LONG),
          Map.entry("long long", JAVA_LONG),
          Map.entry("unsigned long long", JAVA_LONG),
          Map.entry("float", JAVA_FLOAT),
          Map.entry("double", JAVA_DOUBLE));
  private static final Pattern FUNCTION = Pattern.compile("(.*?[ *])(\\w+)\\((.*)\\)");
  private static final Pattern PARAMETER = Pattern.compile("(.*?[ *])(\\w+)((?:\\[])?)");

  /**
   * Reads a prototype whose parameters are all named.
   *
   * @param types layouts of the library's own type names
   * @throws IllegalArgumentException if it is not a prototype, or has an unknown type
   */
  public static Prototype parse(String text, Map<String, ? extends MemoryLayout> types) {
    Matcher function = match(FUNCTION, text, text);
    List<MemoryLayout> parameters = new ArrayList<>();
    if (!function.group(3).equals("void")) {
      for (String parameter : function.group(3).split(",", -1)) {
        Matcher parts = match(PARAMETER, parameter.strip(), text);
        parameters.add(
            layout(parts.group(1) + parts.group(3), types)
                .orElseThrow(() -> new IllegalArgumentException("void parameter in " + text)));
      }
    }
    MemoryLayout[] all = parameters.toArray(MemoryLayout[]::new);
    FunctionDescriptor type =
        layout(function.group(1), types)
            .map(result -> FunctionDescriptor.of(result, all))
            .orElseGet(() -> FunctionDescriptor.ofVoid(all));
    return new Prototype(text, function.group(2), type);
  }

  /** Returns the layout of a type; empty for {@code void}. */
  private static Optional<MemoryLayout> layout(
      String written, Map<String, ? extends MemoryLayout> types) {
    if (written.contains("*") || written.contains("[")) {
      return Optional.of(JAVA_LONG);
    }
    String name = written.replaceFirst("^const ", "").strip();
    if (name.equals("void")) {
      return Optional.empty();
    }
    MemoryLayout layout = BASIC.getOrDefault(name, types.get(name));
    if (layout == null) {
      throw new IllegalArgumentException("unknown C type '" + name + "'");
    }
    return Optional.of(layout);
  }

  private static Matcher match(Pattern pattern, String part, String text) {
    Matcher matcher = pattern.matcher(part);
    if (!matcher.matches()) {
      throw new IllegalArgumentException("not a C prototype: " + text);
    }
    return matcher;
  }
}
