/**
 * Files of text as people have them: plain, compressed or in an archive, in any encoding that can
 * be recognized. A file is decoded strictly and read to its end, or refused with one sentence that
 * names the place.
 */
@NullMarked
package org.lm4j.text.source;

import org.jspecify.annotations.NullMarked;
