package org.lm4j.backend.cpu.code;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.ValueLayout;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lm4j.Need;
import org.lm4j.tensor.HostStorage;

class CodeReadsTest {
  @ParameterizedTest
  @ValueSource(ints = {32, 64})
  void everyFloatIsReadOnceInEachPass(int vectorBytes) {
    Processor processor = MachineCode.here().processor();
    boolean can = processor != null && (vectorBytes == 64 ? processor.avx512() : processor.avx2());
    Need.VECTORS.check(can, "no machine code for vectors of " + vectorBytes + " bytes");
    CodeReads reads = requireNonNull(CodeReads.of(vectorBytes));
    for (int groups : new int[] {1, 2, 7}) {
      int count = groups * CodeReads.GROUP / Float.BYTES;
      try (HostStorage memory = new HostStorage(count * (long) Float.BYTES);
          HostStorage sums = new HostStorage(CodeReads.SUMS)) {
        IntStream.range(0, count)
            .forEach(i -> memory.segment().setAtIndex(ValueLayout.JAVA_FLOAT, i, i + 1));
        for (int passes : new int[] {1, 3}) {
          sums.segment().fill((byte) 0);
          reads.read(passes, memory.address(), memory.byteSize(), sums.address());
          double sum = 0;
          for (float each : sums.segment().toArray(ValueLayout.JAVA_FLOAT)) {
            sum += each;
          }
          assertThat(sum).isEqualTo(passes * count * (count + 1.0) / 2);
        }
      }
    }
  }
}
