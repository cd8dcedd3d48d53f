/**
 * What all models share: their weights, initialization, files and folder.
 *
 * <p>One token's way: {@link org.lm4j.task.lm.Window#load} takes its id, {@link
 * org.lm4j.task.lm.Window#train} embeds it, runs the recurrent stack over it, scores the next token
 * and carries the gradient back the same way.
 *
 * <p>Threads may share a model for inference: scoring, tagging, translating, generating. Each
 * thread needs its own objects that hold activations: windows, batches, workspaces, decoders and
 * states. Two threads that use one of these at the same time get a {@link
 * java.util.ConcurrentModificationException}. A model in training belongs to one thread.
 */
@NullMarked
package org.lm4j.model;

import org.jspecify.annotations.NullMarked;
