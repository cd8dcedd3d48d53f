package org.lm4j.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.lm4j.backend.cuda.device.DeviceRanks;
import org.lm4j.backend.cuda.driver.CudaException;
import org.lm4j.backend.cuda.nccl.Nccl;
import org.lm4j.compute.Backend;
import org.lm4j.foreign.NativeLibrary;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.HostStorage;
import org.lm4j.tensor.Tensor;

/** NCCL on the fake libraries, with this process as the only one. */
class DeviceRanksTest {
  private static final int SIZE = 70_001; // more than the fake exchanges at once

  private Nccl nccl;

  @BeforeEach
  void open() {
    CudaOnFakes.reset();
    CudaOnFakes.libraries(); // the driver first, which the others need
    nccl = Nccl.of(library());
  }

  @AfterEach
  void nothingIsLeft() {
    assertThat(CudaOnFakes.liveAllocations()).isZero();
    CudaOnFakes.reset();
  }

  private static NativeLibrary library() {
    return NativeLibrary.open(CudaOnFakes.folder().resolve("libnccl.so.2"));
  }

  private static long live() throws Throwable {
    FunctionDescriptor type = FunctionDescriptor.of(ValueLayout.JAVA_LONG);
    return (long) library().function("fake_nccl_live", type).invokeExact();
  }

  private DeviceRanks join(CudaBackend backend) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment id = arena.allocate(Nccl.ID_BYTES);
      nccl.createId(id);
      return backend.join(nccl, 1, id, 0);
    }
  }

  private static float last(Backend backend, Tensor x) {
    try (HostStorage host = new HostStorage(SIZE * 4L)) {
      backend.download(x, new Tensor(host, 0, x.shape(), DType.F32));
      return host.segment().get(ValueLayout.JAVA_FLOAT, (SIZE - 1) * 4L);
    }
  }

  @Test
  void sumsAfterWhatWasRecordedAndBeforeWhatFollows() throws Throwable {
    long before = live();
    try (CudaBackend backend = CudaOnFakes.open()) {
      DeviceRanks ranks = join(backend);
      assertThat(live()).isEqualTo(before + 1);
      Tensor x = backend.allocate(SIZE);
      Tensor part = x.view(1, SIZE - 1);
      CudaOnFakes.clearLog();
      backend.fill(x, 3);
      ranks.sum(part);
      backend.scale(2, x);
      ranks.sum(part);
      assertThat(last(backend, x)).isEqualTo(6);
      assertThat(CudaOnFakes.log())
          .filteredOn(line -> line.matches("(cuMemsetD32Async|ncclAllReduce|cuLaunchKernel).*"))
          .hasSize(4)
          .containsSubsequence("ncclAllReduce 70000", "ncclAllReduce 70000");
      x.storage().close();
      ranks.leave();
      assertThat(live()).isEqualTo(before);
    }
    assertThat(CudaOnFakes.liveObjects()).isZero();
  }

  @Test
  void aTensorOfAnotherBackendIsRefused() {
    try (CudaBackend backend = CudaOnFakes.open();
        CudaBackend other = CudaOnFakes.open()) {
      DeviceRanks ranks = join(backend);
      Tensor x = other.allocate(2);
      assertThatThrownBy(() -> ranks.sum(x)).isInstanceOf(IllegalArgumentException.class);
      x.storage().close();
      ranks.leave();
    }
  }

  @TestFactory
  Stream<DynamicTest> aCallThatFailsIsNamedWithWhatToDo() {
    return Map.of(
            "ncclGetUniqueId", 3,
            "ncclCommInitRank", 2,
            "ncclAllReduce", 5,
            "ncclCommGetAsyncError", 4,
            "ncclCommDestroy", 1)
        .entrySet()
        .stream()
        .map(
            order ->
                DynamicTest.dynamicTest(
                    order.getKey(),
                    () -> {
                      CudaOnFakes.fail(order.getKey(), 0, order.getValue());
                      assertThatThrownBy(this::use)
                          .isInstanceOf(CudaException.class)
                          .hasMessageStartingWith(
                              "%s() failed with status %d, nccl"
                                  .formatted(order.getKey(), order.getValue()))
                          .hasMessageContaining("; ");
                      CudaOnFakes.reset();
                    }));
  }

  private void use() {
    try (CudaBackend backend = CudaOnFakes.open()) {
      DeviceRanks ranks = join(backend);
      Tensor x = backend.allocate(SIZE);
      backend.fill(x, 1);
      ranks.sum(x);
      last(backend, x);
      ranks.leave();
      x.storage().close();
    }
  }

  /** On a GPU the work would never be done, and closing the backend would wait for it. */
  @Test
  void workThatFailsIsNoticedAndTheGpuIsNotCalledAgain() {
    try (CudaBackend backend = CudaOnFakes.open()) {
      DeviceRanks ranks = join(backend);
      Tensor x = backend.allocate(SIZE);
      backend.fill(x, 1);
      CudaOnFakes.fail("ncclWork", 0, 6);
      assertThatThrownBy(
              () -> {
                ranks.sum(x);
                last(backend, x);
              })
          .isInstanceOf(CudaException.class)
          .hasMessage(
              "ncclAllReduce() failed with status 6, ncclRemoteError: remote process exited or"
                  + " there was a network error; the message of the process that ended gives the"
                  + " reason");
      CudaOnFakes.clearLog();
      x.storage().close();
      ranks.leave();
    }
    assertThat(CudaOnFakes.log()).isEmpty();
    CudaOnFakes.reset();
  }
}
