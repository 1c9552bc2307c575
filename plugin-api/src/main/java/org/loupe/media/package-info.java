/**
 * What a file is, told from its bytes: bytes enter, a media type leaves. Decides which kinds are scored; decodes nothing and holds
 * nothing.
 */
@NullMarked
package org.loupe.media;

import org.jspecify.annotations.NullMarked;
