package org.lm4j.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.lm4j.backend.cuda.FakeDriver.Buffer;

/** The fake is as strict as the driver where mistakes are likely: else it would hide them. */
@Tag("slow")
class FakeDriverTest {
  private static final int INVALID_VALUE = 1;
  private static final int OUT_OF_MEMORY = 2;
  private static final int NO_BINARY_FOR_GPU = 209;
  private static final int INVALID_PTX = 218;
  private static final int UNSUPPORTED_PTX_VERSION = 222;
  private static final int NOT_FOUND = 500;
  private static final int NOT_READY = 600;
  private static final int ILLEGAL_ADDRESS = 700;
  private static final int NOT_SUPPORTED = 801;
  private static final int CAPTURE_UNSUPPORTED = 900;
  private static final int CAPTURE_INVALIDATED = 901;
  private static final int THREAD_LOCAL = 1;

  private static MemorySegment pinned(FakeDriver device, float... values) {
    long bytes = values.length * 4L;
    long address = device.make("cuMemHostAlloc", bytes, 0);
    MemorySegment host = MemorySegment.ofAddress(address).reinterpret(bytes);
    return host.copyFrom(MemorySegment.ofArray(values));
  }

  @Test
  void freshMemoryIsNanAndItsBoundsAreKept() throws Exception {
    try (FakeDriver device = new FakeDriver()) {
      Buffer memory = device.allocate(12, 0);
      assertThat(device.floats(memory)).containsOnly(Float.NaN);
      MemorySegment host = device.arena.allocate(16);
      long at = memory.address();
      long stream = device.stream;
      assertThat(device.status("cuMemcpyHtoDAsync_v2", at, host, 13L, stream)).isEqualTo(1);
      assertThat(device.status("cuMemcpyDtoHAsync_v2", host, at + 4, 9L, stream)).isEqualTo(1);
      assertThat(device.status("cuMemsetD32Async", at, 0, 4L, stream)).isEqualTo(1);
      assertThat(device.status("cuMemsetD32Async", at + 2, 0, 1L, stream)).isEqualTo(1);
      assertThat(device.status("cuMemcpyDtoDAsync_v2", at + 8, at, 8L, stream)).isEqualTo(1);
      assertThat(device.status("cuMemFree_v2", at + 4)).isEqualTo(INVALID_VALUE);
      device.check("cuMemsetD32Async", at, 0, 3L, stream);
      assertThat(device.floats(memory)).containsOnly(0);
    }
  }

  @Test
  void aKernelThatWritesBeyondABufferIsDetected() throws Exception {
    FakeDriver device = new FakeDriver();
    try {
      long small = device.make("cuMemAlloc_v2", 12L);
      device.launch("lm4j_fill", 1, 32, new Buffer(small, 12), 4L, device.doubles(1));
      assertThat(device.status("cuMemFree_v2", small)).isEqualTo(ILLEGAL_ADDRESS);
      assertThat(device.text("fake_fault_text")).contains("behind the end");
      assertThat(device.status("cuStreamSynchronize", device.stream)).isEqualTo(ILLEGAL_ADDRESS);
    } finally {
      device.abandon();
    }
  }

  @Test
  void memoryThatWasFreedKillsTheContext() throws Exception {
    FakeDriver device = new FakeDriver();
    try {
      long gone = device.make("cuMemAlloc_v2", 16L);
      Buffer scalars = device.doubles(1);
      device.check("cuMemFree_v2", gone);
      device.launch("lm4j_fill", 1, 32, new Buffer(gone, 16), 4L, scalars);
      assertThat(device.status("cuStreamSynchronize", device.stream)).isEqualTo(ILLEGAL_ADDRESS);
      assertThat(device.status("cuMemAlloc_v2", device.arena.allocate(8), 8L))
          .isEqualTo(ILLEGAL_ADDRESS);
      assertThat(device.text("fake_fault_text")).contains("lm4j_fill", "no live allocation");
    } finally {
      device.abandon();
    }
  }

  @Test
  void deviceMemoryEnds() throws Exception {
    try (FakeDriver device = new FakeDriver()) {
      device.order("fake_set_memory", 1000L);
      Buffer ignored = device.allocate(600, 0);
      assertThat(device.status("cuMemAlloc_v2", device.arena.allocate(8), 500L))
          .isEqualTo(OUT_OF_MEMORY);
      assertThat(device.count("fake_live_bytes")).isEqualTo(ignored.bytes());
      assertThat(device.count("fake_live_allocations")).isEqualTo(1);
    }
  }

  /** Pinned memory is read when the copy's turn comes, as by a GPU: not before anything waits. */
  @Test
  void workIsDoneLate() throws Exception {
    try (FakeDriver device = new FakeDriver()) {
      MemorySegment host = pinned(device, 1, 2);
      Buffer buffer = device.allocate(8, 0);
      long event = device.make("cuEventCreate", 2);
      long stream = device.stream;
      device.check("cuMemcpyHtoDAsync_v2", buffer.address(), host, 8L, stream);
      device.check("cuEventRecord", event, stream);
      host.setAtIndex(ValueLayout.JAVA_FLOAT, 0, 3);
      assertThat(device.status("cuEventQuery", event)).isEqualTo(NOT_READY);
      device.check("cuEventSynchronize", event);
      host.setAtIndex(ValueLayout.JAVA_FLOAT, 1, 4);
      assertThat(device.floats(buffer)).containsExactly(3, 2);
    }
  }

