/**
 * What adapter authors test with: a scoring service that works without a model, pictures, a clock, and the contract every adapter passes.
 * Test code only; everything here owns what it opens until it is closed.
 */
@NullMarked
package org.loupe.testkit;

import org.jspecify.annotations.NullMarked;
