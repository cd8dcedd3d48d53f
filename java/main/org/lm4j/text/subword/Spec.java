package org.lm4j.text.subword;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;

/** A JSON object of a tokenizer's file, with errors that name the file and the field. */
record Spec(Map<?, ?> fields, String place) {
  /** Returns the field {@code type}. */
  String type() {
    return text("type");
  }

  String text(String name) {
    if (fields.get(name) instanceof String text) {
      return text;
    }
    throw wrong(name, "a text");
  }

  @Nullable String textOrNull(String name) {
    return fields.get(name) == null ? null : text(name);
  }

  boolean flag(String name, boolean otherwise) {
    Object value = fields.get(name);
    if (value == null) {
      return otherwise;
    }
    if (value instanceof Boolean flag) {
      return flag;
    }
    throw wrong(name, "true or false");
  }

  int number(String name, int otherwise) {
    return fields.get(name) == null ? otherwise : id(fields.get(name), name);
  }

  /** Returns a whole number of at least 0. */
  int id(@Nullable Object value, String name) {
    if (value instanceof Number number
        && number.doubleValue() == number.intValue()
        && number.intValue() >= 0) {
      return number.intValue();
    }
    throw wrong(name, "a whole number of at least 0");
  }

  List<?> list(String name) {
    if (fields.get(name) instanceof List<?> list) {
      return list;
    }
    throw wrong(name, "an array");
  }

  Spec object(String name) {
    Spec object = objectOrNull(name);
    if (object == null) {
      throw wrong(name, "an object");
    }
    return object;
  }

  @Nullable Spec objectOrNull(String name) {
    Object value = fields.get(name);
    return value == null ? null : of(value, name);
  }

  /** Returns the objects of an array. */
  List<Spec> objects(String name) {
    return list(name).stream().map(value -> of(value, name)).toList();
  }

  private Spec of(@Nullable Object value, String name) {
    if (value instanceof Map<?, ?> map) {
      return new Spec(map, place);
    }
    throw wrong(name, "an object");
  }

  InputException wrong(String name, String wanted) {
    return new InputException(
        "%s is not a tokenizer that can be read: its field '%s' is not %s"
            .formatted(place, name, wanted));
  }

  /** Returns the refusal of something that the file asks for. */
  InputException unsupported(String what) {
    return new InputException("%s needs %s, which lm4j does not support".formatted(place, what));
  }
}
