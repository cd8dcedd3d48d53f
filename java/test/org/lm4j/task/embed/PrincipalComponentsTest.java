package org.lm4j.task.embed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.lm4j.data.VectorTable;

class PrincipalComponentsTest {
  private static final Offset<Double> CLOSE = within(1e-12);

  /** Components, shares, and the coordinates of the first and the last vector, by NumPy's SVD. */
  private static final double[][] NUMPY = {
    {
      -0.03099505861762423,
      -0.02235083391513948,
      0.5548055917093222,
      0.8146935768811201,
      -0.02446304963716465,
      -0.002477289186474562,
      -0.16248169128255957
    },
    {
      0.05341318599653942,
      -0.36067626327763286,
      0.1114593731763242,
      0.10037484383193354,
      0.031464325867053784,
      0.01013018099177571,
      0.9184055417719588
    },
    {
      0.13083134628347168,
      0.917804480700814,
      0.006161664401273581,
      0.09161488850891475,
      -0.11122629247689,
      0.013626780175254663,
      0.34573091104841974
    }
  };

  private static final double[] SHARES = {
    0.6118537512455684, 0.1607161829357818, 0.14597383411024847
  };

  private static final double[] FIRST = {
    -1.363838052906763, 0.12815510306984093, -0.20856001296065438
  };

  private static final double[] LAST = {0.6824372371372469, 0.1101725136614504, 0.5093275358655701};

  private static double[][] vectors() {
    double[] scale = {1, 2, 0.5, 3, 1, 0.1, 2};
    double[][] vectors = new double[40][scale.length];
    long state = 12345;
    for (double[] vector : vectors) {
      for (int i = 0; i < scale.length; i++) {
        state = (state * 1103515245 + 12345) % (1L << 31);
        vector[i] = (state / (double) (1L << 31) - 0.3) * scale[i];
      }
      vector[2] += 0.7 * vector[3];
    }
    return vectors;
  }

  @Test
  void agreesWithNumPysSingularValues() {
    PrincipalComponents found = PrincipalComponents.of(vectors(), 3);
    for (int k = 0; k < NUMPY.length; k++) {
      assertThat(found.share(k)).isCloseTo(SHARES[k], CLOSE);
      assertThat(found.coordinate(0, k)).isCloseTo(FIRST[k], CLOSE);
      assertThat(found.coordinate(39, k)).isCloseTo(LAST[k], CLOSE);
      for (int i = 0; i < NUMPY[k].length; i++) {
        assertThat(found.component(k, i)).isCloseTo(NUMPY[k][i], CLOSE);
      }
    }
  }

  @Test
  void directionsDoNotDependOnLengths() {
    float[] values = new float[40 * 7];
    float[] longer = new float[values.length];
    double[][] units = vectors();
    for (int n = 0; n < units.length; n++) {
      double norm = 0;
      for (int i = 0; i < 7; i++) {
        values[7 * n + i] = (float) units[n][i];
        longer[7 * n + i] = values[7 * n + i] * (1 << n % 5);
        norm += (double) values[7 * n + i] * values[7 * n + i];
      }
      for (int i = 0; i < 7; i++) {
        units[n][i] = values[7 * n + i] / Math.sqrt(norm);
      }
    }
    List<String> words = IntStream.range(0, 40).mapToObj(n -> "w" + n).toList();
    List<Integer> rows = IntStream.range(0, 40).boxed().toList();
    PrincipalComponents expected = PrincipalComponents.of(units, 2);
    for (float[] given : List.of(values, longer)) {
      PrincipalComponents found =
          PrincipalComponents.ofDirections(new VectorTable(words, 7, given), rows, 2);
      assertThat(found.coordinate(5, 1)).isCloseTo(expected.coordinate(5, 1), CLOSE);
      assertThat(found.share(0)).isCloseTo(expected.share(0), CLOSE);
    }
  }

  @Test
  void theLargestElementOfAComponentIsPositive() {
    for (int seed = 1; seed <= 20; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      double[][] vectors = new double[12][6];
      for (double[] vector : vectors) {
        Arrays.setAll(vector, i -> random.nextDouble());
      }
      PrincipalComponents found = PrincipalComponents.of(vectors, 6);
      for (int k = 0; k < 6; k++) {
        double largest = 0;
        for (int i = 0; i < 6; i++) {
          double element = found.component(k, i);
          largest = Math.abs(element) > Math.abs(largest) ? element : largest;
        }
        assertThat(largest).isPositive();
      }
    }
  }

  /** A rotation into more dimensions than there are vectors changes no coordinate. */
  @Test
  void fewVectorsOfManyDimensionsHaveTheSameComponents() {
    double[][] vectors = vectors();
    double[][] wide = new double[vectors.length][64];
    for (int n = 0; n < vectors.length; n++) {
      for (int i = 0; i < 7; i++) {
        wide[n][9 * i] = 0.6 * vectors[n][i];
        wide[n][9 * i + 1] = 0.8 * vectors[n][i];
      }
    }
    PrincipalComponents found = PrincipalComponents.of(wide, 9);
    for (int k = 0; k < NUMPY.length; k++) {
      assertThat(found.share(k)).isCloseTo(SHARES[k], CLOSE);
      assertThat(found.coordinate(0, k)).isCloseTo(FIRST[k], CLOSE);
      assertThat(found.coordinate(39, k)).isCloseTo(LAST[k], CLOSE);
      for (int i = 0; i < NUMPY[k].length; i++) {
        assertThat(found.component(k, 9 * i)).isCloseTo(0.6 * NUMPY[k][i], CLOSE);
        assertThat(found.component(k, 9 * i + 1)).isCloseTo(0.8 * NUMPY[k][i], CLOSE);
      }
    }
    for (int j = 0; j < 9; j++) { // the last two have no variance, but length and direction
      for (int k = 0; k <= j; k++) {
        double product = 0;
        for (int i = 0; i < 64; i++) {
          product += found.component(j, i) * found.component(k, i);
        }
        assertThat(product).isCloseTo(j == k ? 1 : 0, CLOSE);
      }
    }
    assertThat(found.share(8)).isCloseTo(0, CLOSE);
  }

  /** As are those of language models: rotations of so large a matrix take hours. */
  @Test
  @Timeout(120)
  void vectorsOfThousandsOfDimensionsAreAnalysedInSeconds() {
    SplittableRandom random = new SplittableRandom(1);
    double[][] vectors = new double[60][4096];
    for (double[] vector : vectors) {
      Arrays.setAll(vector, i -> random.nextDouble());
    }
    assertThat(PrincipalComponents.of(vectors, 2).share(0)).isBetween(1.0 / 60, 0.1);
  }

  @Test
  void equalVectorsHaveNoDirection() {
    PrincipalComponents found = PrincipalComponents.of(new double[][] {{1, 2}, {1, 2}}, 2);
    assertThat(found.share(0)).isZero();
    assertThat(found.coordinate(1, 1)).isZero();
    assertThat(PrincipalComponents.of(new double[][] {{3, 4}}, 1).coordinate(0, 0)).isZero();
  }

  @Test
  void whatCannotBeAnalysedIsRefused() {
    assertThatThrownBy(() -> PrincipalComponents.of(new double[0][], 1)).hasMessage("no vectors");
    assertThatThrownBy(() -> PrincipalComponents.of(new double[][] {{1, 2}}, 3))
        .hasMessage("3 components of 2 dimensions");
    assertThatThrownBy(() -> PrincipalComponents.of(new double[][] {{1, 2}, {1}}, 1))
        .hasMessage("vectors of 2 and of 1 numbers");
  }
}
