package org.lm4j.io;

import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.module.SimpleModule;
import tools.jackson.databind.ser.std.StdSerializer;

/**
 * Writes finite numbers as numbers, and NaN and the infinities, which JSON lacks, as null, so that
 * a field never changes its type.
 */
final class FiniteOrNull {
  private FiniteOrNull() {}

  static void addTo(SimpleModule module) {
    module.addSerializer(Double.class, new Doubles(Double.class));
    module.addSerializer(double.class, new Doubles(double.class));
    module.addSerializer(Float.class, new Floats(Float.class));
    module.addSerializer(float.class, new Floats(float.class));
    module.addSerializer(double[].class, new DoubleArrays());
    module.addSerializer(float[].class, new FloatArrays());
  }

  private static void write(double value, JsonGenerator json) {
    if (Double.isFinite(value)) {
      json.writeNumber(value);
    } else {
      json.writeNull();
    }
  }

  private static void write(float value, JsonGenerator json) {
    if (Float.isFinite(value)) {
      json.writeNumber(value);
    } else {
      json.writeNull();
    }
  }

  private static final class Doubles extends StdSerializer<Double> {
    Doubles(Class<Double> type) {
      super(type);
    }

    @Override
    public void serialize(Double value, JsonGenerator json, SerializationContext context) {
      write(value.doubleValue(), json);
    }
  }

  private static final class Floats extends StdSerializer<Float> {
    Floats(Class<Float> type) {
      super(type);
    }

    @Override
    public void serialize(Float value, JsonGenerator json, SerializationContext context) {
      write(value.floatValue(), json);
    }
  }

  private static final class DoubleArrays extends StdSerializer<double[]> {
    DoubleArrays() {
      super(double[].class);
    }

    @Override
    public void serialize(double[] values, JsonGenerator json, SerializationContext context) {
      json.writeStartArray(values, values.length);
      for (double value : values) {
        write(value, json);
      }
      json.writeEndArray();
    }
  }

  private static final class FloatArrays extends StdSerializer<float[]> {
    FloatArrays() {
      super(float[].class);
    }

    @Override
    public void serialize(float[] values, JsonGenerator json, SerializationContext context) {
      json.writeStartArray(values, values.length);
      for (float value : values) {
        write(value, json);
      }
      json.writeEndArray();
    }
  }
}
