package org.lm4j.backend.nccl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.lm4j.InputException;
import org.lm4j.backend.BackendOptions;
import org.lm4j.backend.Backends;
import org.lm4j.compute.Backend;
import org.lm4j.parallel.ThreadRanks;

class HindranceTest {
  private static double[] rank(int state, int version, double gpu) {
    return new double[] {state, version, gpu};
  }

  private static @Nullable String of(int asking, double[]... all) {
    return Hindrance.of(all, asking, "there is no NCCL 2");
  }

  @Test
  void eachReasonIsNamed() {
    double[] first = rank(2, 23_007, 1);
    assertThat(of(0, first, rank(2, 23_007, 2))).isNull();
    assertThat(of(0, rank(0, 0, 0), rank(0, 0, 0))).isEqualTo(Hindrance.NO_GPUS);
    assertThat(of(0, first, rank(0, 0, 0))).isEqualTo("process 1 computes on a CPU");
    assertThat(of(0, first, rank(1, 0, 2))).isEqualTo("process 1 finds no NCCL");
    assertThat(of(1, first, rank(1, 0, 2))).isEqualTo("there is no NCCL 2");
    assertThat(of(0, first, rank(2, 23_007, 2), rank(2, 22_304, 3)))
        .isEqualTo("process 0 finds NCCL 2.30.7 and process 2 NCCL 2.23.4");
    assertThat(of(0, first, rank(2, 23_007, 3), rank(2, 23_007, 3)))
        .isEqualTo("processes 1 and 2 share a GPU, and NCCL needs one for each");
  }

  @Test
  void ranksOnACpuAreLeftAsTheyAreUnlessNcclIsAskedFor() {
    List<String> log = new ArrayList<>();
    List<Integer> sizes =
        ThreadRanks.run(
            2,
            ranks -> {
              try (Backend backend = Backends.open("cpu", new BackendOptions(1))) {
                assertThat(NcclRanks.over(ranks, backend, log::add)).isSameAs(ranks);
                assertThatThrownBy(() -> NcclRanks.require(ranks, backend))
                    .isInstanceOf(InputException.class)
                    .hasMessage(
                        "exchange nccl is not possible, since the processes compute on a CPU;"
                            + " exchange mpi does without.");
                ranks.finish();
                return ranks.size();
              }
            });
    assertThat(sizes).containsExactly(2, 2);
    assertThat(log).isEmpty();
  }
}
