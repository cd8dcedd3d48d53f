package org.lm4j.io;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks a component of a record that is a record too: in JSON its fields stand beside the others of
 * the outer record, not in a nested object. So a class can group what belongs together while its
 * file stays flat.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target({
  ElementType.RECORD_COMPONENT,
  ElementType.FIELD,
  ElementType.METHOD,
  ElementType.PARAMETER
})
public @interface Flat {
  /** Fields that have another name in JSON: the component's name, then that in JSON, and so on. */
  String[] rename() default {};
}
