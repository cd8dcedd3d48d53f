/**
 * Reads text files of all common kinds: plain, compressed or in an archive. A file is decoded
 * strictly and read to its end, or refused with one sentence that names the problem and its
 * position.
 */
@NullMarked
package org.lm4j.text.source;

import org.jspecify.annotations.NullMarked;
