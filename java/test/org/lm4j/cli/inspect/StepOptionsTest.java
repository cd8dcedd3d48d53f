package org.lm4j.cli.inspect;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.lm4j.cli.frame.ExitCodes;
import org.lm4j.compute.Cell;
import org.lm4j.compute.RnnSpec;
import org.lm4j.task.inspect.CellNumbers;
import org.lm4j.task.inspect.WorkedExample;

class StepOptionsTest {
  @Test
  void gradientsThatDisagreeAreMarkedAndTheExitCodeIsOne() {
    CellNumbers numbers = CellNumbers.draw(new RnnSpec(Cell.RNN_TANH, 1, 2, 1, 0), 1, 1);
    WorkedExample.Gradient wrong =
        new WorkedExample.Gradient(
            "U", new double[] {1, 0.5, 0, 2}, new double[] {1, 0.4, 0, 2}, 0);
    WorkedExample example = new WorkedExample(numbers, forward(), List.of(wrong));
    StringWriter printed = new StringWriter();
    int code = StepOptions.print(example, 1, false, new PrintWriter(printed));
    assertThat(code).isEqualTo(ExitCodes.FAILURE);
    assertThat(printed.toString())
        .contains("\ndU 1,2            0.500000000      0.400000000 1.1e-01 too large\n")
        .contains("\n  dU        (2, 2)       1.1e-01  too large\n")
        .endsWith("\nThe gradients do not agree: a relative error is above 1e-06.\n");
    assertThat(StepOptions.print(example, 1, true, new PrintWriter(printed)))
        .isEqualTo(ExitCodes.FAILURE);
  }

  private static List<WorkedExample.Step> forward() {
    return List.of(new WorkedExample.Step(java.util.Map.of(), new double[2], null));
  }
}
