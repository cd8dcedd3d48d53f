/**
 * The backend for NVIDIA GPUs: CUDA's driver API, cuBLAS and cuDNN 9, called through the Foreign
 * Function &amp; Memory API alone. Nothing of NVIDIA's is bundled; {@link
 * org.lm4j.backend.cuda.device.CudaLibraries} finds what is installed.
 *
 * <p>The lowest layer are the bindings: {@code CudaDriver} with its parts {@code CudaMemory},
 * {@code CudaStreams}, {@code CudaModules} and {@code CudaGraphs}; {@code Cublas}; {@code Cudnn}
 * with {@code CudnnDescriptors}, {@code CudnnRnn} and {@code CudnnWeights}. They have no policy.
 * Each function is bound by its C prototype, which a test has a C compiler compare with the
 * vendor's headers; each status is checked and ends in a {@link
 * org.lm4j.backend.cuda.driver.CudaException}. Handles, descriptors and pointers, of the device or
 * of the host, are Java {@code long}s; 0 is the null pointer.
 *
 * <p>Above them {@code CudaBackend} checks what it is asked for and <em>records</em> it: plain
 * numbers in a {@code CommandList}. The list is issued to the one stream when a result is
 * downloaded, when a step ends, or when it is full. What varies from step to step, a learning rate,
 * the generator's step, token ids, is not in the list but in a block of device memory, filled by
 * one copy before the list runs ({@code ParameterRing}); what is in the list are addresses and
 * shapes. So the list of a training step equals, word for word, that of the step before the last,
 * since two states change places. {@code GraphCache} finds such a list again and has it replayed as
 * a CUDA graph: hundreds of launches for the price of one.
 *
 * <p>Why not capture the calls themselves? Then the code above would have to know which calls are
 * captured, and each number passed by value would be frozen in the graph. Here the same Java code
 * runs at every step on every backend, nothing is captured that was not just asked for, and a list
 * that differs in any word is another list.
 *
 * <p>A stack of layers is one call of cuDNN ({@code RnnStage}); with dropout between layers, whose
 * masks must be the ones every backend draws, it is one a layer ({@code WeightSpaces}). The weights
 * lie in the model's buffer where cuDNN wants them, so that nothing is copied together. Matrix
 * products go through cuBLAS ({@code Products}), the rest through our kernels ({@code Launches},
 * {@code UpdateLaunches}). With bf16 the operands of both libraries are rounded copies; weights,
 * gradients and sums stay float32.
 *
 * <p>A context is current on one thread, and a binding keeps one small block for results of calls:
 * one thread at a time uses them, and it is a platform thread.
 */
@NullMarked
package org.lm4j.backend.cuda;

import org.jspecify.annotations.NullMarked;
