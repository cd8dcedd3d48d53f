package org.lm4j.io;

import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.deser.jdk.NumberDeserializers;

/** Reads a double as Jackson does, but refuses 1e400 instead of reading it as infinite. */
final class FiniteDouble extends NumberDeserializers.DoubleDeserializer {
  FiniteDouble(Class<Double> type) {
    super(type, type.isPrimitive() ? Double.valueOf(0) : null);
  }

  @Override
  public Double deserialize(JsonParser parser, DeserializationContext context) {
    if (parser.hasToken(JsonToken.VALUE_NUMBER_FLOAT)
        && Double.isInfinite(parser.getDoubleValue())) {
      return context.reportInputMismatch(
          this, "%s is too large for a number of double precision", parser.getString());
    }
    return super.deserialize(parser, context);
  }
}
