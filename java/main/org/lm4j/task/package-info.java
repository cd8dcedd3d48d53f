/**
 * One package per task, each with an entry point that loads a trained model and applies it: {@link
 * org.lm4j.task.lm.LanguageModel}, {@link org.lm4j.task.tag.Tagger}, {@link
 * org.lm4j.task.classify.TextClassifier}, {@link org.lm4j.task.seq2seq.Seq2Seq}, {@link
 * org.lm4j.task.caption.Captioner}, {@link org.lm4j.task.vqa.Vqa}, {@link
 * org.lm4j.task.embed.WordVectors} and {@link org.lm4j.task.net.ImageClassifier}. This package
 * holds what these entry points share.
 */
@NullMarked
package org.lm4j.task;

import org.jspecify.annotations.NullMarked;