  @Test
  void aGraphReplaysWithTheScalarsOfItsDay() throws Exception {
    try (FakeDriver device = new FakeDriver()) {
      Buffer x = device.floats(0, 1, 2);
      Buffer y = device.floats(0, 0, 0);
      Buffer alpha = device.doubles(1);
      long stream = device.stream;
      device.check("cuStreamBeginCapture_v2", stream, THREAD_LOCAL);
      device.launch("lm4j_axpy", 1, 32, x, y, 2L, alpha);
      device.launch("lm4j_scale", 1, 32, y, 2L, alpha);
      MemorySegment out = device.arena.allocate(ValueLayout.JAVA_LONG);
      device.check("cuStreamEndCapture", stream, out);
      long graph = out.get(ValueLayout.JAVA_LONG, 0);
      assertThat(device.floats(y)).as("captured, not run").containsExactly(0, 0);
      long executable = device.make("cuGraphInstantiateWithFlags", graph, 0L);
      device.check("cuGraphDestroy", graph);
      device.check("cuGraphLaunch", executable, stream);
      assertThat(device.floats(y)).containsExactly(1, 2);
      MemorySegment two = device.arena.allocateFrom(ValueLayout.JAVA_DOUBLE, 2);
      device.check("cuMemcpyHtoDAsync_v2", alpha.address(), two, 8L, stream);
      device.check("cuGraphLaunch", executable, stream);
      assertThat(device.floats(y)).containsExactly(6, 12);
      device.check("cuGraphExecDestroy", executable);
    }
  }

  @Test
  void whatMustNotBeCapturedSpoilsTheCapture() throws Exception {
    try (FakeDriver device = new FakeDriver()) {
      Buffer buffer = device.allocate(8, 0);
      long stream = device.stream;
      MemorySegment host = device.arena.allocate(8);
      long at = buffer.address();
      Object[][] calls = {
        {"cuMemAlloc_v2", host, 8L},
        {"cuMemFree_v2", at},
        {"cuStreamSynchronize", stream},
        {"cuCtxSynchronize"},
        {"cuMemcpyHtoDAsync_v2", at, host, 8L, stream},
        {"cuMemcpyDtoHAsync_v2", host, at, 8L, stream},
        {"cuMemHostAlloc", host, 8L, 0},
      };
      for (Object[] call : calls) {
        String function = (String) call[0];
        Object[] arguments = Arrays.copyOfRange(call, 1, call.length);
        device.check("cuStreamBeginCapture_v2", stream, THREAD_LOCAL);
        assertThat(device.status(function, arguments)).as(function).isEqualTo(CAPTURE_UNSUPPORTED);
        assertThat(device.status("cuStreamEndCapture", stream, host))
            .as("end after " + function)
            .isEqualTo(CAPTURE_INVALIDATED);
      }
      device.check("cuMemsetD32Async", at, 0, 2L, stream);
      assertThat(device.floats(buffer)).containsOnly(0);
    }
  }

  @Test
  void launchesAreChecked() throws Exception {
    try (FakeDriver device = new FakeDriver()) {
      Buffer x = device.floats(0, 1);
      Buffer s = device.doubles(1);
      assertThat(device.launchStatus("lm4j_scale", 0, 32, x, 1L, s)).isEqualTo(INVALID_VALUE);
      assertThat(device.launchStatus("lm4j_scale", 1, 1056, x, 1L, s)).isEqualTo(INVALID_VALUE);
      assertThat(device.launchStatus("lm4j_scale", 1, 33, x, 1L, s)).isEqualTo(NOT_SUPPORTED);
    }
  }

  @Test
  void modulesAreChecked() throws Exception {
    try (FakeDriver device = new FakeDriver()) {
      String ptx = FakeDriver.ptx(80);
      assertThat(load(device, "no PTX")).isEqualTo(INVALID_PTX);
      assertThat(load(device, ptx.replace(".version 7.0", ".version 9.9")))
          .isEqualTo(UNSUPPORTED_PTX_VERSION);
      device.order("fake_set_capability", 7, 5);
      assertThat(load(device, ptx)).isEqualTo(NO_BINARY_FOR_GPU);
      device.order("fake_set_capability", 8, 0);
      String other = ptx.replace(".param .u64 lm4j_fill_param_1", ".param .u32 lm4j_fill_param_1");
      MemorySegment text = device.arena.allocateFrom(other);
      long module = device.make("cuModuleLoadData", text);
      assertThat(function(device, module, "lm4j_none")).isEqualTo(NOT_FOUND);
      assertThat(function(device, module, "lm4j_fill")).isEqualTo(INVALID_PTX);
      assertThat(function(device, module, "lm4j_axpy")).isZero();
    }
  }

  private static int load(FakeDriver device, String ptx) {
    MemorySegment text = device.arena.allocateFrom(ptx);
    return device.status("cuModuleLoadData", device.arena.allocate(8), text);
  }

  private static int function(FakeDriver device, long module, String name) {
    MemorySegment text = device.arena.allocateFrom(name);
    return device.status("cuModuleGetFunction", device.arena.allocate(8), module, text);
  }

  @Test
  void logsCallsAndFailsWhereConfigured() throws Exception {
    try (FakeDriver device = new FakeDriver()) {
      Buffer x = device.floats(0, 1);
      Buffer s = device.doubles(2);
      device.order("fake_log_clear");
      device.order("fake_fail", device.arena.allocateFrom("cuLaunchKernel"), 1, 719);
      device.launch("lm4j_scale", 3, 64, x, 1L, s);
      assertThat(device.launchStatus("lm4j_scale", 1, 32, x, 1L, s)).isEqualTo(719);
      device.launch("lm4j_scale", 1, 32, x, 1L, s);
      assertThat(device.text("fake_log").lines())
          .contains("cuLaunchKernel lm4j_scale 3 64", "cuLaunchKernel lm4j_scale 1 32");
      assertThat(device.floats(x)).containsExactly(4);
    }
  }
}
