/** Language models of n-grams: training, evaluation, and use as any model that predicts text. */
@NullMarked
package org.lm4j.task.lm.ngram;

import org.jspecify.annotations.NullMarked;
