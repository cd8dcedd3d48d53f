/** What a training run shows while it runs: its pace, its curves, its samples, on a live page. */
@NullMarked
package org.lm4j.train.watch;

import org.jspecify.annotations.NullMarked;
