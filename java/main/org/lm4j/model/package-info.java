/**
 * The models: their configuration, their weights, what they compute over one window, and the folder
 * they live in.
 *
 * <p>One token's way: {@link org.lm4j.task.lm.Window#load} takes its id, {@link
 * org.lm4j.task.lm.Window#train} embeds it, runs the recurrent stack over it, scores the next token
 * and carries the gradient back the same way.
 *
 * <p>Threads may share a model to read with it: to score, to tag, to translate, to generate. Each
 * needs its own of what holds activations: windows, batches, passes, readers, states. Two threads
 * that use one of these at once get a {@link java.util.ConcurrentModificationException}. A model
 * that is trained belongs to one thread.
 */
@NullMarked
package org.lm4j.model;

import org.jspecify.annotations.NullMarked;
