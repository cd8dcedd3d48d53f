package org.lm4j.text.source;

import org.jspecify.annotations.Nullable;

/**
 * The identity of one text that a user named: a file, a folder or the standard input.
 *
 * @param name its file name, without the folders above it; {@code -} for the standard input
 * @param files how many files of it were read: 1, or those found in a folder
 * @param bytes their size on disk; null if it is not known, as of a pipe
 * @param sha256 SHA-256 of these bytes, one file after the other in the order of reading, in
 *     hexadecimal digits: what {@code sha256sum} prints for a file; null if it is not known
 */
public record SourcePrint(String name, long files, @Nullable Long bytes, @Nullable String sha256) {}
