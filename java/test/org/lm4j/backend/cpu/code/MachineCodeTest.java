package org.lm4j.backend.cpu.code;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.lm4j.InputException;

class MachineCodeTest {
  @Test
  void canBeSwitchedOff() {
    MachineCode off = MachineCode.find(new Properties(), Map.of("LM4J_CODE", "off"));
    assertThat(off).isEqualTo(new MachineCode(null, "it is switched off by LM4J_CODE"));
    assertThat(CodeSettings.allowed(new Properties(), Map.of("LM4J_CODE", "off"))).isFalse();
    assertThat(CodeSettings.allowed(new Properties(), Map.of("LM4J_CODE", ""))).isTrue();
    assertThat(CodeSettings.allowed(new Properties(), Map.of())).isTrue();
  }

  @Test
  void thePropertyHasPrecedence() {
    Properties properties = new Properties();
    properties.setProperty("lm4j.code", "on");
    assertThat(CodeSettings.allowed(properties, Map.of("LM4J_CODE", "off"))).isTrue();
    properties.setProperty("lm4j.code", "off");
    assertThat(CodeSettings.allowed(properties, Map.of())).isFalse();
  }

  @Test
  void anotherValueIsRefused() {
    assertThatThrownBy(() -> CodeSettings.allowed(new Properties(), Map.of("LM4J_CODE", "no")))
        .isInstanceOf(InputException.class)
        .hasMessage("LM4J_CODE must be on or off, not 'no'.");
  }
}
