package org.lm4j.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lm4j.InputException;
import org.lm4j.compute.BackendException;

/** The search against all sequences there are. */
class BeamSearchTest {
  private static final int START = 0;
  private static final int END = 1;
  private static final int V = 5;
  private static final int LENGTH = 3;

  /** Expects something after each beginning that follows from what was read alone. */
  private static final class Table implements NextTokenLogits {
    private final int rows;
    private final long seed;
    private final int perSearch;
    private List<List<Integer>> read = new ArrayList<>();

    Table(int rows, long seed, int perSearch) {
      this.rows = rows;
      this.seed = seed;
      this.perSearch = perSearch;
      for (int i = 0; i < rows; i++) {
        read.add(List.of());
      }
    }

    static double[] logits(List<Integer> read, long seed, int search) {
      Random random = new Random(31 * (31 * seed + search) + read.hashCode());
      return random.doubles(V, -2, 2).toArray();
    }

    @Override
    public int rows() {
      return rows;
    }

    @Override
    public int vocabulary() {
      return V;
    }

    @Override
    public void read(int[] tokens, double[] logits) {
      for (int row = 0; row < rows; row++) {
        List<Integer> longer = new ArrayList<>(read.get(row));
        longer.add(tokens[row]);
        read.set(row, longer);
        System.arraycopy(logits(longer, seed, row / perSearch), 0, logits, row * V, V);
      }
    }

    @Override
    public void select(int[] from) {
      read = new ArrayList<>(IntStream.of(from).mapToObj(row -> read.get(row)).toList());
    }
  }

  private record Sequence(List<Integer> tokens, double logProbability) {}

  /** Returns all sequences that end within the length, the most likely first. */
  private static List<Sequence> all(long seed, int search) {
    List<Sequence> ended = new ArrayList<>();
    extend(List.of(START), 0, seed, search, ended);
    ended.sort(Comparator.comparingDouble(Sequence::logProbability).reversed());
    return ended;
  }

  private static void extend(
      List<Integer> read, double before, long seed, int search, List<Sequence> ended) {
    double[] logits = Table.logits(read, seed, search);
    double sum = 0;
    for (double each : logits) {
      sum += Math.exp(each);
    }
    for (int token = 0; token < V; token++) {
      double then = before + logits[token] - Math.log(sum);
      if (token == END) {
        ended.add(new Sequence(read.subList(1, read.size()), then));
      } else if (token != START && read.size() <= LENGTH) {
        List<Integer> longer = new ArrayList<>(read);
        longer.add(token);
        extend(longer, then, seed, search, ended);
      }
    }
  }

  private static BeamSearch.Options options(int beam, double power) {
    return new BeamSearch.Options(beam, LENGTH, power, START, END, List.of(START));
  }

