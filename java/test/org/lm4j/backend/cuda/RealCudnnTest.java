package org.lm4j.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.lm4j.Need;
import org.lm4j.backend.cuda.cublas.Cublas;
import org.lm4j.backend.cuda.cudnn.Cudnn;
import org.lm4j.backend.cuda.cudnn.CudnnDescriptors;
import org.lm4j.backend.cuda.cudnn.CudnnRnn;
import org.lm4j.backend.cuda.cudnn.CudnnStatus;
import org.lm4j.backend.cuda.driver.CudaException;
import org.lm4j.backend.cuda.driver.CudaFolders;
import org.lm4j.backend.cuda.driver.CudaSettings;
import org.lm4j.foreign.NativeLibrary;

/**
 * Tests what NVIDIA's cuDNN and cuBLAS do without a driver; skipped where they are not installed.
 */
class RealCudnnTest {
  private Cudnn cudnn;
  private CudnnDescriptors descriptors;
  private long tensor;
  private long sequences;
  private long dropout;
  private long rnn;

  @BeforeEach
  void open() {
    cudnn = Cudnn.of(library("libcudnn.so.9"));
    descriptors = cudnn.descriptors();
    tensor = descriptors.createTensor();
    sequences = descriptors.createSequences();
    dropout = descriptors.createDropout();
    rnn = cudnn.rnn().create();
  }

  @AfterEach
  void destroy() {
    if (rnn != 0) {
      cudnn.rnn().destroy(rnn);
      descriptors.destroyDropout(dropout);
      descriptors.destroySequences(sequences);
      descriptors.destroyTensor(tensor);
    }
  }

  private static NativeLibrary library(String name) {
    CudaFolders folders = new CudaFolders(System.getProperties(), System.getenv(), Path.of("/"));
    Need.CUDA_LIBRARIES.check(
        folders.find(name).isPresent(),
        "no " + name + ": pip install nvidia-cudnn-cu13, or set LM4J_CUDA_LIBS");
    return NativeLibrary.open(folders.find(name).get());
  }

  @Test
  void versions() {
    assertThat(cudnn.version()).isBetween(90_000L, 99_999L);
    assertThat(cudnn.cudaVersion() / 1000).isBetween(12L, 13L);
    cudnn.checkRnnPart();
  }

  @Test
  void cublasReportsItsVersion() {
    Cublas cublas = Cublas.of(library("libcublas.so." + cudnn.cudaVersion() / 1000));
    assertThat(cublas.version() / 10_000).isEqualTo((int) cudnn.cudaVersion() / 1000);
    assertThatThrownBy(() -> cublas.setMathMode(0, 0))
        .hasMessageStartingWith(
            "cublasSetMathMode() failed with status 1, CUBLAS_STATUS_NOT_INITIALIZED: ");
  }

  @Test
  void aTensorKeepsWhatWasDescribed() {
    descriptors.setTensor(tensor, CudnnDescriptors.CUDNN_DATA_FLOAT, 2, 3, 5);
    assertThat(descriptors.dimensions(tensor)).containsExactly(2, 3, 5);
    assertThat(descriptors.tensorBytes(tensor)).isEqualTo(2 * 3 * 5 * 4);
    descriptors.setTensor(tensor, CudnnDescriptors.CUDNN_DATA_BFLOAT16, 7, 1, 2, 3);
    assertThat(descriptors.dimensions(tensor)).containsExactly(7, 1, 2, 3);
    assertThat(descriptors.tensorBytes(tensor)).isEqualTo(7 * 2 * 3 * 2);
  }

  @Test
  void describesWhatTheBackendDoes() {
    for (int type :
        new int[] {CudnnDescriptors.CUDNN_DATA_FLOAT, CudnnDescriptors.CUDNN_DATA_BFLOAT16}) {
      descriptors.setSequences(sequences, type, 35, 20, 650);
      for (int cell = CudnnRnn.CUDNN_RNN_RELU; cell <= CudnnRnn.CUDNN_GRU; cell++) {
        for (int math :
            new int[] {
              CudnnRnn.CUDNN_DEFAULT_MATH, CudnnRnn.CUDNN_TENSOR_OP_MATH, CudnnRnn.CUDNN_FMA_MATH
            }) {
          set(cell, type, math, 650);
          set(CudnnRnn.CUDNN_RNN_ALGO_PERSIST_STATIC_SMALL_H, cell, type, math, 128);
        }
      }
    }
  }

  @Test
  void anErrorNamesTheConditionThatFailed() {
    assertThatThrownBy(() -> set(CudnnRnn.CUDNN_LSTM, CudnnDescriptors.CUDNN_DATA_FLOAT, 0, 0))
        .isInstanceOfSatisfying(
            CudaException.class,
            e -> assertThat(e.status()).isEqualTo(CudnnStatus.CUDNN_STATUS_BAD_PARAM))
        .hasMessageStartingWith(
            "cudnnSetRNNDescriptor_v8() failed with status 2000, CUDNN_STATUS_BAD_PARAM: ")
        .hasMessageContaining("hiddenSize");
    assertThatThrownBy(() -> descriptors.setSequences(sequences, 0, 0, 2, 3))
        .hasMessageContaining("maxSeqLength");
  }

  @Test
  void whatIsNotSupportedIsExplainedByCudnnsLogAlone() {
    Need.NO_CUDNN_LOG.check(!CudaSettings.cudnnLogs(System.getenv()), "cuDNN logs");
    descriptors.setSequences(sequences, 0, 65_535, 2, 3);
    assertThatThrownBy(() -> descriptors.setSequences(sequences, 0, 65_536, 2, 3))
        .hasMessage(
            "cudnnSetRNNDataDescriptor() failed with status 3000, CUDNN_STATUS_NOT_SUPPORTED:"
                + " CUDNN_LOGLEVEL_DBG=2 CUDNN_LOGDEST_DBG=stderr in front of the command shows"
                + " why");
  }

  private void set(int cell, int type, int math, int hidden) {
    set(CudnnRnn.CUDNN_RNN_ALGO_STANDARD, cell, type, math, hidden);
  }

  private void set(int algorithm, int cell, int type, int math, int hidden) {
    cudnn.rnn().set(rnn, algorithm, cell, type, math, 650, hidden, 2, dropout);
  }
}
