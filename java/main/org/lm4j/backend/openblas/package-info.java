/**
 * The fast CPU backend: float32, by Vector API kernels. Where a JVM lacks the Vector API the
 * kernels are plain loops and general products go through a CBLAS, by FFM; with it they do so on
 * demand.
 *
 * <p><b>Threads.</b> A {@link org.lm4j.backend.openblas.WorkerTeam} cuts all work into slices; the
 * library itself is told to use one thread, so that there is one scheduler only and results do not
 * depend on its mood. The calling thread takes a slice too: with one thread OpenBLAS keeps no large
 * arrays on the stack, so any thread may call it.
 *
 * <p><b>Kernels</b> work on raw addresses through {@link org.lm4j.tensor.Memory#ALL}: one kind of
 * segment, so one shape of machine code. Shapes are checked before, in the backend. Each family has
 * an interface and two implementations, one with the Vector API and one in plain loops for a JVM
 * started without {@code jdk.incubator.vector}.
 *
 * <p><b>Products</b> run over panels: the right side packed so that register tiles read it straight
 * through ({@link org.lm4j.backend.openblas.PackedGemm}).
 *
 * <p><b>Recurrent stack.</b> The weights of a layer are packed once per window: gates of the same
 * unit lie together, a panel is the gates of one vector of units, padding is zero, so that the
 * inner loops have no tails. A window is taken in chunks of steps small enough for a cache: input
 * projection and recurrence forward, recurrence and the gradients of weights and input backward.
 * See {@link org.lm4j.backend.openblas.CpuRnnTape} for the buffers.
 */
@NullMarked
package org.lm4j.backend.openblas;

import org.jspecify.annotations.NullMarked;
