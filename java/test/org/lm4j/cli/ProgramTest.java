package org.lm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lm4j.cli.frame.Program;

class ProgramTest {
  @AfterEach
  void forget() {
    Program.called(Map.of());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "make one with: lm train --model m; make one with: scripts/lm train --model m",
        "see ''lm info'' for those it knows; see ''scripts/lm info'' for those it knows",
        "lm embed export and (lm doctor); scripts/lm embed export and (scripts/lm doctor)",
        "film reel, x/lm train, .lm train, lm, lm4j; film reel, x/lm train, .lm train, lm, lm4j"
      })
  void commandsInSentencesAreWrittenAsTheProgramWasCalled(String sentence, String expected) {
    assertThat(Program.hints("scripts/lm", sentence.replace("''", "'")))
        .isEqualTo(expected.replace("''", "'"));
    assertThat(Program.hints("lm", sentence)).isEqualTo(sentence);
  }

  @Test
  void theNameComesFromTheLauncherAndIsFitForAShell() {
    assertThat(Program.name()).isEqualTo("lm");
    Program.called(Map.of(Program.VARIABLE, "/opt/it's here/bin/lm"));
    assertThat(Program.name()).isEqualTo("'/opt/it'\\''s here/bin/lm'");
  }
}
