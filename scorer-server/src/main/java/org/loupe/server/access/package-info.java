/**
 * Who may talk to the server: tokens, certificates, and the rule that nothing but loopback is served without both encryption and proof
 * of identity. Shared by all listeners. Knows no protocol.
 */
@NullMarked
package org.loupe.server.access;

import org.jspecify.annotations.NullMarked;
