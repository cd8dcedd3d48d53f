package org.lm4j.io;

import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.Executable;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.cfg.MapperConfig;
import tools.jackson.databind.introspect.Annotated;
import tools.jackson.databind.introspect.AnnotatedMember;
import tools.jackson.databind.introspect.AnnotatedParameter;
import tools.jackson.databind.introspect.JacksonAnnotationIntrospector;
import tools.jackson.databind.util.NameTransformer;

/**
 * Makes every constructor parameter required and not null, unless its type says {@code @Nullable},
 * and puts the fields of components marked {@link Flat} beside the others.
 */
final class RequiredUnlessNullable extends JacksonAnnotationIntrospector {
  private static final long serialVersionUID = 1;

  @Override
  public @Nullable Boolean hasRequiredMarker(MapperConfig<?> config, AnnotatedMember member) {
    return member instanceof AnnotatedParameter parameter
        ? Boolean.valueOf(!nullable(parameter))
        : super.hasRequiredMarker(config, member);
  }

  @Override
  public JsonSetter.Value findSetterInfo(MapperConfig<?> config, Annotated annotated) {
    return annotated instanceof AnnotatedParameter parameter && !nullable(parameter)
        ? JsonSetter.Value.construct(Nulls.FAIL, Nulls.FAIL)
        : super.findSetterInfo(config, annotated);
  }

  @Override
  public @Nullable NameTransformer findUnwrappingNameTransformer(
      MapperConfig<?> config, AnnotatedMember member) {
    Flat flat = member.getAnnotation(Flat.class);
    return flat == null
        ? super.findUnwrappingNameTransformer(config, member)
        : new Renaming(flat.rename());
  }

  /** Other names for some fields. */
  private static final class Renaming extends NameTransformer {
    private final String[] names;

    Renaming(String[] names) {
      this.names = names;
    }

    @Override
    public String transform(String name) {
      return PlainRecords.renamed(name, names);
    }

    @Override
    public String reverse(String transformed) {
      for (int i = 0; i < names.length; i += 2) {
        if (names[i + 1].equals(transformed)) {
          return names[i];
        }
      }
      return transformed;
    }
  }

  private static boolean nullable(AnnotatedParameter parameter) {
    if (!(parameter.getOwner().getAnnotated() instanceof Executable executable)) {
      return false;
    }
    AnnotatedType[] types = executable.getAnnotatedParameterTypes();
    return types[parameter.getIndex()].isAnnotationPresent(Nullable.class);
  }
}
