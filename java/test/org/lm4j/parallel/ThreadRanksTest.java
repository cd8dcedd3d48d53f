package org.lm4j.parallel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.lm4j.InputException;
import org.lm4j.backend.BackendOptions;
import org.lm4j.backend.Backends;
import org.lm4j.compute.Backend;
import org.lm4j.compute.RandomKey;

/** Ranks that are threads: what they exchange, and what happens when one fails. */
class ThreadRanksTest {
  @Test
  void movesPiecesToWhereTheyBelong() {
    List<String> found =
        ThreadRanks.run(
            3,
            ranks -> {
              try (Arena arena = Arena.ofConfined()) {
                MemorySegment send =
                    bytes(arena, "abcdef".substring(ranks.rank()).concat("xyz"), 6);
                MemorySegment receive = arena.allocate(6);
                ranks.allToAll(send, receive);
                String all = text(receive);
                MemorySegment piece = bytes(arena, "" + ranks.rank(), 1);
                MemorySegment pieces = arena.allocate(3);
                ranks.allGather(piece, pieces);
                MemorySegment first = bytes(arena, "r" + ranks.rank(), 2);
                ranks.broadcast(first);
                return all + " " + text(pieces) + " " + text(first);
              }
            });
    // Rank 0 sends abcdef, rank 1 bcdefx, rank 2 cdefxy.
    assertThat(found).containsExactly("abbccd 012 r0", "cddeef 012 r0", "effxxy 012 r0");
  }

  @Test
  void gathersNumbers() {
    List<double[][]> found =
        ThreadRanks.run(2, ranks -> ranks.gather(ranks.rank(), 10.5 + ranks.rank()));
    assertThat(found)
        .allSatisfy(all -> assertThat(all).isDeepEqualTo(new double[][] {{0, 10.5}, {1, 11.5}}));
  }

  @Test
  void aRankThatFailsEndsTheOthers() {
    assertThatThrownBy(
            () ->
                ThreadRanks.run(
                    3,
                    ranks -> {
                      if (ranks.rank() == 1) {
                        throw new IllegalStateException("a full disk");
                      }
                      ranks.barrier();
                      return 0;
                    }))
        .isInstanceOf(RanksException.class)
        .hasMessage("a rank failed: a full disk")
        .hasCauseInstanceOf(IllegalStateException.class);
  }

  @Test
  void sharesOfABatchAreNeighboursAndDifferByAtMostOneRow() {
    assertThat(new Share(0, 3).rows(20)).isEqualTo(new RandomKey.Rows(0, 6, 20));
    assertThat(new Share(1, 3).rows(20)).isEqualTo(new RandomKey.Rows(6, 7, 20));
    assertThat(new Share(2, 3).rows(20)).isEqualTo(new RandomKey.Rows(13, 7, 20));
    assertThatThrownBy(() -> new Share(2, 3).rows(2))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("too small for 3 processes");
  }

  @Test
  void processorsAreDividedAmongThoseWhoShareThem() {
    List<Integer> threads =
        ThreadRanks.run(
            4, ranks -> SharedProcessors.threads(ranks, ranks.rank() < 3 ? "node 1" : "node 2", 8));
    assertThat(threads).containsExactly(2, 2, 2, 2); // 8 / 3, and no more on the other node
  }

  @Test
  void ranksOfAMachineAreCounted() {
    List<Integer> local =
        ThreadRanks.run(5, ranks -> LocalRank.of(ranks, "node " + (ranks.rank() + 1) / 3));
    assertThat(local).containsExactly(0, 1, 0, 1, 2);
    assertThat(LocalRank.number("gpu 0"))
        .isEqualTo(LocalRank.number("gpu 0"))
        .isNotEqualTo(LocalRank.number("gpu 1"));
  }

  private static MemorySegment bytes(Arena arena, String text, int count) {
    MemorySegment segment = arena.allocate(count);
    for (int i = 0; i < count; i++) {
      segment.set(ValueLayout.JAVA_BYTE, i, (byte) text.charAt(i));
    }
    return segment;
  }

  private static String text(MemorySegment segment) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < segment.byteSize(); i++) {
      text.append((char) segment.get(ValueLayout.JAVA_BYTE, i));
    }
    return text.toString();
  }

  @Test
  void weightsThatDifferEndTheRun() {
    assertThatThrownBy(
            () ->
                ThreadRanks.run(
                    2,
                    ranks -> {
                      try (Backend backend =
                              Backends.open("cpu", new BackendOptions(1), line -> {});
                          StepExchange exchange = new StepExchange(ranks, backend)) {
                        exchange.requireEqual(0.1);
                        exchange.requireEqual(ranks.rank() == 0 ? 0.1 : Math.nextUp(0.1));
                        return 0;
                      }
                    }))
        .hasMessageContaining("no longer have the same weights");
  }
}
