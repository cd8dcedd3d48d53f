/**
 * The backend for NVIDIA GPUs: CUDA's driver API, cuBLAS and cuDNN 9, called through the Foreign
 * Function &amp; Memory API alone. Nothing of NVIDIA's is bundled; {@link
 * org.lm4j.backend.cuda.CudaLibraries} finds what is installed.
 *
 * <p>The lowest layer are the bindings: {@code CudaDriver} with its parts {@code CudaMemory},
 * {@code CudaStreams}, {@code CudaModules} and {@code CudaGraphs}; {@code Cublas}; {@code Cudnn}
 * with {@code CudnnDescriptors}, {@code CudnnRnn} and {@code CudnnWeights}. They have no policy.
 * Each function is bound by its C prototype, which a test has a C compiler compare with the
 * vendor's headers; each status is checked and ends in a {@link
 * org.lm4j.backend.cuda.CudaException}. Handles, descriptors and pointers, of the device or of the
 * host, are Java {@code long}s; 0 is the null pointer.
 *
 * <p>A context is current on one thread, and a binding keeps one small block for results of calls:
 * one thread at a time uses them, and it is a platform thread.
 */
@NullMarked
package org.lm4j.backend.cuda;

import org.jspecify.annotations.NullMarked;
