/**
 * One package per task, each with an entry point that loads, applies and trains its model: {@link
 * org.lm4j.task.lm.LanguageModel} for language models. This package holds what these entry points
 * share.
 */
@NullMarked
package org.lm4j.task;

import org.jspecify.annotations.NullMarked;
