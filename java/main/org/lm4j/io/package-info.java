/**
 * Reads and writes files: safetensors, NumPy arrays, JSON, lines of text, logs of JSON lines and
 * TensorBoard event files; replaces files so that a crash loses nothing.
 *
 * <p>Invalid content is an {@link org.lm4j.InputException} whose message names the file and the
 * position in it. A failure of the system (a full disk, a missing permission) is an {@link
 * java.io.UncheckedIOException} whose message names the file and the cause.
 *
 * <p>Tensors are read into memory rather than mapped. A mapped file that another process truncates
 * kills this one with SIGBUS at the next access, and a process that dies because a file changed is
 * worse than reading for a second: the weights of the models trained here are far below a gigabyte
 * and are copied into the model's flat buffer anyway. Offsets and sizes are 64 bits wide, so files
 * may exceed 2 GB.
 */
@NullMarked
package org.lm4j.io;

import org.jspecify.annotations.NullMarked;
