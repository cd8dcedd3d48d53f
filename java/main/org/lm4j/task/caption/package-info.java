/**
 * Image captioning with attention: the captioner, files of captions, and BLEU, ROUGE-L and CIDEr-D.
 */
@NullMarked
package org.lm4j.task.caption;

import org.jspecify.annotations.NullMarked;
