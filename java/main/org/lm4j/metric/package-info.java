/**
 * Evaluation metrics that several tasks share: accuracy, precision, recall and confusions of
 * classes.
 *
 * <p>Metrics of a single task are in that task's package, such as BLEU, ROUGE-L and CIDEr-D in
 * {@code org.lm4j.task.caption}.
 */
@NullMarked
package org.lm4j.metric;

import org.jspecify.annotations.NullMarked;
