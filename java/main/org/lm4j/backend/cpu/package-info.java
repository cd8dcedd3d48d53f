/**
 * The fast CPU backend: float32, matrix products by Java kernels on the Vector API or by OpenBLAS
 * through FFM, as {@link org.lm4j.compute.BlasChoice} says, everything else by Java kernels. Where
 * a JVM lacks the Vector API and the processor AVX-512 the kernels are plain loops, and OpenBLAS
 * computes all products by default.
 *
 * <p><b>Matrix multiplication.</b> The recurrent products, one a layer and time step, are small and
 * always by the same weights: Java kernels pack these once a window, OpenBLAS, which has no
 * function for that, at every step, so that it is slower there with any vectors. Of the products
 * over all rows of a window (input projections, output layer, gradients) OpenBLAS computes large
 * ones at least as fast. {@link org.lm4j.backend.cpu.blas.MatrixEngine} holds the rule that follows
 * from this, {@link org.lm4j.backend.cpu.blas.Cblas} the calls; the library is opened when the
 * first product comes that is for it. Scoring without gradients, which keeps its logits nowhere,
 * and batched small products are Java kernels' unless OpenBLAS is to compute all. Then weights are
 * not packed but brought into the order of the gates once a window, so that each product is one
 * call a thread.
 *
 * <p><b>Threads.</b> A {@link org.lm4j.backend.cpu.job.WorkerTeam} cuts all work into slices; the
 * library itself is set to use one thread, so that there is one scheduler only and results do not
 * depend on its mood. The calling thread takes a slice too: with one thread OpenBLAS keeps no large
 * arrays on the stack, so any thread may call it.
 *
 * <p><b>Kernels</b> work on raw addresses through {@link org.lm4j.tensor.Memory#ALL}: one kind of
 * segment, so one shape of machine code. Shapes are checked before, in the backend. Each family has
 * an interface and up to three implementations: in machine code, which needs AVX-512, with the
 * Vector API, and in plain loops for a JVM started without {@code jdk.incubator.vector}. {@link
 * org.lm4j.backend.cpu.kernel.choice.Kernels} takes the first of these that there is.
 *
 * <p><b>Products</b> run over panels: the right side packed so that register tiles read it straight
 * through ({@link org.lm4j.backend.cpu.job.PackedGemm}).
 *
 * <p><b>Recurrent stack.</b> The weights of a layer are packed once per window: gates of the same
 * unit lie together, a panel is the gates of one vector of units, padding is zero, so that the
 * inner loops have no tails. A window is taken in chunks of steps small enough for a cache: input
 * projection and recurrence forward, recurrence and the gradients of weights and input backward.
 * See {@link org.lm4j.backend.cpu.rnn.CpuRnnTape} for the buffers.
 */
@NullMarked
package org.lm4j.backend.cpu;

import org.jspecify.annotations.NullMarked;
