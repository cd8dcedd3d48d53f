/**
 * The models: their configuration, their weights, what they compute over one window, and the folder
 * they live in.
 *
 * <p>One token's way: {@link org.lm4j.model.Window#load} takes its id, {@link
 * org.lm4j.model.Window#train} embeds it, runs the recurrent stack over it, scores the next token
 * and carries the gradient back the same way.
 */
@NullMarked
package org.lm4j.model;

import org.jspecify.annotations.NullMarked;
