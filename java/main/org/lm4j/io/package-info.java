/**
 * Files: safetensors, NumPy's arrays, JSON, lines of text, logs of JSON lines, and replacing a file
 * so that a crash loses nothing.
 *
 * <p>What is wrong with a file's content is an {@link org.lm4j.InputException} whose sentence names
 * the file and the place in it. What the system refuses (a full disk, a missing permission) is an
 * {@link java.io.UncheckedIOException} whose message names the file and the cause.
 *
 * <p>Tensors are read into memory rather than mapped. A mapped file that another process truncates
 * kills this one with SIGBUS at the next access, and a process that dies because a file changed is
 * worse than one second's reading: the weights of the models trained here are far below a gigabyte
 * and are copied into the model's flat buffer anyway. Reading takes 64-bit offsets and sizes, so
 * nothing limits a file to 2 GB.
 */
@NullMarked
package org.lm4j.io;

import org.jspecify.annotations.NullMarked;
