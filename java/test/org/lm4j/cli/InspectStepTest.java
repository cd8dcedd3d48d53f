package org.lm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.lm4j.cli.Commands.assertRefused;
import static org.lm4j.cli.Commands.lm;
import static org.lm4j.cli.Commands.output;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.lm4j.compute.Cell;
import org.lm4j.io.Json;
import tools.jackson.databind.JsonNode;

/** {@code lm inspect --step}. */
class InspectStepTest {
  private static JsonNode json(String... more) {
    String[] all = new String[more.length + 3];
    all[0] = "inspect";
    all[1] = "--step";
    all[2] = "--json";
    System.arraycopy(more, 0, all, 3, more.length);
    return Json.parse(output(all), "output", JsonNode.class);
  }

  @ParameterizedTest
  @EnumSource(Cell.class)
  void everyCellIsShownOnLinesOfAtMost80Characters(Cell cell) {
    String printed = output("inspect", "--step", "--cell", cell.label(), "--steps", "12");
    assertThat(printed.lines())
        .allSatisfy(
            line -> assertThat(line.codePointCount(0, line.length())).isLessThanOrEqualTo(80));
    assertThat(printed)
        .startsWith(cell.label() + ", 12 steps: input width D = 3, hidden width H = 2, seed 1\n")
        .contains("\nstep 12\n", "\n  h[12]", "\n  dh[12]", "\ndx[12] 3 ", "\ndh[0] 2 ")
        .endsWith("\nThe gradients agree: no relative error above 1e-06, but for rounding.\n");
  }

  @Test
  void withoutFurtherOptionsItIsOneStepOfAnLstm() {
    String printed = output("inspect", "--step");
    assertThat(printed)
        .startsWith("lstm, 1 step: ")
        .contains("  c[t] = f ⊙ c[t-1] + i ⊙ g\n", "\n  W_i ", "\n  U_o ", "\n  a_g ", "\n  c[1] ")
        .contains("gradients of E = dh[1]·h[1] + dc[1]·c[1]", "\ndU_f 2,1 ", "  dW        (8, 3) ");
    assertThat(printed).isEqualTo(output("inspect", "--step", "--device", "reference"));
    assertThat(printed).isNotEqualTo(output("inspect", "--step", "--seed", "2"));
  }

  @Test
  void jsonHoldsAllOfItAndItsNumbersFit() {
    JsonNode all = json("--cell", "lstm", "--input", "4", "--hidden", "3", "--steps", "2");
    assertThat(all.get("passes").asBoolean()).isTrue();
    assertThat(all.get("gates").toString()).isEqualTo("[\"i\",\"f\",\"g\",\"o\"]");
    assertThat(all.get("given").get("W")).hasSize(12);
    assertThat(all.get("given").get("W").get(11)).hasSize(4);
    assertThat(all.get("given").get("U").get(11)).hasSize(3);
    assertThat(all.get("forward")).hasSize(2);
    double i = all.get("forward").get(0).get("i").get(2).asDouble();
    double f = all.get("forward").get(0).get("f").get(2).asDouble();
    double g = all.get("forward").get(0).get("g").get(2).asDouble();
    double c = f * all.get("given").get("c").get(2).asDouble() + i * g;
    assertThat(all.get("forward").get(0).get("c").get(2).asDouble()).isCloseTo(c, within(1e-15));
    JsonNode weights = all.get("gradients").get("W");
    assertThat(weights.get("analytic").get(5).get(3).asDouble())
        .isCloseTo(weights.get("numeric").get(5).get(3).asDouble(), within(1e-9));
    assertThat(weights.get("relative_error").asDouble()).isLessThan(1e-6);
  }

  @Test
  void longTablesAreCutAndSaySo() {
    String printed = output("inspect", "--step", "--cell", "gru", "--hidden", "12", "--steps", "1");
    assertThat(printed).contains("… and 68 more of dW; --json has all\n", "  …\n");
    assertThat(printed.lines()).hasSizeLessThan(400);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "--step --gradients; give --gradients or --step, not both.",
        "--step --gain 2; --gain goes with --gradients, not with --step.",
        "--step --device cpu; --step computes in float64, on --device reference alone.",
        "--step --cell lstm,gru; --step shows one cell, name one after --cell.",
        "--step --hidden 4000; too large for numeric gradients.",
        "--gradients --input 3; --input goes with --step.",
        "--json; --json goes with --step.",
        "--step --vocab-size 9; --vocab-size goes with --gradients, not with --step."
      })
  void whatDoesNotBelongTogetherIsRefused(String options, String message) {
    assertRefused(lm(("inspect " + options.strip()).split(" ", -1)), message);
  }
}
