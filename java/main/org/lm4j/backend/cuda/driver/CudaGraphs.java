package org.lm4j.backend.cuda.driver;

import java.lang.invoke.MethodHandle;
import org.lm4j.foreign.NativeLibrary;

/** Capture of a stream into a graph, and graphs. */
public final class CudaGraphs {
  static final int CU_STREAM_CAPTURE_MODE_THREAD_LOCAL = 1;
  static final int CU_STREAM_CAPTURE_STATUS_NONE = 0;

  private final MethodHandle streamBeginCapture;
  private final MethodHandle streamEndCapture;
  private final MethodHandle streamIsCapturing;
  private final MethodHandle graphInstantiateWithFlags;
  private final MethodHandle graphLaunch;
  private final MethodHandle graphGetNodes;
  private final MethodHandle graphExecDestroy;
  private final MethodHandle graphDestroy;
  private final CudaStatus status;
  private final Scratch scratch;

  CudaGraphs(Functions functions, CudaStatus status, Scratch scratch) {
    this.status = status;
    this.scratch = scratch;
    streamBeginCapture =
        functions.bind(
            "CUresult cuStreamBeginCapture_v2(CUstream hStream, CUstreamCaptureMode mode)");
    streamEndCapture =
        functions.bind("CUresult cuStreamEndCapture(CUstream hStream, CUgraph *phGraph)");
    streamIsCapturing =
        functions.bind(
            "CUresult cuStreamIsCapturing(CUstream hStream, CUstreamCaptureStatus "
                + "*captureStatus)");
    graphInstantiateWithFlags =
        functions.bind(
            "CUresult cuGraphInstantiateWithFlags(CUgraphExec *phGraphExec, CUgraph "
                + "hGraph, unsigned long long flags)");
    graphLaunch =
        functions.bind("CUresult cuGraphLaunch(CUgraphExec hGraphExec, CUstream hStream)");
    graphGetNodes =
        functions.bind(
            "CUresult cuGraphGetNodes(CUgraph hGraph, CUgraphNode *nodes, size_t " + "*numNodes)");
    graphExecDestroy = functions.bind("CUresult cuGraphExecDestroy(CUgraphExec hGraphExec)");
    graphDestroy = functions.bind("CUresult cuGraphDestroy(CUgraph hGraph)");
  }

  /**
   * Begins a capture: work issued to the stream is no longer done but becomes part of a graph.
   * Until {@link #endCapture}, on the same thread, nothing may be allocated, freed, synchronised,
   * or copied from or to memory of the host that is not pinned.
   */
  public void beginCapture(long stream) {
    try {
      status.check(
          (int) streamBeginCapture.invokeExact(stream, CU_STREAM_CAPTURE_MODE_THREAD_LOCAL),
          "cuStreamBeginCapture_v2");
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("cuStreamBeginCapture_v2", e);
    }
  }

  /** Ends the capture and returns the graph of the issued work. */
  public long endCapture(long stream) {
    try {
      status.check((int) streamEndCapture.invokeExact(stream, scratch.at(0)), "cuStreamEndCapture");
      return scratch.getLong(0);
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("cuStreamEndCapture", e);
    }
  }

  /** Returns whether a capture is going on or was broken and has not been ended yet. */
  public boolean isCapturing(long stream) {
    try {
      status.check(
          (int) streamIsCapturing.invokeExact(stream, scratch.at(0)), "cuStreamIsCapturing");
      return scratch.getInt(0) != CU_STREAM_CAPTURE_STATUS_NONE;
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("cuStreamIsCapturing", e);
    }
  }

  /** Returns a graph made ready to be launched any number of times. */
  public long instantiate(long graph) {
    try {
      status.check(
          (int) graphInstantiateWithFlags.invokeExact(scratch.at(0), graph, 0L),
          "cuGraphInstantiateWithFlags");
      return scratch.getLong(0);
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("cuGraphInstantiateWithFlags", e);
    }
  }

  /** Issues all the work of a graph to the stream. */
  public void launch(long executable, long stream) {
    try {
      status.check((int) graphLaunch.invokeExact(executable, stream), "cuGraphLaunch");
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("cuGraphLaunch", e);
    }
  }

  /** Returns how many nodes a graph has. */
  public long nodes(long graph) {
    try {
      status.check((int) graphGetNodes.invokeExact(graph, 0L, scratch.at(0)), "cuGraphGetNodes");
      return scratch.getLong(0);
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("cuGraphGetNodes", e);
    }
  }

  /** Destroys an executable graph. */
  public void destroyExecutable(long executable) {
    try {
      status.check((int) graphExecDestroy.invokeExact(executable), "cuGraphExecDestroy");
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("cuGraphExecDestroy", e);
    }
  }

  /** Destroys a graph; its executable graphs remain. */
  public void destroy(long graph) {
    try {
      status.check((int) graphDestroy.invokeExact(graph), "cuGraphDestroy");
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("cuGraphDestroy", e);
    }
  }
}
