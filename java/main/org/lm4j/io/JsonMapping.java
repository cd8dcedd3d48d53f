package org.lm4j.io;

import tools.jackson.core.util.DefaultIndenter;
import tools.jackson.core.util.DefaultPrettyPrinter;
import tools.jackson.core.util.Separators;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.ObjectWriter;
import tools.jackson.databind.cfg.EnumFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.module.SimpleModule;

/**
 * Jackson's mapper configured for {@link Json}, in a separate class because it is slow to
 * initialize.
 */
final class JsonMapping {
  static final JsonMapper MAPPER = mapper();
  static final ObjectWriter PRETTY = MAPPER.writer().with(prettyPrinter());

  private JsonMapping() {}

  private static JsonMapper mapper() {
    SimpleModule numbers =
        new SimpleModule()
            .addDeserializer(double.class, new FiniteDouble(double.class))
            .addDeserializer(Double.class, new FiniteDouble(Double.class));
    FiniteOrNull.addTo(numbers);
    return JsonMapper.builder(JsonStreams.FACTORY)
        .addModule(numbers)
        .annotationIntrospector(new RequiredUnlessNullable())
        .enable(
            DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES,
            DeserializationFeature.FAIL_ON_TRAILING_TOKENS,
            DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES,
            DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
        .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
        .disable(
            MapperFeature.ALLOW_COERCION_OF_SCALARS, MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
        .enable(EnumFeature.FAIL_ON_NUMBERS_FOR_ENUMS)
        .build();
  }

  private static DefaultPrettyPrinter prettyPrinter() {
    DefaultIndenter indenter = new DefaultIndenter("  ", "\n");
    Separators separators =
        Separators.createDefaultInstance().withObjectNameValueSpacing(Separators.Spacing.AFTER);
    return new DefaultPrettyPrinter(separators)
        .withObjectIndenter(indenter)
        .withArrayIndenter(indenter);
  }
}
