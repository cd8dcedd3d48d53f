package org.lm4j.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lm4j.InputException;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.HostStorage;
import org.lm4j.tensor.Shape;
import org.lm4j.tensor.Tensor;

class Bfloat16Test {
  @TempDir private Path folder;

  /** What PyTorch 2.13 gives for {@code torch.tensor(x, dtype=torch.float32).bfloat16()}. */
  @ParameterizedTest
  @CsvSource({
    "0.0, 0000",
    "-0.0, 8000",
    "1.0, 3f80",
    "-1.0, bf80",
    "0.1, 3dcd",
    "-0.1, bdcd",
    "0.333333343, 3eab",
    "3.14159274, 4049",
    "1.00390625, 3f80",
    "1.01171875, 3f82",
    "1.00390637, 3f81",
    "1.0039061, 3f80",
    "-1.00390625, bf80",
    "-1.01171875, bf82",
    "255.5, 4380",
    "256.5, 4380",
    "65504.0, 4780",
    "1.0E-38, 006d",
    "1.1754944E-38, 0080",
    "1.0E-40, 0001",
    "9.183549E-41, 0001",
    "4.5917748E-41, 0000",
    "4.5917750E-41, 0000",
    "1.4E-45, 0000",
    "3.0E38, 7f62",
    "3.3895314E38, 7f7f",
    "3.3961776E38, 7f80",
    "-3.3895314E38, ff7f",
    "0.05, 3d4d",
    "-0.0123456789, bc4a"
  })
  void floatsAreRoundedAsByPyTorch(float value, String bits) {
    assertThat(Bfloat16.bits(value)).isEqualTo((short) Integer.parseInt(bits, 16));
  }

  /** No neighbour is nearer, and of two that are equally near, the even one is taken. */
  @Test
  void numbersOfFloat64AreRoundedOnce() {
    SplittableRandom random = new SplittableRandom(5);
    for (int i = 0; i < 20_000; i++) {
      double value = random.nextGaussian() * Math.exp(random.nextInt(-60, 60));
      if (i % 2 == 0) { // in the middle between two, or next to it by less than a float can tell
        double low = Bfloat16.value((short) random.nextInt(0x1000, 0x7f00));
        double high = Bfloat16.value((short) (Bfloat16.bits(low) + 1));
        value = (low + high) / 2 * (1 + (random.nextInt(3) - 1) * 0x1p-40);
      }
      short bits = Bfloat16.bits(value);
      double distance = Math.abs(value - Bfloat16.value(bits));
      for (int step : new int[] {-1, 1}) {
        double other = Math.abs(value - Bfloat16.value((short) (bits + step)));
        assertThat(distance).as("%s", value).isLessThanOrEqualTo(other);
        if (distance == other) {
          assertThat(bits & 1).as("%s", value).isZero();
        }
      }
    }
  }

  @Test
  void whatIsNotANumberStaysSo() {
    assertThat(Bfloat16.value(Bfloat16.bits(Double.NaN))).isNaN();
    assertThat(Bfloat16.value(Bfloat16.bits(Float.intBitsToFloat(0x7f800001)))).isNaN();
    assertThat(Bfloat16.value(Bfloat16.bits(Double.NEGATIVE_INFINITY)))
        .isEqualTo(Float.NEGATIVE_INFINITY);
  }

  @Test
  void aFileHoldsTheRoundedNumbersInTwoBytesEach() throws Exception {
    SplittableRandom random = new SplittableRandom(8);
    Path file = folder.resolve("a.safetensors");
    Path whole = folder.resolve("whole.safetensors");
    for (DType type : List.of(DType.F32, DType.F64)) {
      try (HostStorage storage = new HostStorage(9_001L * type.bytes())) {
        Tensor tensor = new Tensor(storage, 0, Shape.of(9_001), type);
        for (long i = 0; i < tensor.size(); i++) {
          tensor.set(i, random.nextGaussian());
        }
        SafetensorsWriter.writeBfloat16(file, Map.of("w", tensor), Map.of("format", "x"));
        SafetensorsWriter.write(whole, Map.of("w", tensor), Map.of("format", "x"));
        try (SafetensorsFile read = SafetensorsFile.open(file)) {
          assertThat(read.storedType("w")).isEqualTo("BF16");
          assertThat(read.shape("w")).isEqualTo(Shape.of(9_001));
          assertThat(read.metadata()).isEqualTo(Map.of("format", "x"));
          for (long i = 0; i < tensor.size(); i++) {
            float rounded = Bfloat16.value(Bfloat16.bits(tensor.get(i)));
            assertThat(read.tensor("w").get(i)).isEqualTo(rounded);
          }
        }
        long saved = 9_001L * (type.bytes() - 2);
        assertThat(Files.size(whole) - Files.size(file)).isBetween(saved - 64, saved + 64);
      }
    }
  }

  @Test
  void aNumberOutOfRangeIsRefused() {
    try (HostStorage storage = new HostStorage(8)) {
      Tensor tensor = new Tensor(storage, 0, Shape.of(2), DType.F32);
      tensor.set(1, 3.3961776E38);
      Path file = folder.resolve("b.safetensors");
      assertThatThrownBy(() -> SafetensorsWriter.writeBfloat16(file, Map.of("w", tensor), Map.of()))
          .isInstanceOf(InputException.class)
          .hasMessageContaining("tensor 'w' holds 3.396")
          .hasMessageContaining("beyond the range of bfloat16");
      assertThat(file).doesNotExist();
    }
  }
}
