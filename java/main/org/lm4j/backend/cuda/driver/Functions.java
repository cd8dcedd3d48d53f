package org.lm4j.backend.cuda.driver;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemoryLayout;
import java.lang.invoke.MethodHandle;
import java.util.Map;
import org.lm4j.foreign.NativeLibrary;
import org.lm4j.foreign.Prototype;

/** The source of the bindings' functions: a library, or a test's recorder. */
public interface Functions {
  /**
   * The vendor's type names in the prototypes bound here: enumerations, ordinals and handles, and a
   * structure that is passed by value.
   */
  Map<String, MemoryLayout> TYPES =
      Map.ofEntries(
          Map.entry("CUresult", JAVA_INT),
          Map.entry("CUdevice", JAVA_INT),
          Map.entry("CUdevice_attribute", JAVA_INT),
          Map.entry("CUfunction_attribute", JAVA_INT),
          Map.entry("CUstreamCaptureMode", JAVA_INT),
          Map.entry("CUdeviceptr", JAVA_LONG),
          Map.entry("CUcontext", JAVA_LONG),
          Map.entry("CUstream", JAVA_LONG),
          Map.entry("CUevent", JAVA_LONG),
          Map.entry("CUmodule", JAVA_LONG),
          Map.entry("CUfunction", JAVA_LONG),
          Map.entry("CUgraph", JAVA_LONG),
          Map.entry("CUgraphExec", JAVA_LONG),
          Map.entry("cudaStream_t", JAVA_LONG),
          Map.entry("cudaDataType", JAVA_INT),
          Map.entry("cublasStatus_t", JAVA_INT),
          Map.entry("cublasHandle_t", JAVA_LONG),
          Map.entry("cublasMath_t", JAVA_INT),
          Map.entry("cublasOperation_t", JAVA_INT),
          Map.entry("cublasComputeType_t", JAVA_INT),
          Map.entry("cublasGemmAlgo_t", JAVA_INT),
          Map.entry("cudnnStatus_t", JAVA_INT),
          Map.entry("cudnnHandle_t", JAVA_LONG),
          Map.entry("cudnnDataType_t", JAVA_INT),
          Map.entry("cudnnMathType_t", JAVA_INT),
          Map.entry("cudnnTensorDescriptor_t", JAVA_LONG),
          Map.entry("cudnnDropoutDescriptor_t", JAVA_LONG),
          Map.entry("cudnnRNNDescriptor_t", JAVA_LONG),
          Map.entry("cudnnRNNDataDescriptor_t", JAVA_LONG),
          Map.entry("cudnnRNNAlgo_t", JAVA_INT),
          Map.entry("cudnnRNNMode_t", JAVA_INT),
          Map.entry("cudnnRNNBiasMode_t", JAVA_INT),
          Map.entry("cudnnRNNInputMode_t", JAVA_INT),
          Map.entry("cudnnRNNDataLayout_t", JAVA_INT),
          Map.entry("cudnnDirectionMode_t", JAVA_INT),
          Map.entry("cudnnForwardMode_t", JAVA_INT),
          Map.entry("cudnnWgradMode_t", JAVA_INT),
          Map.entry("ncclResult_t", JAVA_INT),
          Map.entry("ncclDataType_t", JAVA_INT),
          Map.entry("ncclRedOp_t", JAVA_INT),
          Map.entry("ncclComm_t", JAVA_LONG),
          Map.entry(
              "ncclUniqueId",
              MemoryLayout.structLayout(MemoryLayout.sequenceLayout(128, JAVA_BYTE))));

  /**
   * Returns the function with this prototype, all pointers as 64-bit integers, structures as
   * segments.
   *
   * @throws org.lm4j.foreign.NativeException if there is none of its name
   */
  MethodHandle bind(String prototype);

  /** Returns the functions of an open library. */
  static Functions of(NativeLibrary library) {
    return prototype -> library.function(Prototype.parse(prototype, TYPES));
  }
}
