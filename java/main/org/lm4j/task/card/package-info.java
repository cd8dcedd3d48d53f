/** Model cards: the README of a model folder, with the metadata that the Hugging Face Hub reads. */
@NullMarked
package org.lm4j.task.card;

import org.jspecify.annotations.NullMarked;
