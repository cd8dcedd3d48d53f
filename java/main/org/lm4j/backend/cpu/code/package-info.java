/**
 * Machine code written by this program for the processor it runs on: an assembler for the few forms
 * of instructions that are needed, what the processor can do, and inner loops of matrix products,
 * and the steps of recurrent cells. Everything here may be missing, on other systems and processors
 * or by the user's choice; then a reason is given, and the kernels in Java compute.
 */
@NullMarked
package org.lm4j.backend.cpu.code;

import org.jspecify.annotations.NullMarked;