  @Test
  void aWideBeamFindsTheMostLikelySequence() {
    int beam = 40; // there are 1 + 3 + 9 + 27 sequences that end
    List<List<BeamSearch.Found>> found =
        new BeamSearch(options(beam, 0)).search(new Table(2 * beam, 3, beam), 2);
    for (int search = 0; search < 2; search++) {
      List<Sequence> wanted = all(3, search);
      assertThat(found.get(search)).hasSize(40);
      for (int i = 0; i < 3; i++) {
        BeamSearch.Found own = found.get(search).get(i);
        assertThat(own.tokens()).isEqualTo(wanted.get(i).tokens());
        assertThat(Math.abs(own.logProbability() - wanted.get(i).logProbability()))
            .isLessThan(1e-12);
        assertThat(own.ended()).isTrue();
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"1, 0", "2, 0", "3, 0", "4, 1", "5, 1", "6, 1", "7, 3", "8, 3", "9, 3", "10, 3"})
  void oneBeginningIsGreedyWhateverThePower(long seed, double power) {
    BeamSearch.Found found =
        new BeamSearch(options(1, power)).search(new Table(1, seed, 1), 1).getFirst().getFirst();
    List<Integer> read = new ArrayList<>(List.of(START));
    boolean ended = false;
    while (!ended && read.size() <= LENGTH + 1) {
      double[] logits = Table.logits(read, seed, 0);
      logits[START] = Double.NEGATIVE_INFINITY;
      int best = 0;
      for (int token = 1; token < V; token++) {
        best = logits[token] > logits[best] ? token : best;
      }
      ended = best == END;
      read.add(best);
    }
    List<Integer> wanted = read.subList(1, Math.min(read.size() - (ended ? 1 : 0), LENGTH + 1));
    assertThat(found.tokens()).isEqualTo(wanted);
    assertThat(found.ended()).isEqualTo(ended);
  }

  @Test
  void narrowBeamsFindNothingMoreLikelyThanTheOptimum() {
    int missed = 0;
    for (long seed = 0; seed < 20; seed++) {
      BeamSearch.Found narrow =
          new BeamSearch(options(2, 0)).search(new Table(2, seed, 2), 1).getFirst().getFirst();
      double best = all(seed, 0).getFirst().logProbability();
      if (narrow.ended()) {
        assertThat(narrow.logProbability()).isLessThanOrEqualTo(best + 1e-12);
        missed += narrow.logProbability() < best - 1e-9 ? 1 : 0;
      }
    }
    assertThat(missed).isLessThan(10); // it is a search, not a guess
  }

  /**
   * Tests that an unlikely sequence that ends early does not end the search for a nearly certain
   * one.
   */
  @Test
  void waitsForWhatIsLikelier() {
    int[] sure = {2, 3, 4, END};
    NextTokenLogits model =
        new NextTokenLogits() {
          private final List<Integer> lengths = new ArrayList<>(List.of(0, 0, 0));

          @Override
          public int rows() {
            return 3;
          }

          @Override
          public int vocabulary() {
            return V;
          }

          @Override
          public void read(int[] tokens, double[] logits) {
            for (int row = 0; row < 3; row++) {
              for (int token = 0; token < V; token++) {
                boolean next = token == sure[Math.min(lengths.get(row), sure.length - 1)];
                logits[row * V + token] = next ? 6 : token == END ? 2 : 0;
              }
              lengths.set(row, lengths.get(row) + 1);
            }
          }

          @Override
          public void select(int[] from) {
            // Every row has read as many as the others.
          }
        };
    List<BeamSearch.Found> found = new BeamSearch(options(3, 0)).search(model, 1).getFirst();
    assertThat(found.getFirst().tokens()).containsExactly(2, 3, 4);
    assertThat(found.getFirst().ended()).isTrue();
    assertThat(found).hasSize(3);
  }

  @Test
  void ordersByTheMeanTokenWhereAsked() {
    int beam = 40;
    int differ = 0;
    for (long seed = 0; seed < 20; seed++) {
      List<BeamSearch.Found> found =
          new BeamSearch(options(beam, 1)).search(new Table(beam, seed, beam), 1).getFirst();
      List<Sequence> wanted = new ArrayList<>(all(seed, 0));
      Sequence best = wanted.getFirst();
      wanted.sort(
          Comparator.comparingDouble(
              (Sequence each) -> -each.logProbability() / (each.tokens().size() + 1)));
      assertThat(found.getFirst().tokens()).isEqualTo(wanted.getFirst().tokens());
      differ += wanted.getFirst().equals(best) ? 0 : 1;
    }
    assertThat(differ).isPositive();
  }

  @Test
  void whatEndedComesBeforeWhatWasCutOff() {
    int beam = 8;
    int differ = 0;
    for (long seed = 0; seed < 20; seed++) {
      List<BeamSearch.Found> found =
          new BeamSearch(options(beam, 0)).search(new Table(beam, seed, beam), 1).getFirst();
      for (int i = 1; i < found.size(); i++) {
        BeamSearch.Found before = found.get(i - 1);
        BeamSearch.Found after = found.get(i);
        assertThat(before.ended() || !after.ended()).isTrue();
        assertThat(before.ended() != after.ended() || before.score() >= after.score()).isTrue();
        differ += before.ended() && !after.ended() ? 1 : 0;
      }
    }
    assertThat(differ).isPositive();
  }

  @Test
  void refusesWhatIsNotFinite() {
    NextTokenLogits broken =
        new NextTokenLogits() {
          @Override
          public int rows() {
            return 1;
          }

          @Override
          public int vocabulary() {
            return V;
          }

          @Override
          public void read(int[] tokens, double[] logits) {
            logits[2] = Double.NaN;
          }

          @Override
          public void select(int[] from) {}
        };
    assertThatThrownBy(() -> new BeamSearch(options(1, 0)).search(broken, 1))
        .isInstanceOf(BackendException.class)
        .hasMessageContaining("not finite");
    assertThatThrownBy(() -> options(0, 0)).isInstanceOf(InputException.class);
    assertThatThrownBy(() -> options(1, -1)).isInstanceOf(InputException.class);
  }

  /** A model that never ends; each token takes the same memory and time, however many there are. */
  @Test
  void aLongSequenceComesBackInItsOrder() {
    int length = 100_000;
    NextTokenLogits counting =
        new NextTokenLogits() {
          private int next = 2;

          @Override
          public int rows() {
            return 1;
          }

          @Override
          public int vocabulary() {
            return V;
          }

          @Override
          public void read(int[] tokens, double[] logits) {
            java.util.Arrays.fill(logits, -50);
            logits[next] = 0;
            next = next == V - 1 ? 2 : next + 1;
          }

          @Override
          public void select(int[] from) {}
        };
    BeamSearch.Found found =
        new BeamSearch(new BeamSearch.Options(1, length, 0, START, END, List.of()))
            .search(counting, 1)
            .getFirst()
            .getFirst();
    assertThat(found.ended()).isFalse();
    assertThat(found.tokens()).hasSize(length).startsWith(2, 3, 4, 2, 3);
    assertThat(found.tokens().getLast()).isEqualTo(2 + (length - 1) % 3);
  }
}
