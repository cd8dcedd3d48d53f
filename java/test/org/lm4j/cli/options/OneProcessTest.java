package org.lm4j.cli.options;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.lm4j.InputException;

/** Models that several processes do not train together are not trained by each of them. */
class OneProcessTest {
  @Test
  void oneOfSeveralProcessesIsRefused() {
    Map<String, String> second = Map.of("OMPI_COMM_WORLD_SIZE", "2", "OMPI_COMM_WORLD_RANK", "1");
    assertThatThrownBy(() -> BatchTraining.requireOneProcess("lm tag train", second))
        .isInstanceOf(InputException.class)
        .hasMessage(
            "lm tag train trains in one process, and this is rank 1 of 2, started by Open MPI's"
                + " mpirun: start it alone, or with LM4J_MPI=off where each process trains a"
                + " separate model.");
  }

  @Test
  void separateModelsAreNot() {
    Map<String, String> separate =
        Map.of("OMPI_COMM_WORLD_SIZE", "2", "OMPI_COMM_WORLD_RANK", "1", "LM4J_MPI", "off");
    assertThatCode(() -> BatchTraining.requireOneProcess("lm tag train", separate))
        .doesNotThrowAnyException();
    assertThatCode(() -> BatchTraining.requireOneProcess("lm tag train", Map.of()))
        .doesNotThrowAnyException();
  }
}
