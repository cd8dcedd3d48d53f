/**
 * Visual question answering: a model with attention over image regions, files of questions and
 * answers.
 */
@NullMarked
package org.lm4j.task.vqa;

import org.jspecify.annotations.NullMarked;
