/**
 * How good an answer is: BLEU, ROUGE-L and CIDEr-D for captions, accuracy and confusions for
 * classes, spans found for tags.
 *
 * <p>Pure arithmetic on words and numbers. The scores of captions count as coco-caption does (Chen
 * et al., "Microsoft COCO Captions: Data Collection and Evaluation Server", 2015), so that equal
 * words give equal scores; which words a sentence has is {@link
 * org.lm4j.task.caption.CaptionWords}' business and simpler here than there.
 */
@NullMarked
package org.lm4j.metric;

import org.jspecify.annotations.NullMarked;
