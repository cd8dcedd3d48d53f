/**
 * Converts text to token ids and back: vocabularies at character, byte, word and subword level, and
 * corpora, which are written as {@linkplain org.lm4j.text.token token files}. Uses {@code int[]},
 * never tensors.
 *
 * <p>What counts as a token:
 *
 * <ul>
 *   <li><b>char</b>: one Unicode code point. Text is UTF-8; a byte order mark at the start of a
 *       file is dropped; carriage returns stay. {@code <unk>} exists only when something had to be
 *       left out: characters cut by a minimum count or a vocabulary size, or characters the
 *       validation text has and the training text lacks. Ids are in the order of the code points,
 *       {@code <unk>} last.
 *   <li><b>byte</b>: one byte of any value; nothing is dropped or refused. Always 256 tokens.
 *   <li><b>word</b>: what Python's {@code str.split()} gives for each line; lines end at LF, CR LF
 *       or CR alone, as in Python's text mode, and every line, also an empty one and a last one
 *       without a line end, ends in {@code <eos>}. Ids are in the order of falling counts in the
 *       training text, ties in the order of first appearance. {@code <unk>} and {@code <eos>} are
 *       always there.
 *   <li><b>subword</b>: a piece that a tokenizer cuts from a line, which it reads with its line end
 *       (LF). Lines of more than 65,536 characters are cut before a space. A tokenizer that is
 *       learned here is byte-level BPE of the training text: it splits lines as GPT-2 does, the
 *       line end apart, and nothing is unknown. Text is UTF-8 as at char level.
 * </ul>
 *
 * Several files form one text: they are concatenated, and where one ends within a line, a line end
 * is inserted (at char and subword level only if the vocabulary has one).
 *
 * <p>Characters and bytes, as bits per character and per byte count them: at char level a token is
 * one character and its UTF-8 bytes. At word level a word covers itself and the character after it,
 * a space or the newline that ends its line; more white space, indentation too, belongs to what
 * follows it; {@code <eos>} covers a newline only where it ends no word. So all tokens together
 * cover the text as it is, without its byte order mark. At byte level a token is one byte, and a
 * character belongs to the byte that completes it; a byte that is not part of well-formed UTF-8 is
 * a character by itself. A subword of byte-level BPE covers its bytes, and the characters that
 * begin in them. Of other tokenizers a token covers the text up to its end.
 */
@NullMarked
package org.lm4j.text;

import org.jspecify.annotations.NullMarked;
