package org.lm4j.foreign;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.ValueLayout;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PrototypeTest {
  private static final Map<String, ValueLayout> TYPES =
      Map.of("status_t", JAVA_INT, "handle_t", JAVA_LONG);

  @Test
  void readsEveryKindOfType() {
    Prototype prototype =
        Prototype.parse(
            "status_t f(const handle_t h, handle_t *made, const char *name, const int dims[],"
                + " void **values, unsigned int flags, unsigned char byte, int32_t id,"
                + " size_t bytes, unsigned long long seed, long long apart, float p,"
                + " double q)",
            TYPES);
    assertThat(prototype.name()).isEqualTo("f");
    assertThat(prototype.type())
        .isEqualTo(
            FunctionDescriptor.of(
                JAVA_INT,
                JAVA_LONG,
                JAVA_LONG,
                JAVA_LONG,
                JAVA_LONG,
                JAVA_LONG,
                JAVA_INT,
                JAVA_BYTE,
                JAVA_INT,
                JAVA_LONG,
                JAVA_LONG,
                JAVA_LONG,
                JAVA_FLOAT,
                JAVA_DOUBLE));
  }

  @Test
  void readsFunctionsWithoutParametersOrResult() {
    assertThat(Prototype.parse("size_t version(void)", TYPES).type())
        .isEqualTo(FunctionDescriptor.of(JAVA_LONG));
    assertThat(Prototype.parse("void text(char *to, size_t size)", TYPES).type())
        .isEqualTo(FunctionDescriptor.ofVoid(JAVA_LONG, JAVA_LONG));
    assertThat(Prototype.parse("const char *name(status_t status)", TYPES).type())
        .isEqualTo(FunctionDescriptor.of(JAVA_LONG, JAVA_INT));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "int f",
        "f(int a)",
        "int f(int)",
        "int f(int a, b)",
        "int f(unknown_t a)",
        "unknown_t f(int a)",
        "int f(void a)",
        "int f(int a,)"
      })
  void refusesWhatItDoesNotKnow(String text) {
    assertThatThrownBy(() -> Prototype.parse(text, TYPES))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
