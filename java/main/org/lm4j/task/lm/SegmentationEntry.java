package org.lm4j.task.lm;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;
import org.lm4j.text.token.Segmentation;
import org.lm4j.text.token.Symbols;
import org.lm4j.text.token.TextUnit;

/**
 * What {@code config.json} says of how the text was divided: nothing for one stream. The names are
 * those of the options of the command line.
 *
 * @param unit label of the unit
 * @param symbols label of the symbols
 * @param state {@code carry} or {@code reset}
 */
record SegmentationEntry(
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String unit,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String symbols,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String state) {
  private static final String CARRY = "carry";
  private static final String RESET = "reset";

  static SegmentationEntry of(Segmentation segmentation) {
    return segmentation.isStream()
        ? new SegmentationEntry(null, null, null)
        : new SegmentationEntry(
            segmentation.unit().label(),
            segmentation.symbols().label(),
            segmentation.carry() ? CARRY : RESET);
  }

  /**
   * Returns how the text was divided.
   *
   * @throws IllegalArgumentException if a name is unknown
   */
  Segmentation segmentation() {
    if (unit == null) {
      return Segmentation.STREAM;
    }
    if (state != null && !state.equals(CARRY) && !state.equals(RESET)) {
      throw new IllegalArgumentException(
          "the state is '%s', neither %s nor %s".formatted(state, CARRY, RESET));
    }
    return new Segmentation(
        TextUnit.of(unit),
        symbols == null ? Symbols.BOS_EOS : Symbols.of(symbols),
        CARRY.equals(state));
  }
}
